"""The sheet: every pair with its images, and what every contender said, chose and got for it."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from clipblind.grading.verdicts import CORRECT, INCORRECT, UNSCORED
from clipblind.report.results import Results

MOST: Final = 300  # pairs; a page of more is too large to be opened
LONGEST: Final = 400  # characters of an answer
WORDS: Final = {CORRECT: "right", INCORRECT: "wrong", UNSCORED: "unscored"}
MARKS: Final = {CORRECT: "\N{CHECK MARK}", INCORRECT: "\N{BALLOT X}", UNSCORED: "?"}
ORDERS: Final = {"ab": "", "ba": "options exchanged"}

Card = dict[str, Any]
Said = Mapping[str, Mapping[str, list[Card]]]


@dataclass(frozen=True)
class Sheet:
    """What the sheet shows.

    Attributes:
        cards: one a pair: `pair_id`, `benchmark`, `pattern`, `question`, `options` (couples of
            letter and text), `sides` (one a question: `question_id`, `image`, a data URI or none,
            `question`, `answer`, the label's text, and `said`, one row a contender and order),
            `marks` (one a contender: `label`, `right`, `of`, over the pair's questions) and `had`:
            tokens `c<contender's place>-<verdict>` for every verdict on it, by which the page
            filters.
        contenders: token and label of everybody who has verdicts.
        left_out: pairs that are not shown.
    """

    cards: list[Card]
    contenders: list[tuple[str, str]]
    left_out: int


def sheet(results: Results, most: int = MOST) -> Sheet:
    """The pairs of the headline benchmark, then those of others, so far as there is room."""
    said = {name: _said(results, name) for name in results.verdicts}
    patterns = dict(results.table("pair_patterns").select("pair_id", "pattern").iter_rows())
    frame = results.table("questions")
    groups: list[pl.DataFrame] = []
    left_out = 0
    for benchmark in frame["benchmark"].unique(maintain_order=True):
        pairs = frame.filter(pl.col("benchmark") == benchmark).sort("question_id")
        of_benchmark = pairs.partition_by("pair_id", maintain_order=True)
        # another benchmark is shown whole or not at all
        room = (
            most if not groups else (most - len(groups)) * (len(of_benchmark) + len(groups) <= most)
        )
        groups += of_benchmark[:room]
        left_out += len(of_benchmark[room:])
    return Sheet(
        [_card(results, rows, said, patterns) for rows in groups],
        [(f"c{place}", results.label(name)) for place, name in enumerate(said)],
        left_out,
    )


def _card(
    results: Results, rows: pl.DataFrame, said: Said, patterns: Mapping[str, str | None]
) -> Card:
    first = rows.row(0, named=True)
    return {
        "pair_id": first["pair_id"],
        "benchmark": first["benchmark"],
        "pattern": patterns.get(first["pair_id"]) or first["pattern"] or "",
        "question": first["question"],
        "options": [("a", first["option_a"]), ("b", first["option_b"])],
        "sides": [_side(results, row, said) for row in rows.iter_rows(named=True)],
        **_together(results, rows["question_id"].to_list(), said),
    }


def _said(results: Results, name: str) -> dict[str, list[Card]]:
    """What one contender said to each question, in every order it was asked."""
    if name not in results.choices:
        return {}
    asked = list(results.table("questions")["benchmark"].unique())
    graded = results.verdicts[name].filter(pl.col("benchmark").is_in(asked))
    verdicts = {row["question_id"]: row["verdict"] for row in graded.iter_rows(named=True)}
    replies = results.replies[name].to_dicts() if name in results.replies else []
    answers = {(row["question_id"], row["order"]): row["answer"] for row in replies}
    found: dict[str, list[Card]] = {}
    for row in results.choices[name].sort("question_id", "order").iter_rows(named=True):
        question, order = row["question_id"], row["order"]
        verdict = verdicts.get(question) if order == "ab" else None
        found.setdefault(question, []).append(
            {
                "order": ORDERS.get(order, order),
                "text": _clipped(answers.get((question, order)) or ""),
                "choice": row["choice"],
                "by": row["by"],
                "reason": row["reason"],
                "verdict": verdict,
                "word": WORDS.get(verdict or "", ""),
                "mark": MARKS.get(verdict or "", ""),
            }
        )
    return found


def _side(results: Results, row: Card, said: Said) -> Card:
    small = results.thumbnails.get(row["image_id"])
    source = f"data:image/jpeg;base64,{base64.b64encode(small).decode()}" if small else None
    return {
        "question_id": row["question_id"],
        "question": row["question"],
        "image": source,
        "answer": row[f"option_{row['answer']}"],
        "letter": row["answer"],
        "said": [
            {"label": results.label(name), **entry}
            for name, by_question in said.items()
            for entry in by_question.get(row["question_id"], ())
        ],
    }


def _together(results: Results, questions: list[str], said: Said) -> Card:
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
