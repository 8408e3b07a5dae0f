"""Intervals and correlations."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import atanh, nan, sqrt, tanh
from statistics import NormalDist, correlation
from typing import Final

Z: Final = NormalDist().inv_cdf(0.975)  # two-sided 95 %


@dataclass(frozen=True)
class Interval:
    """An estimate between the bounds of its 95 % interval."""

    value: float
    low: float
    high: float


UNDEFINED: Final = Interval(nan, nan, nan)


def wilson(successes: int, trials: int) -> Interval:
    """A share with its 95 % Wilson score interval; not-a-number throughout for no trials.

    Source: Wilson 1927, without continuity correction. It keeps to [0, 1], and to its level near 0
    and 1, where the textbook interval fails.
    """
    if not trials:
        return UNDEFINED
    share = successes / trials
    shrink = 1 + Z**2 / trials
    centre = (share + Z**2 / (2 * trials)) / shrink
    half = Z / shrink * sqrt(share * (1 - share) / trials + (Z / (2 * trials)) ** 2)
    # the bounds at no and at all successes are 0 and 1 exactly, whatever the rounding
    low = 0.0 if not successes else centre - half
    high = 1.0 if successes == trials else centre + half
    return Interval(share, low, high)


def pearson(x: Sequence[float], y: Sequence[float]) -> Interval:
    """Pearson's correlation with its 95 % interval by Fisher's transformation.

    Not-a-number throughout where it is not defined: fewer than four points, or one of the two does
    not vary.
    """
    if len(x) < 4 or len(set(x)) == 1 or len(set(y)) == 1:
        return UNDEFINED
    r = max(-1.0, min(1.0, correlation(x, y)))
    if abs(r) == 1:
        return Interval(r, r, r)
    half = Z / sqrt(len(x) - 3)
    return Interval(r, tanh(atanh(r) - half), tanh(atanh(r) + half))
