"""Encoders with a text tower: how each was made, and how well it names things."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from clipblind.ground.stats import LEVEL
from clipblind.ground.tables.matching import VARIANTS
from clipblind.study.settings.training import ClipRecipe

BASE, SEVERAL, UNKNOWN = "base", "several", "unknown"
RESAMPLES: Final = 2000


@dataclass(frozen=True)
class Made:
    """How an encoder was made, as its entry says.

    Attributes:
        train: the recipe, if the study trains it.
        label: shown in figures; its name if empty.
        row: in the paper's Table 1; empty: it is not there.
        data: what it was trained on elsewhere; empty: nobody said.
        samples_m: image-text pairs seen in training elsewhere, in millions, if that is known.
    """

    train: ClipRecipe | None = None
    label: str = ""
    row: str = ""
    data: str = ""
    samples_m: float | None = None


def describe_variants(
    encoders: Mapping[str, Made],
    scores: pl.DataFrame,
    named: Mapping[str, pl.DataFrame],
    often: Sequence[str],
    *,
    probe: str = "",
    images: int = 0,
    seed: int,
) -> pl.DataFrame:
    """One row for each encoder with a text tower, trained or loaded.

    Args:
        encoders: how each was made.
        scores: the table `MATCH_SCORES`, for image size and parameters.
        named: the table `NAMED` of each encoder; none where there is no rendered world.
        often: factors over which zero-shot accuracy is averaged; its 95 % interval comes from
            drawing pictures anew.
        probe: the encoder that the others are compared with; empty: there is none.
        images: pictures that there are to train on.
        seed: of the bootstrap.

    Returns:
        The table `VARIANTS`; null is what is unknown of an encoder, or doesn't apply to it.
    """
    base = encoders[probe].train if probe in encoders else None
    rows = []
    for name, made in encoders.items():
        of_encoder = scores.filter(pl.col("encoder") == name).row(0, named=True)
        share, low, high = _zero_shot(named.get(name), often, seed)
        rows.append(
            {
                "encoder": name,
                "label": made.label or name,
                "row": made.row or None,
                "axis": axis(made.train, base),
                "data": made.data or None,
                "samples_m": made.samples_m,
                **_training(made.train, images),
                "image_size": of_encoder["image_size"],
                "params_m": of_encoder["params_m"],
                "zero_shot": share,
                "low": low,
                "high": high,
            }
        )
    return pl.DataFrame(rows, schema=dict(VARIANTS.columns))


def axis(recipe: ClipRecipe | None, base: ClipRecipe | None) -> str:
    """What a variant's recipe changes of the base's: one axis, `several`, or `base` for none."""
    if recipe is None or base is None:
        return UNKNOWN
    vision, own = base.vision, recipe.vision
    changed = {
        "captions": (recipe.captions, recipe.context_length)
        != (base.captions, base.context_length),
        "images": recipe.images != base.images,
        "resolution": (own.image_size, own.patch) != (vision.image_size, vision.patch),
        "size": (own.width, own.layers, own.heads, own.stem_width)
        != (vision.width, vision.layers, vision.heads, vision.stem_width)
        or (recipe.embed_dim, recipe.text_width) != (base.embed_dim, base.text_width),
        "steps": recipe.schedule != base.schedule,
    }
    axes = [name for name, differs in changed.items() if differs]
    return BASE if not axes else axes[0] if len(axes) == 1 else SEVERAL


def _training(recipe: ClipRecipe | None, images: int) -> dict[str, Any]:
    if recipe is None:
        return {"captions": None, "images": None, "samples": None, "patches": None}
    return {
        "captions": recipe.captions,
        "images": recipe.images or images,
        "samples": recipe.schedule.steps * recipe.schedule.batch,
        "patches": recipe.vision.num_patches,
    }


def _zero_shot(
    named: pl.DataFrame | None, often: Sequence[str], seed: int
) -> tuple[float | None, float | None, float | None]:
    if named is None:
        return None, None, None
    chosen = named.filter(pl.col("factor").is_in(list(often)))
    if chosen.is_empty():
        return None, None, None
    of_image = chosen.group_by("image_id").agg(pl.col("right").mean()).sort("image_id")
    shares = of_image["right"].to_numpy()
    drawn = np.random.default_rng(seed).integers(len(shares), size=(RESAMPLES, len(shares)))
    low, high = np.quantile(shares[drawn].mean(1), [LEVEL / 2, 1 - LEVEL / 2])
    return float(shares.mean()), float(low), float(high)
