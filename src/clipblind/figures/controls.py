"""Pair accuracy of every contender on each benchmark: mined, random and twin pairs, and others."""

from collections.abc import Mapping
from typing import Final

import polars as pl
from matplotlib.figure import Figure

from clipblind.figures.parts.benchmarks import (
    chance_lines,
    chances_of,
    colours_of,
    guessing,
    in_words,
    read_benchmarks,
)
from clipblind.figures.parts.read import Inputs, any_trained, labels, largest, over_pairs, table
from clipblind.figures.parts.style import (
    BODY,
    FAINT,
    MARGIN,
    Mark,
    Sheet,
    interval,
    nothing,
    percent_axis,
    sheet,
    shorten,
    styled,
    width_of,
)
from clipblind.ground.tables.scores import BENCHMARK_SCORES
from clipblind.study.settings.figure import Figure as Settings

TITLE: Final = "The same contenders on other pairs"
STEP, CLOSE, MANY = 0.15, 0.115, 12
"""Inches between dots, and between those of more contenders than `MANY`."""


@styled
def draw(inputs: Inputs, settings: Settings) -> Figure:
    """For each contender one dot on its interval per benchmark, the headline on top."""
    benchmarks = read_benchmarks(inputs)
    scores = table(inputs, "scores", BENCHMARK_SCORES).filter(
        (pl.col("pairs") > 0) & pl.col("benchmark").is_in(list(benchmarks))
    )
    if scores.is_empty():
        return nothing(settings, TITLE, "No benchmark has any pairs.")
    names = labels(inputs, scores["contender"])
    shown = [name for name in benchmarks if name in scores["benchmark"]]
    over = over_pairs(any_trained(inputs))
    subtitle = f"Pair accuracy with its 95 % Wilson interval {over}."
    if "mined" in shown:
        subtitle += (
            " Mined pairs favour the reference encoder by construction; random and twin pairs"
            " don't."
        )
    step = STEP if len(names) <= MANY else CLOSE
    colours = colours_of(shown)
    marks: list[Mark] = []
    for name, colour in colours.items():
        pairs = largest(scores.filter(pl.col("benchmark") == name), "pairs")
        marks.append((f"{in_words(name)} (n = {pairs:,})", colour, "dot"))
    chances = chances_of(benchmarks, shown)
    marks.append(guessing(chances))
    made = sheet(settings, TITLE, subtitle, 0.3 + step * (len(shown) + 1) * len(names), marks)
    _rows(made, step, names, colours, scores, chances)
    return made.figure


def _rows(
    made: Sheet,
    step: float,
    names: Mapping[str, str],
    colours: Mapping[str, str],
    scores: pl.DataFrame,
    chances: list[float],
) -> None:
    top, row, most = 0.06, step * (len(colours) + 1), 0.36 * made.width
    left = MARGIN + min(max(width_of(label, BODY) for label in names.values()), most) + 0.14
    axes = made.axes(left, top, made.width - MARGIN - 0.2 - left, row * len(names))
    percent_axis(axes, len(names))
    chance_lines(axes, chances)
    for i, (name, label) in enumerate(names.items()):
        if i:
            axes.axhline(i - 0.5, color=FAINT, linewidth=0.7)
        written = shorten(label, BODY, most)
        made.text(
            left - 0.12, top + row * (i + 0.5), written, va="center", ha="right", fontsize=BODY
        )
        own = {r["benchmark"]: r for r in scores.iter_rows(named=True) if r["contender"] == name}
        for j, (benchmark, colour) in enumerate(colours.items()):
            if r := own.get(benchmark):
                y = i + (j - (len(colours) - 1) / 2) * step / row
                interval(axes, y, (r["pair_accuracy"], r["low"], r["high"]), colour)
