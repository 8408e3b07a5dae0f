"""The report's sentences on mixtures of features, the paper's cure, and on their rivals."""

from typing import Final

from clipblind.report.numbers import listing, pairs_right, percent, side_words, singular
from clipblind.report.results import Results, Row

Sentences = list[str]
KINDS: Final = {"additive": "A-MoF", "interleaved": "I-MoF"}


def mixtures(results: Results) -> Sentences:
    """Each mixture beside the contenders fed by one tower alone; then its rivals."""
    said = []
    for name in mixed(results):
        if row := results.score(name):
            parts = [
                f"{side_words(found.side)} {results.quoted(single)} ({found.words()})"
                for tower in (results.probe, results.reference)
                if (single := _single(results, tower, name))
                and (found := results.compared(name, single))
            ]
            ending = f"; it is {' and '.join(parts)}" if parts else ""
            said.append(f"{results.quoted(name)} answered {pairs_right(row)}{ending}.")
    return [*said, *interleaved_or_added(results), *switches(results)]


def interleaved_or_added(results: Results) -> Sentences:
    """I-MoF beside each A-MoF that was trained alike, on every benchmark."""
    said = []
    for one in mixed(results, "interleaved"):
        for other in mixed(results, "additive"):
            parts = [
                f"{side_words(found.side)} it on {singular(benchmark)} pairs ({found.brief()})"
                for benchmark in results.benchmarks
                if alike(results, one, other) and (found := results.compared(one, other, benchmark))
            ]
            if parts:
                names = f"Beside {results.quoted(other)}, {results.quoted(one)} is"
                said.append(f"{names} {listing(parts)}.")
    return said


def switches(results: Results) -> Sentences:
    """What one change of a contender does: more steps, raw features, another layer, more tokens."""
    said = []
    for name in results.small:
        plain = _plain(results, name)
        if plain is None:
            continue
        changes = _changes(results, name, plain)
        found = results.compared(name, plain)
        if changes and found:
            said.append(
                f"With {' and '.join(changes)}, {results.quoted(name)} is {side_words(found.side)}"
                f" {results.quoted(plain)} on {singular(results.study.headline)} pairs"
                f" ({found.words()})."
            )
    return said


def mixture_table(results: Results) -> list[Row]:
    """Single towers and mixtures on each benchmark, and on what captions name often."""
    rows = []
    for name in results.small:
        scores = {benchmark: results.score(name, benchmark) for benchmark in results.benchmarks}
        if any(scores.values()):
            rows.append(
                {
                    "label": results.label(name),
                    "fed": fed(results, name),
                    "scores": scores,
                    "often": results.often(name),
                }
            )
    return rows


def mixed(results: Results, kind: str = "") -> list[str]:
    """Contenders that mix the probe with the reference, of one kind or any."""
    return [
        name
        for name, c in results.small.items()
        if c.mixture != "none" and c.mixture in (kind or c.mixture) and len(set(c.towers)) == 2
    ]


def longer(results: Results, name: str) -> list[str]:
    """Contenders that differ from one in having more steps, and in nothing else; by steps."""
    one, found = results.small[name], {}
    for other, c in results.small.items():
        if c.train.schedule.steps <= one.train.schedule.steps:
            continue
        steps = c.train.schedule.model_copy(update={"steps": one.train.schedule.steps})
        train = c.train.model_copy(update={"schedule": steps})
        if c.model_copy(update={"label": one.label, "train": train}) == one:
            found[other] = c.train.schedule.steps
    return sorted(found, key=lambda other: found[other])


def alike(results: Results, one: str, other: str) -> bool:
    """Whether two contenders were trained alike, but for what they are fed."""
    first, second = results.small[one], results.small[other]
    return first.train == second.train and first.layer == second.layer


def fed(results: Results, contender: str) -> str:
    """What a small LLaVA sees through, in words."""
    one = results.small[contender]
    towers = [results.label(tower) for tower in one.towers]
    if one.mixture == "additive":
        share = percent(one.reference_share, 1).replace(".0", "")
        return f"{' + '.join(towers)}, added, {share} {towers[1]}"
    return " + ".join(towers) + (", interleaved" if one.mixture == "interleaved" else "")


def _changes(results: Results, name: str, plain: str) -> list[str]:
    one, base = results.small[name], results.small[plain]
    steps, before = one.train.schedule.steps, base.train.schedule.steps
    changes = [f"{steps} steps instead of {before}"] if steps != before else []
    if one.train.standardise != base.train.standardise:
        changes.append("features as the tower gives them instead of standardised ones")
    if one.layer != base.layer:
        changes.append(f"layer {one.layer} instead of {base.layer}")
    if one.towers != base.towers:
        changes.append("the same tower twice, so with as many tokens as I-MoF")
    return changes


def _plain(results: Results, name: str) -> str | None:
    """The contender that another is a changed copy of: same towers and mixture, but first."""
    one = results.small[name]
    if one.mixture == "interleaved" and len(set(one.towers)) == 1:
        return results.heir(one.towers[0])
    same = [
        other
        for other, c in results.small.items()
        if (c.towers, c.mixture) == (one.towers, one.mixture)
        and (c.mixture != "additive" or c.reference_share == one.reference_share)
    ]
    return same[0] if same[0] != name else None


def _single(results: Results, tower: str, mixture: str) -> str | None:
    """The contender that one tower feeds and that was trained as a mixture was, else the first."""
    fed_by = results.fed_by(tower)
    trained_alike = [name for name in fed_by if alike(results, name, mixture)]
    return next(iter(trained_alike or fed_by), None)
