"""Matching: encoders tested with texts, and how that goes with contenders."""

from typing import Final

import polars as pl

from clipblind.ground.tables.scores import COMPARED
from clipblind.ground.tables.table import Table

MATCH_PAIRED: Final = Table(
    "paired comparisons of encoders",
    {
        "benchmark": pl.String,
        "measure": pl.String,
        "first": pl.String,
        "second": pl.String,
        "item": pl.String,
        **COMPARED,
    },
)
"""`measure` is a direction of matching, by pattern, or `zero_shot`, by factor, whose `benchmark` is
`heldout`, the held-out pictures of a rendered world. `first` is an encoder, `second` the probe."""


CORRELATION: Final = Table(
    "correlation of encoders' accuracy at matching and contenders' at answering, by pattern",
    {
        "benchmark": pl.String,
        "beside": pl.String,
        "contender": pl.String,
        "encoder": pl.String,
        "patterns": pl.Int64,
        "pearson": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "p": pl.Float64,
        "p_holm": pl.Float64,
        "paper": pl.Float64,
    },
)
"""`benchmark` is the one of texts, `beside` the one of questions. `encoder` names the encoders
whose mean it is, joined by plus signs. `paper` is the printed r; null where there is none."""


MATCHES: Final = Table(
    "matches of an encoder on pairs of images and texts",
    {
        "benchmark": pl.String,
        "pair_id": pl.String,
        "pattern": pl.String,
        "text_to_image": pl.Boolean,
        "image_to_text": pl.Boolean,
    },
)
"""Whether both texts pick their own image, and whether both images pick their own text."""


MATCH_SCORES: Final = Table(
    "accuracy of encoders at matching, by benchmark and pattern",
    {
        "benchmark": pl.String,
        "encoder": pl.String,
        "image_size": pl.Int64,
        "params_m": pl.Float64,
        "direction": pl.String,
        "pattern": pl.String,
        "pairs": pl.Int64,
        "accuracy": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
    },
)


ZERO_SHOT: Final = Table(
    "zero-shot accuracy by factor",
    {
        "encoder": pl.String,
        "factor": pl.String,
        "mention_rate": pl.Float64,
        "images": pl.Int64,
        "accuracy": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "chance": pl.Float64,
    },
)
"""`mention_rate` is how often the encoder's training captions named the factor; null: unknown."""


NAMED: Final = Table(
    "zero-shot verdicts by picture and factor",
    {"image_id": pl.String, "factor": pl.String, "right": pl.Boolean},
)


VARIANTS: Final = Table(
    "encoders with a text tower: how each was made, and how well it names what is named often",
    {
        "encoder": pl.String,
        "label": pl.String,
        "row": pl.String,
        "axis": pl.String,
        "captions": pl.String,
        "images": pl.Int64,
        "samples": pl.Int64,
        "data": pl.String,
        "samples_m": pl.Float64,
        "image_size": pl.Int64,
        "patches": pl.Int64,
        "params_m": pl.Float64,
        "zero_shot": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
    },
)
"""`row` is its name in the paper's Table 1. `axis` is what its recipe changes of the probe's, or
`unknown`. Of encoders that the study trains: the policy of `captions`, different `images`, and
`samples` seen; of others `data`, and `samples_m`, millions. `zero_shot` is the accuracy on factors
that captions name often, in a rendered world. What is unknown or doesn't apply is null."""


AGAINST_TABLE1: Final = Table(
    "accuracy on MMVP-VLM beside the paper's Table 1",
    {
        "encoder": pl.String,
        "row": pl.String,
        "pattern": pl.String,
        "pairs": pl.Int64,
        "accuracy": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "paper": pl.Float64,
        "difference": pl.Float64,
        "inside": pl.Boolean,
    },
)
"""Shares, not percentages. `inside`: the paper's figure lies within our interval."""


IMAGENET: Final = Table(
    "zero-shot accuracy on ImageNet",
    {
        "encoder": pl.String,
        "images": pl.Int64,
        "unread": pl.Int64,
        "right": pl.Int64,
        "accuracy": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
    },
)
"""`accuracy` is the share of `images`; the `unread` could not be decoded and are not among them."""
