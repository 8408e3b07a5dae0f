"""What made-up tables are written with, and what a figure is given of them."""

from pathlib import Path
from typing import Any

import polars as pl

from clipblind.figures.inputs import FIGURES
from clipblind.ground.stats import wilson
from clipblind.ground.tables.table import Table
from clipblind.study.settings.figure import Figure

Inputs = dict[str, list[Path]]
Rows = list[dict[str, Any]]

SMALL = Figure(dpi=40, width=8)
SHARP = Figure(dpi=150, width=8)
WAYS = ("text_to_image", "image_to_text")


def write(table: Table, rows: Rows, path: Path) -> list[Path]:
    """One table as a file; what a row lacks is null."""
    table.write(pl.DataFrame(rows, schema=dict(table.columns)), path)
    return [path]


def given(name: str, inputs: Inputs) -> Inputs:
    """What the registry says that a figure reads, and no more."""
    declared = (*FIGURES[name].needs, *FIGURES[name].takes)
    return {key: inputs[key] for key in declared if key in inputs}


def scored(name: str, benchmark: str, right: int, pairs: int) -> dict[str, Any]:
    """A row of `BENCHMARK_SCORES`."""
    share = wilson(right, pairs)
    return {
        "benchmark": benchmark, "contender": name, "questions": 2 * pairs, "pairs": pairs,
        "question_accuracy": (pairs + right) / (2 * pairs), "pair_accuracy": share.value,
        "low": share.low, "high": share.high, "unscored": 0,
    }  # fmt: skip


def benchmark_row(name: str, kind: str, pairs: int, **changed: object) -> dict[str, Any]:
    """A row of `BENCHMARKS`."""
    row = {"benchmark": name, "kind": kind, "of": name, "pairs": pairs, "questions": 2 * pairs}
    return row | {"chance": 0.25, "chance_question": 0.5} | changed
