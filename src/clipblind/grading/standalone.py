"""Somebody else's answers graded alone: files of answers and a benchmark in MMVP's layout."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import polars as pl

from clipblind.benchmark.chance import Expected, always_first, guessing
from clipblind.benchmark.labels import CORRECTED, label_sets
from clipblind.benchmark.mmvp import read_mmvp
from clipblind.contenders.answer_files import Asked, match_answers, read_answers
from clipblind.contenders.protocol import NOT_RECORDED
from clipblind.grading.choices import choose
from clipblind.grading.paired import compare_contenders
from clipblind.grading.scores import put_to, score_all
from clipblind.grading.verdicts import UNSCORED, grade_sets
from clipblind.ground.errors import UserError
from clipblind.ground.stats import wilson
from clipblind.ground.tables.answers import REPLIES
from clipblind.ground.tables.scores import BENCHMARK_SCORES, PATTERN_SCORES
from clipblind.patterns.person import read_patterns, with_patterns

Labels = Literal["both", "original", "corrected"]


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
        notes: by the file's name, its layout first, then what a reader of the scores should know.
        unpaired: why only single questions are scored; empty where there are pairs.
    """

    verdicts: dict[str, pl.DataFrame]
    scores: pl.DataFrame
    patterns: pl.DataFrame
    paired: pl.DataFrame
    unscored: pl.DataFrame
    guessing: Expected
    constant: Expected
    notes: dict[str, tuple[str, ...]]
    unpaired: str = ""


def grade_files(
    answers: Sequence[Path], benchmark: Path, labels: str = "both", patterns: Path | None = None
) -> Graded:
    """Grade files of answers.

    Args:
        answers: files in a layout that `read_answers` knows, their rows in any order; to a part of
            the questions, that part is scored.
        benchmark: a folder in MMVP's layout; its images aren't needed.
        labels: `original`, `corrected` (MMVP's issues 14 and 30), or `both`, which is the original
            ones alone for another benchmark than MMVP.
        patterns: a person's CSV of visual patterns.

    Raises:
        UserError: if a file is no such table, or a question is unknown or answered twice.
    """
    folder = read_mmvp(benchmark, images=False, alone=True)
    questions = folder.questions
    if patterns is not None:
        questions = with_patterns(questions, read_patterns(patterns, questions))
    sets = _chosen_sets(questions, labels, benchmark)
    named = _named(answers)
    graded, notes = {}, {}
    for name, path in named.items():
        replies, notes[name] = read_replies(path, questions)
        graded[name] = grade_sets(sets, choose(questions, replies))
    return Graded(
        verdicts=graded,
        scores=_with_questions(score_all(graded, BENCHMARK_SCORES)),
        patterns=score_all(graded if patterns else {}, PATTERN_SCORES),
        paired=compare_contenders(graded),
        unscored=_unscored(graded),
        guessing=guessing(questions),
        constant=always_first(questions),
        notes=notes,
        unpaired=folder.unpaired,
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


def read_replies(path: Path, questions: pl.DataFrame) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """A file of answers as the table `REPLIES`, and what is to be said of it.

    Each question stands there once in every order that the file holds.

    Raises:
        UserError: as `grade_files` does.
    """
    file = read_answers(path)
    asked = {row["question_id"]: _asked(row) for row in questions.iter_rows(named=True)}
    matched = match_answers(file, asked)
    rows = [
        {
            "question_id": question,
            "order": order,
            "answer": said.get(question, ""),
            "fault": "" if question in said else NOT_RECORDED,
        }
        for order, said in matched.answers.items()
        for question in asked
    ]
    notes = (f"read as {file.layout}", *matched.notes)
    return pl.DataFrame(rows, schema=dict(REPLIES.columns)), notes


def _asked(question: dict[str, str]) -> Asked:
    options = (question["option_a"], question["option_b"])
    return Asked(question["question"], options, question["answer"])


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
        put_to(frame)
        .filter(pl.col("verdict") == UNSCORED, pl.col("benchmark") == frame["benchmark"].first())
        .group_by("reason")
        .agg(questions=pl.len().cast(pl.Int64), first=pl.col("question_id").min())
        .sort("questions", "reason", descending=[True, False])
        .select(pl.lit(name).alias("contender"), "reason", "questions", "first")
        for name, frame in graded.items()
    ]
    return pl.concat(frames)
