"""Contenders against visual patterns on twin pairs, as a table of colours and numbers."""

from typing import Final

import polars as pl
from matplotlib.figure import Figure

from clipblind.figures.parts.read import Inputs
from clipblind.figures.parts.heat import Heat
from clipblind.figures.parts.read import labels, patterns_in, shares, table
from clipblind.figures.parts.style import nothing, sheet, styled
from clipblind.ground.tables.scores import PATTERN_SCORES
from clipblind.study.settings.figure import Figure as Settings

NEEDS: Final = ("scores", "labels")
TITLE: Final = "What each contender sees, pattern by pattern"


@styled
def draw(inputs: Inputs, settings: Settings) -> Figure:
    """One row for each contender, one column for each pattern, on the twins benchmark."""
    scores = table(inputs, "scores", PATTERN_SCORES).filter(
        (pl.col("benchmark") == "twins") & (pl.col("pairs") > 0)
    )
    if scores.is_empty():
        return nothing(settings, TITLE, "There are no scores on twin pairs.")
    names = labels(inputs, scores["contender"])
    fewest, most = (int(n) for n in scores.select(a=pl.min("pairs"), b=pl.max("pairs")).row(0))
    pairs = f"{most}" if fewest == most else f"{fewest} to {most}"
    subtitle = (
        f"Pair accuracy in per cent on twins, pairs that differ in this one pattern only; {pairs}"
        " pairs a cell."
    )
    cells = shares(scores, "contender", "pattern", "pair_accuracy")
    made = Heat(names, patterns_in(scores), cells)
    on = sheet(settings, TITLE, subtitle, made.height)
    made.draw(on)
    return on.figure
