"""A study over seeds in sentences: what holds in every seed, and what was luck?"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import polars as pl

from clipblind.ground.stats import LEVEL
from clipblind.ground.tables.controls import NUMBERS, SPREAD
from clipblind.report.captions import rate_changes
from clipblind.report.mixtures import BENCHMARKS, alike, longer, mixed
from clipblind.report.numbers import decimals, in_words, listing, number, percent, singular
from clipblind.report.results import Results, Row
from clipblind.study.settings.study import Study

Sentences = list[str]

SCORES: Final = "scores/benchmarks"
PAIRED: Final = "scores/paired"


@dataclass(frozen=True)
class SeedResults:
    """A study over seeds and what it has gathered.

    Attributes:
        study: its configuration.
        folder: where its results live.
    """

    study: Study
    folder: Path

    @cached_property
    def numbers(self) -> pl.DataFrame:
        path = self.folder / "seeds/numbers.csv"
        return NUMBERS.read(path) if path.exists() else pl.DataFrame(schema=dict(NUMBERS.columns))

    @cached_property
    def spread(self) -> pl.DataFrame:
        path = self.folder / "seeds/spread.csv"
        return SPREAD.read(path) if path.exists() else pl.DataFrame(schema=dict(SPREAD.columns))

    @property
    def one(self) -> Results:
        """For questions to the configuration alone, such as who is fed by what."""
        return Results(self.study, self.folder)

    def values(self, table: str, what: str, named: str) -> list[float]:
        """One number of every seed, in the order of seeds; empty if it was not gathered."""
        rows = self.numbers.filter(
            pl.col("table") == table, pl.col("what") == what, pl.col("number") == named
        )
        return rows.sort("seed")["value"].to_list()

    def mean(self, table: str, what: str, named: str) -> Row | None:
        """Mean and spread of one number; `None` if it was not gathered."""
        rows = self.spread.filter(
            pl.col("table") == table, pl.col("what") == what, pl.col("number") == named
        )
        return rows.row(0, named=True) if len(rows) else None


def introduction(results: SeedResults) -> Sentences:
    """What was repeated."""
    seeds = results.numbers["seed"].unique().sort().to_list()
    if not seeds:
        return []
    return [
        f"{in_words(len(seeds)).capitalize()} runs of the whole study, with seeds"
        f" {listing(str(seed) for seed in seeds)}: scenes, captions, weights, batches, mined pairs"
        " and questions were drawn anew for each.",
    ]


def score_table(results: SeedResults) -> list[Row]:
    """For each contender and benchmark the mean pair accuracy, and the lowest and highest seed."""
    rows = []
    for name in results.study.contender:
        cells = {b: results.mean(SCORES, f"{name}/{b}", "pair_accuracy") for b in BENCHMARKS}
        if any(cells.values()):
            rows.append({"label": results.one.label(name), "cells": cells})
    return rows


def contrasts(results: SeedResults) -> Sentences:
    """Comparisons that the story rests on: mean difference, and in how many seeds it holds."""
    said = []
    for first, second, benchmark in _contrasts(results):
        found = _paired(results, first, second, benchmark)
        if found:
            one, other = (results.one.quoted(name) for name in (first, second))
            said.append(f"{one} over {other}, {singular(benchmark)} pairs: {_differences(*found)}.")
    return said


def captions(results: SeedResults) -> Sentences:
    """For each caption control, the factors whose accuracy follows the rate in every seed."""
    said = []
    for encoder in results.study.text_towers:
        changes = rate_changes(results.one, encoder) if _only_captions(results, encoder) else {}
        always: list[str] = []
        sometimes: list[str] = []
        never: list[str] = []
        for factor, change in changes.items():
            what = f"{encoder}/{results.study.mining.probe}/zero_shot/{factor}"
            along = _along(results, what, 1 if change > 0 else -1)
            if along is not None:
                group = always if all(along) else sometimes if any(along) else never
                group.append(factor)
        if of := len(always) + len(sometimes) + len(never):
            said.append(
                f"{encoder}: of {of} factors that its captions name at another rate, zero-shot"
                f" accuracy follows in every seed for {len(always)} ({listing(always) or 'none'}),"
                f" in some for {len(sometimes)} ({listing(sometimes) or 'none'}), in no seed for"
                f" {len(never)} ({listing(never) or 'none'})."
            )
    return said


def scaling(results: SeedResults) -> Sentences:
    """Each variant's average over twins beside the probe's."""
    said = []
    for encoder in results.study.text_towers:
        what = f"{encoder}/{results.study.mining.probe}/text_to_image/average"
        differences = results.values("vlm/paired", what, "difference")
        p = results.values("vlm/paired", what, "p_holm")
        if differences:
            said.append(f"{encoder}, twin pairs matched: {_differences(differences, p)}.")
    return said


def thresholds(results: SeedResults) -> Sentences:
    """How stable the number of blind pairs is at fixed thresholds and at quantiles."""
    said = []
    for kind, words in (("cosine", "fixed thresholds"), ("quantile", "thresholds by quantile")):
        found = results.mean(
            "controls/survey", f"{results.study.mining.probe}/{kind}", "blind_pairs"
        )
        if found:
            said.append(
                f"At {words} the number of blind pairs lies between {number(int(found['lowest']))}"
                f" and {number(int(found['highest']))} over {found['seeds']} seeds."
            )
    return said


def correlation(results: SeedResults) -> Sentences:
    """CLIP's accuracy by pattern and its heir's."""
    probe = results.study.mining.probe
    heir = results.one.heir(probe)
    found = results.values("scores/correlation", f"{heir}/{probe}", "pearson") if heir else []
    if not found or heir is None:
        return []
    each = listing(decimals(r) for r in found)
    return [f"{results.one.quoted(heir)} and {probe}, by pattern: r = {each}."]


def _contrasts(results: SeedResults) -> Iterator[tuple[str, str, str]]:
    one, mining = results.one, results.study.mining
    heir, reference = one.heir(mining.probe), one.heir(mining.reference)
    if heir is None:
        return
    if reference:
        yield from ((reference, heir, benchmark) for benchmark in BENCHMARKS)
    for name in longer(one, heir):
        yield name, heir, "mined"
        if reference:
            yield name, reference, "mined"
    for name in mixed(one):
        yield name, heir, "mined"
        yield from ((name, other, "mined") for other in longer(one, heir))
    for name in mixed(one, "interleaved"):
        for other in mixed(one, "additive"):
            if alike(one, name, other):
                yield from ((name, other, benchmark) for benchmark in BENCHMARKS)
    for tower in results.study.text_towers:
        fed = one.heir(tower)
        if fed and fed != heir:
            yield fed, heir, "twins"


def _paired(
    results: SeedResults, first: str, second: str, benchmark: str
) -> tuple[list[float], list[float]] | None:
    for one, other, sign in ((first, second, 1), (second, first, -1)):
        what = f"{one}/{other}/{benchmark}"
        if found := results.values(PAIRED, what, "difference"):
            p = results.values(PAIRED, what, "p_holm")
            return [sign * difference for difference in found], p
    return None


def _differences(differences: list[float], p: list[float]) -> str:
    mean = sum(differences) / len(differences)
    ahead = sum(d > 0 and q < LEVEL for d, q in zip(differences, p, strict=True))
    behind = sum(d < 0 and q < LEVEL for d, q in zip(differences, p, strict=True))
    sign = "+" if mean > 0 else ""
    return (
        f"{sign}{decimals(100 * mean, 1)} points on average, from"
        f" {decimals(100 * min(differences), 1)} to {decimals(100 * max(differences), 1)}; ahead in"
        f" {ahead} and behind in {behind} of {len(differences)} seeds"
    )


def _along(results: SeedResults, what: str, way: int) -> list[bool] | None:
    differences = results.values("vlm/paired", what, "difference")
    p = results.values("vlm/paired", what, "p_holm")
    if not differences:
        return None
    return [way * d > 0 and q < LEVEL for d, q in zip(differences, p, strict=True)]


def _only_captions(results: SeedResults, encoder: str) -> bool:
    own, base = (results.study.encoder[n].train for n in (encoder, results.study.mining.probe))
    if own is None or base is None or encoder == results.study.mining.probe:
        return False
    return own.model_copy(update={"captions": getattr(base, "captions", "")}) == base


def cell(row: Row | None) -> str:
    """Mean with the lowest and highest seed: 38.5 % (32.0 to 45.4)."""
    if row is None:
        return "\N{EN DASH}"
    return f"{percent(row['mean'])} ({100 * row['lowest']:.1f} to {100 * row['highest']:.1f})"
