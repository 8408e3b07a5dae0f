"""Intervals, paired tests, correlations, and correction for many comparisons."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, nan, sqrt
from statistics import NormalDist
from typing import Final

import numpy as np

LEVEL: Final = 0.05
"""A corrected p value below this counts as a difference."""

Z: Final = NormalDist().inv_cdf(1 - LEVEL / 2)


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


def mcnemar(only_first: int, only_second: int) -> float:
    """Exact two-sided p value of McNemar's test; 1 where nothing differs.

    Cases that both get right, or neither, say nothing about which of two is better: under the null
    each of the others is a fair coin, so the p value is twice the binomial tail (McNemar 1947).

    Args:
        only_first: cases that only the first gets right.
        only_second: cases that only the second gets right.
    """
    differing = only_first + only_second
    tail = sum(comb(differing, k) for k in range(min(only_first, only_second) + 1))
    return min(1.0, float(2 * tail / 2**differing))


def paired_difference(only_first: int, only_second: int, cases: int) -> Interval:
    """Difference of two shares over the same cases, first minus second, with its 95 % interval.

    Source: Agresti and Min 2005, "Simple improved confidence intervals for comparing matched
    proportions": Wald's interval after adding half a case to each of the four cells.

    Args:
        only_first: cases that only the first gets right.
        only_second: cases that only the second gets right.
        cases: all of them.
    """
    if not cases:
        return UNDEFINED
    total, first, second = cases + 2, only_first + 0.5, only_second + 0.5
    centre = (first - second) / total
    half = Z * sqrt((first + second) / total - centre**2) / sqrt(total)
    value = (only_first - only_second) / cases
    return Interval(value, max(-1.0, centre - half), min(1.0, centre + half))


def holm(p_values: Sequence[float]) -> list[float]:
    """P values corrected for being many, in their order (Holm 1979).

    Below `LEVEL`, they keep the chance of one false finding among all of them to that level,
    whatever their dependence.
    """
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    corrected, highest = [0.0] * len(p_values), 0.0
    for rank, i in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[i]))
        corrected[i] = highest
    return corrected


@dataclass(frozen=True)
class Correlated:
    """Pearson's correlation of two accuracies by pattern.

    Attributes:
        interval: the correlation between the bounds of its 95 % bootstrap interval.
        p: two-sided, by permuting the patterns of one of the two.
    """

    interval: Interval
    p: float


def correlate_shares(
    first: Sequence[np.ndarray], second: Sequence[np.ndarray], *, resamples: int, seed: int
) -> Correlated:
    """Correlation over patterns of two shares, each measured on its own cases.

    The bootstrap draws patterns anew, and within each pattern its cases, so the interval covers
    both which patterns there are and how well each was measured. Not-a-number throughout where
    fewer than four patterns are given or one of the two shares does not vary; resamples in which
    one does not vary are left out.

    Args:
        first: for each pattern the cases, bool `[cases]`.
        second: the same for the other; where a pattern has as many cases in both, they are taken
            for the same cases, and drawn together.
        resamples: of the bootstrap, and of the permutation.
        seed: of both.
    """
    x, y = (np.array([cases.mean() for cases in side]) for side in (first, second))
    if len(x) < 4 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return Correlated(UNDEFINED, nan)
    rng = np.random.default_rng(seed)
    observed = _r(x, y)
    drawn = np.array([_redrawn(first, second, rng) for _ in range(resamples)])
    varies = (np.ptp(drawn, axis=2) > 0).all(1)
    low, high = np.quantile([_r(*pair) for pair in drawn[varies]], [LEVEL / 2, 1 - LEVEL / 2])
    by_chance = np.array([_r(x, rng.permutation(y)) for _ in range(resamples)])
    # the observed order is one of the permutations
    extreme = 1 + int((np.abs(by_chance) >= abs(observed) - 1e-12).sum())
    interval = Interval(observed, float(low), float(high))
    return Correlated(interval, extreme / (resamples + 1))


def _redrawn(
    first: Sequence[np.ndarray], second: Sequence[np.ndarray], rng: np.random.Generator
) -> tuple[list[float], list[float]]:
    x, y = [], []
    for i in rng.integers(len(first), size=len(first)):
        a, b = first[i], second[i]
        chosen = rng.integers(len(a), size=len(a))
        x.append(float(a[chosen].mean()))
        y.append(float(b[chosen if len(b) == len(a) else rng.integers(len(b), size=len(b))].mean()))
    return x, y


def _r(x: np.ndarray, y: np.ndarray) -> float:
    return float(np.corrcoef(x, y)[0, 1])
