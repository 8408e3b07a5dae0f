"""How figures look."""

from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field

from clipblind.study.settings.base import Model


class Figure(Model):
    """How one figure looks.

    Attributes:
        dpi: resolution of the PNG, in dots an inch.
        width: in inches.
    """

    dpi: Annotated[int, Field(gt=0, le=2400)]
    width: Annotated[float, Field(ge=1, le=100)]


@cache
def figures() -> tuple[str, ...]:
    """Those that can be drawn: a figure is a file of `figures/`, and nothing else lists it."""
    folder = Path(__file__).parents[2] / "figures"
    names = sorted(path.stem for path in folder.glob("[!_]*.py"))
    return tuple(name for name in names if name != "inputs")
