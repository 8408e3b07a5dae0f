"""Pattern by pattern over scale: what more parameters, patches, pictures or steps change."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from clipblind.figures.parts.read import Inputs
from clipblind.figures.parts.read import Shares, largest, patterns_in, shares, table
from clipblind.figures.parts.style import (
    BLUE,
    BODY,
    CHANCE,
    FAINT,
    INK,
    MARGIN,
    MUTED,
    SMALL,
    TINY,
    VERMILION,
    Mark,
    Sheet,
    colour_of,
    nothing,
    sheet,
    styled,
    width_of,
)
from clipblind.ground.tables.matching import VARIANTS, MATCH_SCORES
from clipblind.study.settings.figure import Figure as Settings

NEEDS: Final = ("scores", "variants")
TITLE: Final = "Pattern by pattern over scale"
DIRECTION: Final = "text_to_image"
ROW, GAP, APART = 0.46, 0.14, 0.12
HEAD, FOOT, SCALE = 0.38, 0.36, 0.34
BETWEEN, WIDEST = 0.25, 2.6


@dataclass(frozen=True)
class Axis:
    """One axis of scale.

    Attributes:
        title: what grows along it.
        unit: what its ticks count.
        by: columns of `VARIANTS` that order it.
        tick: label of one variant.
    """

    title: str
    unit: str
    by: tuple[str, ...]
    tick: Callable[[dict[str, Any]], str]


AXES: Final = {
    "size": Axis("Size", "million parameters", ("params_m",), lambda v: f"{v['params_m']:.2f}"),
    "resolution": Axis(
        "Resolution",
        "patches, and pixels across",
        ("patches", "image_size"),
        lambda v: f"{v['patches']}\n{v['image_size']} px",
    ),
    "images": Axis("Pictures", "to train on", ("images",), lambda v: f"{v['images']:,}"),
    "steps": Axis(
        "Training", "pictures seen, with repeats", ("samples",), lambda v: f"{v['samples']:,}"
    ),
}


@styled
def draw(inputs: Inputs, settings: Settings) -> Figure:
    """A row of small panels for each pattern, a column for each axis that has variants."""
    scores = table(inputs, "scores", MATCH_SCORES).filter(
        (pl.col("direction") == DIRECTION) & (pl.col("pairs") > 0)
    )
    along = _along(table(inputs, "variants", VARIANTS), scores["encoder"].unique().to_list())
    if not along:
        return nothing(settings, TITLE, "There is no CLIP variant of another scale.")
    cells = shares(scores, "encoder", "pattern", "accuracy")
    base = next(v["encoder"] for v in next(iter(along.values())) if v["axis"] == "base")
    rows = sorted(patterns_in(scores), key=lambda p: -cells.get((base, p), (0.0,))[0])
    rows += ["average"] if "average" in scores["pattern"] else []
    single = scores.filter(pl.col("pattern") != "average")
    subtitle = (
        "Twin pairs whose two statements both pick their own picture (text to image), with 95 %"
        f" Wilson intervals; {largest(single, 'pairs')} pairs a pattern. Along an axis, recipes"
        f" differ in nothing else. Bold: {base}, which belongs to all of them."
    )
    marks: tuple[Mark, ...] = (
        ("interval above guessing", BLUE, "dot"),
        ("around it", MUTED, "dot"),
        ("below it", VERMILION, "dot"),
        ("independent guessing, 25 %", MUTED, "dashes"),
    )
    body = HEAD + len(rows) * (ROW + GAP) + APART + FOOT
    made = sheet(settings, TITLE, subtitle, body, marks)
    _columns(made, along, rows, cells)
    return made.figure


def _along(variants: pl.DataFrame, scored: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """The variants of each axis with the base among them, the smallest first."""
    known = variants.filter(pl.col("encoder").is_in(scored)).to_dicts()
    base = [variant for variant in known if variant["axis"] == "base"]
    found = {}
    for name, axis in AXES.items():
        own = [variant for variant in known if variant["axis"] == name]
        if own and base:
            found[name] = sorted(base + own, key=lambda v: [v[column] for column in axis.by])
    return found


def _columns(
    made: Sheet, along: dict[str, list[dict[str, Any]]], rows: list[str], cells: Shares
) -> None:
    names = max(width_of(row, BODY, "bold") for row in rows)
    left = MARGIN + names + SCALE
    free = made.width - MARGIN - 0.1 - left
    wide = min(WIDEST, (free - BETWEEN * (len(along) - 1)) / len(along))
    for column, (name, variants) in enumerate(along.items()):
        x = left + column * (wide + BETWEEN)
        made.text(x, 0.0, AXES[name].title, fontsize=BODY, fontweight="bold")
        made.text(x, 0.16, AXES[name].unit, color=MUTED, fontsize=SMALL - 0.5)
        for i, row in enumerate(rows):
            y = HEAD + i * (ROW + GAP) + APART * (row == "average")
            axes = made.axes(x, y, wide, ROW)
            _panel(axes, [cells.get((v["encoder"], row)) for v in variants], bold=row == "average")
            if not column:
                weight = "bold" if row == "average" else "normal"
                place = {"va": "center", "ha": "right", "fontsize": BODY, "fontweight": weight}
                made.text(left - SCALE + 0.02, y + ROW / 2, row, **place)
                for share, words in ((0, "0"), (1, "100 %")):
                    edge = {"va": "center", "ha": "right", "color": MUTED, "fontsize": TINY}
                    made.text(left - 0.04, y + ROW * (1 - share), words, **edge)
        _ticks(axes, name, variants, wide)


def _panel(axes: Axes, points: list[tuple[float, float, float] | None], *, bold: bool) -> None:
    axes.set(xlim=(-0.5, len(points) - 0.5), ylim=(-0.02, 1.02), xticks=[], yticks=[])
    axes.axhspan(0, 1, color=FAINT, alpha=0.35, linewidth=0, zorder=0)
    axes.axhline(CHANCE, color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)), zorder=1)
    drawn = [(x, *p) for x, p in enumerate(points) if p is not None and p[0] == p[0]]
    line = 1.6 if bold else 0.9
    axes.plot([d[0] for d in drawn], [d[1] for d in drawn], color=INK, linewidth=line, zorder=3)
    for x, value, low, high in drawn:
        colour = colour_of(low, high)
        axes.plot((x, x), (low, high), color=colour, linewidth=1.8, alpha=0.55, zorder=4)
        axes.plot(
            x,
            value,
            "o",
            color=colour,
            markersize=3.6,
            markeredgewidth=0,
            clip_on=False,
            zorder=5,
        )


def _ticks(axes: Axes, name: str, variants: list[dict[str, Any]], wide: float) -> None:
    words = [AXES[name].tick(variant) for variant in variants]
    widest = max(width_of(line, SMALL, "bold") for word in words for line in word.split("\n"))
    fits = widest + 0.06 <= wide / len(words)
    axes.set_xticks(range(len(words)), words, fontsize=SMALL if fits else TINY)
    for label, variant in zip(axes.get_xticklabels(), variants, strict=True):
        if variant["axis"] == "base":
            label.set(color=INK, fontweight="bold")
