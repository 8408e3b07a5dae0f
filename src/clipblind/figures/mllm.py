"""Pair accuracy on MMVP of whoever answered it, beside the paper's Figure 4."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from clipblind.figures import Inputs
from clipblind.figures.read import table
from clipblind.figures.style import (
    BLUE,
    BODY,
    FAINT,
    MARGIN,
    MUTED,
    ORANGE,
    PAPER,
    SMALL,
    VERMILION,
    Mark,
    Sheet,
    colour_of,
    interval,
    nothing,
    percent,
    percent_axis,
    sheet,
    shorten,
    styled,
    width_of,
)
from clipblind.grading.figure4 import PEOPLE, published
from clipblind.grading.labels import CORRECTED
from clipblind.ground.tables.scores import AGAINST_FIGURE4, BENCHMARK_SCORES
from clipblind.printed import figure4
from clipblind.study.settings.figure import FigureOfContenders

NEEDS: Final = ("scores", "against")
TITLE: Final = "Who answers MMVP"
ROW, TOP, FOOT = 0.34, 0.28, 0.24
WIDE: Final = (1.36, 0.74, 0.6)
"""Inches from the right edge to the end of each column of numbers: share, pairs, the paper's."""
RANDOM: Final = "Random"

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Line:
    """One line of the figure: a contender, or a system of Figure 4 that this study has not.

    Attributes:
        label: as it is written.
        own: its row of `BENCHMARK_SCORES` by published labels, if it answered here.
        corrected: that by corrected labels.
        paper: the share of pairs that Figure 4 has for it.
    """

    label: str
    own: Row | None
    corrected: Row | None
    paper: float | None


@styled
def draw(inputs: Inputs, settings: FigureOfContenders) -> Figure:
    """A dot on its 95 % Wilson interval for each contender, a ring by the corrected labels."""
    scores = table(inputs, "scores", BENCHMARK_SCORES).filter(pl.col("pairs") > 0)
    against = table(inputs, "against", AGAINST_FIGURE4)
    ours = _ours(scores, against, settings)
    if not ours:
        return nothing(settings, TITLE, "No contender answered MMVP yet.")
    lines = [*ours, *_others(against)]
    made = sheet(settings, TITLE, _subtitle(ours), TOP + ROW * len(lines) + FOOT, _marks(lines))
    _draw(made, lines, len(ours))
    return made.figure


def _ours(scores: pl.DataFrame, against: pl.DataFrame, settings: FigureOfContenders) -> list[Line]:
    paper = dict(against.filter(of="pairs").select("contender", "paper").iter_rows())
    mended = scores.filter(pl.col("benchmark").str.ends_with(CORRECTED))
    corrected = {row["contender"]: row for row in mended.iter_rows(named=True)}
    rows = published(scores).sort("pair_accuracy", "contender", descending=[True, False])
    lines = []
    for row in rows.iter_rows(named=True):
        name = row["contender"]
        told = settings.contenders.get(name)
        label = (told.label if told else "") or name
        lines.append(Line(label, row, corrected.get(name), paper.get(name)))
    return lines


def _others(against: pl.DataFrame) -> list[Line]:
    """Systems of Figure 4 that are set beside nobody; guessing has a line of its own."""
    seen = {*against["row"], RANDOM}
    return [
        Line(f"{model} (questions)" if model == PEOPLE else model, None, None, share)
        for model, share in figure4().iter_rows()
        if model not in seen
    ]


def _subtitle(ours: Sequence[Line]) -> str:
    pairs = sorted({line.own["pairs"] for line in ours if line.own})
    of = f"{pairs[0]}" if len(pairs) == 1 else f"{pairs[0]} to {pairs[-1]}"
    return (
        f"Share of {of} pairs with both questions right, with its 95 % Wilson interval; unscored"
        " answers count as not right. Beneath in grey: systems of the paper's Figure 4 that this"
        " study did not ask. People are printed as a share of questions."
    )


def _marks(lines: Sequence[Line]) -> list[Mark]:
    marks: list[Mark] = [
        ("published labels: above guessing", BLUE, "dot"),
        ("around it", MUTED, "dot"),
        ("below it", VERMILION, "dot"),
    ]
    if any(line.corrected for line in lines):
        marks.append(("corrected labels", MUTED, "ring"))
    return [*marks, ("the paper's Figure 4", ORANGE, "line")]


def _draw(made: Sheet, lines: Sequence[Line], own: int) -> None:
    most = 0.32 * made.width
    left = MARGIN + min(max(width_of(line.label, BODY) for line in lines), most) + 0.14
    right = made.width - MARGIN - WIDE[0] - 0.62
    axes = made.axes(left, TOP, right - left, ROW * len(lines))
    percent_axis(axes, len(lines))
    chance = left + (right - left) * 0.265 / 1.03
    made.text(chance - 0.02, TOP - 0.18, "independent guessing: 25 %", color=MUTED)
    columns = [made.width - MARGIN - room for room in (*WIDE[:2], 0.0)]
    end = {"ha": "right", "color": MUTED}
    for x, words in zip(columns, ("here", "pairs", "Figure 4"), strict=True):
        made.text(x, TOP - 0.18, words, **end)
    for i, line in enumerate(lines):
        y = TOP + ROW * (i + 0.5)
        axes.axhline(i, color=FAINT, linewidth=0.5, zorder=0)
        _mark(axes, i, line)
        written = shorten(line.label, BODY, most)
        ink = {} if line.own else {"color": MUTED}
        made.text(left - 0.12, y, written, va="center", ha="right", fontsize=BODY, **ink)
        _numbers(made, y, columns, line)
    if own < len(lines):
        axes.axhline(own - 0.5, color=MUTED, linewidth=0.8, zorder=0)


def _mark(axes: Axes, i: int, line: Line) -> None:
    if line.paper is not None:
        axes.plot((line.paper,) * 2, (i - 0.34, i + 0.34), color=ORANGE, linewidth=2.2, zorder=3)
    if line.own:
        share = (line.own["pair_accuracy"], line.own["low"], line.own["high"])
        aside = -0.13 if line.corrected else 0.0
        interval(axes, i + aside, share, colour_of(*share[1:]), 6.5)
    if line.corrected:
        low, high = line.corrected["low"], line.corrected["high"]
        colour = colour_of(low, high)
        axes.plot((low, high), (i + 0.19,) * 2, color=colour, linewidth=0.9, alpha=0.55)
        at = (line.corrected["pair_accuracy"], i + 0.19)
        face = {"markerfacecolor": PAPER, "markeredgecolor": colour}
        ring: dict[str, Any] = {"fillstyle": "full", "markeredgewidth": 1.1, **face}
        axes.plot(*at, "o", markersize=4.6, zorder=5, **ring)


def _numbers(made: Sheet, y: float, columns: Sequence[float], line: Line) -> None:
    end = {"va": "center", "ha": "right"}
    if line.own:
        share, pairs = line.own["pair_accuracy"], line.own["pairs"]
        bold = {"fontsize": BODY, "fontweight": "bold"}
        made.text(columns[0], y, f"{percent(share, 1)} %", **end, **bold)
        made.text(columns[1], y, f"{round(share * pairs)}/{pairs}", color=MUTED, **end)
    if line.paper is not None:
        made.text(columns[2], y, percent(line.paper, 1), color=MUTED, fontsize=SMALL, **end)
