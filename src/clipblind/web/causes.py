"""The report's sentences on causes and cures: scale, captions, correlation, mixtures."""

from collections.abc import Iterable

import polars as pl

from clipblind.recipes import ClipRecipe
from clipblind.web.numbers import (
    against,
    apart,
    between,
    decimals,
    in_words,
    listing,
    number,
    pairs_right,
    pattern_of,
    percent,
    plural,
)
from clipblind.web.results import Results, Row

Sentences = list[str]
BENCHMARKS = ("mined", "random", "twins")


def scaling(results: Results) -> Sentences:
    """What the CLIP variants match on average, and what a larger one gains."""
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
    if sizes := by_size(results):
        small, large = sizes
        gained, lost = gains(results, small, large)
        said.append(
            f"{large['encoder']} has {decimals(large['params_m'])} million parameters and"
            f" {small['encoder']} {decimals(small['params_m'])} million, and both learned from the"
            f" same captions. The larger is better on {listing(gained) or 'no pattern'}, worse on"
            f" {listing(lost) or 'none'}; on the others the intervals overlap."
        )
    return said


def captions(results: Results) -> Sentences:
    """What follows from what captions name: the world's own control."""
    effects = caption_effects(results)
    if not effects:
        return []
    better, same, worse = (
        [pattern_of(e["factor"]) for e in effects if e["side"] == side] for side in (1, 0, -1)
    )
    widest = max(effects, key=lambda e: e["often"]["mention_rate"] - e["rare"]["mention_rate"])
    rare, often = widest["rare"], widest["often"]
    return [
        f"The variants' captions name {in_words(len(effects))} factors at different rates. Where"
        f" captions name a factor most often, zero-shot accuracy is higher than where they name it"
        f" least often on {listing(better) or 'none'}, lower on {listing(worse) or 'none'}, and"
        f" not told apart on {listing(same) or 'none'}.",
        f"The widest step is {pattern_of(widest['factor'])}: captions of {rare['encoder']} name it"
        f" in {percent(rare['mention_rate'], 0)} of cases and it is recognised in"
        f" {_zero_shot(rare)}; those of {often['encoder']} in"
        f" {percent(often['mention_rate'], 0)}, and it is recognised in {_zero_shot(often)}."
        f" Chance is {percent(rare['chance'])}.",
    ]


def correlation(results: Results) -> Sentences:
    """How CLIP's accuracy by pattern goes with each contender's."""
    said = []
    order = list(results.study.contender)
    rows = [r for r in results.correlation.to_dicts() if r["contender"] in order]
    for row in sorted(rows, key=lambda r: order.index(r["contender"])):
        label = results.quoted(row["contender"])
        r = row["pearson"]
        if r is None or r != r:
            said.append(
                f"For {label} no correlation with {row['encoder']} is defined: over"
                f" {row['patterns']} patterns there is too little that varies."
            )
            continue
        words = {1: "they rise together", 0: "no relation can be told", -1: "they go apart"}
        bounds = f"{decimals(row['low'])} to {decimals(row['high'])}"
        said.append(
            f"{label} and {row['encoder']}: r = {decimals(r)} over {row['patterns']} patterns"
            f" (95 % interval {bounds}): {words[against(row, 0)]}."
        )
    return said


def mixtures(results: Results) -> Sentences:
    """Each mixture beside the contenders fed by one tower alone."""
    mining = results.study.mining
    said = []
    for name in results.mixtures():
        row = results.score(name)
        if row is None:
            continue
        parts = []
        for tower in (mining.probe, mining.reference):
            for single in results.fed_by(tower)[:1]:
                if other := results.score(single):
                    parts.append(f"{_side(row, other)} {results.quoted(single)}")
        compared = f": {listing(parts)}" if parts else ""
        said.append(f"{results.quoted(name)} answered {pairs_right(row)}{compared}.")
    return said


def mixture_table(results: Results) -> list[Row]:
    """Single towers and mixtures on each benchmark: rows of label, kind and scores."""
    mining = results.study.mining
    names = [*results.fed_by(mining.probe), *results.mixtures(), *results.fed_by(mining.reference)]
    rows = []
    for name in names:
        scores = {benchmark: results.score(name, benchmark) for benchmark in BENCHMARKS}
        if any(scores.values()):
            rows.append({"label": results.label(name), "fed": fed(results, name), "scores": scores})
    return rows


def fed(results: Results, contender: str) -> str:
    """What a contender sees through, in words."""
    one = results.study.contender[contender]
    if one.mixture == "additive":
        share = percent(one.reference_share, 0)
        return f"{' + '.join(one.towers)}, added, {share} {one.towers[1]}"
    if one.mixture == "interleaved":
        return f"{' + '.join(one.towers)}, interleaved"
    return one.towers[0] if one.towers else "nothing"


def matching(results: Results, pattern: str) -> dict[str, Row]:
    """Scores of the CLIP variants on one pattern (or `average`), text to image."""
    rows = results.vlm.filter(
        pl.col("direction") == "text_to_image", pl.col("pattern") == pattern, pl.col("pairs") > 0
    )
    return {row["encoder"]: row for row in rows.iter_rows(named=True)}


def by_size(results: Results) -> tuple[Row, Row] | None:
    """The smallest and the largest variant that learned from the probe's captions."""
    average = matching(results, "average")
    policy = _policy(results, results.study.mining.probe)
    alike = [row for name, row in average.items() if policy and _policy(results, name) == policy]
    if not alike:
        return None
    small = min(alike, key=lambda row: row["params_m"])
    large = max(alike, key=lambda row: row["params_m"])
    return None if small["params_m"] == large["params_m"] else (small, large)


def gains(results: Results, one: Row, other: Row) -> tuple[list[str], list[str]]:
    """The patterns on which the second variant is better, and worse, with intervals apart."""
    sides = {}
    for pattern in results.vlm["pattern"].unique(maintain_order=True):
        rows = matching(results, pattern)
        if pattern != "average" and one["encoder"] in rows and other["encoder"] in rows:
            sides[pattern] = apart(rows[other["encoder"]], rows[one["encoder"]])
    return [p for p, side in sides.items() if side > 0], [
        p for p, side in sides.items() if side < 0
    ]


def caption_effects(results: Results) -> list[Row]:
    """For each factor named at different rates: the rarest, the most often, and how they lie."""
    effects = []
    for factor in results.zero_shot["factor"].unique(maintain_order=True):
        rows = results.zero_shot.filter(pl.col("factor") == factor, pl.col("images") > 0).to_dicts()
        rare = min(rows, key=lambda row: row["mention_rate"])
        often = max(rows, key=lambda row: row["mention_rate"])
        if rare["mention_rate"] < often["mention_rate"]:
            side = apart(often, rare)
            effects.append({"factor": factor, "rare": rare, "often": often, "side": side})
    return effects


def counted(names: Iterable[str], of: int, noun: str) -> str:
    """Names with their count: 2 of 9 patterns (colour and state)."""
    found = list(names)
    named = f" ({listing(found)})" if found else ""
    return f"{len(found) or 'none'} of {number(of)} {noun}s{named}"


def _side(row: Row, other: Row) -> str:
    return {1: "above", 0: "not told apart from", -1: "below"}[apart(row, other)]


def _zero_shot(row: Row) -> str:
    bounds = between(row["low"], row["high"])
    return f"{percent(row['accuracy'])} of {plural(row['images'], 'picture')} ({bounds})"


def _policy(results: Results, encoder: str) -> str | None:
    known = results.study.encoder.get(encoder)
    return known.train.captions if known and isinstance(known.train, ClipRecipe) else None
