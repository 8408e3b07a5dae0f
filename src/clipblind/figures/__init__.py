"""The figures of a study: every module of this folder but `inputs`, where all are declared.

What they share lies in `parts/`.
"""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from clipblind.ground.errors import UserError
from clipblind.study.settings.figure import figures

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from clipblind.figures.parts.read import Inputs
    from clipblind.study.settings.figure import Figure as Settings


def draw_figure(name: str, inputs: "Inputs", settings: "Settings") -> "Figure":
    """Draw one figure by name.

    Args:
        name: of the figure's module.
        inputs: what the figure reads, by key, each a list of files; `inputs.py` says which.
        settings: width in inches, resolution in dots an inch.

    Raises:
        UserError: if there is no such figure, an input is missing or can't be read.
    """
    # `inputs` is not asked: a figure that is declared anew would draw all others again
    if name not in figures():
        raise UserError(f"There is no figure {name!r}; there are {', '.join(figures())}.")
    figure: Figure = import_module(f"{__name__}.{name}").draw(inputs, settings)
    return figure


def save_figure(figure: "Figure", stem: Path, settings: "Settings") -> None:
    """Write `<stem>.png` and `<stem>.svg` atomically; equal figures give equal bytes."""
    import matplotlib

    from clipblind.figures.parts.style import STYLE
    from clipblind.ground.files import atomic_path

    silent = {"png": {"Software": None}, "svg": {"Date": None, "Creator": None}}
    for suffix, metadata in silent.items():
        target = stem.with_name(f"{stem.name}.{suffix}")
        with atomic_path(target) as partial, matplotlib.rc_context(STYLE):
            figure.savefig(partial, format=suffix, dpi=settings.dpi, metadata=metadata)
