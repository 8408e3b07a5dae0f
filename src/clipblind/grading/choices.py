"""Which option an answer chooses: the parser first, a judge for what it isn't certain of."""

from typing import Any, Final

import polars as pl

from clipblind.contenders.prompts import published_choice
from clipblind.grading.reading.outcome import Reading
from clipblind.grading.reading.parser import read_answer
from clipblind.ground.errors import UserError
from clipblind.ground.tables.answers import CHOICES, JUDGED

PARSER: Final = "parser"
JUDGE: Final = "judge"
TIER_JUDGED: Final = "judged"
NEITHER: Final = "the judge found neither option"
PUBLISHED: Final = "ab"
EXCHANGED: Final = "ba"
CHOICE: Final = "choice"
NO_ANSWER: Final = "no answer"

Row = dict[str, Any]
Place = tuple[str, str]  # question id, order


def seen_options(question: Row, order: str) -> tuple[str, str]:
    """The texts of the first and the second option as the contender saw them."""
    both = (question["option_a"], question["option_b"])
    return both if order == PUBLISHED else both[::-1]


def parse(question: Row, order: str, answer: str) -> Reading:
    """What the parser reads of letters as the contender saw them, in the published order.

    Raises:
        UserError: if no answer could tell the two options apart.
    """
    try:
        read = read_answer(answer, seen_options(question, order), question["question"])
    except ValueError as error:
        raise UserError(
            f"The options of {question['question_id']} can't be told apart ({error});"
            " mend the benchmark."
        ) from None
    return read._replace(choice=read.choice and published_choice(read.choice, order))


def choose(
    questions: pl.DataFrame, replies: pl.DataFrame, judged: pl.DataFrame | None = None
) -> pl.DataFrame:
    """The choice in every answer, whether one was given or not.

    A judge is heard on whatever it was asked: it decides what the parser leaves open, and checks
    what the parser read. Where the two disagree the choice is open, and both readings are kept. A
    fault of the contender leaves the choice open, with that reason; one of the judge, too, unless
    the parser could tell.

    Args:
        questions: the table `QUESTIONS`.
        replies: the table `REPLIES`, in any order of rows.
        judged: the table `JUDGED`; rows of the official judge don't count here. None: nobody
            judged.

    Returns:
        The table `CHOICES`, one row for each question and each order that was asked, sorted.

    Raises:
        UserError: if a reply is to no question, or a question is answered twice in one order.
    """
    check_replies(questions, replies)
    replied = {place(row): row for row in replies.iter_rows(named=True)}
    judged = pl.DataFrame(schema=dict(JUDGED.columns)) if judged is None else judged
    ours = judged.filter(pl.col("judge") == CHOICE)
    judgements = {place(row): row for row in ours.iter_rows(named=True)}
    orders = sorted({PUBLISHED, *replies["order"]})
    rows = []
    for question in questions.iter_rows(named=True):
        for order in orders:
            key = (question["question_id"], order)
            choice = _choice(question, order, replied.get(key), judgements.get(key))
            kept = {"question_id": key[0], "pair_id": question["pair_id"], "order": order}
            rows.append({**kept, **choice})
    return pl.DataFrame(rows, schema=dict(CHOICES.columns)).sort("question_id", "order")


def place(row: Row) -> Place:
    """Which ask a row of replies, judgements or choices belongs to."""
    return row["question_id"], row["order"]


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
    judged = judgement["choice"] if judgement else None
    both = {"parsed": parsed.choice, "judged": judged}
    if parsed.choice and not (judgement and _disagree(parsed.choice, judgement)):
        return _chosen(parsed.choice, PARSER, parsed.tier) | both
    if parsed.choice:
        said = (
            f"the parser read ({parsed.choice}), the judge {f'({judged})' if judged else 'neither'}"
        )
        return _open(said) | both
    if judgement is None:
        return _open(parsed.reason)
    if judged:
        return _chosen(judged, JUDGE, TIER_JUDGED) | both
    return _open(f"{parsed.reason}; {judgement['reason']}")


def _disagree(choice: str, judgement: Row) -> bool:
    """Whether a judge read otherwise; one that failed read nothing."""
    if judgement["choice"]:
        return bool(judgement["choice"] != choice)
    return bool(judgement["reason"] == NEITHER)


def _chosen(choice: str, by: str, tier: str) -> Row:
    return {"choice": choice, "by": by, "reason": "", "tier": tier}


def _open(reason: str) -> Row:
    return {"choice": None, "by": "", "reason": reason, "tier": "", "parsed": None, "judged": None}
