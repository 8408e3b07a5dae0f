"""The report's sentences on controls: what could make a finding look true that isn't?"""

import polars as pl

from clipblind.controls.shuffled import ACCURACY, DIFFERENCE, UNEVENNESS
from clipblind.controls.survey import BLIND, SIMILAR
from clipblind.report.numbers import (
    against,
    apart,
    counted,
    decimals,
    in_words,
    listing,
    number,
    percent,
    plural,
    singular,
)
from clipblind.report.results import Results, Row

Sentences = list[str]


def baselines(results: Results) -> Sentences:
    """Whether the contenders that can't see score what theory says, on every benchmark."""
    frame = results.table("baselines")
    if frame.is_empty():
        return []
    outside = frame.filter(~pl.col("inside"))
    said = [
        f"{in_words(frame['contender'].n_unique()).capitalize()} who see no picture, on"
        f" {in_words(frame['benchmark'].n_unique())} benchmarks: {len(frame) - len(outside)} of"
        f" {len(frame)} scores lie in the range that theory gives them."
    ]
    for name in frame["contender"].unique(maintain_order=True):
        rows = frame.filter(pl.col("contender") == name).to_dicts()
        parts = [
            f"{row['right']} of {plural(row['pairs'], singular(row['benchmark']) + ' pair')}"
            f" ({_range(row)}{'' if row['inside'] else ', so outside'})"
            for row in rows
        ]
        said.append(
            f"{results.quoted(name)} should get {percent(rows[0]['expected'], 0)}: it got"
            f" {listing(parts)}."
        )
    return said


def shuffled(results: Results) -> Sentences:
    """What is left of every effect when answers are permuted."""
    frame = results.table("shuffled")
    if frame.is_empty():
        return []
    beyond = (pl.col("observed") < pl.col("low")) | (pl.col("observed") > pl.col("high"))
    said = []
    for effect, words in (
        (ACCURACY, "pair accuracies"),
        (UNEVENNESS, "spreads over patterns"),
        (DIFFERENCE, "differences between two contenders"),
    ):
        rows = frame.filter(pl.col("effect") == effect)
        if len(rows):
            said.append(
                f"{len(rows.filter(beyond))} of {len(rows)} {words} lie outside what permuted"
                f" answers give in 95 % of {number(rows['permutations'][0])} permutations."
            )
    rows = frame.filter(pl.col("effect") == DIFFERENCE)
    if len(rows):
        widest = max(abs(mean) for mean in rows["mean"])
        said.append(
            f"The largest mean of such a difference over permutations is"
            f" {decimals(100 * widest, 1)} points."
        )
    return said


def blindness(results: Results) -> Sentences:
    """Which factors the probe takes for nothing, judged by pairs no reference had a say in."""
    probe = results.probe
    similar = _rates(results, probe, SIMILAR)
    if not similar:
        return []
    unseen = [r["factor"] for r in similar if against(r, r["at_large"]) >= 0]
    nearly = [r["factor"] for r in similar if against(r, r["at_large"]) < 0 and _relative(r) > 0.5]
    seen = [r["factor"] for r in similar if _relative(r) < 0.1]
    said = [
        f"The probe takes {number(similar[0]['pairs'])} pairs for one picture by its cosine alone."
        f" In them {listing(unseen) or 'no factor'} {_verb(unseen)} more often than between any two"
        " pictures, or can’t be told to differ less often: nothing shows that the cosine notices."
        f" {_sentence(listing(nearly) or 'No other factor')}"
        f" {_verb(nearly)} less often, but in more than half as many; {listing(seen) or 'none'}"
        f" hardly ever {_verb(seen)}, so the probe sees {'it' if len(seen) == 1 else 'them'}."
    ]
    blind = {r["factor"]: r for r in _rates(results, probe, BLIND)}
    raised = [r["factor"] for r in similar if r["factor"] in blind and _apart(blind, r) > 0]
    if blind:
        said.append(
            f"Among the blind pairs, {listing(raised) or 'no factor'} {_verb(raised)} more often"
            " than among all that the probe takes for one. That is the reference's doing: it says"
            " which differences the reference sees, not which the probe misses."
        )
    return said


def probes(results: Results) -> Sentences:
    """Whether what the probe can't name is absent from its embedding, or only not aligned."""
    probe, reference = results.probe, results.reference
    name, other_name = results.label(probe), results.label(reference)
    linear, other = _probed(results, probe), _probed(results, reference)
    named = {
        row["factor"]: row
        for row in results.table("zero_shot")
        .filter(pl.col("encoder") == probe)
        .iter_rows(named=True)
    }
    both = [factor for factor in linear if factor in named]
    if not both:
        return []
    hidden = [f for f in both if apart(linear[f], named[f]) > 0]
    absent = [f for f in both if against(linear[f], linear[f]["chance"]) <= 0]
    said = [
        f"A linear probe reads {counted(hidden, len(both), 'factor')} off {name}'s embedding"
        " better than its text tower names them (intervals apart): there the information is"
        " present, and not aligned with words."
        f" By the probe, too, {listing(absent) or 'no factor'}"
        f" {'are' if len(absent) > 1 else 'is'} not told apart from chance.",
    ]
    if hidden:
        widest = max(hidden, key=lambda f: linear[f]["accuracy"] - named[f]["accuracy"])
        said.append(
            f"The widest gap is {widest}: {percent(named[widest]['accuracy'])} named,"
            f" {percent(linear[widest]['accuracy'])} read by the probe, of"
            f" {plural(linear[widest]['images'], 'picture')}; chance is"
            f" {percent(linear[widest]['chance'])}."
        )
    shared = [factor for factor in both if factor in other]
    if shared:
        ahead = [f for f in shared if apart(other[f], linear[f]) > 0]
        behind = [f for f in shared if apart(other[f], linear[f]) < 0]
        said.append(
            f"The same probe on {other_name}'s embedding reads {listing(ahead) or 'no factor'}"
            f" better and {listing(behind) or 'none'} worse than on {name}'s."
        )
    return said


def thresholds(results: Results) -> Sentences:
    """How much the number of pairs depends on how thresholds are chosen."""
    said = []
    for kind, words in (("cosine", "fixed cosines"), ("quantile", "quantiles of its own")):
        rows = results.table("survey").filter(pl.col("thresholds") == kind)
        similar, blind = rows["similar_pairs"].to_list(), rows["blind_pairs"].to_list()
        if len(rows) > 1:
            said.append(
                f"With thresholds at {words}, the {in_words(len(rows))} CLIP variants have between"
                f" {number(min(similar))} and {number(max(similar))} similar pairs, and between"
                f" {number(min(blind))} and {number(max(blind))} blind ones."
            )
    return said


def _rates(results: Results, encoder: str, among: str) -> list[Row]:
    rows = results.table("rates").filter(
        pl.col("encoder") == encoder, pl.col("among") == among, pl.col("pairs") > 0
    )
    return rows.to_dicts()


def _probed(results: Results, encoder: str) -> dict[str, Row]:
    rows = results.table("probes").filter(pl.col("encoder") == encoder)
    return {row["factor"]: row for row in rows.iter_rows(named=True)}


def _apart(blind: dict[str, Row], similar: Row) -> int:
    return apart(blind[similar["factor"]], similar)


def _relative(row: Row) -> float:
    share: float = row["rate"] / row["at_large"]
    return share


def _verb(factors: list[str]) -> str:
    return "differs" if len(factors) < 2 else "differ"


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:]


def _range(row: Row) -> str:
    if row["lowest"] == row["highest"]:
        return f"theory: {row['lowest']}"
    return f"theory: {row['lowest']} to {row['highest']}"
