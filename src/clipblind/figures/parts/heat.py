"""A table whose cells are coloured by a share: orange below chance, blue above."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, TwoSlopeNorm
from matplotlib.patches import FancyBboxPatch, Polygon, Rectangle

from clipblind.figures.parts.read import Share, Shares
from clipblind.figures.parts.style import (
    BLUE,
    BODY,
    FAINT,
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
from clipblind.ground.patterns import AVERAGE

ROW: Final = 0.4
STRIP: Final = 0.15
"""Inches of a row, and of what a second share adds to it."""

HEAD: Final = 0.62
SCALE: Final = 0.34
UP: Final = "\N{BLACK UP-POINTING TRIANGLE}"
DOWN: Final = "\N{BLACK DOWN-POINTING TRIANGLE}"
REVERSE: Final = "the other way"
APART: Final = (AVERAGE, REVERSE)

Place = tuple[float, float, float]
"""Left, top and width of a cell, in inches."""

Colour = str | tuple[float, float, float, float]

_COLOURS = LinearSegmentedColormap.from_list("seen", ["#e58a4e", "#f5efe4", BLUE])


@dataclass(frozen=True)
class Heat:
    """A table of shares, with what else its rows and cells say.

    Attributes:
        rows: label by row.
        columns: of the cells; those of `APART` stand a little apart.
        cells: (share, low, high) by (row, column).
        facts: further columns without colour, left of the cells: text by row, by heading. What
            follows a line break stands small beneath.
        strong: facts that stand out, by (row, heading).
        second: a quieter second line of a row's label.
        marks: `UP` or `DOWN`, in the corner of a cell, by (row, column).
        breaks: rows with a hairline above them.
        beneath: a second share in a strip at a cell's foot, by (row, column); rows are higher if
            there is any.
        chance: what guessing gets; the colours turn there.
        note: what the scale says of the cells.
    """

    rows: Mapping[str, str]
    columns: Sequence[str]
    cells: Shares
    facts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    strong: Collection[tuple[str, str]] = ()
    second: Mapping[str, str] = field(default_factory=dict)
    marks: Mapping[tuple[str, str], str] = field(default_factory=dict)
    breaks: Collection[str] = ()
    beneath: Mapping[tuple[str, str], float] = field(default_factory=dict)
    chance: float = 0.25
    note: str = "beneath each share its 95 % interval"

    @property
    def norm(self) -> TwoSlopeNorm:
        """From shares to colours."""
        return TwoSlopeNorm(self.chance, 0, 1)

    @property
    def row(self) -> float:
        """Inches that a row takes."""
        return ROW + (STRIP if self.beneath else 0.0)

    @property
    def height(self) -> float:
        """Inches that the table takes, its scale included."""
        return HEAD + self.row * len(self.rows) + SCALE

    def draw(self, sheet: Sheet) -> None:
        """Draw the table from the top of a sheet's body."""
        left = self._facts(sheet, self._labels(sheet))
        for i, row in enumerate(self.rows):
            if row in self.breaks:
                line = sheet.axes(MARGIN, HEAD + self.row * i, sheet.width - 2 * MARGIN, 0.01)
                line.set_axis_off()
                line.axhline(0, color=FAINT, linewidth=0.8)
        self._cells(sheet, left)
        _scale(sheet, HEAD + self.row * len(self.rows) + 0.1, self)

    def _labels(self, sheet: Sheet) -> float:
        """The labels of the rows; returns where they end."""
        most = 0.3 * sheet.width
        sizes = [(label, BODY) for label in self.rows.values()]
        sizes += [(words, TINY) for words in self.second.values()]
        for i, (row, label) in enumerate(self.rows.items()):
            y, below = HEAD + self.row * (i + 0.5), self.second.get(row, "")
            short = shorten(label, BODY, most)
            sheet.text(MARGIN, y - (0.06 if below else 0), short, va="center", fontsize=BODY)
            small = shorten(below, TINY, most)
            sheet.text(MARGIN, y + 0.09, small, va="center", fontsize=TINY, color=MUTED)
        return MARGIN + min(max(width_of(*words) for words in sizes), most) + 0.12

    def _facts(self, sheet: Sheet, left: float) -> float:
        for heading, texts in self.facts.items():
            lines = {row: texts[row].partition("\n") for row in self.rows}
            widths = [max(width_of(a, SMALL), width_of(b, TINY)) for a, _, b in lines.values()]
            left += max(0.2, *widths) + 0.1
            right = left - 0.08
            _header(sheet, right, heading)
            for i, (row, (first, _, small)) in enumerate(lines.items()):
                y = HEAD + self.row * (i + 0.5) - (0.05 if small else 0.0)
                ink = {"color": INK if (row, heading) in self.strong else MUTED}
                sheet.text(right, y, first, va="center", ha="right", **ink)
                sheet.text(right, y + 0.14, small, va="center", ha="right", fontsize=TINY, **ink)
        return left + (0.06 if self.facts else 0.0)

    def _cells(self, sheet: Sheet, left: float) -> None:
        gaps = 0.06 * sum(column in APART for column in self.columns)
        # the last slanted heading leans out to the right
        wide = (sheet.width - MARGIN - 0.36 - left - gaps) / len(self.columns)
        across, down = wide * len(self.columns) + gaps, self.row * len(self.rows)
        axes = sheet.axes(left, HEAD, across, down)
        axes.set_axis_off()
        axes.set(xlim=(0, across), ylim=(down, 0))
        x = 0.0
        for column in self.columns:
            x += 0.06 if column in APART else 0.0
            _header(sheet, left + x + wide / 2, column, bold=column == AVERAGE)
            for i, row in enumerate(self.rows):
                share = self.cells.get((row, column), (np.nan, np.nan, np.nan))
                place = (x, self.row * i, wide)
                _cell(axes, place, share, self._colour(share[0]))
                if mark := self.marks.get((row, column), ""):
                    _corner(axes, place, mark, _ink_on(self._colour(share[0])))
                if (row, column) in self.beneath:
                    second = self.beneath[row, column]
                    _strip(axes, place, second, self._colour(second))
            x += wide

    def _colour(self, share: float) -> Colour:
        return _COLOURS(float(self.norm(share))) if share == share else "none"


def _cell(axes: Axes, place: Place, share: Share, colour: Colour) -> None:
    x, top, wide = place
    box = FancyBboxPatch(
        (x + 0.015, top + 0.015),
        wide - 0.03,
        ROW - 0.03,
        boxstyle="round,pad=0,rounding_size=0.04",
        facecolor=colour,
        edgecolor="none",
    )
    box.set_clip_on(False)
    axes.add_artist(box)
    ink = _ink_on(colour)
    centred: dict[str, Any] = {"ha": "center", "va": "center", "color": ink}
    middle = x + wide / 2
    axes.text(middle, top + 0.16, percent(share[0]), fontsize=BODY, **centred)
    if share[1] == share[1]:
        bounds = f"{percent(share[1])}\N{EN DASH}{percent(share[2])}"
        size = TINY - (0.8 if wide < 0.36 else 0.2)
        axes.text(middle, top + 0.3, bounds, fontsize=size, **centred)


def _corner(axes: Axes, place: Place, mark: str, ink: str) -> None:
    """A triangle in the upper right corner of a cell."""
    corner, flat, tip = place[0] + place[2] - 0.055, place[1] + 0.085, place[1] + 0.035
    if mark == DOWN:
        flat, tip = tip, flat
    points = [(corner - 0.033, flat), (corner + 0.033, flat), (corner, tip)]
    axes.add_artist(Polygon(points, facecolor=ink, edgecolor="none", clip_on=False))


def _strip(axes: Axes, place: Place, share: float, colour: Colour) -> None:
    """A second share under a cell."""
    x, top, wide = place[0] + 0.015, place[1] + ROW - 0.005, place[2] - 0.03
    axes.add_artist(Rectangle((x, top), wide, STRIP - 0.02, facecolor=colour, edgecolor="none"))
    centred: dict[str, Any] = {"ha": "center", "va": "center", "color": _ink_on(colour)}
    axes.text(x + wide / 2, top + STRIP / 2 - 0.005, percent(share), fontsize=TINY + 0.3, **centred)


def _ink_on(colour: Colour) -> str:
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


def _scale(sheet: Sheet, top: float, heat: Heat) -> None:
    left, wide = MARGIN, 1.6
    axes = sheet.axes(left, top, wide, 0.09)
    colours = _COLOURS(heat.norm(np.linspace(0, 1, 200)))[None]
    axes.imshow(colours, extent=(0, 1, 0, 1), aspect="auto")
    axes.set(yticks=[], xticks=[])
    for at, words in ((0, "0"), (heat.chance, f"{100 * heat.chance:.3g}"), (1, "100 %")):
        sheet.text(left + wide * at, top + 0.11, words, ha="center", color=MUTED, fontsize=TINY)
    note = f"pairs right; {100 * heat.chance:.3g} %: independent guessing; {heat.note}"
    sheet.text(left + wide + 0.3, top - 0.02, note, color=MUTED, fontsize=TINY + 0.6)
