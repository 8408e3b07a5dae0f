"""The sheet: every pair with its images, and what every contender said, chose and got for it."""

import base64
from typing import Any, Final

import polars as pl

from clipblind.grading.verdicts import CORRECT, INCORRECT, UNSCORED
from clipblind.report.answers.results import AnswersResults

LONGEST: Final = 400  # characters of an answer
WORDS: Final = {CORRECT: "right", INCORRECT: "wrong", UNSCORED: "unscored"}
MARKS: Final = {CORRECT: "\N{CHECK MARK}", INCORRECT: "\N{BALLOT X}", UNSCORED: "?"}
ORDERS: Final = {"ab": "", "ba": "options exchanged"}

Card = dict[str, Any]


def sheet(results: AnswersResults) -> list[Card]:
    """Every pair, in the order of its ids.

    Returns:
        For each pair `pair_id`, `pattern`, `question`, `options` (pairs of letter and text),
        `sides` (one a question: `question_id`, `image`, a data URI or none, `answer`, the label's
        text, and `said`, one row a contender and order), `marks` (one a contender: `label`, `mark`,
        `word`, of both questions together) and `had`: tokens `c<contender's place>-<verdict>` for
        every verdict on it, by which the page filters.
    """
    names = results.answered
    said = {name: _said(results, name) for name in names}
    patterns = dict(results.patterns.select("pair_id", "pattern").iter_rows())
    cards = []
    for (pair_id,), rows in results.questions.sort("question_id").group_by(
        "pair_id", maintain_order=True
    ):
        first = rows.row(0, named=True)
        sides = [_side(results, row, said) for row in rows.iter_rows(named=True)]
        cards.append(
            {
                "pair_id": pair_id,
                "pattern": patterns.get(str(pair_id)) or first["pattern"] or "",
                "question": first["question"],
                "options": [("a", first["option_a"]), ("b", first["option_b"])],
                "sides": sides,
                **_together(results, rows["question_id"].to_list(), said),
            }
        )
    return cards


def _said(results: AnswersResults, name: str) -> dict[str, list[Card]]:
    """What one contender said to each question, in every order it was asked."""
    graded = results.verdicts(name).filter(pl.col("benchmark") == results.own)
    verdicts = {row["question_id"]: row for row in graded.iter_rows(named=True)}
    answers = {(r["question_id"], r["order"]): r for r in results.replies(name).to_dicts()}
    found: dict[str, list[Card]] = {}
    for row in results.choices(name).sort("question_id", "order").iter_rows(named=True):
        question, order = row["question_id"], row["order"]
        reply = answers.get((question, order), {"answer": "", "fault": ""})
        published = order == "ab"
        verdict = verdicts[question]["verdict"] if published and question in verdicts else None
        found.setdefault(question, []).append(
            {
                "order": ORDERS.get(order, order),
                "text": _clipped(reply["answer"]),
                "choice": row["choice"],
                "by": row["by"],
                "reason": row["reason"],
                "verdict": verdict,
                "word": WORDS.get(verdict or "", ""),
                "mark": MARKS.get(verdict or "", ""),
            }
        )
    return found


def _side(results: AnswersResults, row: Card, said: dict[str, dict[str, list[Card]]]) -> Card:
    small = results.thumbnails.get(row["image_id"])
    source = f"data:image/jpeg;base64,{base64.b64encode(small).decode()}" if small else None
    return {
        "question_id": row["question_id"],
        "image": source,
        "answer": row[f"option_{row['answer']}"],
        "letter": row["answer"],
        "said": [
            {"label": results.label(name), **entry}
            for name, by_question in said.items()
            for entry in by_question.get(row["question_id"], ())
        ],
    }


def _together(
    results: AnswersResults, questions: list[str], said: dict[str, dict[str, list[Card]]]
) -> Card:
    marks, had = [], []
    for place, (name, by_question) in enumerate(said.items()):
        verdicts = [
            entry["verdict"]
            for question in questions
            for entry in by_question.get(question, ())
            if entry["verdict"]
        ]
        had += [f"c{place}-{verdict}" for verdict in dict.fromkeys(verdicts)]
        right = verdicts.count(CORRECT)
        marks.append({"label": results.label(name), "right": right, "of": len(questions)})
    had += [f"any-{token.partition('-')[2]}" for token in had]
    return {"marks": marks, "had": list(dict.fromkeys(had))}


def _clipped(text: str) -> str:
    said = " ".join(text.split())
    return f"{said[:LONGEST].rstrip()} …" if len(said) > LONGEST else said
