"""Every CLIP variant against the nine patterns (the paper's Table 1)."""

from typing import Final

import polars as pl
from matplotlib.figure import Figure

from clipblind.figures import Inputs
from clipblind.figures.heat import heat_height, heat_table
from clipblind.figures.read import largest, patterns_in, shares, table
from clipblind.figures.style import nothing, sheet, styled
from clipblind.settings import Figure as Settings
from clipblind.tables import VLM_SCORES

NEEDS: Final = ("scores",)
TITLE: Final = "Does a larger CLIP see more?"
DIRECTION: Final = "text_to_image"


@styled
def draw(inputs: Inputs, settings: Settings) -> Figure:
    """One row for each variant: image size, parameters, nine patterns and their average."""
    scores = table(inputs, "scores", VLM_SCORES).filter(
        (pl.col("direction") == DIRECTION) & (pl.col("pairs") > 0)
    )
    if scores.is_empty():
        return nothing(settings, TITLE, "No CLIP variant was scored.")
    rows = {name: name for name in scores["encoder"].unique(maintain_order=True)}
    single = scores.filter(pl.col("pattern") != "average")
    pairs = f"; {largest(single, 'pairs')} twin pairs a pattern" if len(single) else ""
    subtitle = (
        "Per cent of twin pairs whose two statements both pick their own picture (text to"
        f" image){pairs}."
    )
    made = sheet(settings, TITLE, subtitle, heat_height(len(rows)))
    first = {row["encoder"]: row for row in scores.reverse().iter_rows(named=True)}
    facts = {
        "pixels": {name: f"{first[name]['image_size']}" for name in rows},
        "params": {name: f"{first[name]['params_m']:.2f} M" for name in rows},
    }
    columns = patterns_in(scores)
    columns += ["average"] if "average" in scores["pattern"] else []
    heat_table(made, rows, columns, shares(scores, "encoder", "pattern", "accuracy"), facts)
    return made.figure
