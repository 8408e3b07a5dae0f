"""What `answers.html.j2` shows, to be included by a report's page."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import polars as pl

from clipblind.grading.labels import CIRCULAR, CORRECTED, OFFICIAL
from clipblind.grading.verdicts import CORRECT, INCORRECT, UNSCORED
from clipblind.ground.stats import Interval, wilson
from clipblind.report.answers import beside, story
from clipblind.report.answers.results import AnswersResults
from clipblind.report.answers.sheet import WORDS, sheet
from clipblind.report.page import style

COLUMNS: Final = {
    "": "published labels",
    CORRECTED: "corrected labels",
    CIRCULAR: "both orders of options",
    OFFICIAL: "by the paper’s judge",
}


def answers_part(folder: Path, labels: Mapping[str, str]) -> dict[str, Any]:
    """The variable `answers` of `answers/answers.html.j2`.

    Args:
        folder: a study's results, as far as they were made.
        labels: contenders' and encoders' names as figures show them; empty ones stand for the name
            itself.

    Raises:
        UserError: if a file that is there can't be read.
    """
    results = AnswersResults(folder, labels)
    return {
        "css": style("answers/answers.css"),
        "columns": [COLUMNS[variant] for variant in _variants(results)],
        "rows": _table(results),
        "figure4": beside.beside_figure4(results),
        "calibration": story.calibration(results),
        "said": {
            "scores": story.scores(results),
            "official": story.official(results),
            "consistency": story.consistency(results),
            "paired": story.paired(results),
            "patterns": story.patterns(results),
            "costs": story.costs(results),
            "figure4": beside.figure4_said(results),
            "inherited": beside.inherited_said(results),
        },
        "sheet": sheet(results),
        "contenders": [(f"c{n}", results.label(name)) for n, name in enumerate(results.answered)],
        "verdicts": [(verdict, WORDS[verdict]) for verdict in (CORRECT, INCORRECT, UNSCORED)],
    }


def _variants(results: AnswersResults) -> list[str]:
    made = set(results.benchmarks["benchmark"])
    return [variant for variant in COLUMNS if f"{results.own}{variant}" in made]


def _table(results: AnswersResults) -> list[dict[str, Any]]:
    """One row a contender, one cell a way of counting; the best by published labels first."""
    cells: dict[str, dict[str, dict[str, Any]]] = {}
    for variant in _variants(results):
        chosen = results.benchmarks.filter(pl.col("benchmark") == f"{results.own}{variant}")
        for row in chosen.iter_rows(named=True):
            cells.setdefault(row["contender"], {})[variant] = row
    rows = [
        {
            "label": results.label(name),
            "cells": [of.get(variant) for variant in _variants(results)],
            "questions": _of_questions(of[""]),
            "unscored": of[""]["unscored"],
            "share": of[""]["pair_accuracy"],
        }
        for name, of in cells.items()
        if "" in of
    ]
    return sorted(rows, key=lambda row: (-row["share"], row["label"]))


def _of_questions(row: dict[str, Any]) -> Interval:
    return wilson(round(row["question_accuracy"] * row["questions"]), row["questions"])
