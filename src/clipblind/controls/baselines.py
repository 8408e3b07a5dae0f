"""Do the contenders that can't see score what theory says?"""

from collections.abc import Mapping
from typing import Final

import polars as pl

from clipblind.ground.stats import LEVEL
from clipblind.ground.tables.controls import BASELINES

EXPECTED: Final = {"random": 0.25, "constant": 0.0, "text_only": 0.0}
"""Share of pairs that each kind gets right: two fair coins; the same answer to both, twice."""


def check_baselines(scores: pl.DataFrame, kinds: Mapping[str, str]) -> pl.DataFrame:
    """Each baseline on each benchmark, beside the range that theory gives it.

    The range holds the number of right pairs with 95 % probability for all benchmarks of one
    baseline at once (Bonferroni), by the binomial distribution.

    Args:
        scores: the table `BENCHMARK_SCORES`.
        kinds: each contender's kind.

    Returns:
        The table `BASELINES`.
    """
    from scipy.stats import binom

    rows = []
    for contender, kind in kinds.items():
        if kind not in EXPECTED:
            continue
        own = scores.filter(pl.col("contender") == contender, pl.col("pairs") > 0)
        beyond = LEVEL / 2 / max(1, len(own))
        for row in own.sort("benchmark").iter_rows(named=True):
            share, pairs = EXPECTED[kind], row["pairs"]
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
