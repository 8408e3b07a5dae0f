"""Pattern by pattern: what CLIP sees, and what each contender answers (the paper's Figure 6)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from clipblind.figures.parts.read import Inputs
from clipblind.figures.parts.panels import Grid
from clipblind.figures.parts.read import Shares, labels, patterns_in, shares, table
from clipblind.figures.parts.style import (
    BLUE,
    CHANCE,
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

NEEDS: Final = ("vlm", "patterns", "correlation", "labels")
TITLE: Final = "Where CLIP fails, do its heirs fail too?"
ROW: Final = 0.2
MANY: Final = 8
"""With more panels than this, rows are closer."""


@styled
def draw(inputs: Inputs, settings: Settings) -> Figure:
    """A panel for each contender: its accuracy and CLIP's by pattern, with Pearson's r."""
    correlation = table(inputs, "correlation", CORRELATION)
    scores = table(inputs, "patterns", PATTERN_SCORES).filter(
        (pl.col("benchmark") == "twins") & (pl.col("pairs") > 0)
    )
    if correlation.is_empty() or scores.is_empty():
        return nothing(settings, TITLE, "There is no contender to compare with CLIP.")
    names = labels(inputs, correlation["contender"])
    rows = sorted(correlation.to_dicts(), key=lambda row: list(names).index(row["contender"]))
    vlm = table(inputs, "vlm", MATCH_SCORES).filter(pl.col("direction") == "text_to_image")
    clip = shares(vlm, "encoder", "pattern", "accuracy")
    encoders = Counter(row["encoder"] for row in rows)
    usual = encoders.most_common(1)[0][0]
    order = sorted(patterns_in(scores), key=lambda p: -clip.get((usual, p), (0.0,))[0])
    row = ROW if len(rows) <= MANY else 0.8 * ROW
    grid = Grid(len(rows), 4 if settings.width >= 7 else 2, row * len(order), 0.82, head=0.44)
    subtitle = (
        "Pair accuracy on twins with 95 % intervals. r: Pearson's correlation over the patterns,"
        " with its 95 % bootstrap interval; p: by permuting patterns, then corrected by Holm's"
        " method over all panels."
    )
    fed = usual if len(encoders) == 1 else f"its CLIP, or else {usual},"
    marks: tuple[Mark, ...] = (
        (f"{fed} matches picture and statement", ORANGE, "dot"),
        ("the contender answers", BLUE, "dot"),
        ("independent guessing, 25 %", MUTED, "dashes"),
    )
    made = sheet(settings, TITLE, subtitle, 0.06 + grid.total, marks)
    own = shares(scores, "contender", "pattern", "pair_accuracy")
    draw_panel = partial(_panel, rows=rows, order=order, clip=clip, own=own)
    grid.draw(made, 0.06, _titles(rows, names), draw_panel, order)
    return made.figure


def _titles(rows: Sequence[dict[str, Any]], names: Mapping[str, str]) -> list[tuple[str, str]]:
    times = Counter(row["contender"] for row in rows)
    titles = []
    for row in rows:
        label = names[row["contender"]]
        # one that is fed by several CLIPs has a panel for each
        label += f" with {row['encoder']}" if times[row["contender"]] > 1 else ""
        titles.append((label, _second(row)))
    return titles


def _second(row: dict[str, Any]) -> str:
    r, low, high = (row[key] for key in ("pearson", "low", "high"))
    if r is None or r != r:
        return "r is not defined: no variation"
    words = f"r = {r:.2f}"
    if low is not None and low == low:
        words += f" ({low:.2f} to {high:.2f})"
    return words.replace("-", "\N{MINUS SIGN}")


def _third(row: dict[str, Any]) -> str:
    p, corrected = row["p"], row["p_holm"]
    if p is None or p != p:
        return ""
    words = f"p {_p(p)}"
    return (
        words if corrected is None or corrected != corrected else f"{words}; Holm {_p(corrected)}"
    )


def _p(p: float) -> str:
    return f"= {p:.3f}" if p >= 0.0005 else "< 0.001"


def _panel(
    i: int, axes: Axes, *, rows: list[dict[str, Any]], order: list[str], clip: Shares, own: Shares
) -> None:
    encoder, contender = rows[i]["encoder"], rows[i]["contender"]
    axes.annotate(
        _third(rows[i]),
        (0, 1),
        xytext=(0, 3),
        xycoords="axes fraction",
        textcoords="offset points",
        fontsize=SMALL - 0.5,
        color=MUTED,
    )
    share_axis(axes, len(order))
    axes.axvline(CHANCE, color=MUTED, linewidth=0.9, linestyle=(0, (2, 2)))
    for y, pattern in enumerate(order):
        for key, shares_, colour, shift in (
            (encoder, clip, ORANGE, -0.14),
            (contender, own, BLUE, 0.14),
        ):
            if (share := shares_.get((key, pattern))) is not None:
                interval(axes, y + shift, share, colour, 4.5)
