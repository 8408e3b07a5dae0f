"""What a probe is blind to: how often each factor differs among the pairs it takes for one."""

from collections.abc import Mapping, Sequence
from math import nan
from typing import Final

import numpy as np
import polars as pl

from clipblind.ground.factors import FACTORS, Scene
from clipblind.ground.stats import LEVEL
from clipblind.ground.tables.controls import DIFFER_RATES, SURVEY
from clipblind.mining import blind_pairs, cosine_quantile
from clipblind.study.settings.mining import Thresholds

RESAMPLES: Final = 1000
SIMILAR, BLIND = "similar", "blind"


def survey(
    encoder: str,
    ids: Sequence[str],
    probe: np.ndarray,
    reference: np.ndarray,
    scenes: Mapping[str, Scene],
    mining: Thresholds,
    seed: int,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Count an encoder's similar and blind pairs, and what differs in them.

    A pair is similar if the probe's cosine alone passes its threshold, blind if the reference's
    passes too. Among blind pairs a factor may be frequent only because the reference separates it;
    among similar pairs no reference has a say. A rate of 1 beside the rate at large means that the
    encoder does not see the factor, 0 that it always tells it apart.

    Args:
        encoder: its name, the probe of this survey.
        ids: N image ids.
        probe: float32 `[N, D1]`, unit norm.
        reference: float32 `[N, D2]`, unit norm.
        scenes: image id to scene.
        mining: quantiles and fixed thresholds; rates are those at the configured kind.
        seed: of the bootstrap.

    Returns:
        The tables `SURVEY` (both kinds of threshold) and `DIFFER_RATES`. Pairs share images, so
        the rates' 95 % intervals come from drawing images anew, not pairs.
    """
    thresholds = {
        "cosine": (mining.probe_above, mining.reference_below),
        "quantile": (
            cosine_quantile(probe, mining.probe_quantile),
            cosine_quantile(reference, mining.reference_quantile),
        ),
    }
    counts, rates = [], pl.DataFrame(schema=dict(DIFFER_RATES.columns))
    values = {f: np.array([getattr(scenes[i], f) for i in ids]) for f in FACTORS}
    for kind, (above, below) in thresholds.items():
        # no cosine passes 2, so the reference condition lets every pair through
        similar = blind_pairs(probe, reference, above, 2.0)
        blind = similar.filter(pl.col("cos_reference") < below)
        counts.append(
            {
                "encoder": encoder,
                "thresholds": kind,
                "probe_above": above,
                "reference_below": below,
                "all_pairs": len(ids) * (len(ids) - 1) // 2,
                "similar_pairs": len(similar),
                "blind_pairs": len(blind),
            }
        )
        if kind == mining.thresholds:
            found = {SIMILAR: similar, BLIND: blind}
            rows = [
                {"encoder": encoder, "among": among, **row}
                for among, pairs in found.items()
                for row in _rates(pairs, values, len(ids), seed)
            ]
            rates = pl.DataFrame(rows, schema=dict(DIFFER_RATES.columns))
    return pl.DataFrame(counts, schema=dict(SURVEY.columns)), rates


def _rates(
    pairs: pl.DataFrame, values: Mapping[str, np.ndarray], images: int, seed: int
) -> list[dict[str, str | float]]:
    i, j = pairs["i"].to_numpy(), pairs["j"].to_numpy()
    differs = np.array([shown[i] != shown[j] for shown in values.values()])
    bounds = _bounds(differs, i, j, images, seed)
    rows: list[dict[str, str | float]] = []
    for (factor, shown), differing, (low, high) in zip(
        values.items(), differs, bounds, strict=True
    ):
        _, counts = np.unique(shown, return_counts=True)
        rows.append(
            {
                "factor": factor,
                "pairs": len(pairs),
                "differ": int(differing.sum()),
                "rate": float(differing.mean()) if len(pairs) else nan,
                "low": low,
                "high": high,
                "at_large": 1 - float((counts * (counts - 1)).sum() / (images * (images - 1))),
            }
        )
    return rows


def _bounds(
    differs: np.ndarray, i: np.ndarray, j: np.ndarray, images: int, seed: int
) -> list[tuple[float, float]]:
    """Bootstrap intervals over images for each row of bool `[factors, pairs]`."""
    if not len(i):
        return [(nan, nan)] * len(differs)
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(images, np.full(images, 1 / images), size=RESAMPLES)
    differs = differs.astype(np.float32)
    rates = []
    for times in drawn.astype(np.float32):
        weights = times[i] * times[j]  # a pair counts as often as its two images meet
        if weights.any():
            rates.append(differs @ weights / weights.sum())
    low, high = np.quantile(rates, [LEVEL / 2, 1 - LEVEL / 2], axis=0)
    return list(zip(low.tolist(), high.tolist(), strict=True))
