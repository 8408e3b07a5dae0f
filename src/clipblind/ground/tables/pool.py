"""Pools: images as listed, checked, set aside; what repeats."""

from typing import Final

import polars as pl

from clipblind.ground.tables.table import Table

LISTED: Final = Table(
    "images listed in their sources",
    {
        "image_id": pl.String,
        "source": pl.String,
        "path": pl.String,
        "member": pl.String,
        "offset": pl.Int64,
        "size": pl.Int64,
        "label": pl.String,
    },
)
"""`path` is an image's file, or the tar or Arrow file that holds it as `member` (its name in the
tar, its row number in the Arrow file). `offset` and `size` are bytes, -1 where they don't apply.
`label` is ImageNet's synset, or empty."""


CHECKED: Final = Table(
    "images that can be decoded",
    {
        "image_id": pl.String,
        "source": pl.String,
        "part": pl.Int32,
        "width": pl.Int32,
        "height": pl.Int32,
        "sha256": pl.String,
        "hash": pl.UInt64,
    },
)
"""Sizes are those of the upright image, in pixels; `hash` is its perceptual hash."""


REJECTED: Final = Table(
    "images that can't be used",
    {
        "image_id": pl.String,
        "source": pl.String,
        "path": pl.String,
        "member": pl.String,
        "reason": pl.String,
    },
)


DUPLICATES: Final = Table(
    "images that repeat another",
    {"image_id": pl.String, "first": pl.String, "kind": pl.String, "bits": pl.Int32},
)
"""`kind` is `exact` (the same bytes) or `near` (perceptual hashes that differ in `bits`)."""


THUMBNAILS: Final = Table(
    "small copies of a benchmark's images", {"image_id": pl.String, "jpeg": pl.Binary}
)
