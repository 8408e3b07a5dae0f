"""The one visual language of all figures: type, colours, sheets measured in inches."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, ParamSpec, TypeVar

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ft2font import LoadFlags

from clipblind.study.settings.figure import Figure as Settings

INK: Final = "#22262e"
MUTED: Final = "#666b75"
FAINT: Final = "#dedbd2"
PAPER: Final = "#fffdf8"
SAND: Final = "#ddd7c5"

# Okabe and Ito's palette, which all common kinds of colour vision tell apart
BLUE: Final = "#0072b2"
VERMILION: Final = "#d55e00"
GREEN: Final = "#009e73"
ORANGE: Final = "#e69f00"
PURPLE: Final = "#cc79a7"

TITLE, BODY, SMALL, TINY = 11.0, 8.5, 7.5, 6.2
MARGIN: Final = 0.14
MEASURED: Final = 100.0
"""Points at which widths of text are measured."""

STYLE: Final[dict[Any, Any]] = {
    "font.family": "DejaVu Sans",
    "font.size": BODY,
    "text.color": INK,
    "text.parse_math": False,
    "axes.labelcolor": MUTED,
    "axes.labelsize": SMALL,
    "axes.edgecolor": FAINT,
    "axes.facecolor": "none",
    "axes.linewidth": 0.8,
    "axes.unicode_minus": True,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": MUTED,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "xtick.minor.size": 0,
    "ytick.minor.size": 0,
    "figure.facecolor": PAPER,
    "savefig.facecolor": PAPER,
    "svg.hashsalt": "clipblind",
    "svg.fonttype": "path",
}

P = ParamSpec("P")
T = TypeVar("T")
Mark = tuple[str, str, Literal["dot", "ring", "line", "dashes", "box"]]


def styled(draw: Callable[P, T]) -> Callable[P, T]:
    """Run a drawing function under the house's style, whatever the process had set."""

    @functools.wraps(draw)
    def inside(*args: P.args, **kwargs: P.kwargs) -> T:
        with matplotlib.rc_context(STYLE):
            return draw(*args, **kwargs)

    return inside


@dataclass(frozen=True)
class Sheet:
    """A figure with its heading drawn; places are inches from its left and from the heading.

    Attributes:
        figure: what is drawn on.
        width: of the figure, in inches.
        height: of the figure, in inches.
        head: height of the heading, in inches.
    """

    figure: Figure
    width: float
    height: float
    head: float

    def axes(self, left: float, top: float, width: float, height: float) -> Axes:
        """Axes of this size whose upper left corner is there, without frame."""
        bottom = self.height - self.head - top - height
        box = (left / self.width, bottom / self.height, width / self.width, height / self.height)
        axes = self.figure.add_axes(box)
        axes.spines[:].set_visible(False)
        return axes

    def below(self, top: float) -> "Sheet":
        """The same sheet, whose places are measured from so many inches further down."""
        return replace(self, head=self.head + top)

    def text(self, left: float, top: float, words: str, **style: Any) -> None:
        """Text whose upper left corner (unless `style` aligns otherwise) is there."""
        options = {"va": "top", "fontsize": SMALL, **style}
        y = 1 - (self.head + top) / self.height
        self.figure.text(left / self.width, y, words, **options)


def sheet(
    settings: Settings, title: str, subtitle: str, body: float, marks: Sequence[Mark] = ()
) -> Sheet:
    """A figure with a title, a subtitle wrapped to its width and a key of coloured marks.

    Args:
        settings: width and resolution.
        title: one line.
        subtitle: as many lines as it needs.
        body: inches below the heading.
        marks: label, colour and form of each mark of the key.
    """
    # hinting makes lines of small type a little wider in a PNG than they measure
    lines = wrap(subtitle, SMALL, 0.98 * (settings.width - 2 * MARGIN))
    places = _key(marks, settings.width)
    under = MARGIN + 0.25 + 0.15 * len(lines) + 0.08
    head = under + (places[-1][1] + 0.19 if places else 0) + 0.06
    height = head + body + MARGIN
    figure = Figure(figsize=(settings.width, height), dpi=settings.dpi)
    made = Sheet(figure, settings.width, height, head)
    made.text(MARGIN, MARGIN - head, title, fontsize=TITLE, fontweight="bold")
    for i, line in enumerate(lines):
        made.text(MARGIN, MARGIN - head + 0.25 + 0.15 * i, line, color=MUTED)
    for (label, colour, form), (x, y) in zip(marks, places, strict=True):
        axes = made.axes(x, under - head + y, 0.18, 0.13)
        axes.set_axis_off()
        axes.set(xlim=(0, 1), ylim=(0, 1))
        _mark(axes, colour, form)
        made.text(x + 0.24, under - head + y + 0.065, label, va="center")
    return made


def nothing(settings: Settings, title: str, why: str) -> Figure:
    """A figure that says why there is nothing to draw."""
    made = sheet(settings, title, "", 0.9)
    made.text(made.width / 2, 0.4, why, ha="center", va="center", color=MUTED, fontsize=BODY)
    return made.figure


def percent_axis(axes: Axes, rows: int) -> None:
    """Shares from 0 to 100 % across, rows from the top down."""
    axes.set(xlim=(-0.015, 1.015), ylim=(rows - 0.5, -0.5), yticks=[])
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100 %"])
    axes.grid(axis="x", color=FAINT, linewidth=0.7, zorder=0)


def share_axis(axes: Axes, rows: int) -> None:
    """Shares from 0 to 100 % across a small panel, rows from the top down."""
    axes.set(xlim=(-0.04, 1.04), ylim=(rows - 0.5, -0.5), yticks=[])
    axes.set_xticks([0, 0.5, 1], ["0", "50", "100 %"])
    axes.grid(axis="x", color=FAINT, linewidth=0.7, zorder=0)


def interval(
    axes: Axes, y: float, share: tuple[float, float, float], colour: str, size: float = 5.5
) -> None:
    """A dot on its interval: (value, low, high), at row `y`; nothing where it is not a number."""
    value, low, high = share
    if value != value:
        return
    axes.plot((low, high), (y, y), color=colour, linewidth=1.6, alpha=0.55, solid_capstyle="round")
    axes.plot(value, y, "o", color=colour, markersize=size, markeredgecolor=PAPER, zorder=5)


def colour_of(low: float, high: float, chance: float) -> str:
    """Vermilion for an interval below chance, blue for one above, grey for one around it."""
    return VERMILION if high < chance else BLUE if low > chance else MUTED


def percent(share: float, digits: int = 0) -> str:
    """A share as a percentage without its sign; an en dash where it is not a number."""
    return f"{100 * share:.{digits}f}" if share == share else "\N{EN DASH}"


@functools.cache
def width_of(words: str, size: float, weight: str = "normal") -> float:
    """Width of a line of text, in inches."""
    if not words.strip():
        return 0.0
    # advances of glyphs; the outlines that are drawn take twenty times as long to measure
    font = get_font(_font_file(weight))
    font.set_size(MEASURED, 72)
    font.set_text(words, 0.0, flags=LoadFlags.NO_HINTING)
    return float(font.get_width_height()[0]) / 64 / MEASURED * size / 72


@functools.cache
def _font_file(weight: str) -> str:
    return findfont(FontProperties(family="DejaVu Sans", weight=weight))


def wrap(words: str, size: float, width: float) -> list[str]:
    """Lines no wider than `width` inches, broken at spaces."""
    lines: list[str] = []
    for word in words.split():
        if lines and width_of(f"{lines[-1]} {word}", size) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def shorten(words: str, size: float, width: float) -> str:
    """The text, cut with an ellipsis if it is wider than `width` inches."""
    if width_of(words, size) <= width:
        return words
    while words and width_of(f"{words}…", size) > width:
        words = words[:-1]
    return f"{words.rstrip()}…"


def _key(marks: Sequence[Mark], width: float) -> list[tuple[float, float]]:
    """Left and top of each mark, in lines as wide as the figure."""
    places: list[tuple[float, float]] = []
    x, y = MARGIN, 0.0
    for label, _, _ in marks:
        wide = 0.24 + width_of(label, SMALL)
        if places and x + wide > width - MARGIN:
            x, y = MARGIN, y + 0.19
        places.append((x, y))
        x += wide + 0.22
    return places


def _mark(axes: Axes, colour: str, form: str) -> None:
    if form in ("dot", "box"):
        axes.plot(0.5, 0.5, "o" if form == "dot" else "s", color=colour, markersize=6)
    elif form == "ring":
        axes.plot(0.5, 0.5, "o", color=colour, markersize=6, fillstyle="none")
    else:
        style = "-" if form == "line" else (0, (2.5, 1.5))
        axes.plot((0, 1), (0.5, 0.5), color=colour, linewidth=1.6, linestyle=style)
