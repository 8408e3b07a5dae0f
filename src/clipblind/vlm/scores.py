"""Scores of the VLM study, and how they go with the contenders'."""

from collections.abc import Mapping, Sequence

import polars as pl

from clipblind.pools.world.factors import FACTOR_OF_PATTERN
from clipblind.stats import pearson, wilson
from clipblind.tables import CORRELATION

AVERAGE = "average"
DIRECTIONS = ("text_to_image", "image_to_text")


def score_matches(
    encoder: str, image_size: int, params_m: float, matches: pl.DataFrame
) -> pl.DataFrame:
    """Accuracy of one encoder by pattern and over all, in both directions.

    Args:
        encoder: its name.
        image_size: side of its input in pixels.
        params_m: its parameters in millions.
        matches: the table `VLM_PAIRS`.

    Returns:
        Rows of `VLM_SCORES`.
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
    vlm: pl.DataFrame, patterns: pl.DataFrame, towers: Mapping[str, Sequence[str]]
) -> pl.DataFrame:
    """How a CLIP's accuracy by pattern goes with that of each contender it feeds.

    Args:
        vlm: the table `VLM_SCORES`; the official direction is used.
        patterns: the table `PATTERN_SCORES`; the twins' rows are used, which cover every pattern.
        towers: contender to the encoders that it is compared with.

    Returns:
        The table `CORRELATION`.
    """
    official = vlm.filter(
        pl.col("direction") == DIRECTIONS[0], pl.col("pattern").is_in(list(FACTOR_OF_PATTERN))
    )
    twins = patterns.filter(pl.col("benchmark") == "twins")
    rows = []
    for contender, encoders in towers.items():
        answered = twins.filter(pl.col("contender") == contender)
        for encoder in encoders:
            both = official.filter(pl.col("encoder") == encoder).join(answered, on="pattern")
            both = both.sort("pattern")
            r = pearson(both["accuracy"].to_list(), both["pair_accuracy"].to_list())
            rows.append(
                {
                    "contender": contender,
                    "encoder": encoder,
                    "patterns": len(both),
                    "pearson": r.value,
                    "low": r.low,
                    "high": r.high,
                }
            )
    return pl.DataFrame(rows, schema=dict(CORRELATION.columns)).sort("contender", "encoder")
