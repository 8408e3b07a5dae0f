"""What agrees with the paper in this run and what does not, each with its numbers."""

from dataclasses import dataclass
from typing import Final, Literal

from clipblind.report.captions import followed, policies
from clipblind.report.compare import Comparison
from clipblind.report.correlation import defined, r_with_interval, side
from clipblind.report.mixtures import KINDS, alike, longer, mixed
from clipblind.report.numbers import against, apart, counted, listing, pairs_right, percent
from clipblind.report.results import Results
from clipblind.report.scaling import AXES, axis_sentence, mends_few

Outcome = Literal["agrees", "disagrees", "holds", "does not hold", "not told apart", "not measured"]
OUTCOMES: Final[dict[int, Outcome]] = {1: "agrees", 0: "not told apart", -1: "disagrees"}
OWN_OUTCOMES: Final[dict[int, Outcome]] = {1: "holds", 0: "not told apart", -1: "does not hold"}
"""For claims that the paper doesn't make."""


@dataclass(frozen=True)
class Finding:
    """One claim, what became of it here, and the numbers that say so.

    Attributes:
        claim: in one sentence.
        source: where the paper says it; empty for what only this world can test.
        outcome: whether this run agrees.
        evidence: sentences with n, intervals and corrected p values.
    """

    claim: str
    source: str
    outcome: Outcome
    evidence: str


def findings(results: Results) -> list[Finding]:
    """Every claim, in the order of the story; they were fixed before any run, here."""
    return [
        _below_chance(results),
        *(_reference_sees(results, pairs) for pairs in ("mined", "random", "twins")),
        _training_does_not_cure(results),
        _scale(results),
        _captions(results),
        _correlation(results),
        *(_mixing_helps(results, kind) for kind in KINDS),
        _mixing_costs_nothing(results),
        _interleaved(results),
    ]


def _below_chance(results: Results) -> Finding:
    claim = "A model that sees through CLIP answers blind pairs worse than by guessing."
    heir = results.heir(results.probe)
    row = results.score(heir) if heir else None
    if heir is None or row is None:
        return _unmeasured(claim, "Figure 4")
    chance = results.chance(row["benchmark"])
    said = (
        f"{results.quoted(heir)} answered {pairs_right(row)}; guessing gives {percent(chance, 0)}."
    )
    return Finding(claim, "Figure 4", OUTCOMES[-against(row, chance)], said)


def _reference_sees(results: Results, pairs: str) -> Finding:
    kind = {"mined": "blind", "random": "randomly drawn", "twins": "twin"}[pairs]
    benchmark = results.asked(pairs)
    claim = f"A model that sees through the reference answers more {kind} pairs than through CLIP."
    source = "Table 2" if pairs == "mined" else ""
    names = (results.reference, results.probe)
    reference, heir = (results.heir(name) for name in names)
    if not (benchmark and reference and heir):
        return _unmeasured(claim, source)
    found = results.compared(reference, heir, benchmark)
    if not found:
        return _unmeasured(claim, source)
    evidence = _against(results, reference, heir, benchmark, found)
    return Finding(claim, source, (OUTCOMES if source else OWN_OUTCOMES)[found.side], evidence)


def _training_does_not_cure(results: Results) -> Finding:
    claim = "More training of the language model does not cure a CLIP-fed model's blindness."
    heir, reference = (results.heir(t) for t in (results.probe, results.reference))
    longest = next(iter(longer(results, heir)[::-1]), None) if heir else None
    found = results.compared(longest, heir) if longest and heir else None
    if not found or not longest or not heir:
        return _unmeasured(claim, "")
    evidence = _against(results, longest, heir, "", found)
    if reference and (beside := results.compared(longest, reference)):
        evidence += f" Against {results.quoted(reference)}: {beside.words()}."
    # the control is passed where training changes nothing
    outcome = {1: "does not hold", 0: "not told apart", -1: "holds"}
    return Finding(claim, "", outcome[found.side], evidence)  # type: ignore[arg-type]


def _scale(results: Results) -> Finding:
    claim = "A larger CLIP, or larger images, mend few of the nine patterns (in the paper, two)."
    axes = [axis for axis in AXES if axis.name in ("size", "resolution")]
    mended = [mends_few(results, axis) for axis in axes]
    larger = [(name, count, of) for found, of in mended for name, count in found]
    if not larger:
        return _unmeasured(claim, "Table 1")
    said = [
        f"{results.label(name)} is told to be better on {count} of {of} patterns"
        for name, count, of in larger
    ]
    # patterns that are not told apart are no evidence that scale does not mend them
    many = any(2 * count >= of for _, count, of in larger)
    sentences = [sentence for axis in axes if (sentence := axis_sentence(results, axis))]
    evidence = f"{listing(said)}. {' '.join(sentences)}"
    return Finding(claim, "Table 1", OUTCOMES[-1 if many else 0], evidence)


def _captions(results: Results) -> Finding:
    claim = "CLIP sees what its captions name, and is blind to what they seldom name."
    said, total = [], [0, 0, 0]
    for variant in policies(results):
        along, opposite, same = followed(results, variant["encoder"])
        of = len(along) + len(opposite) + len(same)
        total = [a + len(b) for a, b in zip(total, (along, opposite, same), strict=True)]
        said.append(
            f"{results.label(variant['encoder'])}: zero-shot accuracy follows the change of the"
            f" rate for {counted(along, of, 'factor')}, goes against it for"
            f" {counted(opposite, of, 'factor')}, and can't be told to change for"
            f" {counted(same, of, 'factor')}."
        )
    if not sum(total):
        return _unmeasured(claim, "")
    outcome = 1 if 2 * total[0] > sum(total) else -1 if total[1] > total[0] else 0
    return Finding(claim, "", OWN_OUTCOMES[outcome], " ".join(said))


def _correlation(results: Results) -> Finding:
    claim = "Patterns that CLIP fails on are those that a model fed by it fails on."
    heir, probe = results.heir(results.probe), results.probe
    rows = [
        row
        for row in results.table("correlation").iter_rows(named=True)
        if (row["contender"], row["encoder"]) == (heir, probe) and defined(row)
    ]
    if not rows or heir is None:
        return _unmeasured(claim, "Figure 6")
    evidence = f"{results.quoted(heir)}: {r_with_interval(rows[0])}."
    return Finding(claim, "Figure 6", OUTCOMES[side(rows[0])], evidence)


def _mixing_helps(results: Results, kind: str) -> Finding:
    source = {"additive": "Table 2", "interleaved": "Table 3"}[kind]
    words = KINDS[kind]
    claim = f"Mixing the reference's features in ({words}) answers more blind pairs than CLIP."
    heir = results.heir(results.probe)
    found = _compared(
        results, [n for n in mixed(results, kind) if heir and alike(results, n, heir)]
    )
    if heir is None or not found:
        return _unmeasured(claim, source)
    # several shares may be mixed: the claim is about whether mixing can help
    outcome = OUTCOMES[max(one.side for one in found.values())]
    evidence = " ".join(_against(results, n, heir, "", one) for n, one in found.items())
    return Finding(claim, source, outcome, evidence)


def _mixing_costs_nothing(results: Results) -> Finding:
    claim = "Interleaving keeps what CLIP is good at: what captions name often."
    heir = results.heir(results.probe)
    row = results.often(heir) if heir else None
    rows = [(n, r) for n in mixed(results, "interleaved") if (r := results.often(n))]
    if heir is None or row is None or not rows:
        return _unmeasured(claim, "Table 3")
    said = [f"{results.quoted(n)} answered {pairs_right(r)}" for n, r in [(heir, row), *rows]]
    # that intervals overlap is no evidence of being equal: only more is a gain, only less a loss
    outcome = OUTCOMES[min(apart(r, row) for _, r in rows)]
    evidence = f"Random pairs about often-named factors: {'; '.join(said)}."
    return Finding(claim, "Table 3", outcome, evidence)


def _interleaved(results: Results) -> Finding:
    claim = "Interleaving (I-MoF) answers more blind pairs than adding (A-MoF)."
    pairs = [
        (one, other, found)
        for one in mixed(results, "interleaved")
        for other in mixed(results, "additive")
        if alike(results, one, other) and (found := results.compared(one, other))
    ]
    if not pairs:
        return _unmeasured(claim, "Tables 2 and 3")
    # against every share at once: it must be above the best of them
    outcome = OUTCOMES[min(found.side for _, _, found in pairs)]
    evidence = " ".join(_against(results, a, b, "", found) for a, b, found in pairs)
    return Finding(claim, "Tables 2 and 3", outcome, evidence)


def _compared(results: Results, names: list[str]) -> dict[str, Comparison]:
    heir = results.heir(results.probe)
    found = {name: results.compared(name, heir) for name in names if heir}
    return {name: one for name, one in found.items() if one is not None}


def _against(results: Results, one: str, other: str, benchmark: str, found: Comparison) -> str:
    rows = [(name, results.score(name, benchmark)) for name in (one, other)]
    said = [f"{results.quoted(name)} answered {pairs_right(row)}" for name, row in rows if row]
    return f"{', '.join(said) or results.quoted(one)}: {found.words()}."


def _unmeasured(claim: str, source: str) -> Finding:
    return Finding(claim, source, "not measured", "This study has no numbers on it.")
