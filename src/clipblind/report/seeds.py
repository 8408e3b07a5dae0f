"""A study over seeds in sentences: what holds in every seed, and what was luck?"""

from collections.abc import Iterator

from clipblind.ground.stats import LEVEL
from clipblind.report.captions import rate_changes
from clipblind.report.mixtures import alike, longer, mixed
from clipblind.report.numbers import (
    between,
    decimals,
    in_words,
    listing,
    number,
    percent,
    points,
    singular,
)
from clipblind.report.results import Results, Row

Sentences = list[str]
SCORES, PAIRED, MATCHED = "scores/benchmarks", "scores/paired", "matching/paired"


def introduction(results: Results) -> Sentences:
    """What was repeated, and what the intervals are over."""
    seeds = results.table("numbers")["seed"].unique().sort().to_list()
    if not seeds:
        return []
    return [
        f"{in_words(len(seeds)).capitalize()} runs of the whole study, with seeds"
        f" {listing(str(seed) for seed in seeds)}: scenes, captions, weights, batches, mined pairs"
        " and questions were drawn anew for each. Intervals of means are Student’s t over seeds.",
    ]


def short(results: Results) -> list[tuple[str, str]]:
    """The three results that carry the study, as means over seeds, each with its topic."""
    seeds = results.table("numbers")["seed"].n_unique()
    over = f"mean of {in_words(seeds)} seeds, Student’s t,"
    said = [
        ("Blindness", _blindness(results, over)),
        ("Captions", _told(results)),
        ("Cures", _cures(results)),
    ]
    return [(topic, sentence) for topic, sentence in said if sentence]


def score_table(results: Results) -> list[Row]:
    """For each contender and benchmark the mean pair accuracy, with its interval over seeds."""
    rows = []
    for name in results.study.contender:
        cells = {
            b: results.mean(SCORES, "pair_accuracy", contender=name, benchmark=b)
            for b in results.benchmarks
        }
        if any(cells.values()):
            rows.append({"label": results.label(name), "cells": cells})
    return rows


def cell(row: Row | None) -> str:
    """Mean, then the lowest and highest seed: 38.5 % (32.0 to 45.4)."""
    if row is None:
        return "\N{EN DASH}"
    return f"{percent(row['mean'])} ({100 * row['lowest']:.1f} to {100 * row['highest']:.1f})"


def contrasts(results: Results) -> Sentences:
    """Comparisons that the story rests on: mean difference, and in how many seeds it holds."""
    said = []
    for first, second, benchmark in _contrasts(results):
        if found := _paired(results, first, second, benchmark):
            one, other = (results.quoted(name) for name in (first, second))
            mean = _mean(results, first, second, benchmark)
            said.append(
                f"{one} over {other}, {singular(benchmark)} pairs: {_differences(mean, *found)}."
            )
    return said


def captions(results: Results) -> Sentences:
    """For each caption control, the factors whose accuracy follows the rate in every seed."""
    said = []
    for encoder in results.study.text_towers:
        changes = rate_changes(results, encoder) if _only_captions(results, encoder) else {}
        always: list[str] = []
        sometimes: list[str] = []
        never: list[str] = []
        for factor, change in changes.items():
            along = _along(results, encoder, factor, 1 if change > 0 else -1)
            if along is not None:
                group = always if all(along) else sometimes if any(along) else never
                group.append(factor)
        if of := len(always) + len(sometimes) + len(never):
            said.append(
                f"{results.label(encoder)}: of {of} factors that its captions name at another rate,"
                f" zero-shot accuracy follows in every seed for {len(always)}"
                f" ({listing(always) or 'none'}), in some for {len(sometimes)}"
                f" ({listing(sometimes) or 'none'}), in no seed for {len(never)}"
                f" ({listing(never) or 'none'})."
            )
    return said


def scaling(results: Results) -> Sentences:
    """Each variant's average over matched pairs beside the probe's."""
    said = []
    for encoder in results.study.text_towers:
        of = {"first": encoder, "second": results.probe, "item": "average"}
        of |= {"benchmark": results.texts, "measure": "text_to_image"}
        differences = results.values(MATCHED, "difference", **of)
        p = results.values(MATCHED, "p_holm", **of)
        if differences:
            mean = results.mean(MATCHED, "difference", **of)
            said.append(
                f"{results.label(encoder)}, pairs matched: {_differences(mean, differences, p)}."
            )
    return said


def thresholds(results: Results) -> Sentences:
    """How stable the number of blind pairs is at fixed thresholds and at quantiles."""
    said = []
    for kind, words in (("cosine", "fixed thresholds"), ("quantile", "thresholds by quantile")):
        of = {"encoder": results.probe, "thresholds": kind}
        if row := results.mean("controls/survey", "blind_pairs", **of):
            said.append(
                f"At {words} the number of blind pairs lies between {number(int(row['lowest']))}"
                f" and {number(int(row['highest']))} over {row['seeds']} seeds."
            )
    return said


def correlation(results: Results) -> Sentences:
    """CLIP's accuracy by pattern and its heir's."""
    probe, heir = results.probe, results.heir(results.probe)
    if heir is None:
        return []
    of = {"contender": heir, "encoder": probe}
    found = results.values("scores/correlation", "pearson", **of)
    each = listing(decimals(r) for r in found)
    return [f"{results.quoted(heir)} and {results.label(probe)}, by pattern: r = {each}."] * bool(
        found
    )


def _blindness(results: Results, over: str) -> str:
    heir = results.heir(results.probe)
    of = {"contender": heir or "", "benchmark": results.study.headline}
    row = results.mean(SCORES, "pair_accuracy", **of)
    if heir is None or row is None:
        return ""
    span = between(row["low"], row["high"])
    said = (
        f"A small LLaVA that sees through CLIP answers {percent(row['mean'])} of blind pairs"
        f" ({over} {span.replace('interval', 'interval over seeds')})"
    )
    of = {"contender": heir, "encoder": results.probe}
    if r := results.mean("scores/correlation", "pearson", **of):
        said += (
            f"; pattern by pattern its accuracy goes with CLIP’s, r = {decimals(r['mean'])} on"
            f" average, from {decimals(r['lowest'])} to {decimals(r['highest'])}"
        )
    return f"{said}."


def _told(results: Results) -> str:
    heir, twins = results.heir(results.probe), results.asked("twins")
    gains = {
        encoder: mean
        for encoder in results.study.text_towers
        if _only_captions(results, encoder) and (fed := results.heir(encoder)) and heir
        if (mean := _mean(results, fed, heir, twins))
    }
    if not gains:
        return ""
    parts = [
        f"with those of “{_policy(results, encoder)}” {_points(mean)}"
        for encoder, mean in gains.items()
    ]
    return (
        "The same pictures with other captions for CLIP move the share of twin pairs that the LLaVA"
        f" behind it answers: {listing(parts)}."
    )


def _cures(results: Results) -> str:
    heir = results.heir(results.probe)
    if heir is None:
        return ""
    names = [n for n in mixed(results) if alike(results, n, heir)] + longer(results, heir)
    parts = [
        f"{results.quoted(name)} {_points(mean)}"
        for name in names
        if (mean := _mean(results, name, heir, results.study.headline))
    ]
    if not parts:
        return ""
    return f"Over {results.quoted(heir)}, on the same blind pairs: {listing(parts)}."


def _policy(results: Results, encoder: str) -> str:
    return str(getattr(results.study.encoder[encoder].train, "captions", ""))


def _points(row: Row) -> str:
    said = points(row["mean"], row["low"], row["high"])
    return said.replace(", 95 % interval", " (95 % interval over seeds") + ")"


def _contrasts(results: Results) -> Iterator[tuple[str, str, str]]:
    heir, reference = results.heir(results.probe), results.heir(results.reference)
    if heir is None:
        return
    headline = results.study.headline
    if reference:
        yield from ((reference, heir, benchmark) for benchmark in results.benchmarks)
    for name in longer(results, heir):
        yield name, heir, headline
        if reference:
            yield name, reference, headline
    for name in mixed(results):
        yield name, heir, headline
        yield from ((name, other, headline) for other in longer(results, heir))
    for name in mixed(results, "interleaved"):
        for other in mixed(results, "additive"):
            if alike(results, name, other):
                yield from ((name, other, benchmark) for benchmark in results.benchmarks)
    for tower in results.study.text_towers:
        fed = results.heir(tower)
        if fed and fed != heir:
            yield fed, heir, results.asked("twins")


def _paired(
    results: Results, first: str, second: str, benchmark: str
) -> tuple[list[float], list[float]] | None:
    for one, other, sign in ((first, second, 1), (second, first, -1)):
        of = {"first": one, "second": other, "benchmark": benchmark}
        if found := results.values(PAIRED, "difference", **of):
            return [sign * value for value in found], results.values(PAIRED, "p_holm", **of)
    return None


def _mean(results: Results, first: str, second: str, benchmark: str) -> Row | None:
    of = {"benchmark": benchmark}
    if row := results.mean(PAIRED, "difference", first=first, second=second, **of):
        return row
    if row := results.mean(PAIRED, "difference", first=second, second=first, **of):
        return {**row, "mean": -row["mean"], "low": -row["high"], "high": -row["low"]}
    return None


def _differences(mean: Row | None, differences: list[float], p: list[float]) -> str:
    ahead = sum(d > 0 and q < LEVEL for d, q in zip(differences, p, strict=True))
    behind = sum(d < 0 and q < LEVEL for d, q in zip(differences, p, strict=True))
    average = f"{_points(mean)}" if mean else "no mean"
    return (
        f"{average}; from {decimals(100 * min(differences), 1)} to"
        f" {decimals(100 * max(differences), 1)} points; ahead in {ahead} and behind in {behind} of"
        f" {len(differences)} seeds"
    )


def _along(results: Results, encoder: str, factor: str, way: int) -> list[bool] | None:
    of = {"first": encoder, "second": results.probe, "measure": "zero_shot", "item": factor}
    differences = results.values(MATCHED, "difference", **of)
    if not differences:
        return None
    p = results.values(MATCHED, "p_holm", **of)
    return [way * d > 0 and q < LEVEL for d, q in zip(differences, p, strict=True)]


def _only_captions(results: Results, encoder: str) -> bool:
    if encoder == results.probe or results.probe not in results.study.encoder:
        return False
    own, base = (results.study.encoder[n].train for n in (encoder, results.probe))
    if own is None or base is None:
        return False
    return own.model_copy(update={"captions": getattr(base, "captions", "")}) == base
