"""Pattern by pattern: what CLIP sees, and what each contender answers (the paper's Figure 6)."""

from collections import Counter
from functools import partial
from typing import Any, Final

import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from clipblind.figures import Inputs
from clipblind.figures.panels import Grid
from clipblind.figures.read import Shares, labels, patterns_in, shares, table
from clipblind.figures.style import (
    BLUE,
    CHANCE,
    FAINT,
    MUTED,
    ORANGE,
    Mark,
    interval,
    nothing,
    sheet,
    styled,
)
from clipblind.settings import Figure as Settings
from clipblind.tables import CORRELATION, PATTERN_SCORES, VLM_SCORES

NEEDS: Final = ("vlm", "patterns", "correlation", "labels")
TITLE: Final = "Where CLIP fails, do its heirs fail too?"
ROW: Final = 0.23


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
    vlm = table(inputs, "vlm", VLM_SCORES).filter(pl.col("direction") == "text_to_image")
    clip = shares(vlm, "encoder", "pattern", "accuracy")
    encoders = Counter(row["encoder"] for row in rows)
    usual = encoders.most_common(1)[0][0]
    order = sorted(patterns_in(scores), key=lambda p: -clip.get((usual, p), (0.0,))[0])
    grid = Grid(len(rows), 4 if settings.width >= 7 else 2, ROW * len(order), 0.82)
    subtitle = (
        "Pair accuracy on twins with 95 % intervals. r is Pearson's correlation over the patterns,"
        " in brackets its 95 % interval."
    )
    only = f"{usual} matches" if len(encoders) == 1 else "CLIP matches"
    marks: tuple[Mark, ...] = (
        (f"{only} picture and statement", ORANGE, "dot"),
        ("the contender answers", BLUE, "dot"),
        ("independent guessing, 25 %", MUTED, "dashes"),
    )
    made = sheet(settings, TITLE, subtitle, 0.06 + grid.total, marks)
    own = shares(scores, "contender", "pattern", "pair_accuracy")
    titles = [(_title(names[r["contender"]], r["encoder"], usual), _second(r)) for r in rows]
    draw_panel = partial(_panel, rows=rows, order=order, clip=clip, own=own)
    grid.draw(made, 0.06, titles, draw_panel, order)
    return made.figure


def _title(label: str, encoder: str, usual: str) -> str:
    return label if encoder == usual else f"{label} with {encoder}"


def _second(row: dict[str, Any]) -> str:
    r, low, high = (row[key] for key in ("pearson", "low", "high"))
    if r is None or r != r:
        return "r is not defined: no variation"
    return f"r = {r:.2f} ({low:.2f} to {high:.2f})".replace("-", "\N{MINUS SIGN}")


def _panel(
    i: int, axes: Axes, *, rows: list[dict[str, Any]], order: list[str], clip: Shares, own: Shares
) -> None:
    encoder, contender = rows[i]["encoder"], rows[i]["contender"]
    axes.set(xlim=(-0.04, 1.04), ylim=(len(order) - 0.5, -0.5), yticks=[])
    axes.set_xticks([0, 0.5, 1], ["0", "50", "100 %"])
    axes.grid(axis="x", color=FAINT, linewidth=0.7, zorder=0)
    axes.axvline(CHANCE, color=MUTED, linewidth=0.9, linestyle=(0, (2, 2)))
    for y, pattern in enumerate(order):
        for key, shares_, colour, shift in (
            (encoder, clip, ORANGE, -0.14),
            (contender, own, BLUE, 0.14),
        ):
            if (share := shares_.get((key, pattern))) is not None:
                interval(axes, y + shift, share, colour, 4.5)
