"""Everybody who answers, as a table: what each sees, and how it was trained."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from clipblind.ground.tables.answers import MADE
from clipblind.study.settings.contenders import Contender, Mof
from clipblind.study.settings.encoder import Encoder


def describe_contenders(
    contenders: Mapping[str, Contender],
    encoders: Mapping[str, Encoder],
    probe: str = "",
    reference: str = "",
) -> pl.DataFrame:
    """One row for each contender; what is told of small LLaVAs alone is null of others.

    Args:
        contenders: the study's.
        encoders: the study's, for the patches of their towers.
        probe: the encoder whose share is counted as 0; empty: none.
        reference: the encoder whose share is counted as 1; empty: none.

    Returns:
        The table `MADE`.
    """
    rows = [
        {
            "contender": name,
            "label": contender.label or name,
            "kind": contender.kind,
            "row": contender.row,
            **(_mixed(contender, encoders, probe, reference) if isinstance(contender, Mof) else {}),
        }
        for name, contender in contenders.items()
    ]
    return pl.DataFrame(rows, schema=dict(MADE.columns))


def _mixed(
    contender: Mof, encoders: Mapping[str, Encoder], probe: str, reference: str
) -> dict[str, Any]:
    return {
        "towers": "+".join(contender.towers),
        "mixture": contender.mixture,
        "share": _share(contender, probe, reference),
        "layer": contender.layer if contender.towers else None,
        "standardised": contender.train.standardise,
        "steps": contender.train.schedule.steps,
        "tokens": _tokens(contender, encoders),
    }


def _share(contender: Mof, probe: str, reference: str) -> float | None:
    if contender.mixture == "additive":
        return contender.reference_share if contender.towers == (probe, reference) else None
    alone: dict[tuple[str, ...], float] = {(probe,): 0.0, (reference,): 1.0}
    return alone.get(contender.towers)


def _tokens(contender: Mof, encoders: Mapping[str, Encoder]) -> int | None:
    recipes = [encoders[tower].train for tower in contender.towers]
    patches = [recipe.vision.num_patches for recipe in recipes if recipe is not None]
    if len(patches) < len(recipes):
        return None  # a tower from elsewhere
    return sum(patches) if contender.mixture == "interleaved" else max(patches, default=0)
