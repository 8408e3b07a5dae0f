"""Pair accuracy of whoever answered a benchmark (the paper's Figure 4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from clipblind.figures.parts.benchmarks import FIGURE4, Benchmark, levels, read_benchmarks
from clipblind.figures.parts.read import Inputs, any_trained, labels, largest, over_pairs, table
from clipblind.figures.parts.style import (
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
from clipblind.ground.tables.scores import AGAINST_FIGURE4, BENCHMARK_SCORES
from clipblind.printed import figure4
from clipblind.study.settings.figure import Figure as Settings

TITLE: Final = "Who answers, pair by pair"
ROW, TOP, FOOT, HEADING = 0.32, 0.44, 0.32, 0.26
NUMBERS: Final = (0.58, 0.6)
"""Inches that the columns after the shares take: pairs, and the paper's where it is beside."""
PEOPLE, RANDOM = "Human", "Random"
"""Rows of Figure 4: people are printed as a share of questions; guessing has a line of its own."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Line:
    """One line: a contender, or a system of Figure 4 that this study did not ask.

    Attributes:
        label: as it is written.
        own: its row of `BENCHMARK_SCORES`, if it answered here.
        corrected: that by corrected labels.
        paper: the share of pairs that Figure 4 has for it.
    """

    label: str
    own: Row | None
    corrected: Row | None = None
    paper: float | None = None


@dataclass(frozen=True)
class Block:
    """One benchmark with its lines, the best first, and those that only the paper has last."""

    of: Benchmark
    pairs: int
    lines: Sequence[Line]

    @property
    def heading(self) -> str:
        """The benchmark and how many pairs it has."""
        return f"{self.of.words} (n = {self.pairs:,})"

    @property
    def height(self) -> float:
        """Inches that it takes, without a heading."""
        return TOP + ROW * len(self.lines) + FOOT

    @property
    def printed(self) -> bool:
        """Whether the paper's Figure 4 stands beside it."""
        return any(line.paper is not None for line in self.lines)


@styled
def draw(inputs: Inputs, settings: Settings) -> Figure:
    """A dot on its 95 % Wilson interval for each contender, a ring by the corrected labels."""
    scores = table(inputs, "scores", BENCHMARK_SCORES).filter(pl.col("pairs") > 0)
    against = table(inputs, "figure4", AGAINST_FIGURE4) if inputs.get("figure4") else None
    names = labels(inputs, scores["contender"])
    blocks = [
        _block(benchmark, scores, names, against if name == FIGURE4 else None)
        for name, benchmark in read_benchmarks(inputs).items()
        # controls stand side by side in a figure of their own
        if not benchmark.control and name in scores["benchmark"]
    ]
    if not blocks:
        return nothing(settings, TITLE, "There are no pairs that anybody answered.")
    several = len(blocks) > 1
    body = sum(block.height + HEADING * several for block in blocks)
    words = _subtitle(blocks, over_pairs(any_trained(inputs)))
    on = sheet(settings, TITLE, words, body, _marks(blocks))
    lines = [line.label for block in blocks for line in block.lines]
    names_wide = min(max(width_of(label, BODY) for label in lines), 0.32 * on.width)
    top = 0.0
    for block in blocks:
        if several:
            on.text(MARGIN, top, block.heading, fontsize=10, fontweight="bold")
            top += HEADING
        _draw(on.below(top), block, names_wide)
        top += block.height
    return on.figure


def _block(
    benchmark: Benchmark,
    scores: pl.DataFrame,
    names: Mapping[str, str],
    against: pl.DataFrame | None,
) -> Block:
    own = scores.filter(pl.col("benchmark") == benchmark.name)
    mended = scores.filter(pl.col("benchmark") == benchmark.corrected)
    corrected = {row["contender"]: row for row in mended.iter_rows(named=True)}
    beside = (
        against.filter(of="pairs").select("contender", "paper") if against is not None else None
    )
    paper = dict(beside.iter_rows()) if beside is not None else {}
    order = list(names)
    rows = sorted(
        own.iter_rows(named=True),
        key=lambda row: (-row["pair_accuracy"], order.index(row["contender"])),
    )
    lines = [
        Line(names[r["contender"]], r, corrected.get(r["contender"]), paper.get(r["contender"]))
        for r in rows
    ]
    return Block(benchmark, largest(own, "pairs"), lines + _others(against))


def _others(against: pl.DataFrame | None) -> list[Line]:
    """Systems of Figure 4 that are set beside nobody."""
    if against is None:
        return []
    seen = {*against["row"], RANDOM}
    return [
        Line(f"{model} (questions)" if model == PEOPLE else model, None, None, share)
        for model, share in figure4().iter_rows()
        if model not in seen
    ]


def _subtitle(blocks: Sequence[Block], over: str) -> str:
    on = "" if len(blocks) > 1 else f" on {blocks[0].heading}"
    words = (
        f"Pair accuracy{on} with its 95 % Wilson interval {over}: the share of pairs with all"
        " questions right. Unscored answers count as not right."
    )
    if any(line.own is None for block in blocks for line in block.lines):
        words += (
            " Beneath in grey: systems of the paper's Figure 4 that this study did not ask; people"
            " are printed as a share of questions."
        )
    return words


def _marks(blocks: Sequence[Block]) -> list[Mark]:
    marks: list[Mark] = [
        ("interval above guessing", BLUE, "dot"),
        ("around it", MUTED, "dot"),
        ("below it", VERMILION, "dot"),
    ]
    if any(line.corrected for block in blocks for line in block.lines):
        marks.append(("by corrected labels", MUTED, "ring"))
    if any(block.printed for block in blocks):
        marks.append(("the paper's Figure 4", ORANGE, "line"))
    return marks


def _draw(made: Sheet, block: Block, names: float) -> None:
    lines, left = block.lines, MARGIN + names + 0.14
    columns = [made.width - MARGIN - (NUMBERS[1] if block.printed else 0.0), made.width - MARGIN]
    right = columns[0] - NUMBERS[0] - 0.62
    axes = made.axes(left, TOP, right - left, ROW * len(lines))
    percent_axis(axes, len(lines))
    _chance(made, axes, (left, right - left), block.of.chance)
    heads = ["pairs", "Figure 4"] if block.printed else ["pairs"]
    for x, words in zip((columns[0] - NUMBERS[0], *columns), ["here", *heads], strict=False):
        made.text(x, TOP - 0.18, words, ha="right", color=MUTED)
    for i, line in enumerate(lines):
        y = TOP + ROW * (i + 0.5)
        axes.axhline(i, color=FAINT, linewidth=0.5, zorder=0)
        _mark(axes, i, line, block.of.chance)
        written = shorten(line.label, BODY, names)
        ink = {} if line.own else {"color": MUTED}
        made.text(left - 0.12, y, written, va="center", ha="right", fontsize=BODY, **ink)
        _numbers(made, y, columns, line)
    own = sum(line.own is not None for line in lines)
    if own < len(lines):
        axes.axhline(own - 0.5, color=MUTED, linewidth=0.8, zorder=0)


def _chance(made: Sheet, axes: Axes, place: tuple[float, float], chance: float) -> None:
    left, wide = place
    for share, above, words in (
        (0.0, 0.36, "the same answer to both pictures: 0 %"),
        (chance, 0.18, f"independent guessing: {levels([chance])}"),
    ):
        axes.axvline(share, color=MUTED, linewidth=1, linestyle=(0, (2, 2)), zorder=1)
        made.text(left + wide * (share + 0.015) / 1.03 - 0.02, TOP - above, words, color=MUTED)


def _mark(axes: Axes, i: int, line: Line, chance: float) -> None:
    if line.paper is not None:
        axes.plot((line.paper,) * 2, (i - 0.34, i + 0.34), color=ORANGE, linewidth=2.2, zorder=3)
    if line.own:
        share = (line.own["pair_accuracy"], line.own["low"], line.own["high"])
        aside = -0.13 if line.corrected else 0.0
        interval(axes, i + aside, share, colour_of(share[1], share[2], chance), 6.5)
    if line.corrected:
        low, high = line.corrected["low"], line.corrected["high"]
        colour = colour_of(low, high, chance)
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
        made.text(columns[0] - NUMBERS[0], y, f"{percent(share, 1)} %", **end, **bold)
        made.text(columns[0], y, f"{round(share * pairs)}/{pairs}", color=MUTED, **end)
    if line.paper is not None:
        made.text(columns[1], y, percent(line.paper, 1), color=MUTED, fontsize=SMALL, **end)
