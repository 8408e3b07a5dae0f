"""From answers to verdicts: correct, incorrect, or unscored with a reason; never a guess."""

from typing import Final

import polars as pl

from clipblind.grading.reading.parser import parse_choice_reason
from clipblind.ground.errors import UserError
from clipblind.ground.tables.answers import VERDICTS

CORRECT: Final = "correct"
INCORRECT: Final = "incorrect"
UNSCORED: Final = "unscored"
NO_ANSWER: Final = "no answer"


def grade(questions: pl.DataFrame, answers: pl.DataFrame) -> pl.DataFrame:
    """A verdict for every question, whether it was answered or not.

    Args:
        questions: the table `QUESTIONS`.
        answers: the table `ANSWERS`, in any order; questions it lacks are unscored.

    Returns:
        The table `VERDICTS`, sorted by question. `reason` is empty where there is a verdict.

    Raises:
        UserError: if an answer is to no question, or a question is answered twice.
    """
    _check(questions, answers)
    said = dict(answers.select("question_id", "answer").iter_rows())
    rows = [_verdict(row, said.get(row["question_id"])) for row in questions.iter_rows(named=True)]
    return pl.DataFrame(rows, schema=dict(VERDICTS.columns)).sort("question_id")


def _verdict(question: dict[str, str], answer: str | None) -> dict[str, str | None]:
    options = (question["option_a"], question["option_b"])
    choice, reason = (None, NO_ANSWER) if answer is None else parse_choice_reason(answer, options)
    verdict = UNSCORED if choice is None else _verdict_on(choice, question["answer"])
    kept = {name: question[name] for name in ("question_id", "pair_id", "benchmark", "pattern")}
    return {**kept, "choice": choice, "verdict": verdict, "reason": "" if choice else reason}


def _verdict_on(choice: str, right: str) -> str:
    return CORRECT if choice == right else INCORRECT


def _check(questions: pl.DataFrame, answers: pl.DataFrame) -> None:
    repeated = answers.filter(answers["question_id"].is_duplicated())["question_id"]
    if len(repeated):
        raise UserError(f"The question {repeated[0]} is answered twice; keep one answer.")
    strange = answers.join(questions, on="question_id", how="anti")["question_id"].sort()
    if len(strange):
        raise UserError(f"An answer is to {strange[0]}, which is no question of the benchmark.")
