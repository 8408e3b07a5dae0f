"""The report's sentences on scale: what does more of anything mend?"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import polars as pl

from clipblind.ground.factors import FACTOR_OF_PATTERN
from clipblind.report.compare import Comparison
from clipblind.report.numbers import (
    decimals,
    in_words,
    listing,
    number,
    pairs_right,
    percent,
    plural,
)
from clipblind.report.results import Results, Row

Sentences = list[str]
AVERAGE: Final = "average"


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
    """How well encoders match images and texts, and what follows for each axis of scale."""
    average = matching(results, AVERAGE)
    if not average:
        return []
    ranked = sorted(average.values(), key=lambda row: (-row["accuracy"], row["encoder"]))
    best, worst = ranked[0], ranked[-1]
    said = [
        f"{plural(len(average), 'CLIP')} match images with texts. On average over the patterns"
        f" {_matches(results, best, 'most')}"
        + (f"; {_matches(results, worst, 'fewest')}." if len(ranked) > 1 else ".")
    ]
    probe = average.get(results.probe)
    if probe and probe is not best and probe is not worst:
        said.append(f"The probe, {_matches(results, probe, '')}.")
    said += [sentence for axis in AXES if (sentence := axis_sentence(results, axis))]
    return said + _rank(list(average.values()))


def beside_table1(results: Results) -> Sentences:
    """How far ours lies from the paper's Table 1."""
    rows = results.table("table1").filter(pl.col("paper").is_not_null())
    averages = rows.filter(pl.col("pattern") == AVERAGE)
    if averages.is_empty():
        return []
    inside = int(averages["inside"].sum())
    far = averages.sort(pl.col("difference").abs(), descending=True).row(0, named=True)
    cells = rows.filter(pl.col("pattern") != AVERAGE)
    of = listing(str(n) for n in sorted(cells["pairs"].unique()))
    return [
        f"The paper’s average lies within our 95 % interval for {inside} of"
        f" {plural(len(averages), 'model')}; furthest off is {results.label(far['encoder'])},"
        f" {percent(far['accuracy'])} here and {percent(far['paper'])} in Table 1.",
        f"Of {len(cells)} cells by pattern{f', of {of} pairs each' if of else ''},"
        f" {int(cells['inside'].sum())} lie within. Two other groups that ran the official code on"
        " the first row got other splits by pattern than the paper prints, so cells may differ by"
        " some pairs.",
    ]


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
        amounts = f"{axis.said(variant)} instead of {axis.said(base)}"
        parts.append(
            f"with {way} ({results.label(variant['encoder'])}: {amounts})"
            f" {_moved(*better_on(results, variant['encoder']))}; over all pairs {average.brief()}"
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
    rows = results.table("matched").filter(
        pl.col("first") == encoder, pl.col("measure") == measure, pl.col("item") != "average"
    )
    found = {item: results.against_base(encoder, item, measure) for item in rows["item"]}
    return {item: one for item, one in found.items() if one is not None}


def matching(results: Results, pattern: str) -> dict[str, Row]:
    """Scores of the encoders on one pattern (or `average`), text to image, on the first texts."""
    rows = results.table("matching").filter(
        pl.col("benchmark") == results.texts,
        pl.col("direction") == "text_to_image",
        pl.col("pattern") == pattern,
        pl.col("pairs") > 0,
    )
    return {row["encoder"]: row for row in rows.iter_rows(named=True)}


def variants_on(results: Results, axis: Axis) -> list[Row]:
    """Variants that differ from the base along one axis alone, the smallest first."""
    rows = results.table("variants").filter(pl.col("axis") == axis.name).to_dicts()
    return sorted(rows, key=axis.amount)


def _moved(better: list[str], worse: list[str]) -> str:
    """Which patterns are told to be better and worse; no word on those that are not told apart."""
    if not (better or worse):
        return "no pattern is told to be better or worse"
    return f"{_on(better)} are told to be better and {_on(worse)} worse, the others not told apart"


def _on(patterns: list[str]) -> str:
    of = f"{in_words(len(patterns)) if patterns else 'none'} of {in_words(len(FACTOR_OF_PATTERN))}"
    return f"{of} patterns ({listing(patterns)})" if patterns else of


def _capital(words: str) -> str:
    return words[0].upper() + words[1:]


def _base(results: Results) -> Row | None:
    rows = results.table("variants").filter(pl.col("axis") == "base")
    return rows.row(0, named=True) if len(rows) else None


def _matches(results: Results, row: Row, how_many: str) -> str:
    many = f" {how_many}" if how_many else ""
    return f"{results.label(row['encoder'])} matches{many}, {pairs_right(row, 'accuracy')}"


def _rank(rows: list[Row]) -> Sentences:
    """How size goes with accuracy over models that differ in much else, too."""
    frame = pl.DataFrame(rows)
    if len(rows) < 3 or frame["params_m"].null_count():
        return []
    rank = frame.select(pl.corr("params_m", "accuracy", method="spearman")).item()
    if rank is None or rank != rank:
        return []
    return [
        f"Over these {len(rows)}, parameters and accuracy have a rank correlation of"
        f" {decimals(rank)}."
    ]
