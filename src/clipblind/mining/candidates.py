"""Candidates at the configured thresholds, and the counts at both kinds of threshold."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from clipblind.mining.join import blind_pairs
from clipblind.mining.quantiles import cosine_quantile
from clipblind.settings import Thresholds

Summary = dict[str, Any]


def mine_candidates(
    ids: Sequence[str], probe: np.ndarray, reference: np.ndarray, mining: Thresholds
) -> tuple[pl.DataFrame, Summary]:
    """Mine at both kinds of threshold; keep the pairs of the configured kind.

    Args:
        ids: N image ids, sorted.
        probe: float32 `[N, D1]`, unit norm.
        reference: float32 `[N, D2]`, unit norm.
        mining: the thresholds.

    Returns:
        The table `PAIRS`, and the thresholds and counts of both kinds.
    """
    thresholds = {
        "cosine": (mining.probe_above, mining.reference_below),
        "quantile": (
            cosine_quantile(probe, mining.probe_quantile),
            cosine_quantile(reference, mining.reference_quantile),
        ),
    }
    found = {kind: blind_pairs(probe, reference, *t) for kind, t in thresholds.items()}
    counts = {
        kind: {"probe_above": above, "reference_below": below, "pairs": len(found[kind])}
        for kind, (above, below) in thresholds.items()
    }
    summary: Summary = {
        "thresholds": mining.thresholds,
        "probe": mining.probe,
        "reference": mining.reference,
        "images": len(ids),
        "all_pairs": len(ids) * (len(ids) - 1) // 2,
        "used": counts[mining.thresholds],
        **counts,
    }
    return _named(found[mining.thresholds], ids), summary


def _named(rows: pl.DataFrame, ids: Sequence[str]) -> pl.DataFrame:
    names = pl.Series(ids, dtype=pl.String)
    image_a, image_b = names.gather(rows["i"]), names.gather(rows["j"])
    return rows.select(
        pair_id=image_a + "+" + image_b,
        image_a=image_a,
        image_b=image_b,
        cos_probe="cos_probe",
        cos_reference="cos_reference",
    )
