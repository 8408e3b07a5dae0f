"""The rendered world: scenes, their captions, packed pictures."""

from typing import Final

import polars as pl

from clipblind.ground.factors import FACTORS
from clipblind.ground.tables.table import Table

SHARD: Final = Table("pictures", {"image_id": pl.String, "png": pl.Binary})


SCENES: Final = Table(
    "scenes",
    {
        "image_id": pl.String,
        "split": pl.String,
        "twin_of": pl.String,
        **dict.fromkeys(FACTORS, pl.String),
        "nuisance": pl.UInt32,
    },
)


CAPTIONS: Final = Table("captions", {"image_id": pl.String, "caption": pl.String})


CURVE: Final = Table(
    "a training curve", {"step": pl.Int64, "loss": pl.Float64, "learning_rate": pl.Float64}
)
