"""The label shuffle: pair accuracy and unevenness beside what permuted answers leave of them."""

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from clipblind.figures.parts.benchmarks import (
    Benchmark,
    chance_lines,
    guessing,
    read_benchmarks,
)
from clipblind.figures.parts.panels import grid_of_rows
from clipblind.figures.parts.read import Inputs, labels, largest, table
from clipblind.figures.parts.style import (
    BLUE,
    FAINT,
    MUTED,
    SAND,
    VERMILION,
    Mark,
    nothing,
    sheet,
    styled,
)
from clipblind.ground.tables.controls import SHUFFLED
from clipblind.study.settings.figure import Figure as Settings

TITLE: Final = "With its answers permuted"
ROW: Final = 0.18
EFFECTS: Final = {"pair accuracy": 1.0, "unevenness over patterns": 0.5}
"""Each effect with the largest value it can take."""


@styled
def draw(inputs: Inputs, settings: Settings) -> Figure:
    """Two lines of panels, one for each effect, and in them a panel for each benchmark."""
    shuffled = table(inputs, "shuffled", SHUFFLED).filter(
        pl.col("effect").is_in(list(EFFECTS)) & pl.col("observed").is_not_nan()
    )
    if shuffled.is_empty():
        return nothing(settings, TITLE, "No answers were permuted.")
    names = labels(inputs, shuffled["of"])
    known = read_benchmarks(inputs)
    benchmarks = [known[name] for name in known if name in shuffled["benchmark"]]
    grid, rows = grid_of_rows(len(benchmarks), [*names.values()], ROW, settings.width)
    subtitle = (
        "A contender's options are dealt anew over all questions of a benchmark,"
        f" {largest(shuffled, 'permutations'):,} times, and graded again: it then knows nothing."
        " What lies within that is not told apart from it. Unevenness: standard deviation of"
        " pair accuracy over patterns."
    )
    marks: tuple[Mark, ...] = (
        ("as answered, above the permuted", BLUE, "dot"),
        ("within", MUTED, "dot"),
        ("below", VERMILION, "dot"),
        ("permuted, the middle 95 %", SAND, "box"),
        guessing(benchmark.chance for benchmark in benchmarks),
    )
    made = sheet(settings, TITLE, subtitle, 0.06 + len(EFFECTS) * grid.total, marks)
    for k, effect in enumerate(EFFECTS):
        own = shuffled.filter(pl.col("effect") == effect)
        titles = [(benchmark.words, effect) for benchmark in benchmarks]
        panel = partial(_panel, rows=own, benchmarks=benchmarks, names=list(names), effect=effect)
        grid.draw(made, 0.06 + k * grid.total, titles, panel, rows)
    return made.figure


def _panel(
    i: int,
    axes: Axes,
    *,
    rows: pl.DataFrame,
    benchmarks: Sequence[Benchmark],
    names: list[str],
    effect: str,
) -> None:
    most = EFFECTS[effect]
    axes.set(xlim=(-0.04 * most, 1.04 * most), ylim=(len(names) - 0.5, -0.5), yticks=[])
    axes.set_xticks([0, most / 2, most], ["0", f"{50 * most:.0f}", f"{100 * most:.0f} %"])
    axes.grid(axis="x", color=FAINT, linewidth=0.7, zorder=0)
    if effect == "pair accuracy":
        chance_lines(axes, [benchmarks[i].chance])
    for row in rows.filter(pl.col("benchmark") == benchmarks[i].name).iter_rows(named=True):
        y = names.index(row["of"])
        axes.barh(y, row["high"] - row["low"], left=row["low"], height=0.62, color=SAND, zorder=2)
        axes.plot(row["observed"], y, "o", color=_colour(row), markersize=4.5, zorder=5)


def _colour(row: dict[str, Any]) -> str:
    if row["observed"] > row["high"]:
        return BLUE
    return VERMILION if row["observed"] < row["low"] else MUTED
