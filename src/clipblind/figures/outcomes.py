"""Where the pairs go: both questions right, one of them, or none."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from clipblind.figures.parts.benchmarks import Benchmark, read_benchmarks
from clipblind.figures.parts.panels import grid_of_rows
from clipblind.figures.parts.read import Inputs, labels, largest, table
from clipblind.figures.parts.style import (
    BLUE,
    PAPER,
    SAND,
    SMALL,
    VERMILION,
    Mark,
    nothing,
    percent,
    share_axis,
    sheet,
    styled,
)
from clipblind.ground.tables.scores import BENCHMARK_SCORES
from clipblind.study.settings.figure import Figure as Settings

TITLE: Final = "Both right, one, or none"
ROW: Final = 0.2
OUTCOMES: Final = {"both right": BLUE, "one right": SAND, "none right": VERMILION}
ROOM: Final = 0.09
"""The smallest share that has room for its number."""


@styled
def draw(inputs: Inputs, settings: Settings) -> Figure:
    """A panel for each benchmark, and in it a bar for each contender, parted into outcomes."""
    benchmarks = read_benchmarks(inputs)
    scores = table(inputs, "scores", BENCHMARK_SCORES).filter(
        (pl.col("questions") == 2 * pl.col("pairs"))
        & (pl.col("pairs") > 0)
        & pl.col("benchmark").is_in(list(benchmarks))
    )
    if scores.is_empty():
        return nothing(settings, TITLE, "No benchmark has pairs of two questions.")
    names = labels(inputs, scores["contender"])
    shown = [one for name, one in benchmarks.items() if name in scores["benchmark"]]
    grid, rows = grid_of_rows(len(shown), [*names.values()], ROW, settings.width)
    subtitle = (
        "The share of pairs by how many of their two questions are answered right; unscored counts"
        " as not right. A contender that answers both pictures alike, as one that doesn't tell them"
        " apart will, has one right in every pair. Independent guesses: 25, 50 and 25 %."
    )
    marks: list[Mark] = [(outcome, colour, "box") for outcome, colour in OUTCOMES.items()]
    made = sheet(settings, TITLE, subtitle, 0.06 + grid.total, marks)
    of = {one.name: scores.filter(pl.col("benchmark") == one.name) for one in shown}
    titles = [(one.words, f"n = {largest(of[one.name], 'pairs'):,} pairs") for one in shown]
    panel = partial(_panel, of=of, benchmarks=shown, names=list(names))
    grid.draw(made, 0.06, titles, panel, rows)
    return made.figure


def _panel(
    i: int,
    axes: Axes,
    *,
    of: Mapping[str, pl.DataFrame],
    benchmarks: Sequence[Benchmark],
    names: list[str],
) -> None:
    share_axis(axes, len(names))
    for row in of[benchmarks[i].name].iter_rows(named=True):
        y, left = names.index(row["contender"]), 0.0
        for share, colour in zip(_shares(row), OUTCOMES.values(), strict=True):
            axes.barh(y, share, left=left, height=0.72, color=colour, zorder=2)
            if share >= ROOM:
                ink = PAPER if colour != SAND else None
                axes.text(
                    left + share / 2,
                    y,
                    percent(share),
                    color=ink,
                    fontsize=SMALL - 1,
                    ha="center",
                    va="center_baseline",
                    zorder=3,
                )
            left += share


def _shares(row: Mapping[str, float]) -> tuple[float, float, float]:
    """Pairs with both, one and none right: of two questions each, so accuracies tell."""
    both = row["pair_accuracy"]
    one = 2 * (row["question_accuracy"] - both)
    return both, one, 1 - both - one
