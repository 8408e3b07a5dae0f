"""How figures look."""

from pydantic import PositiveFloat, PositiveInt

from clipblind.study.settings.base import Model


class Figure(Model):
    """How figures look: resolution of the PNG in dots an inch, and widths in inches."""

    dpi: PositiveInt
    width: PositiveFloat
