"""Couples of the rendered twins: each with a statement of what its picture shows."""

import random
from collections.abc import Mapping

import numpy as np
import polars as pl

from clipblind.ground.factors import FACTOR_OF_PATTERN
from clipblind.matching.match import Couple
from clipblind.world.captions import statement
from clipblind.world.scenes import scene_of, twin_pairs


def statement_couples(
    scenes: pl.DataFrame, vectors: Mapping[str, np.ndarray], twins: int, seed: int
) -> list[Couple]:
    """Every twin pair with its two statements, which differ in one factor's word alone.

    Args:
        scenes: the table `SCENES`, the split `twins` among it.
        vectors: image id to float32 `[D]`, unit norm, of the encoder that is tested.
        twins: pairs of each pattern.
        seed: of the statements' wording.
    """
    shown = {r["image_id"]: scene_of(r) for r in scenes.iter_rows(named=True)}
    rng = random.Random(f"{seed}/statements")
    couples = []
    for pair, pattern, a, b in twin_pairs(scenes, twins).iter_rows():
        wording = rng.getrandbits(32)  # one for both, so that they differ in the factor alone
        said = [
            statement(shown[image], FACTOR_OF_PATTERN[pattern], random.Random(wording))
            for image in (a, b)
        ]
        couples.append(Couple(pair, pattern, (vectors[a], vectors[b]), (said[0], said[1])))
    return couples
