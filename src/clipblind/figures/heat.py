"""A table whose cells are coloured by a share: orange below chance, blue above."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, TwoSlopeNorm
from matplotlib.patches import FancyBboxPatch

from clipblind.figures.read import Shares
from clipblind.figures.style import (
    BLUE,
    BODY,
    CHANCE,
    INK,
    MARGIN,
    MUTED,
    PAPER,
    SMALL,
    TINY,
    Sheet,
    percent,
    shorten,
    width_of,
)

ROW = 0.4
HEAD = 0.62
SCALE = 0.34
_COLOURS = LinearSegmentedColormap.from_list("seen", ["#e58a4e", "#f5efe4", BLUE])
_NORM = TwoSlopeNorm(CHANCE, 0, 1)


def heat_height(rows: int) -> float:
    """Inches that a table of so many rows takes, its scale included."""
    return HEAD + ROW * rows + SCALE


def heat_table(
    sheet: Sheet,
    rows: Mapping[str, str],
    columns: Sequence[str],
    cells: Shares,
    facts: Mapping[str, Mapping[str, str]] | None = None,
) -> None:
    """Draw the table from the top of a sheet's body.

    Args:
        sheet: where.
        rows: label by row.
        columns: of the cells; `average` stands a little apart.
        cells: (share, low, high) by (row, column).
        facts: further columns without colour, left of the cells: text by row, by heading.
    """
    facts = facts or {}
    widest = max(width_of(label, BODY) for label in rows.values())
    left = MARGIN + min(widest, 0.3 * sheet.width) + 0.12
    for row, label in enumerate(rows.values()):
        y = HEAD + ROW * (row + 0.5)
        short = shorten(label, BODY, 0.3 * sheet.width)
        sheet.text(MARGIN, y, short, va="center", fontsize=BODY)
    for heading, texts in facts.items():
        wide = max(width_of(text, SMALL) for text in (*texts.values(), "0000")) + 0.1
        _header(sheet, left + wide - 0.12, heading)
        for row, name in enumerate(rows):
            y = HEAD + ROW * (row + 0.5)
            right = left + wide - 0.08
            sheet.text(right, y, texts[name], va="center", ha="right", color=MUTED)
        left += wide
    left += 0.06 if facts else 0.0
    _cells(sheet, left, rows, columns, cells)
    _scale(sheet, left, HEAD + ROW * len(rows) + 0.1)


def _cells(
    sheet: Sheet, left: float, rows: Mapping[str, str], columns: Sequence[str], cells: Shares
) -> None:
    # the last slanted heading leans out to the right
    wide = (sheet.width - MARGIN - 0.36 - left) / len(columns)
    axes = sheet.axes(left, HEAD, wide * len(columns), ROW * len(rows))
    axes.set_axis_off()
    axes.set(xlim=(0, wide * len(columns)), ylim=(ROW * len(rows), 0))
    for j, column in enumerate(columns):
        x = wide * j + (0.06 if column == "average" else 0)
        _header(sheet, left + x + wide / 2, column, bold=column == "average")
        for i, row in enumerate(rows):
            share = cells.get((row, column), (np.nan, np.nan, np.nan))
            colour = _COLOURS(_NORM(share[0])) if share[0] == share[0] else "none"
            box = FancyBboxPatch(
                (x + 0.015, ROW * i + 0.015),
                wide - 0.03,
                ROW - 0.03,
                boxstyle="round,pad=0,rounding_size=0.04",
                facecolor=colour,
                edgecolor="none",
            )
            box.set_clip_on(False)
            axes.add_patch(box)
            _words(axes, x + wide / 2, ROW * i, share, _ink_on(colour))


def _words(axes: Axes, x: float, top: float, share: tuple[float, float, float], ink: str) -> None:
    axes.text(x, top + 0.15, percent(share[0]), ha="center", va="center", color=ink, fontsize=BODY)
    if share[1] == share[1]:
        bounds = f"{percent(share[1])}\N{EN DASH}{percent(share[2])}"
        axes.text(x, top + 0.29, bounds, ha="center", va="center", color=ink, fontsize=TINY)


def _ink_on(colour: str | tuple[float, float, float, float]) -> str:
    if isinstance(colour, str):
        return MUTED
    light = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in colour[:3]]
    return PAPER if 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2] < 0.24 else INK


def _header(sheet: Sheet, x: float, words: str, *, bold: bool = False) -> None:
    sheet.text(
        x - 0.04,
        HEAD - 0.05,
        words,
        rotation=38,
        rotation_mode="anchor",
        ha="left",
        va="baseline",
        color=INK if bold else MUTED,
        fontweight="bold" if bold else "normal",
    )


def _scale(sheet: Sheet, left: float, top: float) -> None:
    wide = 1.6
    axes = sheet.axes(left, top, wide, 0.09)
    axes.imshow(_COLOURS(_NORM(np.linspace(0, 1, 200)))[None], extent=(0, 1, 0, 1), aspect="auto")
    axes.set(yticks=[], xticks=[])
    for at, words in ((0, "0"), (CHANCE, "25"), (1, "100 %")):
        sheet.text(left + wide * at, top + 0.11, words, ha="center", color=MUTED, fontsize=TINY)
    sheet.text(
        left + wide + 0.3,
        top - 0.02,
        "pairs right; 25 %: independent guessing; beneath each: 95 % interval",
        color=MUTED,
        fontsize=TINY + 0.6,
    )
