"""Scores of an encoder at matching texts with images."""

from typing import Final

import polars as pl

from clipblind.ground.patterns import AVERAGE, NINE
from clipblind.ground.stats import wilson
from clipblind.ground.tables.matching import MATCH_SCORES

OFFICIAL: Final = "text_to_image"
DIRECTIONS: Final = (OFFICIAL, "image_to_text")


def score_matches(
    encoder: str, image_size: int, params_m: float, matches: pl.DataFrame
) -> pl.DataFrame:
    """Accuracy of one encoder by benchmark and pattern, and over all patterns, in both directions.

    Args:
        encoder: its name.
        image_size: side of its input in pixels.
        params_m: its parameters in millions.
        matches: the table `MATCHES`.

    Returns:
        The table `MATCH_SCORES`; patterns that a benchmark has no pairs of are left out.
    """
    rows = []
    for (benchmark,), own in matches.group_by("benchmark", maintain_order=True):
        shown = own["pattern"].unique()
        for direction in DIRECTIONS:
            for pattern in (*(p for p in NINE if p in shown), AVERAGE):
                pairs = own if pattern == AVERAGE else own.filter(pl.col("pattern") == pattern)
                share = wilson(int(pairs[direction].sum()), len(pairs))
                rows.append(
                    {
                        "benchmark": benchmark,
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
    return pl.DataFrame(rows, schema=dict(MATCH_SCORES.columns))
