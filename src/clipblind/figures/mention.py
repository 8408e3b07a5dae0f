"""The caption control: what captions name against what a CLIP trained on them recognises."""

from typing import Any, Final

import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from clipblind.figures import Inputs
from clipblind.figures.panels import Grid
from clipblind.figures.read import largest, table
from clipblind.figures.style import BLUE, FAINT, MUTED, Mark, interval, nothing, sheet, styled
from clipblind.settings import Figure as Settings
from clipblind.tables import ZERO_SHOT

NEEDS: Final = ("scores",)
TITLE: Final = "What captions name, and what CLIP then recognises"
ROW: Final = 0.17
NAMED: Final = "#ddd7c5"


@styled
def draw(inputs: Inputs, settings: Settings) -> Figure:
    """A panel for each CLIP variant: a bar for the mention rate, a dot for the accuracy gained."""
    scores = table(inputs, "scores", ZERO_SHOT).filter(pl.col("images") > 0)
    if scores.is_empty():
        return nothing(settings, TITLE, "No CLIP variant was tested on single factors.")
    variants = scores["encoder"].unique(maintain_order=True).to_list()
    first = scores.filter(pl.col("encoder") == variants[0])
    factors = first.sort("mention_rate", descending=True, maintain_order=True)["factor"].to_list()
    factors += [f for f in scores["factor"].unique(maintain_order=True) if f not in factors]
    grid = Grid(len(variants), 4 if settings.width >= 7 else 2, ROW * len(factors), 0.82)
    subtitle = (
        "Zero-shot accuracy corrected for chance, (accuracy \N{MINUS SIGN} chance)"
        " / (1 \N{MINUS SIGN} chance), with its 95 % interval;"
        f" {largest(scores, 'images')} pictures a factor."
    )
    marks: tuple[Mark, ...] = (
        ("share of captions that name the factor", NAMED, "box"),
        ("recognised, corrected for chance", BLUE, "dot"),
        ("the same, not told apart from guessing", MUTED, "dot"),
    )
    made = sheet(settings, TITLE, subtitle, 0.06 + grid.total, marks)
    by_variant = [list(_rows(scores, variant, factors)) for variant in variants]
    titles = [(v, _second(rows)) for v, rows in zip(variants, by_variant, strict=True)]
    grid.draw(made, 0.06, titles, lambda i, axes: _panel(axes, by_variant[i]), factors)
    return made.figure


def _rows(scores: pl.DataFrame, variant: str, factors: list[str]) -> list[dict[str, Any] | None]:
    own = {r["factor"]: r for r in scores.iter_rows(named=True) if r["encoder"] == variant}
    return [own.get(factor) for factor in factors]


def _second(rows: list[dict[str, Any] | None]) -> str:
    present = [row for row in rows if row]
    above = sum(row["low"] > row["chance"] for row in present)
    return f"{above} of {len(present)} above chance"


def _panel(axes: Axes, rows: list[dict[str, Any] | None]) -> None:
    axes.set(xlim=(-0.18, 1.04), ylim=(len(rows) - 0.5, -0.5), yticks=[])
    axes.set_xticks([0, 0.5, 1], ["0", "50", "100 %"])
    axes.grid(axis="x", color=FAINT, linewidth=0.7, zorder=0)
    axes.axvline(0, color=MUTED, linewidth=0.9, zorder=1)
    for y, row in enumerate(rows):
        if row is None:
            continue
        axes.barh(y, row["mention_rate"], height=0.72, color=NAMED, zorder=2)
        chance = row["chance"]
        low, value, high = (
            (row[key] - chance) / (1 - chance) for key in ("low", "accuracy", "high")
        )
        colour = BLUE if row["low"] > chance else MUTED
        interval(axes, y, (value, max(low, -0.18), high), colour, 4.5)
