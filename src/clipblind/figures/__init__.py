"""The figures of a study, each in a module of its own with `draw(inputs, settings)`."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

from clipblind.ground.errors import UserError
from clipblind.study.settings.figure import FIGURES, FIGURES_OF_ANSWERS, FIGURES_OF_VLM
from clipblind.study.settings.figure import Figure as Settings

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Inputs = Mapping[str, list[Path]]

MODULES: Final = {
    name: f"{__name__}.{name}" for name in (*FIGURES, *FIGURES_OF_VLM, *FIGURES_OF_ANSWERS)
}


def draw_figure(name: str, inputs: Inputs, settings: Settings) -> "Figure":
    """Draw one figure by name.

    Args:
        name: one of `MODULES`.
        inputs: what the figure reads, by key, each a list of files.
        settings: width in inches, resolution in dots an inch.

    Raises:
        UserError: if there is no such figure, an input is missing or can't be read.
    """
    if name not in MODULES:
        raise UserError(f"There is no figure {name!r}; there are {', '.join(MODULES)}.")
    module = import_module(MODULES[name])
    if missing := [key for key in module.NEEDS if key not in inputs]:
        raise UserError(
            f"The figure {name} needs --input {'=..., --input '.join(missing)}=... too."
        )
    figure: Figure = module.draw(inputs, settings)
    return figure


def save_figure(figure: "Figure", stem: Path, settings: Settings) -> None:
    """Write `<stem>.png` and `<stem>.svg` atomically; equal figures give equal bytes."""
    import matplotlib

    from clipblind.figures.style import STYLE
    from clipblind.ground.files import atomic_path

    silent = {"png": {"Software": None}, "svg": {"Date": None, "Creator": None}}
    for suffix, metadata in silent.items():
        target = stem.with_name(f"{stem.name}.{suffix}")
        with atomic_path(target) as partial, matplotlib.rc_context(STYLE):
            figure.savefig(partial, format=suffix, dpi=settings.dpi, metadata=metadata)
