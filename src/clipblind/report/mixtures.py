"""The report's sentences on mixtures of features, the paper's cure, and on their rivals."""

from typing import Final

from clipblind.report.compare import Comparison
from clipblind.report.numbers import listing, pairs_right, percent, singular
from clipblind.report.results import Results, Row

Sentences = list[str]
BENCHMARKS: Final = ("mined", "random", "twins")
KINDS: Final = {"additive": "A-MoF", "interleaved": "I-MoF"}


def mixtures(results: Results) -> Sentences:
    """Each mixture beside the contenders fed by one tower alone; then its rivals."""
    said = []
    for name in mixed(results):
        if row := results.score(name):
            parts = [
                f"{side_words(found)} {results.quoted(single)} ({found.words()})"
                for tower in _towers(results)
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
                f"{side_words(found)} it on {singular(benchmark)} pairs ({found.brief()})"
                for benchmark in BENCHMARKS
                if alike(results, one, other) and (found := results.compared(one, other, benchmark))
            ]
            if parts:
                names = f"Beside {results.quoted(other)}, {results.quoted(one)} is"
                said.append(f"{names} {listing(parts)}.")
    return said


def switches(results: Results) -> Sentences:
    """What one change of a contender does: more steps, raw features, another layer, more tokens."""
    said = []
    for name, contender in results.study.contender.items():
        plain = _plain(results, name)
        if plain is None or contender.train is None:
            continue
        base = results.study.contender[plain]
        assert base.train is not None
        changes = []
        if contender.train.schedule.steps != base.train.schedule.steps:
            changes.append(
                f"{contender.train.schedule.steps} steps instead of {base.train.schedule.steps}"
            )
        if contender.train.standardise != base.train.standardise:
            changes.append("features as the tower gives them instead of standardised ones")
        if contender.layer != base.layer:
            changes.append(f"layer {contender.layer} instead of {base.layer}")
        if contender.towers != base.towers:
            changes.append("the same tower twice, so with as many tokens as I-MoF")
        found = results.compared(name, plain)
        if changes and found:
            said.append(
                f"With {' and '.join(changes)}, {results.quoted(name)} is {side_words(found)}"
                f" {results.quoted(plain)} on mined pairs ({found.words()})."
            )
    return said


def mixture_table(results: Results) -> list[Row]:
    """Single towers and mixtures on each benchmark, and on what captions name often."""
    rows = []
    for name, contender in results.study.contender.items():
        if contender.kind != "llava":
            continue
        scores = {benchmark: results.score(name, benchmark) for benchmark in BENCHMARKS}
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
        for name, c in results.study.contender.items()
        if c.mixture != "none" and c.mixture in (kind or c.mixture) and len(set(c.towers)) == 2
    ]


def longer(results: Results, name: str) -> list[str]:
    """Contenders that differ from one in having more steps, and in nothing else; by steps."""
    one = results.study.contender[name]
    found = {}
    for other, c in results.study.contender.items():
        if (
            one.train is None
            or c.train is None
            or c.train.schedule.steps <= one.train.schedule.steps
        ):
            continue
        steps = c.train.schedule.model_copy(update={"steps": one.train.schedule.steps})
        same = c.model_copy(
            update={"label": one.label, "train": c.train.model_copy(update={"schedule": steps})}
        )
        if same == one:
            found[other] = c.train.schedule.steps
    return sorted(found, key=lambda other: found[other])


def alike(results: Results, one: str, other: str) -> bool:
    """Whether two contenders were trained alike, but for what they are fed."""
    first, second = (results.study.contender[name] for name in (one, other))
    return first.train == second.train and first.layer == second.layer


def side_words(found: Comparison) -> str:
    """How two compare, before the second's name."""
    return {1: "above", 0: "not told apart from", -1: "below"}[found.side]


def fed(results: Results, contender: str) -> str:
    """What a contender sees through, in words."""
    one = results.study.contender[contender]
    if one.mixture == "additive":
        share = percent(one.reference_share, 1).replace(".0", "")
        return f"{' + '.join(one.towers)}, added, {share} {one.towers[1]}"
    if one.mixture == "interleaved":
        return f"{' + '.join(one.towers)}, interleaved"
    return one.towers[0] if one.towers else "nothing"


def _plain(results: Results, name: str) -> str | None:
    """The contender that another is a changed copy of: same towers and mixture, but first."""
    one = results.study.contender[name]
    if one.kind != "llava":
        return None
    if one.mixture == "interleaved" and len(set(one.towers)) == 1:
        return results.heir(one.towers[0])
    same = [
        other
        for other, c in results.study.contender.items()
        if (c.towers, c.mixture) == (one.towers, one.mixture)
        and (c.mixture != "additive" or c.reference_share == one.reference_share)
    ]
    return same[0] if same[0] != name else None


def _single(results: Results, tower: str, mixture: str) -> str | None:
    """The contender that one tower feeds and that was trained as a mixture was, else the first."""
    fed_by = results.fed_by(tower)
    trained_alike = [name for name in fed_by if alike(results, name, mixture)]
    return next(iter(trained_alike or fed_by), None)


def _towers(results: Results) -> tuple[str, str]:
    return results.study.mining.probe, results.study.mining.reference
