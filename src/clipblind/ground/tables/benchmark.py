"""Benchmarks: questions, and the visual patterns of pairs."""

from typing import Final

import polars as pl

from clipblind.ground.tables.table import Table

QUESTIONS: Final = Table(
    "questions",
    {
        "question_id": pl.String,
        "pair_id": pl.String,
        "benchmark": pl.String,
        "pattern": pl.String,
        "image_id": pl.String,
        "question": pl.String,
        "option_a": pl.String,
        "option_b": pl.String,
        "answer": pl.String,
    },
)


PAIR_PATTERNS: Final = Table(
    "visual patterns of pairs",
    {
        "pair_id": pl.String,
        "pattern": pl.String,
        "votes": pl.Int64,
        "agreement": pl.Float64,
        "by": pl.String,
    },
)
"""`votes` counts those that named a pattern, `agreement` is the share of all votes for `pattern`,
which is empty where too few agree; `by` is `person`, `judge` or `truth`."""


BENCHMARKS: Final = Table(
    "benchmarks of questions: what kind, how many, what guessing gives",
    {
        "benchmark": pl.String,
        "kind": pl.String,
        "of": pl.String,
        "pairs": pl.Int64,
        "questions": pl.Int64,
        "chance": pl.Float64,
        "chance_question": pl.Float64,
    },
)
"""One row for each set of labels or way of reading, in the study's order; `of` is the benchmark
that it belongs to (itself but for `mmvp_corrected` and the like). `chance` is the expected pair
accuracy of fair guesses, `chance_question` that of single questions. The first row is the
headline."""
