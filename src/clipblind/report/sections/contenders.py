"""Who answers: scores on every benchmark, comparisons over the same pairs, Figure 4 beside MMVP."""

from collections.abc import Mapping
from typing import Any, Final

from clipblind.ground.stats import wilson
from clipblind.report import answers, figure4, story
from clipblind.report.explore import shares
from clipblind.report.mixtures import fed
from clipblind.report.numbers import against
from clipblind.report.results import Results, Row
from clipblind.report.sections.section import Section


def says(results: Results) -> Mapping[str, Any]:
    """The scores as a table and in sentences; where MMVP was asked, the paper's beside them."""
    columns = _columns(results)
    return {
        "columns": [(name, results.chance(name)) for name in columns],
        "rows": _rows(results, columns),
        "fed": bool(results.small),
        "scope": story.scope(results),
        "scores": [*story.contenders(results), *answers.scores(results)],
        "parts": [
            ("Over the same pairs", answers.paired(results)),
            ("The paper’s judge beside ours", answers.official(results)),
            ("Options exchanged", answers.consistency(results)),
        ],
        "figure4": figure4.beside_figure4(results),
        "figure4_said": figure4.figure4_said(results),
        "favoured": bool(results.asked("mined")),
        "explore": shares(results),
    }


def _columns(results: Results) -> list[str]:
    """Every set of labels and way of reading that was scored, in the study's order."""
    scored = results.table("scores")["benchmark"].unique(maintain_order=True).to_list()
    known = results.table("benchmarks")["benchmark"].to_list()
    return [name for name in known if name in scored] + [n for n in scored if n not in known]


def _rows(results: Results, columns: list[str]) -> list[Row]:
    """One row a contender, one cell a column; counts of questions are those of the headline."""
    rows = []
    for name in results.study.contender:
        cells = [_cell(results, name, column) for column in columns]
        first = results.score(name)
        if any(cells):
            rows.append(
                {
                    "label": results.label(name),
                    "sees": fed(results, name) if name in results.small else "",
                    "cells": cells,
                    "first": first,
                    "questions": _of_questions(first) if first else None,
                }
            )
    return rows


def _cell(results: Results, name: str, column: str) -> Row | None:
    row = results.score(name, column)
    if row is None:
        return None
    side = against(row, results.chance(column))
    right = round(row["pair_accuracy"] * row["pairs"])
    return {**row, "right": right, "side": {1: "above", 0: "around", -1: "below"}[side]}


def _of_questions(row: Row) -> Any:
    return wilson(round(row["question_accuracy"] * row["questions"]), row["questions"])


CONTENDERS: Final = Section(
    "contenders",
    "Who answers what",
    ("scores/benchmarks.csv",),
    says,
    ("sheet.css", "explore.css"),
)
