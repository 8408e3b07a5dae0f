"""What came out, in short: one sentence for each question, computed from paired tests."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from clipblind.report.captions import followed, policies
from clipblind.report.checks import probes
from clipblind.report.mixtures import KINDS, alike, longer, mixed
from clipblind.report.numbers import against, listing, number, pairs_right, plural
from clipblind.report.results import Results
from clipblind.report.scaling import AXES, axis_sentence

SECTION_OF_AXIS: Final = {"steps": "Length of training", "images": "Amount of data"}


@dataclass(frozen=True)
class Conclusion:
    """One question and what this run says to it.

    Attributes:
        topic: the question in a word or two.
        sentence: the answer, with its numbers.
        section: id of the section of the page that shows it.
    """

    topic: str
    sentence: str
    section: str


def conclusions(results: Results) -> list[Conclusion]:
    """All that this study has numbers on, in the order of the story."""
    return [c for c in _all(results) if c.sentence]


def _all(results: Results) -> Iterator[Conclusion]:
    yield Conclusion("Blindness", _blindness(results), "heirs")
    yield Conclusion("More training", _longer(results), "heirs")
    for variant in policies(results):
        name = variant["encoder"]
        yield Conclusion(f"Captions: {variant['captions']}", _captions(results, name), "captions")
    for axis in AXES:
        topic = SECTION_OF_AXIS.get(axis.name, axis.name.capitalize())
        yield Conclusion(topic, axis_sentence(results, axis), "scaling")
    yield Conclusion("Absent or unaligned", next(iter(probes(results)), ""), "probes")
    yield Conclusion("Added features", _mixture(results, "additive"), "mixtures")
    yield Conclusion("Interleaved features", _mixture(results, "interleaved"), "mixtures")


def _blindness(results: Results) -> str:
    mining = results.study.mining
    heir, other = results.heir(mining.probe), results.heir(mining.reference)
    row = results.score(heir) if heir else None
    if heir is None or row is None:
        return ""
    level = {1: "above", 0: "not told apart from", -1: "below"}[against(row)]
    said = f"{results.quoted(heir)} answers {pairs_right(row)}, {level} guessing (25 %)"
    found = results.compared(other, heir) if other else None
    if other and found:
        said += f"; {results.quoted(other)} answers {found.more} ({found.brief()})"
    return f"{said}."


def _longer(results: Results) -> str:
    mining = results.study.mining
    heir = results.heir(mining.probe)
    if heir is None:
        return ""
    rivals = [results.heir(mining.reference), *(_best(results, heir, kind) for kind in KINDS)]
    parts = []
    for name in longer(results, heir):
        found, recipe = results.compared(name, heir), results.study.contender[name].train
        if found is None or recipe is None:
            continue
        beside = [
            f"{one.more} than {results.quoted(rival)} ({one.brief()})"
            for rival in (heir, *rivals)
            if rival and (one := results.compared(name, rival))
        ]
        steps = number(recipe.schedule.steps)
        parts.append(f"After {steps} steps {results.quoted(name)} answers {listing(beside)}")
    return f"{'. '.join(parts)}." if parts else ""


def _captions(results: Results, encoder: str) -> str:
    along, opposite, same = followed(results, encoder)
    of = len(along) + len(opposite) + len(same)
    average = results.against_base(encoder)
    if not of or average is None:
        return ""
    turned = f", against it for {listing(opposite)}" if opposite else ""
    return (
        f"The same pictures with other captions: of {plural(of, 'factor')} that {encoder}'s"
        f" captions name more often or less, accuracy follows for {len(along)}"
        f" ({listing(along) or 'none'}){turned}. It matches"
        f" {average.more} twin pairs with their statements ({average.brief()})."
    )


def _mixture(results: Results, kind: str) -> str:
    heir = results.heir(results.study.mining.probe)
    best = _best(results, heir, kind) if heir else None
    if heir is None or best is None:
        return ""
    rival = _best(results, heir, "additive") if kind == "interleaved" else None
    parts = [
        f"{found.more} than {results.quoted(other)} ({found.brief()})"
        for other in (heir, rival)
        if other and (found := results.compared(best, other))
    ]
    if not parts:
        return ""
    tried = len(_trained_alike(results, heir, kind))
    chosen = f", the best of {tried} shares," if tried > 1 else ""
    return f"At equal steps {results.quoted(best)}{chosen} answers {listing(parts)}."


def _best(results: Results, heir: str, kind: str) -> str | None:
    """The mixture of one kind that answers most mined pairs, of those trained as the heir was."""
    scored = [
        (row["pair_accuracy"], name)
        for name in _trained_alike(results, heir, kind)
        if (row := results.score(name))
    ]
    return max(scored)[1] if scored else None


def _trained_alike(results: Results, heir: str, kind: str) -> list[str]:
    return [name for name in mixed(results, kind) if alike(results, name, heir)]
