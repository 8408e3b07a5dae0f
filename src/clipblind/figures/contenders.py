"""Pair accuracy of every contender on the mined benchmark (the paper's Figure 4)."""

from collections.abc import Mapping
from typing import Any, Final

import polars as pl
from matplotlib.figure import Figure

from clipblind.figures.parts.read import Inputs
from clipblind.figures.parts.read import labels, table
from clipblind.figures.parts.style import (
    BLUE,
    BODY,
    CHANCE,
    FAINT,
    MARGIN,
    MUTED,
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
from clipblind.ground.tables.scores import CONTENDER_SCORES
from clipblind.study.settings.figure import Figure as Settings

NEEDS: Final = ("scores", "labels")
TITLE: Final = "Who answers the blind pairs"
ROW: Final = 0.31
NUMBERS: Final = 1.15


@styled
def draw(inputs: Inputs, settings: Settings) -> Figure:
    """A dot on its 95 % Wilson interval for each contender, with both chance levels marked."""
    scores = table(inputs, "scores", CONTENDER_SCORES).filter(pl.col("pairs") > 0)
    if scores.is_empty():
        return nothing(settings, TITLE, "No pairs were mined, so there is nothing to answer.")
    names = labels(inputs, scores["contender"])
    subtitle = (
        "Pair accuracy on the mined benchmark: the share of pairs with both questions right,"
        " with its 95 % Wilson interval."
    )
    marks: tuple[Mark, ...] = (
        ("interval above guessing", BLUE, "dot"),
        ("around it", MUTED, "dot"),
        ("below it", VERMILION, "dot"),
    )
    top = 0.46
    made = sheet(settings, TITLE, subtitle, top + ROW * len(names) + 0.24, marks)
    rows = {row["contender"]: row for row in scores.iter_rows(named=True)}
    _rows(made, top, names, rows)
    return made.figure


def _rows(
    made: Sheet, top: float, names: Mapping[str, str], rows: Mapping[str, dict[str, Any]]
) -> None:
    most = 0.36 * made.width
    left = MARGIN + min(max(width_of(label, BODY) for label in names.values()), most) + 0.14
    axes = made.axes(left, top, made.width - MARGIN - NUMBERS - left, ROW * len(names))
    percent_axis(axes, len(names))
    axes.axvline(0, color=MUTED, linewidth=1, linestyle=(0, (2, 2)))
    _chance(made, left, top)
    for i, (name, label) in enumerate(names.items()):
        row, y = rows[name], top + ROW * (i + 0.5)
        share = (row["pair_accuracy"], row["low"], row["high"])
        axes.axhline(i, color=FAINT, linewidth=0.5, zorder=0)
        interval(axes, i, share, colour_of(row["low"], row["high"]), 7)
        written = shorten(label, BODY, most)
        made.text(left - 0.12, y, written, va="center", ha="right", fontsize=BODY)
        end = made.width - MARGIN
        bold = {"va": "center", "ha": "right", "fontsize": BODY, "fontweight": "bold"}
        made.text(end - 0.58, y, f"{percent(share[0], 1)} %", **bold)
        right = round(share[0] * row["pairs"])
        made.text(end, y, f"{right}/{row['pairs']}", va="center", ha="right", color=MUTED)


def _chance(made: Sheet, left: float, top: float) -> None:
    wide = made.width - MARGIN - NUMBERS - left
    for share, above, words in (
        (0.0, 0.36, "the same answer to both pictures: 0 %"),
        (CHANCE, 0.18, "independent guessing: 25 %"),
    ):
        x = left + wide * (share + 0.015) / 1.03
        made.text(x - 0.02, top - above, words, color=MUTED)
