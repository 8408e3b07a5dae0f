"""People's readings of contenders' answers, against which the parser and judges are held."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import polars as pl

from clipblind.contenders.answer_files import our_ids
from clipblind.contenders.prompts import published_choice
from clipblind.grading.choices import EXCHANGED, PUBLISHED, seen_options
from clipblind.grading.verdicts import CORRECT, INCORRECT, UNSCORED
from clipblind.ground.errors import UserError
from clipblind.ground.sheets import read_sheet

COLUMNS: Final = {"question_id": (), "contender": (), "order": (), "choice": (), "verdict": ()}
OPTIONAL: Final = ("order", "choice", "verdict")
NEITHER: Final = ("", "neither")
SHEET: Final = (
    *("question_id", "contender", "order", "question", "option_a", "option_b", "answer", "choice"),
)
FORMULA: Final = ("=", "+", "-", "@")  # with which a spreadsheet's formulas begin
READ: Final = dict.fromkeys(COLUMNS, pl.String)


def read_people(path: Path, questions: Sequence[str], contenders: Sequence[str]) -> pl.DataFrame:
    """A CSV of what people read in answers: the option chosen, or only whether it was right.

    Columns: `question_id`, `contender`, and `choice` (a, b, neither; as the contender saw the
    options) or `verdict` (correct, incorrect, unscored), or both; `order` (ab or ba) where options
    were exchanged.

    Args:
        path: the file.
        questions: the ids of all questions; the file may use their bare numbers.
        contenders: of the study; the file may have read others, too, but not others alone.

    Returns:
        `question_id`, `contender`, `order`, `choice` (in the published order, or null), `verdict`.

    Raises:
        UserError: if the file is no such table, names a question that there isn't, reads an answer
            twice, or none of these contenders'.
    """
    ours, rows = our_ids(questions), []
    for number, row in enumerate(read_sheet(path, COLUMNS, OPTIONAL), 1):
        kept = {name: text.strip() for name, text in row.items()}
        if not kept["choice"] and not kept["verdict"]:
            continue  # a row of the sheet that nobody has read yet
        order, choice = kept["order"] or PUBLISHED, kept["choice"].strip("()").lower()
        verdict = kept["verdict"].lower()
        if kept["question_id"] not in ours:
            raise _odd(path, number, "question_id", kept["question_id"], f"one like {questions[0]}")
        if order not in (PUBLISHED, EXCHANGED):
            raise _odd(path, number, "order", order, "ab or ba")
        if choice not in ("a", "b", *NEITHER):
            raise _odd(path, number, "choice", choice, "a, b or neither")
        if verdict not in ("", CORRECT, INCORRECT, UNSCORED):
            raise _odd(path, number, "verdict", verdict, "correct, incorrect or unscored")
        chosen = None if choice in NEITHER else published_choice(choice, order)
        kept["question_id"] = ours[kept["question_id"]]
        rows.append({**kept, "order": order, "choice": chosen, "verdict": verdict or UNSCORED})
    frame = pl.DataFrame(rows, schema=READ)
    twice = frame.filter(frame.select("question_id", "contender", "order").is_duplicated())
    if len(twice):
        question, who = twice.row(0)[:2]
        raise UserError(f"{path} reads {who}'s answer to {question} twice; keep one reading.")
    if frame.is_empty():
        raise UserError(f"{path} has no reading yet; fill in its column choice.")
    if not set(frame["contender"]) & set(contenders):
        raise UserError(
            f"{path} reads answers of {', '.join(sorted(set(frame['contender'])))}, none of which"
            f" is a contender here; there are {', '.join(contenders)}."
        )
    return frame


def reading_sheet(
    questions: pl.DataFrame, replies: Mapping[str, pl.DataFrame], sample: int, seed: int = 0
) -> pl.DataFrame:
    """A random sample of answers for a person to read, who isn't shown how they were read.

    Fill in `choice` (a, b or neither, by the options as they stand in the row) and hand the sheet
    to `read_people`; rows left empty count as not read.

    Args:
        questions: the table `QUESTIONS`.
        replies: the table `REPLIES` of each contender; faults are left out.
        sample: how many answers, of all contenders together; all if there are fewer.
        seed: of the sample and its order.

    Returns:
        The columns `SHEET`, all text, `choice` empty. An answer that a spreadsheet would take for a
        formula begins with an apostrophe.
    """
    frames = [
        frame.filter(pl.col("fault") == "")
        .select("question_id", pl.lit(name).alias("contender"), "order", "answer")
        .sort("question_id", "order")
        for name, frame in sorted(replies.items())
    ]
    said = pl.concat(frames)
    drawn = said.sample(min(sample, len(said)), shuffle=True, seed=seed)
    options = {row["question_id"]: row for row in questions.iter_rows(named=True)}
    rows = []
    for row in drawn.iter_rows(named=True):
        asked = options[row["question_id"]]
        first, second = seen_options(asked, row["order"])
        shown = {"question": asked["question"], "option_a": first, "option_b": second}
        rows.append({**row, **shown, "choice": ""})
    quoted = pl.col("answer").str.strip_chars_start().str.slice(0, 1).is_in(FORMULA)
    sheet = pl.DataFrame(rows, schema=dict.fromkeys(SHEET, pl.String))
    return sheet.with_columns(
        answer=pl.when(quoted).then("'" + pl.col("answer")).otherwise("answer")
    )


def _odd(path: Path, number: int, column: str, text: str, wanted: str) -> UserError:
    return UserError(f"{path}, row {number}: {column} is {text!r}, not {wanted}; mend it.")
