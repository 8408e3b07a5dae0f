"""Do contenders fail on the patterns that encoders fail on (the paper's Figure 6)?"""

from collections.abc import Mapping, Sequence
from math import nan
from typing import Any, Final

import numpy as np
import polars as pl

from clipblind.grading.scores import right_pairs
from clipblind.ground.patterns import NINE
from clipblind.ground.stats import correlate_shares, holm
from clipblind.ground.tables.matching import CORRELATION
from clipblind.matching.scores import OFFICIAL
from clipblind.printed import table

FIGURE6: Final = ("OpenAI ViT-L-14 224", "OpenAI ViT-L-14 336", "EVA01 ViT-g-14 224")
"""Rows of Table 1 whose mean is the CLIP of Figure 6 (worked out from the printed tables)."""

PRINTED: Final = ("mmvp_vlm", "mmvp")
"""The benchmarks, by their entries' names, that the paper's correlations are of."""

RESAMPLES: Final = 5000

Pairs = Mapping[str, pl.DataFrame]
"""Pattern to `pair_id` and `right`, by pair."""


def correlate(
    matches: Mapping[str, pl.DataFrame],
    verdicts: Mapping[str, pl.DataFrame],
    *,
    beside: Mapping[str, str],
    encoders: Mapping[str, str],
    rows: Mapping[str, str],
    towers: Mapping[str, Sequence[str]],
    probe: str = "",
    seed: int,
) -> pl.DataFrame:
    """Pearson's correlation over patterns of encoders' accuracy and contenders', with intervals.

    The library function of `clipblind scores correlate`, whose slice has these names but for the
    first two. Whom a contender is set beside, `encoders_beside` says.

    Args:
        matches: the table `MATCHES` of each encoder; the official direction is used.
        verdicts: the table `VERDICTS` of each contender that sees images. What baselines get right
            has nothing to do with what they see, so the caller leaves them out.
        beside: benchmark of texts to the benchmark of questions that it is set beside; of
            questions only the verdicts under that very name count, which are those by published
            labels.
        encoders: encoder to its row in Table 1, or an empty text.
        rows: contender to its name in Figure 4, or an empty text.
        towers: contender to the encoders that feed it, if that is known.
        probe: the encoder that was mined with; empty: there is none.
        seed: of bootstrap and permutations.

    Returns:
        The table `CORRELATION`, sorted by contender within a benchmark; not-a-number where fewer
        than four patterns have pairs on both sides, or where one side doesn't vary. p values are
        corrected over all rows of a benchmark that are defined.
    """
    printed = dict(table("pattern_correlations").iter_rows())
    frames = [pl.DataFrame(schema=dict(CORRELATION.columns))]
    for texts, questions in beside.items():
        made = []
        for contender in sorted(verdicts):
            answered = _answered(verdicts[contender], questions)
            paper = printed.get(rows.get(contender, ""))
            of = {
                "benchmark": texts,
                "beside": questions,
                "contender": contender,
                "paper": paper if (texts, questions) == PRINTED else None,
            }
            for group in encoders_beside(towers.get(contender, ()), encoders, probe):
                matched = _matched([matches[name] for name in group], texts)
                found = _correlated(matched, answered, seed)
                made.append({**of, "encoder": "+".join(group), **found})
        frames.append(_with_holm(made))
    return pl.concat(frames)


def encoders_beside(
    towers: Sequence[str], encoders: Mapping[str, str], probe: str = ""
) -> list[tuple[str, ...]]:
    """The encoders that a contender is set beside, each group for a correlation with its mean.

    It is the first of these that there is: each tower of the contender that has a text tower, one
    by one; the CLIPs of the paper's Figure 6, all in one; the probe; all encoders in one.

    Args:
        towers: the encoders that feed the contender, as far as that is known.
        encoders: every encoder that is matched with texts, to its row in Table 1 or an empty text.
        probe: the encoder that was mined with; empty: there is none.
    """
    if own := sorted({tower for tower in towers if tower in encoders}):
        return [(tower,) for tower in own]
    if papers := tuple(name for name, row in encoders.items() if row in FIGURE6):
        return [papers]
    return [(probe,)] if probe in encoders else [tuple(encoders)]


def _matched(matches: Sequence[pl.DataFrame], benchmark: str) -> Pairs:
    """For each pair the share of the encoders that match it."""
    own = pl.concat(matches).filter(pl.col("benchmark") == benchmark)
    share = own.group_by("pattern", "pair_id").agg(right=pl.col(OFFICIAL).mean())
    return _by_pattern(share)


def _answered(verdicts: pl.DataFrame, benchmark: str) -> Pairs:
    return _by_pattern(right_pairs(verdicts.filter(pl.col("benchmark") == benchmark)))


def _by_pattern(pairs: pl.DataFrame) -> Pairs:
    groups = pairs.sort("pair_id").group_by("pattern", maintain_order=True)
    return {str(name): group for (name,), group in groups if name in NINE}


def _correlated(matched: Pairs, answered: Pairs, seed: int) -> dict[str, Any]:
    both = [pattern for pattern in NINE if pattern in matched and pattern in answered]
    rng = np.random.default_rng(seed)
    first, second = [], []
    for pattern in both:
        one, other = matched[pattern], answered[pattern]
        right = other["right"].to_numpy()
        # as many cases in both are drawn together by the bootstrap, which is right of pairs that
        # are asked and matched alike; other ones shouldn't be joined by their order
        if len(one) == len(other) and not one["pair_id"].equals(other["pair_id"]):
            right = rng.permutation(right)
        first.append(one["right"].to_numpy())
        second.append(right)
    found = correlate_shares(first, second, resamples=RESAMPLES, seed=seed)
    r = found.interval
    return {"patterns": len(both), "pearson": r.value, "low": r.low, "high": r.high, "p": found.p}


def _with_holm(rows: list[dict[str, Any]]) -> pl.DataFrame:
    defined = [row for row in rows if row["p"] == row["p"]]
    for row, p in zip(defined, holm([row["p"] for row in defined]), strict=True):
        row["p_holm"] = p
    made = pl.DataFrame([{"p_holm": nan, **r} for r in rows], schema=dict(CORRELATION.columns))
    return made.select(list(CORRELATION.columns))
