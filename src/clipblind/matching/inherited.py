"""Whether contenders fail on MMVP where CLIPs fail on MMVP-VLM (the paper's Figure 6)."""

from collections.abc import Mapping, Sequence
from math import nan
from typing import Any, Final

import numpy as np
import polars as pl

from clipblind.grading.figure4 import published
from clipblind.grading.scores import right_pairs
from clipblind.ground.patterns import NINE
from clipblind.ground.stats import correlate_shares, holm
from clipblind.ground.tables.matching import INHERITED
from clipblind.printed import table

PAPERS: Final = ("OpenAI ViT-L-14 224", "OpenAI ViT-L-14 336", "EVA01 ViT-g-14 224")
"""Rows of Table 1 whose mean is the CLIP of Figure 6 (found from the printed tables)."""

RESAMPLES: Final = 5000
OFFICIAL: Final = "text_to_image"

Cases = Mapping[str, np.ndarray]


def inherited(
    matches: Mapping[str, pl.DataFrame],
    verdicts: Mapping[str, pl.DataFrame],
    encoders: Mapping[str, str],
    contenders: Mapping[str, str],
    seed: int,
) -> pl.DataFrame:
    """Pearson's correlation over patterns of CLIPs' accuracy on MMVP-VLM and contenders' on MMVP.

    The CLIPs are those of the paper's Figure 6 as far as the study has them, or else all.

    Args:
        matches: the table `MATCHES` of each encoder; the official direction is used.
        verdicts: the table `VERDICTS` of each contender, with patterns, by the published labels.
        encoders: encoder to its row in Table 1, or an empty text.
        contenders: contender to its name in Figure 4, or an empty text.
        seed: of bootstrap and permutations.

    Returns:
        The table `INHERITED`, in the order of `verdicts`; not-a-number where fewer than four
        patterns have pairs on both sides; p values are corrected over all rows that are defined.
    """
    chosen = clips(encoders)
    clip = _clip([matches[name] for name in chosen])
    printed = dict(table("pattern_correlations").iter_rows())
    rows = []
    for contender, graded in verdicts.items():
        row = _row(clip, _answered(graded), seed)
        paper = printed.get(contenders.get(contender, ""))
        rows.append({"contender": contender, "encoder": "+".join(chosen), **row, "paper": paper})
    defined = [row for row in rows if row["p"] == row["p"]]
    for row, p in zip(defined, holm([row["p"] for row in defined]), strict=True):
        row["p_holm"] = p
    return pl.DataFrame([{"p_holm": nan, **r} for r in rows], schema=dict(INHERITED.columns))


def clips(encoders: Mapping[str, str]) -> list[str]:
    """The encoders of Figure 6 as far as there are any, or else all; `encoders` as above."""
    return [name for name, row in encoders.items() if row in PAPERS] or list(encoders)


def _clip(matches: Sequence[pl.DataFrame]) -> Cases:
    """For each pattern the share of the encoders that match each pair, float `[pairs]`."""
    share = pl.concat(matches).group_by("pattern", "pair_id").agg(pl.col(OFFICIAL).mean())
    return _by_pattern(share, OFFICIAL)


def _answered(verdicts: pl.DataFrame) -> Cases:
    return _by_pattern(right_pairs(published(verdicts)), "right")


def _by_pattern(pairs: pl.DataFrame, column: str) -> Cases:
    groups = pairs.sort("pair_id").group_by("pattern", maintain_order=True)
    return {str(name): group[column].to_numpy() for (name,), group in groups if name in NINE}


def _row(clip: Cases, answered: Cases, seed: int) -> dict[str, Any]:
    both = [pattern for pattern in NINE if pattern in clip and pattern in answered]
    # the two benchmarks share no pair: where a pattern has as many in both, the bootstrap would
    # draw them together, and they shouldn't be matched by their order
    rng = np.random.default_rng(seed)
    found = correlate_shares(
        [clip[pattern] for pattern in both],
        [rng.permutation(answered[pattern]) for pattern in both],
        resamples=RESAMPLES,
        seed=seed,
    )
    r = found.interval
    return {
        "patterns": len(both),
        "pearson": r.value,
        "low": r.low,
        "high": r.high,
        "p": found.p,
    }
