"""What a check says, and how a printed number is compared with a share."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

Tables = Mapping[str, pl.DataFrame]
"""Tables as printed, by the names in `PRINTED`."""


@dataclass(frozen=True)
class Line:
    """One thing that was recomputed.

    Attributes:
        about: the table or figure.
        text: what was found.
        fits: whether it agrees with what is printed; `None` if it can't be recomputed.
    """

    about: str
    text: str
    fits: bool | None


def prints_as(share: float, printed: float, digits: int = 1) -> bool:
    """Whether a share, in percent and rounded to so many digits, is the printed number."""
    # half a last digit, either way of rounding; the rest is what floats lose
    return abs(100 * share - printed) <= 0.5 * 10.0**-digits + 1e-9


def nearest(printed: float, of: int) -> int:
    """The count out of `of` whose share is nearest to a printed percentage."""
    return round(printed * of / 100)


def is_share_of(printed: float, of: int) -> bool:
    """Whether some count out of `of` prints as this percentage, with one digit."""
    return prints_as(nearest(printed, of) / of, printed)
