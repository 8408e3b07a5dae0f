"""What a probe is blind to: how often each factor differs among the pairs it takes for one."""

from collections.abc import Mapping, Sequence
from math import nan
from typing import Final

import numpy as np
import polars as pl

from clipblind.ground.factors import FACTORS, Scene
from clipblind.ground.stats import LEVEL
from clipblind.ground.tables.controls import DIFFER_RATES, SURVEY
from clipblind.mining.candidates import kinds_of
from clipblind.mining.join import FOUND, frame_of, search
from clipblind.mining.kernel import kernel_named
from clipblind.mining.question import ask
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
        scenes: image id to scene; empty: nobody knows what the images show, and there are no rates.
        mining: quantiles and fixed thresholds; rates are those at the configured kind.
        seed: of the bootstrap.

    Returns:
        The tables `SURVEY` (both kinds of threshold; of a large pool the configured kind alone, as
        in mining) and `DIFFER_RATES`. Pairs share images, so the rates' 95 % intervals come from
        drawing images anew, not pairs.
    """
    counts, rates = [], pl.DataFrame(schema=dict(DIFFER_RATES.columns))
    for kind, (above, below) in kinds_of(probe, reference, mining).items():
        wanted = bool(scenes) and kind == mining.thresholds
        similar, blind, kept = _similar(probe, reference, above, below, keep=wanted)
        counts.append(
            {
                "encoder": encoder,
                "thresholds": kind,
                "probe_above": above,
                "reference_below": below,
                "all_pairs": len(ids) * (len(ids) - 1) // 2,
                "similar_pairs": similar,
                "blind_pairs": blind,
            }
        )
        if wanted:
            values = {f: np.array([getattr(scenes[i], f) for i in ids]) for f in FACTORS}
            found = {SIMILAR: kept, BLIND: kept.filter(pl.col("cos_reference") < below)}
            rows = [
                {"encoder": encoder, "among": among, **row}
                for among, pairs in found.items()
                for row in _rates(pairs, values, len(ids), seed)
            ]
            rates = pl.DataFrame(rows, schema=dict(DIFFER_RATES.columns))
    return pl.DataFrame(counts, schema=dict(SURVEY.columns)), rates


def _similar(
    probe: np.ndarray, reference: np.ndarray, above: float, below: float, *, keep: bool
) -> tuple[int, int, pl.DataFrame]:
    """How many pairs are similar and blind, and the similar ones if they are to be kept."""
    # no cosine passes 2, so the reference condition lets every pair through
    question = ask(probe, reference, above, 2.0, kernel_named())
    similar, blind, kept = 0, 0, [pl.DataFrame(schema=FOUND)]
    for hits in search(question).run():
        similar += len(hits)
        blind += int((hits.cos_reference < below).sum())
        if keep:  # of a large pool they may be more than fit into memory
            kept.append(frame_of(hits))
    return similar, blind, pl.concat(kept).sort("i", "j")


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
