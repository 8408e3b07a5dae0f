"""Scores of the VLM study, and how they go with the contenders'."""

from collections.abc import Mapping, Sequence
from math import nan
from typing import Any

import numpy as np
import polars as pl

from clipblind.grading.scores import right_pairs
from clipblind.ground.factors import FACTOR_OF_PATTERN
from clipblind.ground.stats import correlate_shares, holm, wilson
from clipblind.ground.tables.matching import CORRELATION

AVERAGE = "average"
DIRECTIONS = ("text_to_image", "image_to_text")
RESAMPLES = 5000


def score_matches(
    encoder: str, image_size: int, params_m: float, matches: pl.DataFrame
) -> pl.DataFrame:
    """Accuracy of one encoder by pattern and over all, in both directions.

    Args:
        encoder: its name.
        image_size: side of its input in pixels.
        params_m: its parameters in millions.
        matches: the table `MATCHES`.

    Returns:
        Rows of `MATCH_SCORES`.
    """
    rows = []
    for direction in DIRECTIONS:
        for pattern in (*FACTOR_OF_PATTERN, AVERAGE):
            pairs = matches if pattern == AVERAGE else matches.filter(pl.col("pattern") == pattern)
            share = wilson(int(pairs[direction].sum()), len(pairs))
            rows.append(
                {
                    "encoder": encoder,
                    "image_size": image_size,
                    "params_m": params_m,
                    "direction": direction,
                    "pattern": pattern,
                    "pairs": len(pairs),
                    "accuracy": share.value,
                    "low": share.low,
                    "high": share.high,
                }
            )
    return pl.DataFrame(rows)


def correlate(
    matches: Mapping[str, pl.DataFrame],
    verdicts: Mapping[str, pl.DataFrame],
    towers: Mapping[str, Sequence[str]],
    seed: int,
) -> pl.DataFrame:
    """How a CLIP's accuracy by pattern goes with that of contenders, on the same twins.

    Args:
        matches: the table `MATCHES` of each encoder; the official direction is used.
        verdicts: the table `VERDICTS` of each contender; the twins are used, which cover every
            pattern.
        towers: contender to the encoders that it is compared with.
        seed: of bootstrap and permutations.

    Returns:
        The table `CORRELATION`; p values are corrected over all its rows that are defined.
    """
    rows: list[dict[str, Any]] = []
    for contender in sorted(towers):
        right = right_pairs(verdicts[contender]).filter(pl.col("benchmark") == "twins")
        answered = _by_pattern(right, "right")
        for encoder in sorted(towers[contender]):
            matched = _by_pattern(matches[encoder], DIRECTIONS[0])
            both = [p for p in FACTOR_OF_PATTERN if p in answered and p in matched]
            found = correlate_shares(
                [matched[p] for p in both],
                [answered[p] for p in both],
                resamples=RESAMPLES,
                seed=seed,
            )
            r = found.interval
            rows.append(
                {
                    "contender": contender,
                    "encoder": encoder,
                    "patterns": len(both),
                    "pearson": r.value,
                    "low": r.low,
                    "high": r.high,
                    "p": found.p,
                }
            )
    defined = [row for row in rows if row["p"] == row["p"]]
    for row, p in zip(defined, holm([row["p"] for row in defined]), strict=True):
        row["p_holm"] = p
    rows = [{"p_holm": nan, **row} for row in rows]
    return pl.DataFrame(rows, schema=dict(CORRELATION.columns))


def _by_pattern(pairs: pl.DataFrame, column: str) -> dict[str, np.ndarray]:
    groups = pairs.sort("pair_id").group_by("pattern", maintain_order=True)
    return {str(name): group[column].to_numpy() for (name,), group in groups}
