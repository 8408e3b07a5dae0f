"""How far raters agree beyond chance: Cohen's kappa of two, Fleiss' kappa of many."""

from collections import Counter
from collections.abc import Hashable, Sequence
from math import nan, sqrt

from clipblind.ground.stats import UNDEFINED, Interval, Z, wilson


def cohen_kappa(first: Sequence[Hashable], second: Sequence[Hashable]) -> Interval:
    """Cohen's kappa of two raters over the same cases, with its 95 % interval.

    Source: Cohen 1960; the interval is from the large-sample standard error of Fleiss, Cohen and
    Everitt 1969 (their corrected one, not Cohen's). Where that error is zero, as it is where all
    cases agree, it would claim certainty from any number of cases: then the bounds are those of
    Wilson's interval of the observed agreement, at the observed agreement by chance. Not-a-number
    throughout without cases, and where both raters gave one and the same category to all, for then
    chance alone agrees everywhere.

    Args:
        first: categories by one rater.
        second: by the other, case by case.
    """
    cases = len(first)
    cells = Counter(zip(first, second, strict=True))
    rows, columns = (Counter(side) for side in (first, second))
    if not cases or (len(rows) == 1 and rows.keys() == columns.keys()):
        return UNDEFINED
    agreed = sum(count for (a, b), count in cells.items() if a == b)
    observed = agreed / cases
    chance = sum(rows[c] * columns[c] for c in rows) / cases**2
    kappa = (observed - chance) / (1 - chance)
    apart = 1 - kappa
    spread = sum(
        count / cases * (1 - (rows[a] + columns[a]) / cases * apart) ** 2
        if a == b
        else count / cases * ((columns[a] + rows[b]) / cases * apart) ** 2
        for (a, b), count in cells.items()
    )
    variance = (spread - (kappa - chance * apart) ** 2) / (cases * (1 - chance) ** 2)
    if variance > 1e-12:
        half = Z * sqrt(variance)
        return Interval(kappa, max(-1.0, kappa - half), min(1.0, kappa + half))
    bounds = wilson(agreed, cases)
    low, high = ((share - chance) / (1 - chance) for share in (bounds.low, bounds.high))
    return Interval(kappa, max(-1.0, low), high)


def fleiss_kappa(ratings: Sequence[Sequence[Hashable]]) -> float:
    """Fleiss' kappa of as many ratings of every case, by raters who need not be the same.

    Source: Fleiss 1971. Not-a-number without cases, with fewer than two ratings of a case, and
    where all ratings are one category.

    Args:
        ratings: for each case its categories, as many for each.

    Raises:
        ValueError: if cases have different numbers of ratings.
    """
    sizes = {len(case) for case in ratings}
    if len(sizes) > 1:
        raise ValueError(f"cases have different numbers of ratings: {sorted(sizes)}")
    votes = sizes.pop() if sizes else 0
    totals = Counter(category for case in ratings for category in case)
    if votes < 2 or len(totals) < 2:
        return nan
    agreeing = [sum(n * (n - 1) for n in Counter(case).values()) for case in ratings]
    observed = sum(agreeing) / (len(ratings) * votes * (votes - 1))
    chance = sum((n / (len(ratings) * votes)) ** 2 for n in totals.values())
    return (observed - chance) / (1 - chance)
