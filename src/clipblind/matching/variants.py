"""The CLIP variants: along which axis each differs from the probe, and how well it names things."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import polars as pl

from clipblind.ground.stats import LEVEL
from clipblind.ground.tables.matching import VARIANTS
from clipblind.study.settings.training import ClipRecipe

BASE, SEVERAL, UNKNOWN = "base", "several", "unknown"
RESAMPLES: Final = 2000


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


def describe_variants(
    encoders: Mapping[str, ClipRecipe | None],
    probe: str,
    images: int,
    scores: pl.DataFrame,
    named: Mapping[str, pl.DataFrame],
    often: Sequence[str],
    seed: int,
) -> pl.DataFrame:
    """One row for each CLIP variant.

    Args:
        encoders: each one's recipe, `None` where it was not trained here.
        probe: the variant that the others are compared with.
        images: pictures that there are to train on.
        scores: the table `MATCH_SCORES`, for image size and parameters.
        named: the table `NAMED` of each encoder.
        often: factors over which zero-shot accuracy is averaged; its 95 % interval comes from
            drawing pictures anew.
        seed: of the bootstrap.

    Returns:
        The table `VARIANTS`; what is unknown of an encoder from elsewhere is null.
    """
    rows = []
    for name, recipe in encoders.items():
        of_encoder = scores.filter(pl.col("encoder") == name).row(0, named=True)
        share, low, high = _zero_shot(named[name], often, seed)
        rows.append(
            {
                "encoder": name,
                "axis": axis(recipe, encoders.get(probe)),
                **_training(recipe, images),
                "image_size": of_encoder["image_size"],
                "params_m": of_encoder["params_m"],
                "zero_shot": share,
                "low": low,
                "high": high,
            }
        )
    return pl.DataFrame(rows, schema=dict(VARIANTS.columns))


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
    named: pl.DataFrame, often: Sequence[str], seed: int
) -> tuple[float | None, float | None, float | None]:
    chosen = named.filter(pl.col("factor").is_in(list(often)))
    if chosen.is_empty():
        return None, None, None
    of_image = chosen.group_by("image_id").agg(pl.col("right").mean()).sort("image_id")
    shares = of_image["right"].to_numpy()
    drawn = np.random.default_rng(seed).integers(len(shares), size=(RESAMPLES, len(shares)))
    low, high = np.quantile(shares[drawn].mean(1), [LEVEL / 2, 1 - LEVEL / 2])
    return float(shares.mean()), float(low), float(high)
