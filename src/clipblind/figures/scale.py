"""Accuracy by pattern over scale: parameters, input, training data, zero-shot accuracy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Final

import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from clipblind.figures.parts.benchmarks import TABLE1, guessing, in_words
from clipblind.figures.parts.clips import (
    BASE,
    CHANCE,
    OFFICIAL,
    Clip,
    families,
    read_clips,
    read_imagenet,
    read_printed,
    read_scores,
)
from clipblind.figures.parts.measures import Measure, measures
from clipblind.figures.parts.read import (
    Inputs,
    Share,
    Shares,
    over_pairs,
    pairs_in_words,
    patterns_in,
    shares,
)
from clipblind.figures.parts.spread import PAD, Group, spread
from clipblind.figures.parts.style import (
    BODY,
    FAINT,
    INK,
    MARGIN,
    MUTED,
    SAND,
    SMALL,
    TINY,
    Mark,
    Sheet,
    nothing,
    sheet,
    styled,
    width_of,
    wrap,
)
from clipblind.ground.patterns import AVERAGE
from clipblind.study.settings.figure import Figure as Settings

TITLE: Final = "Pattern by pattern over scale"
HIGH, LOW, GAP, FOOT, SCALE, BETWEEN = 0.95, 0.46, 0.12, 0.42, 0.34, 0.22
HEAD, HEADING, WIDEST = 0.38, 0.4, 2.6
TICK: Final = TINY + 0.3
STEP: Final = 0.07
"""Inches between dots that would lie on each other."""


@dataclass(frozen=True)
class Block:
    """One benchmark of texts.

    Attributes:
        name: of the benchmark.
        rows: the average, then the patterns.
        cells: (accuracy, low, high) by encoder and row.
        paper: the paper's accuracy by encoder and row.
    """

    name: str
    rows: Sequence[str]
    cells: Shares
    paper: Mapping[tuple[str, str], float]

    @property
    def height(self) -> float:
        """Inches that its panels take, their ticks included."""
        return HEAD + sum(_high(row) + GAP for row in self.rows) + FOOT


@dataclass(frozen=True)
class Column:
    """A measure with the encoders that it is known of, and where each of them stands."""

    measure: Measure
    clips: Sequence[Clip]
    unit: str
    places: Mapping[str, float]
    ticks: Mapping[str, float]


@styled
def draw(inputs: Inputs, settings: Settings) -> Figure:
    """A column of panels for each measure that encoders differ in, a row for each pattern."""
    scores = read_scores(inputs).filter(pl.col("direction") == OFFICIAL)
    clips = read_clips(inputs, scores)
    known = measures(clips, read_imagenet(inputs, clips))
    if not known:
        return nothing(settings, TITLE, "There are no two encoders of another scale.")
    paper = {(row["encoder"], row["pattern"]): row["paper"] for row in read_printed(inputs)}
    blocks = [
        _block(name, scores.filter(pl.col("benchmark") == name), paper if name == TABLE1 else {})
        for name in scores["benchmark"].unique(maintain_order=True)
    ]
    several = len(blocks) > 1
    names = max(width_of(row, BODY, "bold") for block in blocks for row in block.rows)
    left = MARGIN + names + SCALE
    free = settings.width - MARGIN - 0.1 - left
    wide = min(WIDEST, (free - BETWEEN * (len(known) - 1)) / len(known))
    columns = [_column(measure, measure.shown(clips), wide) for measure in known]
    beneath = _unknown(known, clips, settings.width)
    body = sum(b.height + HEADING * several for b in blocks) + 0.16 * len(beneath)
    on, top = (
        sheet(settings, TITLE, _subtitle(scores, clips, columns), body, _marks(clips, paper)),
        0.0,
    )
    for block in blocks:
        if several:
            on.text(MARGIN, top + 0.1, in_words(block.name), fontsize=10, fontweight="bold")
            top += HEADING
        _draw(on.below(top), block, columns, (left, wide))
        top += block.height
    for i, line in enumerate(beneath):
        on.text(MARGIN, top + 0.02 + 0.16 * i, line, color=MUTED)
    return on.figure


def _high(row: str) -> float:
    return HIGH if row == AVERAGE else LOW


def _block(name: str, scores: pl.DataFrame, paper: Mapping[tuple[str, str], float]) -> Block:
    rows = [AVERAGE] if AVERAGE in scores["pattern"] else []
    rows += patterns_in(scores)
    return Block(name, rows, shares(scores, "encoder", "pattern", "accuracy"), paper)


def _column(measure: Measure, clips: Sequence[Clip], wide: float) -> Column:
    together: dict[str, list[Clip]] = {}
    for clip in sorted(clips, key=measure.place):
        together.setdefault(measure.tick(clip), []).append(clip)
    widths = {word: max(width_of(w, TICK, "bold") for w in word.split("\n")) for word in together}
    groups = [
        Group(mean(measure.place(clip) for clip in own), len(own), widths[word])
        for word, own in together.items()
    ]
    found = spread(groups, wide, STEP)
    places: dict[str, float] = {}
    for own, at in zip(together.values(), found, strict=True):
        places |= dict(zip((clip.name for clip in own), at, strict=True))
    middles = {word: mean(at) for word, at in zip(together, found, strict=True)}
    base = [word for word, own in together.items() if any(clip.axis == BASE for clip in own)]
    ends = [next(iter(together)), list(together)[-1]]
    many = sorted(together, key=lambda word: -len(together[word]))
    ticks: dict[str, float] = {}
    # the base and the ends first, then the values of many encoders, while they fit
    for word in dict.fromkeys([*base, *ends, *many]):
        middle, half = middles[word], widths[word] / 2 + PAD - 1e-9
        if all(abs(middle - x) >= half + widths[w] / 2 for w, x in ticks.items()):
            ticks[word] = middle
    unit = measure.unit
    if not any("\n" in word for word in together):
        unit = unit.partition(";")[0]
    return Column(measure, clips, unit, places, ticks)


def _marks(clips: Sequence[Clip], paper: Mapping[tuple[str, str], float]) -> list[Mark]:
    marks = families(clips)
    marks = marks if len(marks) > 1 else []
    if paper:
        marks += [("this run", INK, "dot"), ("the paper", INK, "ring")]
    return [*marks, guessing([CHANCE])]


def _subtitle(scores: pl.DataFrame, clips: Sequence[Clip], columns: Sequence[Column]) -> str:
    benchmarks = scores["benchmark"].unique(maintain_order=True).to_list()
    on = f" of {in_words(benchmarks[0])}" if len(benchmarks) == 1 else ""
    single = pairs_in_words(scores.filter(pl.col("pattern") != AVERAGE))
    over = over_pairs(any(clip.trained_here for clip in clips))
    words = (
        f"Per cent of pairs{on} ({single} a pattern) whose two texts both pick their own picture,"
        f" with 95 % Wilson intervals {over}. What would lie on each other stands side by side."
    )
    if any(column.measure.joined(column.clips) for column in columns):
        words += " Lines join encoders that differ in nothing else that is known."
    base = [clip.label for clip in clips if clip.axis == BASE]
    return words + (f" Bold: {base[0]}, which the others differ from." if base else "")


def _unknown(shown: Sequence[Measure], clips: Sequence[Clip], width: float) -> list[str]:
    """What is not drawn: encoders from elsewhere of which a measure is not known."""
    gaps = {m.title: [c.label for c in clips if m.value(c) is None] for m in shown}
    told = "; ".join(f"{title}: {', '.join(names)}" for title, names in gaps.items() if names)
    words = f"Not drawn, as it is not known of them. {told}." if told else ""
    return wrap(words, SMALL, 0.98 * (width - 2 * MARGIN))


def _draw(on: Sheet, block: Block, columns: Sequence[Column], place: tuple[float, float]) -> None:
    left, wide = place
    for i, column in enumerate(columns):
        x, y = left + i * (wide + BETWEEN), HEAD
        on.text(x, 0.0, column.measure.title, fontsize=BODY, fontweight="bold")
        on.text(x, 0.16, column.unit, color=MUTED, fontsize=SMALL - 0.5)
        for row in block.rows:
            axes = on.axes(x, y, wide, _high(row))
            _panel(axes, block, column, row, wide)
            if not i:
                _name(on, left, y, row)
            y += _high(row) + GAP
        _ticks(axes, column)


def _name(on: Sheet, left: float, y: float, row: str) -> None:
    weight = "bold" if row == AVERAGE else "normal"
    place = {"va": "center", "ha": "right", "fontsize": BODY, "fontweight": weight}
    on.text(left - SCALE + 0.02, y + _high(row) / 2, row, **place)
    for share, words in ((0, "0"), (1, "100 %")):
        edge = {"va": "center", "ha": "right", "color": MUTED, "fontsize": TINY}
        on.text(left - 0.04, y + _high(row) * (1 - share), words, **edge)


def _panel(axes: Axes, block: Block, column: Column, row: str, wide: float) -> None:
    bold = row == AVERAGE
    axes.set(xlim=(0, wide), ylim=(-0.02, 1.02), xticks=[], yticks=[])
    axes.axhspan(0, 1, color=SAND if bold else FAINT, alpha=0.35, linewidth=0, zorder=0)
    axes.axhline(CHANCE, color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)), zorder=1)
    for one, other in column.measure.joined(column.clips):
        ends = [block.cells.get((clip.name, row)) for clip in (one, other)]
        if all(ends):
            across = [column.places[clip.name] for clip in (one, other)]
            up = [end[0] for end in ends if end]
            axes.plot(across, up, color=one.colour, linewidth=1.4 if bold else 0.9, alpha=0.7)
    for clip in column.clips:
        x = column.places[clip.name]
        if (paper := block.paper.get((clip.name, row))) is not None:
            axes.plot(
                x, paper, "o", color=clip.colour, markersize=5.6, markeredgewidth=0.8,
                fillstyle="none", clip_on=False, zorder=6,
            )  # fmt: skip
        if share := block.cells.get((clip.name, row)):
            _point(axes, x, share, clip.colour)


def _point(axes: Axes, x: float, share: Share, colour: str) -> None:
    value, low, high = share
    axes.plot((x, x), (low, high), color=colour, linewidth=1.4, alpha=0.5, zorder=4)
    axes.plot(
        x, value, "o", color=colour, markersize=3.4, markeredgewidth=0, clip_on=False, zorder=5
    )


def _ticks(axes: Axes, column: Column) -> None:
    base = {column.measure.tick(clip) for clip in column.clips if clip.axis == BASE}
    axes.set_xticks(list(column.ticks.values()), list(column.ticks), fontsize=TICK)
    for label in axes.get_xticklabels():
        if label.get_text() in base:
            label.set(color=INK, fontweight="bold")
