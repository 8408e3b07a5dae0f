"""Small panels, one a pattern: accuracy of real models over one measure of their scale."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import log10
from statistics import mean
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from clipblind.figures.parts.read import Inputs
from clipblind.figures.parts.heat import AVERAGE
from clipblind.figures.models import ClipModel, Tested, families, read_models
from clipblind.figures.parts.panels import GAP, Grid
from clipblind.figures.parts.style import (
    CHANCE,
    FAINT,
    INK,
    MARGIN,
    MUTED,
    PAPER,
    SAND,
    SMALL,
    TINY,
    Mark,
    nothing,
    percent,
    sheet,
    styled,
    width_of,
    wrap,
)
from clipblind.study.settings.figure import FigureOfModels

COLUMNS, NAMES, HIGH = 5, 0.3, 1.5
STEP: Final = 0.075
"""Inches between models that would lie on each other."""
EDGE: Final = 0.06


@dataclass(frozen=True)
class Axis:
    """One measure of scale.

    Attributes:
        title: the figure's.
        unit: what is measured, in words.
        value: of a model; none if it is unknown.
        tick: how a value is written.
        same: whether two models of a family are alike but for this measure.
        joined: which models a line joins, in words.
        logarithmic: whether equal steps are equal factors.
    """

    title: str
    unit: str
    value: Callable[[ClipModel], float | None]
    tick: Callable[[float], str]
    same: Callable[[ClipModel, ClipModel], bool]
    joined: str
    logarithmic: bool = True

    def place(self, value: float) -> float:
        """Where a value lies, in units of this axis."""
        return log10(value) if self.logarithmic else value


@styled
def draw_over(axis: Axis, inputs: Inputs, settings: FigureOfModels) -> Figure:
    """A panel a pattern and one for the average, of all models whose value is known."""
    tested = read_models(inputs, settings)
    values = {m.name: v for m in tested.models if (v := axis.value(m)) is not None}
    shown = [model for model in tested.models if model.name in values]
    unknown = [model.label for model in tested.models if model.name not in values]
    if not shown:
        why = f"No model was scored of which this is known: {axis.unit}."
        return nothing(settings, axis.title, why)
    columns = COLUMNS if settings.width >= 7 else 2
    grid = Grid(len(tested.columns), columns, HIGH, NAMES, head=0.4, foot=0.32)
    beneath = _unknown(unknown, settings.width)
    joined = [(a, b) for a in shown if (b := _next(axis, a, shown, values))]
    marks = [*families(shown), *_marks(tested)]
    body = 0.06 + grid.total + 0.17 * len(beneath)
    made = sheet(settings, axis.title, _subtitle(axis, tested, bool(joined)), body, marks)
    wide = (made.width - 2 * MARGIN - 0.08 - NAMES - GAP * (columns - 1)) / columns
    places = spread({name: axis.place(value) for name, value in values.items()}, wide, STEP)
    ticks = _ticks(axis, values, places)

    def panel(i: int, axes: Axes) -> None:
        _frame(axes, wide, bold=tested.columns[i] == AVERAGE)
        axes.set_xticks(list(ticks), list(ticks.values()), fontsize=TINY + 0.4)
        if i % columns == 0:
            axes.set_yticks([0, 0.5, 1], ["0", "50", "100"], fontsize=TINY + 0.4)
        for a, b in joined:
            _join(axes, tested, tested.columns[i], places, (a, b))
        for model in shown:
            _point(axes, tested, model, tested.columns[i], places[model.name])

    grid.draw(
        made, 0.06, [(column, _range(tested, shown, column)) for column in tested.columns], panel
    )
    for i, line in enumerate(beneath):
        made.text(MARGIN, 0.06 + grid.total + 0.17 * i, line, color=MUTED)
    return made.figure


def spread(at: Mapping[str, float], wide: float, step: float) -> dict[str, float]:
    """Places across a panel, in inches, at least `step` apart and close to where they belong.

    Args:
        at: where each lies, in any unit; the least and the greatest are put near the edges.
        wide: of the panel.
        step: the least distance.
    """
    low, high = min(at.values()), max(at.values())
    room = min(0.25, wide / 6)
    span = (high - low) or 1.0
    offset = 0.0 if high > low else 0.5
    wanted = {n: room + (wide - 2 * room) * ((x - low) / span + offset) for n, x in at.items()}
    step = min(step, (wide - 2 * EDGE) / len(wanted))

    def start(group: Sequence[str]) -> float:
        middle, half = mean(wanted[name] for name in group), step * (len(group) - 1) / 2
        return min(max(middle - half, EDGE), wide - EDGE - 2 * half)

    groups: list[list[str]] = []
    for name in sorted(wanted, key=lambda name: wanted[name]):
        groups.append([name])
        # a group begins a step after the one before it, or both are one
        while len(groups) > 1 and start(groups[-1]) < start(groups[-2]) + step * len(groups[-2]):
            groups[-2:] = [groups[-2] + groups[-1]]
    return {name: start(group) + step * i for group in groups for i, name in enumerate(group)}


def close(one: float, other: float) -> bool:
    """Whether two numbers are one size: another input changes a model's parameters a little."""
    return abs(one - other) <= 0.02 * max(one, other)


def _next(
    axis: Axis, model: ClipModel, among: Sequence[ClipModel], values: Mapping[str, float]
) -> ClipModel | None:
    """The model of its family that has more along an axis, and else the same."""
    own = values[model.name]
    larger = [
        other
        for other in among
        if other.family == model.family and axis.same(model, other)
        if values[other.name] > own and not close(own, values[other.name])
    ]
    return min(larger, key=lambda other: values[other.name], default=None)


def _marks(tested: Tested) -> list[Mark]:
    marks: list[Mark] = [("this run", INK, "dot")]
    marks += [("the paper", INK, "ring")] if tested.paper else []
    return [*marks, (f"independent guessing, {CHANCE:.0%}".replace("%", " %"), MUTED, "dashes")]


def _subtitle(axis: Axis, tested: Tested, joined: bool) -> str:
    words = (
        f"Per cent of MMVP-VLM's pairs right ({tested.pairs_in_words} a pattern) with 95 % Wilson"
        f" intervals, over: {axis.unit}"
        + (" (logarithmic)" if axis.logarithmic else "")
        + ". Models that would lie on each other are drawn side by side."
    )
    return words + (f" Lines join {axis.joined}." if joined else "")


def _unknown(labels: Sequence[str], width: float) -> list[str]:
    words = f"Not drawn, as this is not known of them: {', '.join(labels)}."
    return wrap(words, SMALL, 0.98 * (width - 2 * MARGIN)) if labels else []


def _range(tested: Tested, shown: Sequence[ClipModel], column: str) -> str:
    found = [tested.cells[m.name, column][0] for m in shown if (m.name, column) in tested.cells]
    bounds = dict.fromkeys(percent(share) for share in (min(found), max(found))) if found else {}
    return f"{' to '.join(bounds)} %" if bounds else ""


def _ticks(
    axis: Axis, values: Mapping[str, float], places: Mapping[str, float]
) -> dict[float, str]:
    """Place and words of each tick: the ends first, then values of many models, while they fit."""
    groups: dict[str, list[str]] = {}
    for name in sorted(values, key=lambda name: values[name]):
        groups.setdefault(axis.tick(values[name]), []).append(name)
    words = list(groups)
    order = [words[0], words[-1], *sorted(words[1:-1], key=lambda word: -len(groups[word]))]
    ticks: dict[float, str] = {}
    for word in dict.fromkeys(order):
        at, half = mean(places[name] for name in groups[word]), width_of(word, SMALL) / 2
        if all(abs(at - x) > half + width_of(w, SMALL) / 2 + 0.04 for x, w in ticks.items()):
            ticks[at] = word
    return ticks


def _frame(axes: Axes, wide: float, *, bold: bool) -> None:
    axes.set(xlim=(0, wide), ylim=(-0.03, 1.03), yticks=[])
    axes.axhspan(0, 1, color=SAND if bold else FAINT, alpha=0.35, linewidth=0, zorder=0)
    axes.axhline(0.5, color=PAPER, linewidth=1, zorder=1)
    axes.axhline(CHANCE, color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)), zorder=1)


def _join(
    axes: Axes,
    tested: Tested,
    column: str,
    places: Mapping[str, float],
    both: tuple[ClipModel, ClipModel],
) -> None:
    shares = [tested.cells.get((model.name, column)) for model in both]
    if all(shares):
        across = [places[model.name] for model in both]
        up = [share[0] for share in shares if share]
        axes.plot(across, up, color=both[0].colour, linewidth=1, alpha=0.6, zorder=3)


def _point(axes: Axes, tested: Tested, model: ClipModel, column: str, x: float) -> None:
    if (paper := tested.paper.get((model.name, column))) is not None:
        axes.plot(
            x, paper, "o", color=model.colour, markersize=6.4, markeredgewidth=0.9,
            fillstyle="none", clip_on=False, zorder=6,
        )  # fmt: skip
    if (share := tested.cells.get((model.name, column))) is None:
        return
    value, low, high = share
    axes.plot((x, x), (low, high), color=model.colour, linewidth=1.3, alpha=0.5, zorder=4)
    axes.plot(
        x, value, "o", color=model.colour, markersize=3.8, markeredgewidth=0, clip_on=False,
        zorder=5,
    )  # fmt: skip
