"""What agrees with the paper in this run and what does not, each with its numbers."""

from dataclasses import dataclass
from typing import Final, Literal

from clipblind.web.causes import by_size, caption_effects, counted, gains, matching
from clipblind.web.numbers import against, apart, decimals, listing, pairs_right
from clipblind.web.results import Results, Row

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
        evidence: sentences with n and intervals.
    """

    claim: str
    source: str
    outcome: Outcome
    evidence: str


def findings(results: Results) -> list[Finding]:
    """Every comparison with the paper, in the order of the story."""
    return [
        _below_chance(results),
        *(_reference_sees(results, benchmark) for benchmark in ("mined", "random", "twins")),
        _size(results),
        _captions(results),
        _correlation(results),
        *_mixtures(results),
        _interleaved(results),
    ]


def _below_chance(results: Results) -> Finding:
    claim = "A model that sees through CLIP answers blind pairs worse than by guessing."
    name, row = _single(results, results.study.mining.probe, "mined")
    if row is None:
        return _unmeasured(claim, "Figure 4")
    evidence = f"{name} answered {pairs_right(row)}; guessing gives 25 %."
    return Finding(claim, "Figure 4", OUTCOMES[-against(row)], evidence)


def _reference_sees(results: Results, benchmark: str) -> Finding:
    kind = {"mined": "blind", "random": "randomly drawn", "twins": "twin"}[benchmark]
    claim = f"A model that sees through the reference answers more {kind} pairs than through CLIP."
    source = "Table 2" if benchmark == "mined" else ""
    clip, low = _single(results, results.study.mining.probe, benchmark)
    reference, high = _single(results, results.study.mining.reference, benchmark)
    if low is None or high is None:
        return _unmeasured(claim, source)
    evidence = f"{reference}: {pairs_right(high)}. {clip}: {pairs_right(low)}."
    outcomes = OUTCOMES if source else OWN_OUTCOMES
    return Finding(claim, source, outcomes[apart(high, low)], evidence)


def _size(results: Results) -> Finding:
    claim = "A larger CLIP mends few of the nine patterns (in the paper, two)."
    sizes = by_size(results)
    if sizes is None:
        return _unmeasured(claim, "Table 1")
    small, large = sizes
    gained, _ = gains(results, small, large)
    of = len(
        [p for p in results.vlm["pattern"].unique() if p != "average" and matching(results, p)]
    )
    evidence = (
        f"From {decimals(small['params_m'])} to {decimals(large['params_m'])} million parameters,"
        f" the larger is better with intervals apart on"
        f" {counted(gained, of, 'pattern')}. On average {small['encoder']} matched"
        f" {pairs_right(small, 'accuracy')} and {large['encoder']}"
        f" {pairs_right(large, 'accuracy')}."
    )
    return Finding(claim, "Table 1", "agrees" if 2 * len(gained) < of else "disagrees", evidence)


def _captions(results: Results) -> Finding:
    claim = "CLIP sees what its captions name, and is blind to what they seldom name."
    effects = caption_effects(results)
    if not effects:
        return _unmeasured(claim, "")
    better, worse = ([e["factor"] for e in effects if e["side"] == side] for side in (1, -1))
    side = 1 if 2 * len(better) > len(effects) else -1 if len(worse) > len(better) else 0
    evidence = (
        f"Where captions name a factor most often, it is recognised better than where they name it"
        f" least often, with intervals apart, for {counted(better, len(effects), 'factor')};"
        f" worse for {counted(worse, len(effects), 'factor')}."
    )
    return Finding(claim, "", OWN_OUTCOMES[side], evidence)


def _correlation(results: Results) -> Finding:
    claim = "Patterns that CLIP fails on are those that a model fed by it fails on."
    heirs = results.fed_by(results.study.mining.probe)
    rows = [
        row
        for row in results.correlation.iter_rows(named=True)
        if row["contender"] in heirs and row["encoder"] == results.study.mining.probe
    ]
    rows = [row for row in rows if row["pearson"] is not None and row["pearson"] == row["pearson"]]
    if not rows:
        return _unmeasured(claim, "Figure 6")
    row = rows[0]
    evidence = (
        f"{results.quoted(row['contender'])}: r = {decimals(row['pearson'])} over {row['patterns']}"
        f" patterns, 95 % interval {decimals(row['low'])} to {decimals(row['high'])}."
    )
    return Finding(claim, "Figure 6", OUTCOMES[against(row, 0)], evidence)


def _mixtures(results: Results) -> list[Finding]:
    found = []
    clip, low = _single(results, results.study.mining.probe, "mined")
    for kind, source in (("additive", "Table 2"), ("interleaved", "Table 3")):
        words = {"additive": "A-MoF", "interleaved": "I-MoF"}[kind]
        claim = f"Mixing the reference's features in ({words}) answers more blind pairs than CLIP."
        scored = _mixed(results, kind)
        if low is None or not scored:
            found.append(_unmeasured(claim, source))
            continue
        sides = [apart(row, low) for _, row in scored]
        # several shares may be mixed: the claim is about whether mixing can help
        outcome = OUTCOMES[max(sides)]
        each = listing(f"{label} answered {pairs_right(row)}" for label, row in scored)
        found.append(Finding(claim, source, outcome, f"{each}; {clip} {pairs_right(low)}."))
    return found


def _interleaved(results: Results) -> Finding:
    claim = "Interleaving (I-MoF) answers more blind pairs than adding (A-MoF)."
    added, interleaved = _mixed(results, "additive"), _mixed(results, "interleaved")
    if not added or not interleaved:
        return _unmeasured(claim, "Tables 2 and 3")
    best = [max(scored, key=lambda one: one[1]["pair_accuracy"]) for scored in (interleaved, added)]
    evidence = ". ".join(f"{label} answered {pairs_right(row)}" for label, row in best)
    outcome = OUTCOMES[apart(best[0][1], best[1][1])]
    return Finding(claim, "Tables 2 and 3", outcome, f"The best of each: {evidence}.")


def _mixed(results: Results, kind: str) -> list[tuple[str, Row]]:
    names = [n for n in results.mixtures() if results.study.contender[n].mixture == kind]
    return [(results.quoted(n), row) for n in names if (row := results.score(n))]


def _single(results: Results, tower: str, benchmark: str) -> tuple[str, Row | None]:
    for name in results.fed_by(tower):
        if row := results.score(name, benchmark):
            return results.quoted(name), row
    return "", None


def _unmeasured(claim: str, source: str) -> Finding:
    return Finding(claim, source, "not measured", "This study has no numbers on it.")
