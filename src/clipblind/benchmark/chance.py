"""What answers that see nothing are expected to score: fair guesses, and one option always."""

from typing import Final, NamedTuple

import polars as pl

OPTIONS: Final = ("option_a", "option_b")
FIRST: Final = "a"


class Expected(NamedTuple):
    """Expected shares of pairs and of questions that are right; none without questions."""

    pairs: float | None
    questions: float | None


def guessing(questions: pl.DataFrame, orders: int = 1) -> Expected:
    """What independent fair guesses get right.

    Args:
        questions: the table `QUESTIONS` of one benchmark.
        orders: of the options, in all of which a guess must be right.
    """
    offered = pl.sum_horizontal(pl.col(option) != "" for option in OPTIONS)
    return _expected(questions, (1 / offered) ** orders)


def always_first(questions: pl.DataFrame) -> Expected:
    """What the first option gets right, whatever is asked: no pair where answers are opposite.

    Args:
        questions: the table `QUESTIONS` of one benchmark.
    """
    return _expected(questions, (pl.col("answer") == FIRST).cast(pl.Float64))


def _expected(questions: pl.DataFrame, right: pl.Expr) -> Expected:
    """From each question's probability to be right, independent of the others."""
    each = questions.select("pair_id", right=right)
    # questions of no pair are null there
    pairs = (
        each.drop_nulls("pair_id")
        .group_by("pair_id")
        .agg(pl.col("right").product())
        .sort("pair_id")
    )
    return Expected(_mean(pairs["right"]), _mean(each["right"]))


def _mean(shares: pl.Series) -> float | None:
    return float(shares.sum()) / len(shares) if len(shares) else None
