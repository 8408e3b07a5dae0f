"""The report's sentences on the caption control: told, swap and web, all else equal."""

import polars as pl

from clipblind.report.numbers import listing, number, plural, singular
from clipblind.report.results import Results, Row
from clipblind.report.scaling import items
from clipblind.study.settings.training import ClipRecipe

Sentences = list[str]
ZERO_SHOT = "zero_shot"


def captions(results: Results) -> Sentences:
    """What changes when captions name other things, and nothing else does."""
    return [*_recognised(results), *_heirs(results), *_taken_for_one(results)]


def followed(results: Results, encoder: str) -> tuple[list[str], list[str], list[str]]:
    """Factors that an encoder's captions name at another rate than the base's.

    Returns:
        Those whose accuracy went the way of the rate, those that went the other way, and those
        that can't be told apart, by the corrected paired test.
    """
    moved = rate_changes(results, encoder)
    along: list[str] = []
    against: list[str] = []
    same: list[str] = []
    for factor, found in items(results, encoder, ZERO_SHOT).items():
        if change := moved.get(factor):
            way = found.side * (1 if change > 0 else -1)
            (along if way > 0 else against if way < 0 else same).append(factor)
    return along, against, same


def rate_changes(results: Results, encoder: str) -> dict[str, float]:
    """How much more often an encoder's captions name each factor than the probe's; not 0."""
    own, base = (_rates(results, name) for name in (encoder, results.probe))
    changes = {factor: own.get(factor, 0.0) - rate for factor, rate in base.items()}
    return {factor: change for factor, change in changes.items() if change}


def policies(results: Results) -> list[Row]:
    """The variants that differ from the base in their captions alone."""
    return results.table("variants").filter(pl.col("axis") == "captions").to_dicts()


def _recognised(results: Results) -> Sentences:
    said = []
    for variant in policies(results):
        name = variant["encoder"]
        changes = rate_changes(results, name)
        more = [f for f, change in changes.items() if change > 0]
        fewer = [f for f, change in changes.items() if change < 0]
        found = items(results, name, ZERO_SHOT)
        better = [f for f in more if f in found and found[f].side > 0]
        worse = [f for f in fewer if f in found and found[f].side < 0]
        parts = []
        if more:
            parts.append(
                f"of {plural(len(more), 'factor')} that its captions name more often it recognises"
                f" {len(better)} better ({listing(better) or 'none'})"
            )
        if fewer:
            parts.append(
                f"of {len(fewer)} that they name less often {len(worse)} worse"
                f" ({listing(worse) or 'none'})"
            )
        average = results.against_base(name, "average", ZERO_SHOT)
        if parts and average:
            said.append(
                f"{name} differs from {results.probe} in its captions alone:"
                f" {listing(parts)}; over all factors {average.words('verdict')}."
            )
    return said


def _heirs(results: Results) -> Sentences:
    said = []
    heir = results.heir(results.probe)
    benchmarks = [b for pairs in ("twins", "random", "mined") if (b := results.asked(pairs))]
    for variant in policies(results):
        other = results.heir(variant["encoder"])
        if heir is None or other is None:
            continue
        parts = [
            f"{found.brief()} on {singular(benchmark)} pairs"
            for benchmark in benchmarks
            if (found := results.compared(other, heir, benchmark))
        ]
        if parts:
            said.append(
                f"{results.quoted(other)} differs from {results.quoted(heir)} only in what the"
                f" CLIP that feeds it was told; on the same pairs it is at {'; '.join(parts)}."
            )
    return said


def _taken_for_one(results: Results) -> Sentences:
    fixed = results.table("survey").filter(pl.col("thresholds") == "cosine")
    chosen = [results.probe, *(v["encoder"] for v in policies(results))]
    rows = [r for r in fixed.iter_rows(named=True) if r["encoder"] in chosen]
    if len(rows) < 2:
        return []
    parts = [
        f"{row['encoder']} {number(row['similar_pairs'])}, of which"
        f" {number(row['blind_pairs'])} are blind"
        for row in rows
    ]
    return [
        f"Pairs with a cosine above {rows[0]['probe_above']:g}, of"
        f" {number(rows[0]['all_pairs'])}: {'; '.join(parts)}."
    ]


def _rates(results: Results, encoder: str) -> dict[str, float]:
    known = results.study.encoder.get(encoder)
    if known is None or not isinstance(known.train, ClipRecipe) or results.study.world is None:
        return {}
    return results.study.world.captions[known.train.captions]
