"""Encoders compared with the probe over the same pairs and the same held-out pictures."""

from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from clipblind.grading.paired import compare, with_holm
from clipblind.ground.patterns import AVERAGE, NINE
from clipblind.ground.tables.matching import MATCH_PAIRED
from clipblind.matching.scores import DIRECTIONS

ZERO_SHOT: Final = "zero_shot"
HELDOUT: Final = "heldout"

Cases = Mapping[str, pl.DataFrame]
"""Encoder to `case`, `item` and `right`."""


def compare_encoders(
    matches: Mapping[str, pl.DataFrame], named: Mapping[str, pl.DataFrame], baseline: str
) -> pl.DataFrame:
    """Every encoder against the baseline, item by item, by McNemar's exact test.

    p values are corrected by Holm's method over all encoders and items of one measure on one
    benchmark; averages are a family of their own.

    Args:
        matches: the table `MATCHES` of each encoder, for both directions by pattern.
        named: the table `NAMED` of each encoder, for zero-shot accuracy by factor; empty: there is
            no rendered world.
        baseline: the encoder that the others are compared with.

    Returns:
        The table `MATCH_PAIRED`; `difference` is the encoder's accuracy minus the baseline's.
    """
    frames = [pl.DataFrame(schema=dict(MATCH_PAIRED.columns))]
    for benchmark in matches[baseline]["benchmark"].unique(maintain_order=True):
        own = {n: frame.filter(pl.col("benchmark") == benchmark) for n, frame in matches.items()}
        shown = own[baseline]["pattern"].unique()
        items = [pattern for pattern in NINE if pattern in shown]
        for direction in DIRECTIONS:
            cases = {name: _matched(frame, direction) for name, frame in own.items()}
            frames += _families(cases, baseline, benchmark, direction, items)
    if named:
        items = named[baseline]["factor"].unique(maintain_order=True).to_list()
        cases = {name: _named(frame) for name, frame in named.items()}
        frames += _families(cases, baseline, HELDOUT, ZERO_SHOT, items)
    return pl.concat(frames)


def _matched(matches: pl.DataFrame, direction: str) -> pl.DataFrame:
    return matches.select(case="pair_id", item="pattern", right=direction)


def _named(named: pl.DataFrame) -> pl.DataFrame:
    return named.select(
        case=pl.col("image_id") + "/" + pl.col("factor"), item="factor", right="right"
    )


def _families(
    cases: Cases, baseline: str, benchmark: str, measure: str, items: Sequence[str]
) -> list[pl.DataFrame]:
    frames = []
    for family in (items, [AVERAGE]):
        rows = []
        for encoder in cases:
            if encoder == baseline:
                continue
            both = cases[encoder].join(cases[baseline], on="case", suffix="_base")
            for item in family:
                of_item = both if item == AVERAGE else both.filter(pl.col("item") == item)
                named = {
                    "benchmark": benchmark,
                    "measure": measure,
                    "first": encoder,
                    "second": baseline,
                    "item": item,
                }
                rows.append({**named, **compare(of_item["right"], of_item["right_base"])})
        if rows:
            frames.append(with_holm(rows))
    return frames
