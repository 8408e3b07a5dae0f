"""Do the contenders that can't see score what theory says?"""

from collections.abc import Mapping
from typing import Final

import polars as pl

from clipblind.ground.stats import LEVEL
from clipblind.ground.tables.controls import BASELINES

GUESSING: Final = "random"
SAME_TWICE: Final = ("constant", "text_only")
"""Kinds that answer both questions of a pair alike, as these differ in the image alone. As the
right answers are opposite, they get no pair right."""


def check_baselines(
    scores: pl.DataFrame, benchmarks: pl.DataFrame, kinds: Mapping[str, str]
) -> pl.DataFrame:
    """Each baseline on each benchmark, beside the range that theory gives it.

    The range holds the number of right pairs with 95 % probability for all benchmarks of one
    baseline at once (Bonferroni), by the binomial distribution.

    Args:
        scores: the table `BENCHMARK_SCORES`.
        benchmarks: the table `BENCHMARKS`, which says what fair guesses get; those that it doesn't
            name are left out.
        kinds: each contender's kind.

    Returns:
        The table `BASELINES`.
    """
    from scipy.stats import binom

    chances = dict(benchmarks.select("benchmark", "chance").iter_rows())
    scored = scores.filter(pl.col("pairs") > 0, pl.col("benchmark").is_in(list(chances)))
    rows = []
    for contender, kind in kinds.items():
        if kind != GUESSING and kind not in SAME_TWICE:
            continue
        own = scored.filter(pl.col("contender") == contender)
        beyond = LEVEL / 2 / max(1, len(own))
        for row in own.sort("benchmark").iter_rows(named=True):
            pairs = row["pairs"]
            share = chances[row["benchmark"]] if kind == GUESSING else 0.0
            lowest, highest = (int(binom.ppf(q, pairs, share)) for q in (beyond, 1 - beyond))
            right = round(row["pair_accuracy"] * pairs)
            rows.append(
                {
                    "benchmark": row["benchmark"],
                    "contender": contender,
                    "pairs": pairs,
                    "right": right,
                    "expected": share,
                    "lowest": lowest,
                    "highest": highest,
                    "inside": lowest <= right <= highest,
                }
            )
    return pl.DataFrame(rows, schema=dict(BASELINES.columns))
