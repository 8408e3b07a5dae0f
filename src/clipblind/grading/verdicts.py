"""From choices to verdicts: correct, incorrect, or unscored with a reason; never a guess."""

from collections.abc import Mapping
from typing import Any, Final

import polars as pl

from clipblind.benchmark.labels import CIRCULAR, OFFICIAL, label_sets
from clipblind.contenders.protocol import NOT_RECORDED
from clipblind.grading.choices import EXCHANGED, NO_ANSWER, PUBLISHED, TIER_JUDGED
from clipblind.grading.reading.outcome import CERTAIN, READ
from clipblind.ground.tables.answers import VERDICTS

CORRECT: Final = "correct"
INCORRECT: Final = "incorrect"
UNSCORED: Final = "unscored"
OFFICIAL_JUDGE: Final = "official"
# Over both orders a choice is as sure as the less sure of the two.
_LEAST_SURE: Final = ("", CERTAIN, READ, TIER_JUDGED)

Row = dict[str, Any]


def grade(
    questions: pl.DataFrame, choices: pl.DataFrame, judged: pl.DataFrame | None = None
) -> pl.DataFrame:
    """All verdicts on one contender's choices: every benchmark, under each set of its labels.

    Args:
        questions: the table `QUESTIONS` of any number of benchmarks.
        choices: the table `CHOICES`.
        judged: the table `JUDGED`; none: nobody judged.

    Returns:
        The table `VERDICTS`, a row for every question in each way of reading its answer, sorted by
        question. `benchmark` tells the ways apart, `reason` is empty where there is a verdict.
    """
    frames = [
        grade_sets(label_sets(of_benchmark), choices, judged)
        for of_benchmark in questions.partition_by("benchmark", maintain_order=True)
    ]
    return pl.concat([pl.DataFrame(schema=dict(VERDICTS.columns)), *frames]).sort(
        "question_id", maintain_order=True
    )


def grade_sets(
    sets: Mapping[str, pl.DataFrame], choices: pl.DataFrame, judged: pl.DataFrame | None = None
) -> pl.DataFrame:
    """All verdicts on one benchmark, told apart by `benchmark`.

    Each set of labels goes by its name, in the published order of options. Two more go by the name
    of the first: `_circular` for right in both orders, if both were asked, and `_official` for what
    the paper's judge said, if it was asked, on the labels that it was told.

    Args:
        sets: the table `QUESTIONS` under each set of labels, as `label_sets` gives it.
        choices: the table `CHOICES`.
        judged: the table `JUDGED`; none: nobody judged.

    Returns:
        The table `VERDICTS`.
    """
    name, first = next(iter(sets.items()))
    frames = [verdicts(label, labelled, choices) for label, labelled in sets.items()]
    if EXCHANGED in choices["order"]:
        frames.append(circular(f"{name}{CIRCULAR}", first, choices))
    if judged is not None and OFFICIAL_JUDGE in judged["judge"]:
        unasked = choices.filter(pl.col("reason") == NOT_RECORDED)["question_id"]
        by_judge = official(f"{name}{OFFICIAL}", first, judged)
        was_not_put = pl.col("question_id").is_in(unasked.to_list())
        reason = pl.when(was_not_put).then(pl.lit(NOT_RECORDED)).otherwise("reason")
        frames.append(by_judge.with_columns(reason=reason))
    return pl.concat(frames)


def verdicts(
    benchmark: str, questions: pl.DataFrame, choices: pl.DataFrame, order: str = PUBLISHED
) -> pl.DataFrame:
    """Verdicts on the choices of one order.

    Args:
        benchmark: what these verdicts go by in results.
        questions: the table `QUESTIONS`, whose `answer` is the label.
        choices: the table `CHOICES`.
        order: of the options.

    Returns:
        The table `VERDICTS`, one row a question, sorted by question.
    """
    of_order = {
        row["question_id"]: row
        for row in choices.filter(pl.col("order") == order).iter_rows(named=True)
    }
    rows = [
        _verdict(benchmark, question, of_order.get(question["question_id"]))
        for question in questions.iter_rows(named=True)
    ]
    return pl.DataFrame(rows, schema=dict(VERDICTS.columns)).sort("question_id")


def circular(benchmark: str, questions: pl.DataFrame, choices: pl.DataFrame) -> pl.DataFrame:
    """Verdicts over both orders of options.

    Correct only if correct in both orders, incorrect if incorrect in any, else unscored. `choice`
    is set where both orders chose the same.

    Args:
        benchmark: what these verdicts go by in results.
        questions: the table `QUESTIONS`.
        choices: the table `CHOICES`, in both orders.

    Returns:
        The table `VERDICTS`, one row a question, sorted by question.
    """
    first = verdicts(benchmark, questions, choices)
    second = verdicts(benchmark, questions, choices, EXCHANGED)
    rows = [_both(*each) for each in zip(first.to_dicts(), second.to_dicts(), strict=True)]
    return pl.DataFrame(rows, schema=dict(VERDICTS.columns))


def official(benchmark: str, questions: pl.DataFrame, judged: pl.DataFrame) -> pl.DataFrame:
    """The paper's judge's verdicts, in the published order; what it wasn't asked is unscored.

    Args:
        benchmark: what these verdicts go by in results.
        questions: the table `QUESTIONS`.
        judged: the table `JUDGED`.

    Returns:
        The table `VERDICTS`, one row a question, sorted by question; `choice` is empty.
    """
    of_judge = judged.filter(pl.col("judge") == OFFICIAL_JUDGE, pl.col("order") == PUBLISHED)
    of_question = {row["question_id"]: row for row in of_judge.iter_rows(named=True)}
    rows = []
    for question in questions.iter_rows(named=True):
        row = of_question.get(question["question_id"])
        verdict = {"verdict": UNSCORED, "reason": "not judged"} if row is None else row
        rows.append(
            {
                **_kept(benchmark, question),
                "choice": None,
                "verdict": verdict["verdict"] or UNSCORED,
                "reason": verdict["reason"],
                "tier": "",
            }
        )
    return pl.DataFrame(rows, schema=dict(VERDICTS.columns)).sort("question_id")


def _verdict(benchmark: str, question: Row, choice: Row | None) -> Row:
    chosen, reason = (choice["choice"], choice["reason"]) if choice else (None, NO_ANSWER)
    right = CORRECT if chosen == question["answer"] else INCORRECT
    return {
        **_kept(benchmark, question),
        "choice": chosen,
        "verdict": right if chosen else UNSCORED,
        "reason": "" if chosen else reason,
        "tier": choice["tier"] if choice else "",
    }


def _both(one: Row, other: Row) -> Row:
    either = {one["verdict"], other["verdict"]}
    verdict = INCORRECT if INCORRECT in either else either.pop() if len(either) == 1 else UNSCORED
    tiers = (one["tier"], other["tier"])
    reasons = dict.fromkeys(filter(None, (one["reason"], other["reason"])))
    return {
        **one,
        "choice": one["choice"] if one["choice"] == other["choice"] else None,
        "verdict": verdict,
        "reason": "; ".join(reasons) if verdict == UNSCORED else "",
        "tier": "" if verdict == UNSCORED else max(tiers, key=_LEAST_SURE.index),
    }


def _kept(benchmark: str, question: Row) -> Row:
    kept = {name: question[name] for name in ("question_id", "pair_id", "pattern")}
    return {**kept, "benchmark": benchmark}
