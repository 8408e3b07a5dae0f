"""What came out, in short: one sentence for each question, computed from paired tests."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from clipblind.report.answers import scores
from clipblind.report.captions import followed, policies
from clipblind.report.checks import probes
from clipblind.report.mixtures import KINDS, alike, longer, mixed
from clipblind.report.numbers import listing, number, pairs_right, plural
from clipblind.report.results import Results
from clipblind.report.scaling import AXES, axis_sentence, beside_table1, scaling
from clipblind.report.seeds import short
from clipblind.report.story import beside_chance, mining

TOPIC_OF_AXIS: Final = {"steps": "Length of training", "images": "Amount of data"}


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
    for topic, sentence in short(results):
        yield Conclusion(topic, sentence, "seeds")
    yield Conclusion("Blind pairs", _first(mining(results)), "blind")
    yield Conclusion("Blindness", _blindness(results), "contenders")
    yield Conclusion("More training", _longer(results), "contenders")
    if not results.small:
        yield Conclusion("Who answers", _first(scores(results)), "contenders")
    for variant in policies(results):
        name = variant["encoder"]
        yield Conclusion(f"Captions: {variant['captions']}", _captions(results, name), "captions")
    by_axis = {axis.name: axis_sentence(results, axis) for axis in AXES}
    for name, sentence in by_axis.items():
        yield Conclusion(TOPIC_OF_AXIS.get(name, name.capitalize()), sentence, "scaling")
    if not any(by_axis.values()):
        yield Conclusion("Matching", _first(scaling(results)), "scaling")
    yield Conclusion("Beside Table 1", _first(beside_table1(results)), "scaling")
    yield Conclusion("Absent or unaligned", _first(probes(results)), "probes")
    yield Conclusion("Added features", _mixture(results, "additive"), "mixtures")
    yield Conclusion("Interleaved features", _mixture(results, "interleaved"), "mixtures")


def _first(sentences: list[str]) -> str:
    return next(iter(sentences), "")


def _blindness(results: Results) -> str:
    heir, other = results.heir(results.probe), results.heir(results.reference)
    row = results.score(heir) if heir else None
    if heir is None or row is None:
        return ""
    said = f"{results.quoted(heir)} answers {pairs_right(row)}, {beside_chance(results, row)}"
    found = results.compared(other, heir) if other else None
    if other and found:
        said += f"; {results.quoted(other)} {found.answers(results.quoted(heir))}"
    return f"{said}."


def _longer(results: Results) -> str:
    heir = results.heir(results.probe)
    if heir is None:
        return ""
    rivals = [results.heir(results.reference), *(_best(results, heir, kind) for kind in KINDS)]
    parts = []
    for name in longer(results, heir):
        beside = [
            one.answers(results.quoted(rival))
            for rival in (heir, *rivals)
            if rival and (one := results.compared(name, rival))
        ]
        steps = number(results.small[name].train.schedule.steps)
        if beside:
            parts.append(f"After {steps} steps {results.quoted(name)} {listing(beside)}")
    return f"{'. '.join(parts)}." if parts else ""


def _captions(results: Results, encoder: str) -> str:
    along, opposite, same = followed(results, encoder)
    of = len(along) + len(opposite) + len(same)
    average = results.against_base(encoder)
    if not of or average is None:
        return ""
    name = results.label(encoder)
    turned = f", against it for {listing(opposite)}" if opposite else ""
    return (
        f"The same pictures with other captions: of {plural(of, 'factor')} that {name}’s"
        f" captions name more often or less, accuracy follows for {len(along)}"
        f" ({listing(along) or 'none'}){turned}. Of twin pairs and their statements it"
        f" {average.answers(results.label(results.probe), 'matches')}."
    )


def _mixture(results: Results, kind: str) -> str:
    heir = results.heir(results.probe)
    best = _best(results, heir, kind) if heir else None
    if heir is None or best is None:
        return ""
    rival = _best(results, heir, "additive") if kind == "interleaved" else None
    parts = [
        found.answers(results.quoted(other))
        for other in (heir, rival)
        if other and (found := results.compared(best, other))
    ]
    if not parts:
        return ""
    tried = len(_trained_alike(results, heir, kind))
    chosen = f", the best of {tried} shares," if tried > 1 else ""
    return f"At equal steps {results.quoted(best)}{chosen} {listing(parts)}."


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
