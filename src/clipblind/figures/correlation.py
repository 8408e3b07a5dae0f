"""Pattern by pattern: what CLIP sees, and what each contender answers (the paper's Figure 6)."""

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
    encoder = str(correlation["encoder"][0])
    correlation = correlation.filter(pl.col("encoder") == encoder)
    vlm = table(inputs, "vlm", VLM_SCORES).filter(
        (pl.col("direction") == "text_to_image") & (pl.col("encoder") == encoder)
    )
    clip = shares(vlm, "encoder", "pattern", "accuracy")
    order = sorted(patterns_in(scores), key=lambda p: -clip.get((encoder, p), (0.0,))[0])
    names = labels(inputs, correlation["contender"])
    rows = {row["contender"]: row for row in correlation.iter_rows(named=True)}
    grid = Grid(len(names), 4 if settings.width >= 7 else 2, ROW * len(order), 0.82)
    subtitle = (
        "Pair accuracy on twins with 95 % intervals. r is Pearson's correlation over the patterns,"
        " in brackets its 95 % interval."
    )
    made = sheet(settings, TITLE, subtitle, 0.3 + grid.total)
    marks = (
        (f"{encoder}: pictures matched with statements", ORANGE, "dot"),
        ("the contender's answers", BLUE, "dot"),
        ("guessing, 25 %", MUTED, "dashes"),
    )
    top = 0.06 + made.key(marks, 0.04)  # type: ignore[arg-type]
    own = shares(scores, "contender", "pattern", "pair_accuracy")
    titles = [(label, _second(rows[name])) for name, label in names.items()]
    keys = list(names)
    grid.draw(
        made,
        top,
        titles,
        lambda i, axes: _panel(axes, order, encoder, clip, keys[i], own),
        order,
    )
    return made.figure


def _second(row: dict[str, Any]) -> str:
    r, low, high = (row[key] for key in ("pearson", "low", "high"))
    if r is None or r != r:
        return "r is not defined: no variation"
    return f"r = {r:.2f} ({low:.2f} to {high:.2f})".replace("-", "\N{MINUS SIGN}")


def _panel(
    axes: Axes, order: list[str], encoder: str, clip: Shares, contender: str, own: Shares
) -> None:
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
