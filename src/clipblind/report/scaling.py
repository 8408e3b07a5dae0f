"""The report's sentences on scale: what does more of anything mend?"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import polars as pl

from clipblind.ground.factors import FACTOR_OF_PATTERN
from clipblind.report.compare import Comparison
from clipblind.report.numbers import decimals, in_words, listing, number, pairs_right
from clipblind.report.results import Results, Row

Sentences = list[str]


@dataclass(frozen=True)
class Axis:
    """One way in which CLIP variants differ.

    Attributes:
        name: as the table `VARIANTS` calls it.
        more: what the larger ones have, as the subject of a sentence.
        less: what the smaller ones have.
        amount: how much of it a variant has, to order them by.
        said: the amount in words.
    """

    name: str
    more: str
    less: str
    amount: Callable[[Row], float]
    said: Callable[[Row], str]


AXES: Final = (
    Axis(
        "size",
        "more parameters",
        "fewer parameters",
        lambda row: float(row["params_m"]),
        lambda row: f"{decimals(row['params_m'])} million",
    ),
    Axis(
        "resolution",
        "larger images or finer patches",
        "smaller images or coarser patches",
        lambda row: float(row["image_size"] ** 2 * row["patches"]),
        lambda row: f"{row['image_size']} pixels wide in {row['patches']} patches",
    ),
    Axis(
        "images",
        "more pictures to learn from",
        "fewer pictures to learn from",
        lambda row: float(row["images"]),
        lambda row: number(row["images"]),
    ),
    Axis(
        "steps",
        "more pictures seen in training",
        "fewer pictures seen in training",
        lambda row: float(row["samples"]),
        lambda row: number(row["samples"]),
    ),
)


def scaling(results: Results) -> Sentences:
    """How well the CLIP variants match twins, and what follows for each axis of scale."""
    average = matching(results, "average")
    if not average:
        return []
    best = max(average.values(), key=lambda row: row["accuracy"])
    said = [
        f"{in_words(len(average)).capitalize()} CLIP variants match twin pictures with statements."
        f" On average over the patterns {best['encoder']} is highest with"
        f" {pairs_right(best, 'accuracy')}."
    ]
    probe = average.get(results.study.mining.probe)
    if probe and probe is not best:
        said.append(f"The probe, {probe['encoder']}, matches {pairs_right(probe, 'accuracy')}.")
    return said + [sentence for axis in AXES if (sentence := axis_sentence(results, axis))]


def axis_sentence(results: Results, axis: Axis) -> str:
    """One sentence on one axis: what more of it mends, and what less of it does."""
    base = _base(results)
    if base is None:
        return ""
    parts = []
    for variant in variants_on(results, axis):
        average = results.against_base(variant["encoder"])
        if average is None:
            continue
        way = axis.more if axis.amount(variant) > axis.amount(base) else axis.less
        better, worse = better_on(results, variant["encoder"])
        parts.append(
            f"{way} ({variant['encoder']}: {axis.said(variant)} instead of {axis.said(base)})"
            f" {_mends('mend', better)} and {_mends('spoil', worse)}; over all twins"
            f" {average.brief()}"
        )
    return _capital(f"{'. '.join(_capital(part) for part in parts)}.") if parts else ""


def mends_few(results: Results, axis: Axis) -> tuple[list[tuple[str, int]], int]:
    """Each variant with more than the base on an axis, and how many patterns it is better on."""
    base = _base(results)
    if base is None:
        return [], 0
    larger = [v for v in variants_on(results, axis) if axis.amount(v) > axis.amount(base)]
    return [(v["encoder"], len(better_on(results, v["encoder"])[0])) for v in larger], len(
        FACTOR_OF_PATTERN
    )


def better_on(
    results: Results, encoder: str, measure: str = "text_to_image"
) -> tuple[list[str], list[str]]:
    """Patterns or factors that an encoder is better at than the base, and worse at."""
    compared = items(results, encoder, measure)
    return (
        [item for item, found in compared.items() if found.side > 0],
        [item for item, found in compared.items() if found.side < 0],
    )


def items(results: Results, encoder: str, measure: str) -> dict[str, Comparison]:
    """An encoder's comparisons with the base, by pattern or factor."""
    rows = results.vlm_paired.filter(
        pl.col("first") == encoder, pl.col("measure") == measure, pl.col("item") != "average"
    )
    found = {item: results.against_base(encoder, item, measure) for item in rows["item"]}
    return {item: one for item, one in found.items() if one is not None}


def matching(results: Results, pattern: str) -> dict[str, Row]:
    """Scores of the CLIP variants on one pattern (or `average`), text to image."""
    rows = results.vlm.filter(
        pl.col("direction") == "text_to_image", pl.col("pattern") == pattern, pl.col("pairs") > 0
    )
    return {row["encoder"]: row for row in rows.iter_rows(named=True)}


def variants_on(results: Results, axis: Axis) -> list[Row]:
    """Variants that differ from the base along one axis alone, the smallest first."""
    rows = results.variants.filter(pl.col("axis") == axis.name).to_dicts()
    return sorted(rows, key=axis.amount)


def _mends(verb: str, patterns: list[str]) -> str:
    if not patterns:
        return f"{verb} no pattern"
    of = in_words(len(FACTOR_OF_PATTERN))
    return f"{verb} {in_words(len(patterns))} of {of} patterns ({listing(patterns)})"


def _capital(words: str) -> str:
    return words[0].upper() + words[1:]


def _base(results: Results) -> Row | None:
    rows = results.variants.filter(pl.col("axis") == "base")
    return rows.row(0, named=True) if len(rows) else None
