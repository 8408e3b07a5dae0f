"""Somebody else's answers graded alone: a CSV of answers and a benchmark in MMVP's layout."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

import polars as pl

from clipblind.benchmark.chance import Expected, always_first, guessing
from clipblind.benchmark.labels import CORRECTED, label_sets
from clipblind.benchmark.mmvp import read_mmvp
from clipblind.contenders.backends.recorded import match_answers
from clipblind.grading.choices import EXCHANGED, PUBLISHED, choose
from clipblind.grading.paired import compare_contenders
from clipblind.grading.scores import score_all
from clipblind.grading.verdicts import UNSCORED, grade_sets
from clipblind.ground.errors import UserError
from clipblind.ground.sheets import read_sheet
from clipblind.ground.stats import wilson
from clipblind.ground.tables.answers import REPLIES
from clipblind.ground.tables.scores import BENCHMARK_SCORES, PATTERN_SCORES
from clipblind.patterns.person import read_patterns, with_patterns

Labels = Literal["both", "original", "corrected"]

COLUMNS: Final = {"question_id": ("Index", "lndex"), "answer": (), "order": ()}
OPTIONAL: Final = ("order",)


@dataclass(frozen=True)
class Graded:
    """Answers of one or several files, graded.

    Attributes:
        verdicts: the table `VERDICTS` by the file's name, under every set of labels.
        scores: the table `BENCHMARK_SCORES`, with the further columns `questions_right`,
            `questions_low` and `questions_high`, Wilson's interval of the question accuracy.
        patterns: the table `PATTERN_SCORES`; empty if patterns weren't given.
        paired: the table `PAIRED`; empty for one file.
        unscored: `contender`, `reason`, `questions`, `first` (a question's id).
        guessing: what fair guesses are expected to get right.
        constant: what the first option gets right, whatever is asked.
    """

    verdicts: dict[str, pl.DataFrame]
    scores: pl.DataFrame
    patterns: pl.DataFrame
    paired: pl.DataFrame
    unscored: pl.DataFrame
    guessing: Expected
    constant: Expected


def grade_files(
    answers: Sequence[Path], benchmark: Path, labels: str = "both", patterns: Path | None = None
) -> Graded:
    """Grade files of answers.

    Args:
        answers: CSV files with `question_id` (the benchmark's, or its bare number) and `answer`, in
            any order; a further column `order` (ab or ba) tells answers to exchanged options.
        benchmark: a folder in MMVP's layout; its images aren't needed.
        labels: `original`, `corrected` (MMVP's issues 14 and 30), or `both`, which is the original
            ones alone for another benchmark than MMVP.
        patterns: a person's CSV of visual patterns.

    Raises:
        UserError: if a file is no such table, or a question is unknown, missing or answered twice.
    """
    questions = read_mmvp(benchmark, images=False).questions
    if patterns is not None:
        questions = with_patterns(questions, read_patterns(patterns, questions))
    sets = _chosen_sets(questions, labels, benchmark)
    named = _named(answers)
    graded = {name: _grade(path, sets) for name, path in named.items()}
    return Graded(
        verdicts=graded,
        scores=_with_questions(score_all(graded, BENCHMARK_SCORES)),
        patterns=score_all(graded if patterns else {}, PATTERN_SCORES),
        paired=compare_contenders(graded),
        unscored=_unscored(graded),
        guessing=guessing(questions),
        constant=always_first(questions),
    )


def _chosen_sets(questions: pl.DataFrame, labels: str, benchmark: Path) -> dict[str, pl.DataFrame]:
    if labels not in get_args(Labels):
        raise UserError(f"--labels {labels} is none of {', '.join(get_args(Labels))}.")
    sets = label_sets(questions)
    if labels == "both":
        return sets
    chosen = {n: q for n, q in sets.items() if n.endswith(CORRECTED) == (labels == "corrected")}
    if not chosen:
        raise UserError(
            f"{benchmark} is not MMVP as published, so its corrected labels are not for it; take"
            " --labels original."
        )
    return chosen


def _named(answers: Sequence[Path]) -> dict[str, Path]:
    named: dict[str, Path] = {}
    for path in answers:
        if named.setdefault(path.stem, path) is not path:
            raise UserError(
                f"{named[path.stem]} and {path} would go by one name, {path.stem}; rename one."
            )
    return named


def _grade(path: Path, sets: dict[str, pl.DataFrame]) -> pl.DataFrame:
    questions = next(iter(sets.values()))
    return grade_sets(sets, choose(questions, read_replies(path, questions)))


def read_replies(path: Path, questions: pl.DataFrame) -> pl.DataFrame:
    """A file of answers as the table `REPLIES`; each question once in every order it holds.

    Raises:
        UserError: as `grade_files` does.
    """
    by_order: dict[str, list[tuple[str, str]]] = {PUBLISHED: []}
    for number, row in enumerate(read_sheet(path, COLUMNS, OPTIONAL), 1):
        order = row["order"].strip() or PUBLISHED
        if order not in (PUBLISHED, EXCHANGED):
            raise UserError(f"{path}, row {number}: order is {order!r}, not ab or ba; mend it.")
        by_order.setdefault(order, []).append((row["question_id"].strip(), row["answer"]))
    rows = [
        {"question_id": question, "order": order, "answer": answer, "fault": ""}
        for order, given in by_order.items()
        for question, answer in match_answers(given, questions["question_id"], path).items()
    ]
    return pl.DataFrame(rows, schema=dict(REPLIES.columns))


def _with_questions(scores: pl.DataFrame) -> pl.DataFrame:
    """Wilson's interval of the question accuracy beside it."""
    columns = scores.select("question_accuracy", "questions").iter_rows()
    right = [round(share * count) for share, count in columns]
    intervals = [wilson(r, n) for r, n in zip(right, scores["questions"], strict=True)]
    return scores.with_columns(
        questions_right=pl.Series(right, dtype=pl.Int64),
        questions_low=pl.Series([i.low for i in intervals]),
        questions_high=pl.Series([i.high for i in intervals]),
    )


def _unscored(graded: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Why questions got no verdict, under the first set of labels, for reasons hang on none."""
    frames = [
        frame.filter(
            pl.col("verdict") == UNSCORED, pl.col("benchmark") == frame["benchmark"].first()
        )
        .group_by("reason")
        .agg(questions=pl.len().cast(pl.Int64), first=pl.col("question_id").min())
        .sort("questions", "reason", descending=[True, False])
        .select(pl.lit(name).alias("contender"), "reason", "questions", "first")
        for name, frame in graded.items()
    ]
    return pl.concat(frames)
