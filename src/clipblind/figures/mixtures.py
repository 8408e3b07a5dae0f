"""Mixtures of features: the sweep over the reference's share, and the other contenders beside it.

The paper's Tables 2 (additive) and 3 (interleaved).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from clipblind.figures.parts.benchmarks import (
    chance_lines,
    colours_of,
    guessing,
    read_benchmarks,
)
from clipblind.figures.parts.read import Inputs, Shares, largest, shares, table
from clipblind.figures.parts.style import (
    BODY,
    FAINT,
    INK,
    MARGIN,
    MUTED,
    PAPER,
    SMALL,
    TINY,
    Mark,
    Sheet,
    nothing,
    sheet,
    shorten,
    styled,
    width_of,
)
from clipblind.ground.tables.answers import MADE
from clipblind.ground.tables.scores import BENCHMARK_SCORES, NAMED_SCORES
from clipblind.study.settings.figure import Figure as Settings

TITLE: Final = "What mixing in the reference's features does"
HIGH: Final = 2.7
HEAD: Final = 0.48
LABEL: Final = 1.45
"""The longest label of a contender, in inches."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Kind:
    """A kind of pairs: in words with their number, its colour, and what guessing gets."""

    words: str
    colour: str
    chance: float


@styled
def draw(inputs: Inputs, settings: Settings) -> Figure:
    """Left a curve over shares for each kind of pairs, right the contenders that are not on it."""
    kinds, series = _series(inputs)
    scored = {contender for contender, _ in series}
    made = [
        row
        for row in table(inputs, "made", MADE).iter_rows(named=True)
        if row["kind"] == "mof" and row["contender"] in scored
    ]
    if not made:
        return nothing(settings, TITLE, "No contender that sees was scored.")
    curve, others = split(made)
    subtitle = (
        "Pair accuracy with its 95 % Wilson interval over the pairs of one training each. Left:"
        " CLIP's and the reference's features added, weighted by share; all else is equal. Right:"
        " what is not on that curve, with the picture tokens that the language model reads and its"
        " steps of training."
    )
    marks: list[Mark] = [(kind.words, kind.colour, "dot") for kind in kinds.values()]
    marks.append(guessing(kind.chance for kind in kinds.values()))
    slanted = max((width_of(row["label"], SMALL) for row in others), default=0.0)
    foot = 0.55 if not others else 0.52 + 0.72 * min(slanted, LABEL)
    on = sheet(settings, TITLE, subtitle, HEAD + HIGH + foot, marks)
    left = MARGIN + 0.42
    right = min(max(0.62 * len(others), 1.2), 0.54 * on.width) if others else 0.0
    gap = 0.75 if others else 0.0
    wide = on.width - MARGIN - 0.1 - left - gap - right
    _sweep(on, (left, wide), curve, kinds, series)
    if others:
        _others(on, (left + wide + gap, right), others, kinds, series)
    return on.figure


def split(made: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Contenders on the curve over shares, by share; and all others.

    On the curve are those that differ in their share alone: features of the last layer,
    standardised, and as many steps of training as most have.
    """
    plain = [row for row in made if row["standardised"] and row["layer"] == -1]
    usual = Counter(row["steps"] for row in plain).most_common(1)
    on_curve: dict[float, Row] = {}
    for row in plain:
        if row["share"] is not None and row["steps"] == usual[0][0]:
            on_curve.setdefault(row["share"], row)
    taken = {row["contender"] for row in on_curve.values()}
    others = [row for row in made if row["contender"] not in taken]
    steps = usual[0][0] if usual else 0
    return [on_curve[s] for s in sorted(on_curve)], sorted(others, key=lambda r: _group(r, steps))


def _group(row: Row, usual_steps: int) -> int:
    """Interleaved, trained longer, otherwise read, fed by another tower: in this order."""
    if not row["standardised"]:
        return 2
    if row["layer"] != -1:
        return 3
    if row["steps"] != usual_steps:
        return 1
    return 0 if row["mixture"] == "interleaved" else 4


def _series(inputs: Inputs) -> tuple[dict[str, Kind], Shares]:
    """The kinds of pairs, and (accuracy, low, high) by contender and kind.

    Of random pairs only those are shown that ask for what captions name often, where that is known:
    others ask for what CLIP was not told, too.
    """
    benchmarks = read_benchmarks(inputs)
    scores = table(inputs, "scores", BENCHMARK_SCORES).filter(
        pl.col("benchmark").is_in(list(benchmarks)) & (pl.col("pairs") > 0)
    )
    often = table(inputs, "named", NAMED_SCORES).filter(
        (pl.col("named") == "often") & (pl.col("benchmark") == "random") & (pl.col("pairs") > 0)
    )
    if len(often):
        scores = pl.concat([scores.filter(pl.col("benchmark") != "random"), often.drop("named")])
    kinds = {}
    for name, colour in colours_of(n for n in benchmarks if n in scores["benchmark"]).items():
        named = ", often-named factors" if len(often) and name == "random" else ""
        pairs = largest(scores.filter(pl.col("benchmark") == name), "pairs")
        words = f"{benchmarks[name].words}{named} (n = {pairs:,})"
        kinds[name] = Kind(words, colour, benchmarks[name].chance)
    return kinds, shares(scores, "contender", "benchmark", "pair_accuracy")


def _sweep(
    on: Sheet,
    place: tuple[float, float],
    curve: Sequence[Row],
    kinds: Mapping[str, Kind],
    series: Shares,
) -> None:
    left, wide = place
    same = {(row["tokens"], row["steps"]) for row in curve}
    second = " or ".join(f"{tokens} tokens, {steps} steps" for tokens, steps in same)
    axes = _axes(on, left, wide, "Added, by the reference's share", second)
    chance_lines(axes, (kind.chance for kind in kinds.values()), upright=False)
    axes.set_xlim(-0.07, 1.07)
    at = [row["share"] for row in curve]
    axes.set_xticks(at, [f"{share:.3g}".lstrip("0") or "0" for share in at])
    axes.tick_params(axis="x", labelsize=TINY if len(at) > 5 else SMALL)
    for share, words in ((0.0, "CLIP alone"), (1.0, "reference alone")):
        if share in at:
            x = left + wide * (share + 0.07) / 1.14
            on.text(x, HEAD + HIGH + 0.2, words, ha="center", color=MUTED, fontsize=TINY)
    for i, (key, kind) in enumerate(kinds.items()):
        shift = (i - (len(kinds) - 1) / 2) * 0.09 / wide
        found = {
            row["share"] + shift: series[row["contender"], key]
            for row in curve
            if (row["contender"], key) in series
        }
        colour, values = kind.colour, [value for value, _, _ in found.values()]
        axes.plot(list(found), values, color=colour, linewidth=1.2, alpha=0.6, zorder=3)
        for at_share, accuracy in found.items():
            _upright(axes, at_share, accuracy, colour)


def _others(
    on: Sheet,
    place: tuple[float, float],
    others: Sequence[Row],
    kinds: Mapping[str, Kind],
    series: Shares,
) -> None:
    left, wide = place
    axes = _axes(on, left, wide, "Not on the curve", "tokens and steps beneath")
    chance_lines(axes, (kind.chance for kind in kinds.values()), upright=False)
    axes.set(xlim=(-0.5, len(others) - 0.5), xticks=[])
    column, foot = wide / len(others), HEAD + HIGH
    for name, y in (("tokens", 0.06), ("steps", 0.2)):
        on.text(left - 0.06, foot + y, name, ha="right", color=MUTED, fontsize=TINY)
    for j, row in enumerate(others):
        if j:
            axes.axvline(j - 0.5, color=FAINT, linewidth=0.7)
        middle = left + column * (j + 0.5)
        for fact, y in ((row["tokens"], 0.06), (row["steps"], 0.2)):
            words = "\N{EN DASH}" if fact is None else str(fact)
            on.text(middle, foot + y, words, ha="center", color=MUTED, fontsize=TINY)
        label = shorten(row["label"], SMALL, LABEL)
        style = {"rotation": 45, "rotation_mode": "anchor", "ha": "right", "va": "top"}
        on.text(middle - 0.02, foot + 0.37, label, color=INK, **style)
        for i, (key, kind) in enumerate(kinds.items()):
            if (share := series.get((row["contender"], key))) is not None:
                shift = (i - (len(kinds) - 1) / 2) * min(0.09, 0.28 * column) / column
                _upright(axes, j + shift, share, kind.colour)


def _axes(on: Sheet, left: float, wide: float, title: str, second: str) -> Axes:
    """Shares from 0 to 100 % upwards."""
    on.text(left, 0.04, title, fontsize=BODY, fontweight="bold")
    on.text(left, 0.2, second, color=MUTED, fontsize=SMALL - 0.5)
    axes = on.axes(left, HEAD, wide, HIGH)
    axes.set_ylim(-0.02, 1.02)
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100 %"])
    axes.grid(axis="y", color=FAINT, linewidth=0.7, zorder=0)
    return axes


def _upright(axes: Axes, x: float, share: tuple[float, float, float], colour: str) -> None:
    value, low, high = share
    axes.plot(
        (x, x), (low, high), color=colour, linewidth=1.4, alpha=0.55, solid_capstyle="round",
        zorder=4,
    )  # fmt: skip
    axes.plot(x, value, "o", color=colour, markersize=5, markeredgecolor=PAPER, zorder=5)
