"""From candidates to the benchmark's pairs: seeded, capped, and open about what was dropped."""

import random
from collections import Counter
from collections.abc import Collection, Mapping
from typing import Final

import polars as pl

from clipblind.study.settings.mining import Selection

KEPT: Final = "kept"
OVER_IMAGE: Final = "an image already in enough pairs"
OVER_BACKGROUND: Final = "a background already shown often enough"
REPEATS: Final = "an image that repeats another"
OVER_TARGET: Final = "enough pairs already"


def select_pairs(
    candidates: pl.DataFrame,
    backgrounds: Mapping[str, str],
    selection: Selection,
    seed: int,
    repeating: Collection[str] = (),
) -> tuple[pl.DataFrame, dict[str, int]]:
    """Choose pairs in a seeded random order, so far as the caps allow.

    Args:
        candidates: the table `PAIRS`.
        backgrounds: image id to background; a pair counts for the background of both images.
            Images that are not in it are not capped.
        selection: the caps.
        seed: of the order.
        repeating: images that repeat another; pairs with one of them are passed over.

    Returns:
        The chosen pairs, sorted by `pair_id`, and how many candidates met which fate.
    """
    order = candidates.sort("pair_id").to_dicts()
    random.Random(f"{seed}/selection").shuffle(order)
    most_of_one = max(1, round(selection.pairs * selection.per_background))
    of_image: Counter[str] = Counter()
    of_background: Counter[str] = Counter()
    fates: Counter[str] = Counter({KEPT: 0, OVER_IMAGE: 0, OVER_BACKGROUND: 0, OVER_TARGET: 0})
    if repeating:
        fates[REPEATS] = 0
    kept: list[dict[str, str | float]] = []
    for pair in order:
        images = (pair["image_a"], pair["image_b"])
        shown = {backgrounds[image] for image in images if image in backgrounds}
        if any(image in repeating for image in images):
            fate = REPEATS
        elif len(kept) >= selection.pairs:
            fate = OVER_TARGET
        elif any(of_image[image] >= selection.per_image for image in images):
            fate = OVER_IMAGE
        elif any(of_background[background] >= most_of_one for background in shown):
            fate = OVER_BACKGROUND
        else:
            fate = KEPT
            kept.append(pair)
            of_image.update(images)
            of_background.update(shown)
        fates[fate] += 1
    return pl.DataFrame(kept, schema=candidates.schema).sort("pair_id"), dict(fates)
