"""Contenders compared over the same pairs: who gets right what the other gets wrong?"""

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import polars as pl

from clipblind.grading.scores import right_pairs
from clipblind.ground.stats import holm, mcnemar, paired_difference
from clipblind.ground.tables.scores import PAIRED
from clipblind.study.settings.contenders import BLIND


def seeing(kinds: Mapping[str, str], images: Mapping[str, bool]) -> list[str]:
    """The contenders that are shown the images and aren't baselines.

    Args:
        kinds: each contender's kind.
        images: whether each is shown the image.
    """
    return [name for name, kind in kinds.items() if kind not in BLIND and images[name]]


def compare_contenders(verdicts: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Every two contenders on each benchmark, by McNemar's exact test on pairs.

    p values are corrected by Holm's method over all comparisons of one benchmark.

    Args:
        verdicts: the table `VERDICTS` of each contender.

    Returns:
        The table `PAIRED`; `difference` is the first's pair accuracy minus the second's.
    """
    right = {name: right_pairs(frame) for name, frame in verdicts.items()}
    frames = []
    for benchmark in _benchmarks(right):
        rows = []
        for first, second in combinations(right, 2):
            a, b = (right[n].filter(pl.col("benchmark") == benchmark) for n in (first, second))
            both = a.join(b, on="pair_id", suffix="_second")
            if both.is_empty():  # parts of a benchmark that share no pair
                continue
            compared = compare(both["right"], both["right_second"])
            rows.append({"benchmark": benchmark, "first": first, "second": second, **compared})
        # one contender alone is compared with nothing
        if rows:
            frames.append(with_holm(rows))
    return pl.concat([pl.DataFrame(schema=dict(PAIRED.columns)), *frames], how="vertical")


def compare(first: pl.Series, second: pl.Series) -> dict[str, Any]:
    """One comparison of two Boolean series over the same cases, uncorrected."""
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    difference = paired_difference(only_first, only_second, len(first))
    return {
        "cases": len(first),
        "only_first": only_first,
        "only_second": only_second,
        "difference": difference.value,
        "low": difference.low,
        "high": difference.high,
        "p": mcnemar(only_first, only_second),
    }


def with_holm(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """One family of comparisons as a frame, with corrected p values."""
    corrected = holm([row["p"] for row in rows])
    return pl.DataFrame([{**r, "p_holm": p} for r, p in zip(rows, corrected, strict=True)])


def _benchmarks(right: Mapping[str, pl.DataFrame]) -> list[str]:
    if not right:
        return []
    return pl.concat(right.values())["benchmark"].unique().sort().to_list()
