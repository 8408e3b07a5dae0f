"""Patterns of pairs: those that their questions carry, and those in a person's file."""

from pathlib import Path
from typing import Final

import polars as pl

from clipblind.benchmark.ids import index_of
from clipblind.ground.errors import UserError
from clipblind.ground.patterns import NINE, pattern_named
from clipblind.ground.sheets import read_sheet
from clipblind.ground.tables.benchmark import PAIR_PATTERNS

COLUMNS: Final = {
    "pair_id": (),
    "question_id": ("Index", "lndex"),
    "pattern": ("category", "type"),
}
OPTIONAL: Final = ("pair_id", "question_id")


def read_patterns(path: Path, questions: pl.DataFrame) -> pl.DataFrame:
    """The pattern of every pair that a person's CSV names.

    Columns: `pair_id` (or the pair's number: 1 is that of questions 1 and 2), or `question_id` or
    MMVP's `Index` (any of a pair's two), and `pattern` under any of its names. Pairs that the file
    leaves out have none.

    Args:
        path: the file.
        questions: the table `QUESTIONS`; at least one.

    Returns:
        The table `PAIR_PATTERNS`, a row for every pair, sorted by pair.

    Raises:
        UserError: if a row is of no pair or names no pattern, or two rows of a pair differ.
    """
    pairs, pair_of = _numbered(questions), _pairs_by_name(questions)
    own, patterns = set(questions["pair_id"]), dict[str, str]()
    for number, row in enumerate(read_sheet(path, COLUMNS, OPTIONAL), 1):
        called, named = row["question_id"].strip(), row["pattern"].strip()
        pair, pattern = pair_of.get(called), pattern_named(named)
        if not called:
            called = row["pair_id"].strip()
            # an id of the benchmark's own goes before a number
            pair = called if called in own else pairs.get(called) or pair_of.get(called)
        if pair is None:
            raise UserError(
                f"{path}, row {number}: {called!r} is no pair or question here that lacks a"
                f" pattern; the file needs a column pair_id (such as {next(iter(pair_of))}) or"
                " Index."
            )
        if pattern is None:
            raise UserError(
                f"{path}, row {number}: {named!r} is no visual pattern; there are"
                f" {', '.join(NINE)}."
            )
        if patterns.setdefault(pair, pattern) != pattern:
            raise UserError(
                f"{path} calls the pair {pair} both {patterns[pair]} and {pattern}; keep one."
            )
    rows = [_row(pair, patterns.get(pair, "")) for pair in sorted(set(pair_of.values()))]
    return pl.DataFrame(rows, schema=dict(PAIR_PATTERNS.columns))


def from_truth(questions: pl.DataFrame) -> pl.DataFrame:
    """The patterns that questions carry themselves, as those that are written from truth do.

    Args:
        questions: the table `QUESTIONS`.

    Returns:
        The table `PAIR_PATTERNS`, a row for every pair whose questions carry one, sorted by pair.
    """
    carrying = questions.filter(pl.col("pattern").fill_null("") != "")
    pairs = carrying.group_by("pair_id").agg(pl.col("pattern").first()).sort("pair_id")
    rows = [_row(pair, pattern, "truth") for pair, pattern in pairs.iter_rows()]
    return pl.DataFrame(rows, schema=dict(PAIR_PATTERNS.columns))


def without_patterns(questions: pl.DataFrame) -> pl.DataFrame:
    """The questions that carry no pattern: those of benchmarks in folders.

    Args:
        questions: the table `QUESTIONS`.
    """
    return questions.filter(pl.col("pattern").fill_null("") == "")


def with_patterns(questions: pl.DataFrame, patterns: pl.DataFrame) -> pl.DataFrame:
    """The questions with the patterns of their pairs in place of their own.

    Args:
        questions: the table `QUESTIONS`.
        patterns: the table `PAIR_PATTERNS`.

    Raises:
        UserError: if a pattern is of a pair that no question has.
    """
    strange = patterns.join(questions, on="pair_id", how="anti")["pair_id"].sort()
    if len(strange):
        raise UserError(f"A pattern is given to {strange[0]}, which is no pair of the benchmark.")
    of_pair = dict(patterns.select("pair_id", pl.col("pattern").fill_null("")).iter_rows())
    assigned = [of_pair.get(pair, "") for pair in questions["pair_id"]]
    return questions.with_columns(pattern=pl.Series(assigned, dtype=pl.String))


def _row(pair: str, pattern: str, by: str = "person") -> dict[str, str | int | float]:
    voted = bool(pattern)
    return {
        "pair_id": pair,
        "pattern": pattern,
        "votes": int(voted),
        "agreement": float(voted),
        "by": by if voted else "",
    }


def _numbered(questions: pl.DataFrame) -> dict[str, str]:
    """The pair of each number that a file may give it: pair p is questions 2p - 1 and 2p."""
    index = index_of(questions) or []
    if len(set(index)) != len(questions):
        return {}
    by_index = zip(index, questions["pair_id"], strict=True)
    return {str((number + 1) // 2): pair for number, pair in by_index}


def _pairs_by_name(questions: pl.DataFrame) -> dict[str, str]:
    """The pair of each name that a file may use: its own, its questions' ids, their numbers."""
    pairs = questions["pair_id"].to_list()
    names = dict(zip(pairs, pairs, strict=True))
    names |= dict(zip(questions["question_id"], pairs, strict=True))
    index = index_of(questions) or []
    if len(set(index)) == len(pairs):
        names |= {str(i): pair for i, pair in zip(index, pairs, strict=True)}
    return names
