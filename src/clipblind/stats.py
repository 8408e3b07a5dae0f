"""Intervals and correlations."""

from collections.abc import Sequence
from dataclasses import dataclass

from scipy import stats

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Interval:
    """An estimate between its bounds."""

    value: float
    low: float
    high: float


def wilson(successes: int, trials: int) -> Interval:
    """A share with its 95 % Wilson score interval; not-a-number throughout for no trials.

    Source: Wilson 1927; it keeps to [0, 1] and its level near 0 and 1, where the textbook interval
    fails.
    """
    if not trials:
        return Interval(float("nan"), float("nan"), float("nan"))
    found = stats.binomtest(successes, trials).proportion_ci(CONFIDENCE, method="wilson")
    return Interval(successes / trials, float(found.low), float(found.high))


def pearson(x: Sequence[float], y: Sequence[float]) -> Interval:
    """Pearson's correlation with its 95 % interval by Fisher's transformation.

    Not-a-number throughout where it is not defined: fewer than four points, or one of the two does
    not vary.
    """
    if len(x) < 4 or len(set(x)) == 1 or len(set(y)) == 1:
        return Interval(float("nan"), float("nan"), float("nan"))
    result = stats.pearsonr(x, y)
    bounds = result.confidence_interval(CONFIDENCE)
    return Interval(float(result.statistic), float(bounds.low), float(bounds.high))
