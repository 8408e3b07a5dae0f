"""Candidates at the configured thresholds, and the counts at both kinds of threshold."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import polars as pl

from clipblind.mining.join import FOUND, frame_of, search
from clipblind.mining.kernel import kernel_named
from clipblind.mining.quantiles import cosine_quantile
from clipblind.mining.question import Hits, Question, ask
from clipblind.study.settings.mining import Thresholds

Summary = dict[str, Any]
# kind of threshold to the probe's and the reference's
Kinds = Mapping[str, tuple[float, float]]

# Beyond this, only the pairs of the configured kind are looked for: a quantile of .999 would be
# a thousandth of all pairs.
BOTH_KINDS: Final = 50_000


def mine_candidates(
    ids: Sequence[str],
    probe: np.ndarray,
    reference: np.ndarray,
    mining: Thresholds,
    threads: int = 1,
) -> tuple[pl.DataFrame, Summary]:
    """Mine at both kinds of threshold; keep the pairs of the configured kind.

    Args:
        ids: N image ids, sorted.
        probe: float32 `[N, D1]`, unit norm.
        reference: float32 `[N, D2]`, unit norm.
        mining: the thresholds.
        threads: to use.

    Returns:
        The table `PAIRS`, and the thresholds and counts of both kinds; of the configured kind
        alone where there are more than `BOTH_KINDS` images.
    """
    kinds = kinds_of(probe, reference, mining)
    question = question_of(probe, reference, kinds, threads)
    hits = search(question, threads).run(threads)
    found = [pl.DataFrame(schema=FOUND), *(frame_of_kinds(step, kinds) for step in hits)]
    return name_candidates(pl.concat(found), ids, mining, kinds)


def kinds_of(probe: np.ndarray, reference: np.ndarray, mining: Thresholds) -> Kinds:
    """The cosines at each kind of threshold that is looked for."""
    kinds = {}
    few = len(probe) <= BOTH_KINDS
    if few or mining.thresholds == "cosine":
        kinds["cosine"] = (mining.probe_above, mining.reference_below)
    if few or mining.thresholds == "quantile":
        kinds["quantile"] = (
            cosine_quantile(probe, mining.probe_quantile),
            cosine_quantile(reference, mining.reference_quantile),
        )
    return kinds


def question_of(
    probe: np.ndarray, reference: np.ndarray, kinds: Kinds, threads: int = 1
) -> Question:
    """One question whose answer holds the pairs of every kind."""
    above = min(above for above, _ in kinds.values())
    below = max(below for _, below in kinds.values())
    return ask(probe, reference, above, below, kernel_named(), threads)


def frame_of_kinds(hits: Hits, kinds: Kinds) -> pl.DataFrame:
    """Hits of at least one kind, as a frame of `FOUND`."""
    return frame_of(hits).filter(pl.any_horizontal(*(_of_kind(k) for k in kinds.values())))


def name_candidates(
    found: pl.DataFrame, ids: Sequence[str], mining: Thresholds, kinds: Kinds
) -> tuple[pl.DataFrame, Summary]:
    """Pairs of the configured kind under their ids, and the counts of all kinds.

    Args:
        found: columns of `FOUND`, in any order.
        ids: N image ids, sorted.
        mining: the thresholds.
        kinds: what `kinds_of` gave.

    Returns:
        The table `PAIRS`, sorted by the images' ids, and the summary.
    """
    counts = {
        kind: {
            "probe_above": pair[0],
            "reference_below": pair[1],
            "pairs": found.filter(_of_kind(pair)).height,
        }
        for kind, pair in kinds.items()
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
    used = found.filter(_of_kind(kinds[mining.thresholds])).sort("i", "j")
    return _named(used, ids), summary


def _of_kind(thresholds: tuple[float, float]) -> pl.Expr:
    above, below = thresholds
    return (pl.col("cos_probe") > above) & (pl.col("cos_reference") < below)


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
