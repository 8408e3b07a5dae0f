"""What CLIP takes for one picture: how often each factor differs among the pairs it finds alike."""

from functools import partial
from typing import Any, Final

import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from clipblind.figures.parts.clips import BASE, CAPTIONS, read_clips
from clipblind.figures.parts.panels import Grid
from clipblind.figures.parts.read import Inputs, Shares, shares, table
from clipblind.figures.parts.style import (
    BLUE,
    INK,
    SAND,
    VERMILION,
    Mark,
    interval,
    nothing,
    share_axis,
    sheet,
    styled,
)
from clipblind.ground.tables.controls import DIFFER_RATES, SURVEY
from clipblind.study.settings.figure import Figure as Settings

TITLE: Final = "What CLIP takes for one picture"
ROW: Final = 0.23
AMONG: Final = {"similar": (BLUE, -0.15), "blind": (VERMILION, 0.15)}
"""Colour of each kind of pair, and how far below the middle of its row it is drawn."""


@styled
def draw(inputs: Inputs, settings: Settings) -> Figure:
    """A panel for each CLIP that differs in its captions only: a bar for chance, dots for rates."""
    rates = table(inputs, "rates", DIFFER_RATES)
    chosen = _chosen(inputs, rates)
    if not chosen:
        return nothing(settings, TITLE, "No CLIP was asked which pictures it takes for one.")
    survey = table(inputs, "survey", SURVEY)
    rates = rates.filter(pl.col("encoder").is_in(list(chosen)))
    factors = _ordered(rates.filter(pl.col("encoder") == next(iter(chosen))))
    columns = min(len(chosen), 3 if settings.width >= 7 else 2)
    grid = Grid(len(chosen), columns, ROW * len(factors), 0.82)
    subtitle = (
        "How often the two pictures of a pair differ in a factor, with 95 % intervals from drawing"
        " pictures anew. A dot at 0: CLIP always tells the factor apart. A dot at the end of its"
        " bar: the factor differs as often as in any two pictures, as if CLIP did not see it. Blind"
        " pairs pass that end where the reference picks them for the factor. Least seen by"
        f" {next(iter(chosen.values()))} on top."
    )
    marks: tuple[Mark, ...] = (
        ("among similar pairs, by this CLIP alone", BLUE, "dot"),
        ("among its blind pairs, which the reference tells apart", VERMILION, "dot"),
        ("among any two pictures", SAND, "box"),
    )
    made = sheet(settings, TITLE, subtitle, 0.06 + grid.total, marks)
    titles = [(label, _second(rates, survey, name)) for name, label in chosen.items()]
    panel = partial(_panel, rates=rates, chosen=list(chosen), factors=factors)
    grid.draw(made, 0.06, titles, panel, factors)
    return made.figure


def _chosen(inputs: Inputs, rates: pl.DataFrame) -> dict[str, str]:
    """Labels of the base and of those that differ from it in captions; or else of all."""
    clips = read_clips(inputs, rates)
    alike = [clip for clip in clips if clip.axis in (BASE, CAPTIONS)]
    return {clip.name: clip.label for clip in alike or clips}


def _ordered(rates: pl.DataFrame) -> list[str]:
    """The factors by how near their rate among similar pairs comes to their rate at large."""
    seen = {
        row["factor"]: row["rate"] / row["at_large"]
        for row in rates.filter(pl.col("among") == "similar").iter_rows(named=True)
        if row["rate"] == row["rate"] and row["at_large"] > 0
    }
    factors: list[str] = rates["factor"].unique(maintain_order=True).to_list()
    return sorted(factors, key=lambda factor: -seen.get(factor, -1.0))


def _second(rates: pl.DataFrame, survey: pl.DataFrame, encoder: str) -> str:
    own = rates.filter(pl.col("encoder") == encoder)
    counts = dict(own.select("among", "pairs").iter_rows())
    similar, blind = (counts.get(among, 0) for among in AMONG)
    # the survey counts by both kinds of threshold; rates are taken at one of them
    kinds = survey.filter(
        (pl.col("encoder") == encoder)
        & (pl.col("similar_pairs") == similar)
        & (pl.col("blind_pairs") == blind)
    )
    above = f"cosine > {kinds['probe_above'][0]:.3f}: " if len(kinds) else ""
    return f"{above}{similar:,} similar, {blind:,} blind".replace("-", "\N{MINUS SIGN}")


def _panel(
    i: int, axes: Axes, *, rates: pl.DataFrame, chosen: list[str], factors: list[str]
) -> None:
    own = rates.filter(pl.col("encoder") == chosen[i])
    share_axis(axes, len(factors))
    at_large: dict[str, Any] = dict(own.select("factor", "at_large").iter_rows())
    cells: Shares = shares(own, "among", "factor", "rate")
    for y, factor in enumerate(factors):
        if (end := at_large.get(factor)) is None:
            continue
        axes.barh(y, end, height=0.78, color=SAND, zorder=1)
        axes.plot((end, end), (y - 0.39, y + 0.39), color=INK, linewidth=1, zorder=2)
        for among, (colour, shift) in AMONG.items():
            if (share := cells.get((among, factor))) is not None:
                interval(axes, y + shift, share, colour, 4.5)
