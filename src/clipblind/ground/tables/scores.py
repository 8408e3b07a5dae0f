"""Scores of contenders, and what they are set beside."""

from typing import Final

import polars as pl

from clipblind.ground.tables.table import Table

TIERS: Final = ("certain", "read")

CONTENDER_SCORES: Final = Table(
    "contenders' scores",
    {
        "contender": pl.String,
        "questions": pl.Int64,
        "question_accuracy": pl.Float64,
        "pairs": pl.Int64,
        "pair_accuracy": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "unscored": pl.Int64,
        "certain": pl.Int64,
        "read": pl.Int64,
    },
    later=TIERS,
)
"""`certain` and `read` count questions by the tier in which the parser read their answers."""


BENCHMARK_SCORES: Final = Table(
    "contenders' scores by benchmark",
    {"benchmark": pl.String, **CONTENDER_SCORES.columns},
    later=TIERS,
)


PATTERN_SCORES: Final = Table(
    "contenders' scores by pattern",
    {"benchmark": pl.String, "pattern": pl.String, **CONTENDER_SCORES.columns},
    later=TIERS,
)


NAMED_SCORES: Final = Table(
    "contenders' scores by how often captions name what is asked about",
    {"benchmark": pl.String, "named": pl.String, **CONTENDER_SCORES.columns},
    later=TIERS,
)


COMPARED: Final = {
    "cases": pl.Int64,
    "only_first": pl.Int64,
    "only_second": pl.Int64,
    "difference": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "p": pl.Float64,
    "p_holm": pl.Float64,
}
"""Columns of every paired comparison over the same cases: counts, difference, exact p values."""


PAIRED: Final = Table(
    "paired comparisons of contenders",
    {"benchmark": pl.String, "first": pl.String, "second": pl.String, **COMPARED},
)


OPEN: Final = ("kappa_open", "low_open", "high_open")

CALIBRATION: Final = Table(
    "agreement of those who read answers",
    {
        "contender": pl.String,
        "first": pl.String,
        "second": pl.String,
        "answers": pl.Int64,
        "both_decided": pl.Int64,
        "agree": pl.Int64,
        "kappa": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        **dict.fromkeys(("first_decided", "second_decided"), pl.Int64),
        **dict.fromkeys(OPEN, pl.Float64),
    },
    later=("first_decided", "second_decided", *OPEN),
)
"""`kappa` is over the answers that both decided; `kappa_open` over all that both read, where
leaving an answer open is a category of its own."""


CONSISTENCY: Final = Table(
    "how often a choice stays when the options are exchanged",
    {
        "contender": pl.String,
        "questions": pl.Int64,
        "same": pl.Int64,
        "share": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
    },
)


AGAINST_FIGURE4: Final = Table(
    "contenders beside the paper's Figure 4",
    {
        "contender": pl.String,
        "row": pl.String,
        "of": pl.String,
        "cases": pl.Int64,
        "accuracy": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "paper": pl.Float64,
        "difference": pl.Float64,
        "inside": pl.Boolean,
    },
)
"""Shares, not percentages, by the published labels. `of` is what the paper's figure counts:
`pairs`, or `questions` for people. `inside`: the paper's figure lies within our interval."""
