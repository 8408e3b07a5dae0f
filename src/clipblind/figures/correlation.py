"""Pattern by pattern: what CLIP sees, and what each contender answers (the paper's Figure 6)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan
from typing import Any, Final

import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from clipblind.figures.parts.benchmarks import (
    chance_lines,
    chances_of,
    guessing,
    in_words,
    read_benchmarks,
)
from clipblind.figures.parts.clips import CHANCE, OFFICIAL
from clipblind.figures.parts.panels import Grid
from clipblind.figures.parts.read import (
    Inputs,
    Shares,
    any_trained,
    labels,
    over_pairs,
    patterns_in,
    shares,
    table,
)
from clipblind.figures.parts.style import (
    BLUE,
    MARGIN,
    MUTED,
    ORANGE,
    SMALL,
    Mark,
    interval,
    nothing,
    share_axis,
    sheet,
    styled,
)
from clipblind.ground.tables.matching import CORRELATION, MATCH_SCORES
from clipblind.ground.tables.scores import PATTERN_SCORES
from clipblind.study.settings.figure import Figure as Settings

TITLE: Final = "Where CLIP fails, do its heirs fail too?"
ROW: Final = 0.2
MANY: Final = 8
"""With more panels than this, rows are closer."""
HEADING: Final = 0.4
MINUS: Final = "\N{MINUS SIGN}"

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Block:
    """A benchmark of texts beside one of questions.

    Attributes:
        words: both in words.
        rows: of `CORRELATION`, a panel each.
        order: patterns, those first that CLIP sees best.
        clip: accuracy by the encoders of a row and pattern; of a mean without an interval.
        own: pair accuracy by contender and pattern.
        chances: levels of guessing.
        grid: of the panels.
    """

    words: str
    rows: Sequence[Row]
    order: Sequence[str]
    clip: Shares
    own: Shares
    chances: Sequence[float]
    grid: Grid


@styled
def draw(inputs: Inputs, settings: Settings) -> Figure:
    """A panel for each contender: its accuracy and CLIP's by pattern, with Pearson's r."""
    found = table(inputs, "correlation", CORRELATION)
    names = labels(inputs, found["contender"])
    blocks = [
        block
        for texts, questions in found.select("benchmark", "beside")
        .unique(maintain_order=True)
        .rows()
        if (block := _block(inputs, settings, (texts, questions), found, list(names)))
    ]
    if not blocks:
        return nothing(settings, TITLE, "There is no contender to compare with CLIP.")
    several = len(blocks) > 1
    body = sum(0.06 + block.grid.total + HEADING * several for block in blocks)
    rows = [row for block in blocks for row in block.rows]
    on, top = (
        sheet(
            settings,
            TITLE,
            _subtitle(blocks, over_pairs(any_trained(inputs))),
            body,
            _marks(blocks, rows),
        ),
        0.0,
    )
    for block in blocks:
        if several:
            on.text(MARGIN, top + 0.1, block.words, fontsize=10, fontweight="bold")
            top += HEADING

        def panel(i: int, axes: Axes, block: Block = block) -> None:
            _panel(axes, block, block.rows[i])

        block.grid.draw(on, top + 0.06, _titles(block.rows, names), panel, block.order)
        top += 0.06 + block.grid.total
    return on.figure


def _block(
    inputs: Inputs,
    settings: Settings,
    both: tuple[Any, ...],
    found: pl.DataFrame,
    names: Sequence[str],
) -> Block | None:
    texts, questions = both
    chosen = found.filter((pl.col("benchmark") == texts) & (pl.col("beside") == questions))
    rows = sorted(chosen.to_dicts(), key=lambda row: names.index(row["contender"]))
    scores = table(inputs, "patterns", PATTERN_SCORES).filter(
        (pl.col("benchmark") == questions) & (pl.col("pairs") > 0)
    )
    if scores.is_empty():
        return None
    clip = _clip(inputs, texts, {row["encoder"] for row in rows})
    usual = _usual(rows)
    # a pattern without CLIP's side is none of the correlation's
    known = [p for p in patterns_in(scores) if (usual, p) in clip]
    order = sorted(known, key=lambda p: -clip[usual, p][0])
    step = ROW if len(rows) <= MANY else 0.8 * ROW
    columns = 4 if settings.width >= 7 else 2
    chances = chances_of(read_benchmarks(inputs), [questions])
    head = 0.44 + 0.14 * any(row["paper"] is not None for row in rows)
    return Block(
        words=f"{in_words(texts)} beside {in_words(questions)}",
        rows=rows,
        order=order,
        clip=clip,
        own=shares(scores, "contender", "pattern", "pair_accuracy"),
        chances=sorted({*chances, CHANCE}),
        grid=Grid(len(rows), columns, step * len(order), 0.82, head=head),
    )


def _clip(inputs: Inputs, texts: str, encoders: set[str]) -> Shares:
    scores = table(inputs, "matching", MATCH_SCORES).filter(
        (pl.col("direction") == OFFICIAL) & (pl.col("benchmark") == texts)
    )
    found = shares(scores, "encoder", "pattern", "accuracy")
    for joined in sorted(encoder for encoder in encoders if "+" in encoder):
        of = scores.filter(pl.col("encoder").is_in(joined.split("+")))
        means = of.group_by("pattern").agg(pl.mean("accuracy"))
        found |= {(joined, p): (value, nan, nan) for p, value in means.iter_rows()}
    return found


def _usual(rows: Sequence[Row]) -> str:
    return Counter(str(row["encoder"]) for row in rows).most_common(1)[0][0]


def _subtitle(blocks: Sequence[Block], over: str) -> str:
    on = f" on {blocks[0].words}" if len(blocks) == 1 else ""
    words = (
        f"Share of pairs right{on}, with 95 % intervals {over}. r: Pearson's correlation over"
        " the patterns, with its 95 % bootstrap interval; p: by permuting patterns, then corrected"
        " by Holm's method over all panels."
    )
    if any(row["paper"] is not None for block in blocks for row in block.rows):
        words += " Printed: the paper's r."
    return words


def _marks(blocks: Sequence[Block], rows: Sequence[Row]) -> list[Mark]:
    encoders, usual = {row["encoder"] for row in rows}, _usual(rows)
    many = usual.count("+") + 1
    clip = f"the mean of {many} CLIPs" if many > 1 else usual
    fed = clip if len(encoders) == 1 else f"its CLIP, or else {clip},"
    return [
        (f"{fed} matches pictures and texts", ORANGE, "dot"),
        ("the contender answers", BLUE, "dot"),
        guessing(chance for block in blocks for chance in block.chances),
    ]


def _titles(rows: Sequence[Row], names: Mapping[str, str]) -> list[tuple[str, str]]:
    times = Counter(row["contender"] for row in rows)
    titles = []
    for row in rows:
        label = names[row["contender"]]
        # one that is fed by several CLIPs has a panel for each
        label += f" with {row['encoder']}" if times[row["contender"]] > 1 else ""
        titles.append((label, _second(row)))
    return titles


def _second(row: Row) -> str:
    r, low, high = (row[key] for key in ("pearson", "low", "high"))
    if r is None or r != r:
        return "r is not defined: no variation"
    words = f"r = {r:.2f}"
    if low is not None and low == low:
        words += f" ({low:.2f} to {high:.2f})"
    return words.replace("-", MINUS)


def _third(row: Row) -> str:
    words = []
    p, corrected = row["p"], row["p_holm"]
    if p is not None and p == p:
        words.append(f"p {_p(p)}")
        if corrected is not None and corrected == corrected:
            words.append(f"Holm {_p(corrected)}")
    return "; ".join(words)


def _printed(row: Row) -> str:
    return "" if row["paper"] is None else f"printed {row['paper']:.2f}".replace("-", MINUS)


def _p(p: float) -> str:
    return f"= {p:.3f}" if p >= 0.0005 else "< 0.001"


def _panel(axes: Axes, block: Block, row: Row) -> None:
    small: dict[str, Any] = {
        "xycoords": "axes fraction", "textcoords": "offset points", "fontsize": SMALL - 0.5,
        "color": MUTED,
    }  # fmt: skip
    above = 3.0 + 10.0 * (block.grid.head > 0.5)
    axes.annotate(_third(row), (0, 1), xytext=(0, above), **small)
    if above > 3:
        axes.annotate(_printed(row), (0, 1), xytext=(0, 3), **small)
    share_axis(axes, len(block.order))
    chance_lines(axes, block.chances)
    for y, pattern in enumerate(block.order):
        for key, cells, colour, shift in (
            (row["encoder"], block.clip, ORANGE, -0.14),
            (row["contender"], block.own, BLUE, 0.14),
        ):
            if (share := cells.get((key, pattern))) is not None:
                interval(axes, y + shift, share, colour, 4.5)
