"""All that one loaded encoder is tested for with texts: matching, and zero-shot accuracy."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from clipblind.encoders.base import LoadedEncoder
from clipblind.ground.tables.matching import MATCHES
from clipblind.matching.match import Couple, match
from clipblind.matching.mmvp_vlm import read_mmvp_vlm
from clipblind.matching.scores import score_matches
from clipblind.matching.statements import statement_couples
from clipblind.matching.zero_shot import name_factors, zero_shot
from clipblind.study.settings.benchmark import MmvpVlm, Statements

STATEMENTS: Final = 32
"""Texts at once of a rendered world, which has many; pairs of files are done one by one."""


@dataclass(frozen=True)
class Rendered:
    """What there is of a rendered world, for one encoder.

    Attributes:
        scenes: the table `SCENES`, the splits `twins` and `heldout` among it.
        vectors: image id to float32 `[D]`, unit norm, by the encoder that is tested.
        twins: twin pairs of each pattern.
    """

    scenes: pl.DataFrame
    vectors: Mapping[str, np.ndarray]
    twins: int


def match_benchmarks(
    encoder: LoadedEncoder,
    benchmarks: Mapping[str, Statements | MmvpVlm],
    *,
    prefix: str,
    seed: int,
    root: Path,
    rendered: Rendered | None = None,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Match the texts and images of every benchmark, and score them.

    Args:
        encoder: has a text tower.
        benchmarks: entries by name, in the study's order.
        prefix: what stands before each text.
        seed: of statements' wording.
        root: the project's folder, which paths of entries are relative to.
        rendered: the world, where an entry is written from it.

    Returns:
        The tables `MATCHES` and `MATCH_SCORES`.

    Raises:
        UserError: if a benchmark or an image of it can't be read, or if the encoder has no text
            tower.
    """
    tables = [pl.DataFrame(schema=dict(MATCHES.columns))]
    for name, entry in benchmarks.items():
        couples = _couples(name, entry, seed, root, rendered)
        batch = 1 if isinstance(entry, MmvpVlm) else STATEMENTS
        tables.append(match(encoder, name, couples, prefix, batch=batch))
    matches = pl.concat(tables)
    return matches, score_matches(encoder.name, encoder.image_size, encoder.params_m, matches)


def name_heldout(
    encoder: LoadedEncoder,
    rendered: Rendered,
    policy: Mapping[str, float],
    *,
    prefix: str,
    seed: int,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Name the factors of held-out pictures.

    Args:
        encoder: has a text tower.
        rendered: the world.
        policy: how often the encoder's training captions named each factor; empty: nobody knows.
        prefix: what stands before each statement.
        seed: of statements' wording.

    Returns:
        The tables `NAMED` and `ZERO_SHOT`.
    """
    heldout = rendered.scenes.filter(pl.col("split") == "heldout")
    named = name_factors(encoder, heldout, rendered.vectors, prefix=prefix, seed=seed)
    return named, zero_shot(encoder.name, named, policy)


def _couples(
    name: str, entry: Statements | MmvpVlm, seed: int, root: Path, rendered: Rendered | None
) -> list[Couple]:
    if isinstance(entry, MmvpVlm):
        return read_mmvp_vlm(root / entry.path, name, count=entry.count, digest=entry.digest)
    assert rendered is not None  # the study sees to it that statements come with a world
    return statement_couples(rendered.scenes, rendered.vectors, rendered.twins, seed)
