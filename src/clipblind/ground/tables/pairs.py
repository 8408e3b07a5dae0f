"""Pairs of images."""

from typing import Final

import polars as pl

from clipblind.ground.tables.table import Table

PAIRS: Final = Table(
    "pairs",
    {
        "pair_id": pl.String,
        "image_a": pl.String,
        "image_b": pl.String,
        "cos_probe": pl.Float64,
        "cos_reference": pl.Float64,
    },
)
