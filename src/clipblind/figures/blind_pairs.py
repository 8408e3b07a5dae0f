"""A contact sheet of selected pairs, two pictures side by side, cosines beneath."""

from typing import Final

import numpy as np
import polars as pl
from matplotlib.figure import Figure

from clipblind.figures.parts.read import Inputs, table
from clipblind.figures.parts.style import (
    BLUE,
    MARGIN,
    SMALL,
    VERMILION,
    Sheet,
    nothing,
    sheet,
    styled,
)
from clipblind.ground.errors import UserError
from clipblind.ground.tables.pairs import PAIRS
from clipblind.ground.tables.world import SHARD
from clipblind.pools.decoding import decode_image
from clipblind.study.settings.figure import Figure as Settings

TITLE: Final = "Pairs that the probe takes for one picture"
MOST: Final = 12
COLUMNS: Final = 3
BETWEEN: Final = 0.34


@styled
def draw(inputs: Inputs, settings: Settings) -> Figure:
    """Up to twelve pairs, the first that were chosen."""
    pairs = table(inputs, "pairs", PAIRS)
    if pairs.is_empty():
        return nothing(settings, TITLE, "No pair passed both thresholds in this study.")
    shown = pairs.head(MOST)
    pictures = _pictures(inputs, {*shown["image_a"], *shown["image_b"]})
    columns = COLUMNS if settings.width >= 6 else 2
    side = (settings.width - 2 * MARGIN - BETWEEN * (columns - 1)) / columns / 2 - 0.02
    subtitle = (
        f"{len(shown)} of the {len(pairs):,} blind pairs that were chosen. Beneath each pair: how"
        " alike its two pictures are to the probe (CLIP) and to the reference."
    )
    row = side + 0.36
    made = sheet(settings, TITLE, subtitle, row * -(-len(shown) // columns) - 0.1)
    for i, pair in enumerate(shown.iter_rows(named=True)):
        left = MARGIN + (i % columns) * (2 * side + 0.04 + BETWEEN)
        top = 0.05 + row * (i // columns)
        for x, key in ((left, "image_a"), (left + side + 0.04, "image_b")):
            axes = made.axes(x, top, side, side)
            axes.set_axis_off()
            axes.imshow(pictures[pair[key]], interpolation="lanczos")
        _cosines(made, left, left + side + 0.04, top + side + 0.05, pair)
    return made.figure


def _pictures(inputs: Inputs, wanted: set[str]) -> dict[str, np.ndarray]:
    """uint8 `[H, W, 3]` by id.

    Raises:
        UserError: if a picture is not there.
    """
    packed = table(inputs, "pictures", SHARD).filter(pl.col("image_id").is_in(sorted(wanted)))
    if missing := sorted(wanted - {*packed["image_id"]}):
        raise UserError(f"{inputs['pictures'][0]} lacks the picture {missing[0]}; make it anew.")
    return {
        image_id: np.asarray(decode_image(png))
        for image_id, png in packed.select("image_id", "png").iter_rows()
    }


def _cosines(made: Sheet, left: float, right: float, top: float, pair: dict[str, float]) -> None:
    bold = {"fontsize": SMALL, "fontweight": "bold"}
    made.text(left, top, f"probe {pair['cos_probe']:.3f}", color=VERMILION, **bold)
    made.text(right, top, f"reference {pair['cos_reference']:.3f}", color=BLUE, **bold)
