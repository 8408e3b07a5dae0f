"""Which option an answer chooses: the parser first, a judge for what it leaves open."""

from typing import Any, Final, NamedTuple

import polars as pl

from clipblind.contenders.prompts import published_choice
from clipblind.grading.reading.parser import parse_choice_reason
from clipblind.grading.verdicts import CORRECT, INCORRECT, NO_ANSWER, UNSCORED
from clipblind.ground.errors import UserError
from clipblind.ground.tables.answers import CHOICES, VERDICTS

PARSER: Final = "parser"
JUDGE: Final = "judge"
PUBLISHED: Final = "ab"
EXCHANGED: Final = "ba"

Row = dict[str, Any]
Place = tuple[str, str]  # question id, order


class Read(NamedTuple):
    """An option in the published order, or none with the reason."""

    choice: str | None
    reason: str


def seen_options(question: Row, order: str) -> tuple[str, str]:
    """The texts of the first and the second option as the contender saw them."""
    both = (question["option_a"], question["option_b"])
    return both if order == PUBLISHED else both[::-1]


def parse(question: Row, order: str, answer: str) -> Read:
    """What the parser reads, with letters as the contender saw them.

    Raises:
        UserError: if no answer could tell the two options apart.
    """
    try:
        choice, reason = parse_choice_reason(answer, seen_options(question, order))
    except ValueError as error:
        raise UserError(
            f"The options of {question['question_id']} can't be told apart ({error});"
            " mend the benchmark."
        ) from None
    return Read(choice and published_choice(choice, order), reason)


def choose(questions: pl.DataFrame, replies: pl.DataFrame, judged: pl.DataFrame) -> pl.DataFrame:
    """The choice in every answer, whether one was given or not.

    What the parser decides stands; a judge is heard only on what it leaves open. A fault of the
    contender or of the judge leaves the choice open, with that reason.

    Args:
        questions: the table `QUESTIONS`.
        replies: the table `REPLIES`, in any order of rows.
        judged: the table `JUDGED`; rows of the official judge don't count here.

    Returns:
        The table `CHOICES`, one row for each question and each order that was asked, sorted.

    Raises:
        UserError: if a reply is to no question, or a question is answered twice in one order.
    """
    check_replies(questions, replies)
    said = {place(row): row for row in replies.iter_rows(named=True)}
    ours = judged.filter(pl.col("judge") == "choice")
    judgements = {place(row): row for row in ours.iter_rows(named=True)}
    orders = sorted({PUBLISHED, *replies["order"]})
    rows = []
    for question in questions.iter_rows(named=True):
        for order in orders:
            key = (question["question_id"], order)
            found = _choice(question, order, said.get(key), judgements.get(key))
            kept = {"question_id": key[0], "pair_id": question["pair_id"], "order": order}
            rows.append({**kept, **found})
    return pl.DataFrame(rows, schema=dict(CHOICES.columns)).sort("question_id", "order")


def place(row: Row) -> Place:
    """Which ask a row of replies, judgements or choices belongs to."""
    return row["question_id"], row["order"]


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
    of_judge = judged.filter(pl.col("judge") == "official", pl.col("order") == PUBLISHED)
    found = {row["question_id"]: row for row in of_judge.iter_rows(named=True)}
    rows = []
    for question in questions.iter_rows(named=True):
        row = found.get(question["question_id"])
        verdict = {"verdict": UNSCORED, "reason": "not judged"} if row is None else row
        rows.append(
            {
                **_kept(benchmark, question),
                "choice": None,
                "verdict": verdict["verdict"] or UNSCORED,
                "reason": verdict["reason"],
            }
        )
    return pl.DataFrame(rows, schema=dict(VERDICTS.columns)).sort("question_id")


def check_replies(questions: pl.DataFrame, replies: pl.DataFrame) -> None:
    """Refuse replies to no question, and second replies.

    Raises:
        UserError: as said.
    """
    repeated = replies.filter(replies.select("question_id", "order").is_duplicated())
    if len(repeated):
        raise UserError(
            f"The question {repeated['question_id'][0]} is answered twice; keep one answer."
        )
    strange = replies.join(questions, on="question_id", how="anti")["question_id"].sort()
    if len(strange):
        raise UserError(f"An answer is to {strange[0]}, which is no question of the benchmark.")


def _choice(question: Row, order: str, reply: Row | None, judgement: Row | None) -> Row:
    if reply is None:
        return _open(NO_ANSWER)
    if reply["fault"]:
        return _open(reply["fault"])
    parsed = parse(question, order, reply["answer"])
    if parsed.choice:
        return {"choice": parsed.choice, "by": PARSER, "reason": ""}
    if judgement is None:
        return _open(parsed.reason)
    if judgement["choice"]:
        return {"choice": judgement["choice"], "by": JUDGE, "reason": ""}
    return _open(f"{parsed.reason}; {judgement['reason']}")


def _open(reason: str) -> Row:
    return {"choice": None, "by": "", "reason": reason}


def _verdict(benchmark: str, question: Row, choice: Row | None) -> Row:
    chosen, reason = (choice["choice"], choice["reason"]) if choice else (None, NO_ANSWER)
    right = CORRECT if chosen == question["answer"] else INCORRECT
    return {
        **_kept(benchmark, question),
        "choice": chosen,
        "verdict": right if chosen else UNSCORED,
        "reason": "" if chosen else reason,
    }


def _both(one: Row, other: Row) -> Row:
    said = {one["verdict"], other["verdict"]}
    verdict = INCORRECT if INCORRECT in said else said.pop() if len(said) == 1 else UNSCORED
    reasons = dict.fromkeys(filter(None, (one["reason"], other["reason"])))
    return {
        **one,
        "choice": one["choice"] if one["choice"] == other["choice"] else None,
        "verdict": verdict,
        "reason": "; ".join(reasons) if verdict == UNSCORED else "",
    }


def _kept(benchmark: str, question: Row) -> Row:
    kept = {name: question[name] for name in ("question_id", "pair_id", "pattern")}
    return {**kept, "benchmark": benchmark}
