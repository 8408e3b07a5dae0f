"""Encoders compared with the probe over the same twins and the same held-out pictures."""

from collections.abc import Mapping
from typing import Final

import polars as pl

from clipblind.grading.paired import compare, with_holm
from clipblind.ground.factors import FACTOR_OF_PATTERN
from clipblind.ground.tables.matching import MATCH_PAIRED
from clipblind.matching.scores import AVERAGE, DIRECTIONS

ZERO_SHOT: Final = "zero_shot"


def compare_encoders(
    matches: Mapping[str, pl.DataFrame], named: Mapping[str, pl.DataFrame], baseline: str
) -> pl.DataFrame:
    """Every encoder against the baseline, item by item, by McNemar's exact test.

    p values are corrected by Holm's method over all encoders and items of one measure; averages
    are a family of their own.

    Args:
        matches: the table `MATCHES` of each encoder, for both directions by pattern.
        named: the table `NAMED` of each encoder, for zero-shot accuracy by factor.
        baseline: the encoder that the others are compared with.

    Returns:
        The table `MATCH_PAIRED`; `difference` is the encoder's accuracy minus the baseline's.
    """
    frames = [pl.DataFrame(schema=dict(MATCH_PAIRED.columns))]
    others = [name for name in matches if name != baseline]
    for direction in DIRECTIONS:
        tables = {name: _long(matches[name], direction) for name in (*others, baseline)}
        frames += _families(tables, baseline, direction, [[*FACTOR_OF_PATTERN], [AVERAGE]])
    tables = {name: _named(named[name]) for name in (*others, baseline)}
    factors = named[baseline]["factor"].unique(maintain_order=True).to_list()
    frames += _families(tables, baseline, ZERO_SHOT, [factors, [AVERAGE]])
    return pl.concat(frames)


def _long(matches: pl.DataFrame, direction: str) -> pl.DataFrame:
    return matches.select(case="pair_id", item="pattern", right=direction)


def _named(named: pl.DataFrame) -> pl.DataFrame:
    return named.select(
        case=pl.col("image_id") + "/" + pl.col("factor"), item="factor", right="right"
    )


def _families(
    tables: Mapping[str, pl.DataFrame], baseline: str, measure: str, families: list[list[str]]
) -> list[pl.DataFrame]:
    frames = []
    for items in families:
        rows = []
        for encoder in tables:
            if encoder == baseline:
                continue
            both = tables[encoder].join(tables[baseline], on="case", suffix="_base")
            for item in items:
                of_item = both if item == AVERAGE else both.filter(pl.col("item") == item)
                named = {"measure": measure, "first": encoder, "second": baseline, "item": item}
                rows.append({**named, **compare(of_item["right"], of_item["right_base"])})
        if rows:
            frames.append(with_holm(rows))
    return frames
