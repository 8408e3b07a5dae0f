"""This run minus the paper's Table 1: the average by model, every cell by pattern."""

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from clipblind.figures.parts.clips import Clip, families, read_clips, read_printed, read_scores
from clipblind.figures.parts.read import Inputs, patterns_in
from clipblind.figures.parts.style import (
    BODY,
    FAINT,
    MARGIN,
    MUTED,
    PAPER,
    SMALL,
    Mark,
    Sheet,
    nothing,
    sheet,
    shorten,
    styled,
    width_of,
)
from clipblind.ground.patterns import AVERAGE
from clipblind.study.settings.figure import Figure as Settings

TITLE: Final = "How this run differs from the paper\N{RIGHT SINGLE QUOTATION MARK}s Table 1"
ROW, HEAD, FOOT, BETWEEN, NUMBERS = 0.34, 0.4, 0.28, 0.3, 0.5
SIDE_BY_SIDE: Final = 3
"""Equal differences of a pattern lie in blocks so wide."""

Beside = Mapping[tuple[str, str], Mapping[str, Any]]
MINUS: Final = "\N{MINUS SIGN}"


@styled
def draw(inputs: Inputs, settings: Settings) -> Figure:
    """Left a dot on its interval for each model's average, right a dot for each cell."""
    beside = {(row["encoder"], row["pattern"]): row for row in read_printed(inputs)}
    scores = read_scores(inputs)
    models = [m for m in read_clips(inputs, scores) if any(name == m.name for name, _ in beside)]
    if not models:
        return nothing(settings, TITLE, "No model of this study stands in the paper's Table 1.")
    patterns = [c for c in patterns_in(scores) if any(p == c for _, p in beside)]
    averages = [model for model in models if (model.name, AVERAGE) in beside]
    marks: list[Mark] = [
        *families(models),
        ("the paper's figure lies in our 95 % interval", MUTED, "dot"),
        ("outside", MUTED, "ring"),
    ]
    rows = max(len(averages), len(patterns))
    made = sheet(settings, TITLE, _subtitle(beside), HEAD + ROW * rows + FOOT, marks)
    half = (made.width - 2 * MARGIN - BETWEEN) / 2
    _averages(made, (MARGIN, half), averages, beside)
    if patterns:
        _cells(made, (MARGIN + half + BETWEEN, half), models, patterns, beside)
    return made.figure


def _subtitle(beside: Beside) -> str:
    averages = [row for (_, pattern), row in beside.items() if pattern == AVERAGE]
    cells = [row for (_, pattern), row in beside.items() if pattern != AVERAGE]
    words = "Differences in percentage points, this run minus the paper."
    if averages:
        words += (
            f" The paper's average lies in our interval for {_inside(averages)} of"
            f" {len(averages)} model{'' if len(averages) == 1 else 's'}"
        )
        words += f", and {_inside(cells)} of {len(cells)} cells do." if cells else "."
    return words


def _inside(rows: Sequence[Mapping[str, Any]]) -> int:
    return sum(bool(row["inside"]) for row in rows)


def _averages(
    made: Sheet, place: tuple[float, float], models: Sequence[Clip], beside: Beside
) -> None:
    rows = [beside[model.name, AVERAGE] for model in models]
    bounds = [(row["low"] - row["paper"], row["high"] - row["paper"]) for row in rows]
    labels = [model.label for model in models]
    axes, _ = _panel(made, place, "Average over the patterns", labels, _reach(bounds))
    for i, (model, row, (low, high)) in enumerate(zip(models, rows, bounds, strict=True)):
        axes.plot((low, high), (i, i), color=model.colour, linewidth=1.6, alpha=0.55)
        _dot(axes, row["difference"], i, model.colour, bool(row["inside"]), 6)
        end = {"va": "center", "ha": "right", "fontsize": BODY, "fontweight": "bold"}
        made.text(place[0] + place[1], HEAD + ROW * (i + 0.5), _points(row["difference"]), **end)


def _cells(
    made: Sheet,
    place: tuple[float, float],
    models: Sequence[Clip],
    patterns: Sequence[str],
    beside: Beside,
) -> None:
    found = {p: [(m, beside[m.name, p]) for m in models if (m.name, p) in beside] for p in patterns}
    reach = _reach([(r["difference"],) for rows in found.values() for _, r in rows])
    axes, wide = _panel(made, place, "Cells by pattern, and how many lie inside", patterns, reach)
    # a step of one pair holds a block
    aside = min(0.068 * 2 * reach / wide, 0.9 / SIDE_BY_SIDE / 15)
    for i, pattern in enumerate(patterns):
        stacks: dict[int, list[tuple[Clip, Mapping[str, Any]]]] = {}
        for model, row in found[pattern]:
            # the paper prints tenths of a per cent, so equal differences differ a little
            stacks.setdefault(round(100 * row["difference"]), []).append((model, row))
        for stack in stacks.values():
            down = ceil(len(stack) / SIDE_BY_SIDE)
            step = min(0.068, 0.9 * ROW / down)
            for k, (model, row) in enumerate(stack):
                line, column = divmod(k, SIDE_BY_SIDE)
                many = min(SIDE_BY_SIDE, len(stack) - SIDE_BY_SIDE * line)
                x = row["difference"] + (column - (many - 1) / 2) * aside
                y = i + (line - (down - 1) / 2) * step / ROW
                _dot(axes, x, y, model.colour, bool(row["inside"]), 4.2)
        rows = [row for _, row in found[pattern]]
        end = {"va": "center", "ha": "right"}
        words = f"{_inside(rows)} of {len(rows)}"
        made.text(place[0] + place[1], HEAD + ROW * (i + 0.5), words, **end)


def _panel(
    made: Sheet, place: tuple[float, float], title: str, labels: Sequence[str], reach: float
) -> tuple[Axes, float]:
    """Axes of differences from `-reach` to `reach`, a row a label; returns their width, too."""
    left, wide = place
    made.text(left, 0.06, title, fontsize=BODY, fontweight="bold")
    most = 0.42 * wide
    names = min(max(width_of(label, SMALL) for label in labels), most) + 0.14
    across = wide - names - NUMBERS
    axes = made.axes(left + names, HEAD, across, ROW * len(labels))
    axes.set(xlim=(-reach, reach), ylim=(len(labels) - 0.5, -0.5), yticks=[])
    tick = next(t for t in (0.05, 0.1, 0.2, 0.5) if reach / t < 2.5 or t == 0.5)
    at = [k * tick for k in range(-int(reach / tick), int(reach / tick) + 1)]
    axes.set_xticks(at, [_points(x, 0) for x in at])
    axes.grid(axis="x", color=FAINT, linewidth=0.7, zorder=0)
    axes.axvline(0, color=MUTED, linewidth=1, zorder=1)
    for i, label in enumerate(labels):
        if i:
            axes.axhline(i - 0.5, color=FAINT, linewidth=0.6, zorder=0)
        end = {"va": "center", "ha": "right"}
        y = HEAD + ROW * (i + 0.5)
        made.text(left + names - 0.1, y, shorten(label, SMALL, most), **end)
    return axes, across


def _reach(rows: Sequence[Sequence[float]]) -> float:
    """Half of the width of an axis that shows all of these, and zero in its middle."""
    return 1.1 * max([0.05, *(abs(x) for row in rows for x in row)])


def _dot(axes: Axes, x: float, y: float, colour: str, inside: bool, size: float) -> None:
    face: dict[str, Any] = {"markeredgecolor": PAPER, "markeredgewidth": 0.4}
    if not inside:
        face = {"markerfacecolor": PAPER, "markeredgecolor": colour, "markeredgewidth": 1.0}
        size -= 0.6
    axes.plot(x, y, "o", color=colour, markersize=size, clip_on=False, zorder=5, **face)


def _points(difference: float, digits: int = 1) -> str:
    words = f"{100 * difference:+.{digits}f}".replace("-", MINUS)
    return words.lstrip(f"+{MINUS}") if not words.strip(f"+{MINUS}0.") else words
