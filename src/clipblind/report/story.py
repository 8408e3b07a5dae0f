"""Sentences on what was searched, mined and asked, each computed from the study's tables."""

import polars as pl

from clipblind.ground.factors import FACTOR_OF_PATTERN, FACTORS
from clipblind.mining.selection import KEPT
from clipblind.report.numbers import (
    against,
    decimals,
    in_words,
    listing,
    number,
    pairs_right,
    percent,
    plural,
    side_words,
    singular,
)
from clipblind.report.results import Results, Row
from clipblind.study.settings.contenders import BLIND

Sentences = list[str]


def scope(results: Results) -> str:
    """What intervals and p values are over: nothing here tells of another training."""
    if results.study.trained or results.small:
        return (
            "Intervals and p values are over the pairs of this one training, with seed"
            f" {results.study.seed}; they say nothing of another training."
        )
    return "Intervals and p values are over pairs, with the models as they are."


def world(results: Results) -> Sentences:
    """What rendered pictures are, and what differs between them."""
    frame = results.scenes
    if frame.is_empty():
        return []
    sizes = dict(frame.group_by("split").len().iter_rows())
    said = {
        "encoder": "to train the encoders",
        "contender": "to train the contenders",
        "search": "to be searched for blind pairs",
        "heldout": "to test single factors",
        "twins": "in twin pairs that differ in one thing only",
    }
    parts = [f"{number(sizes[split])} {use}" for split, use in said.items() if split in sizes]
    standing = [f for f in FACTORS.values() if f.pattern]
    return [
        f"The world is made of {number(len(frame))} drawn scenes: {listing(parts)}.",
        f"A scene is a choice of {in_words(len(FACTORS))} factors, and"
        f" {in_words(len(standing))} of them stand for the nine visual patterns of the paper."
        " Everything else, such as hills, clouds, tints and small shifts, is drawn by chance, so"
        " two takes of one scene never look quite the same.",
    ]


def searched(results: Results) -> Sentences:
    """What was searched, what was refused and what repeats."""
    images, rejected, repeats = map(results.table, ("images", "rejected", "duplicates"))
    if images.is_empty():
        return []
    sources = images.group_by("source").len().sort("source")
    from_ = ", ".join(f"{number(count)} from {name}" for name, count in sources.iter_rows())
    said = [f"{plural(len(images), 'image')} were searched: {from_}."]
    if len(rejected):
        reasons = rejected.group_by("reason").len().sort("len", "reason", descending=True)
        most = "; ".join(f"{reason} ({number(n)})" for reason, n in reasons.head(4).iter_rows())
        said.append(f"{plural(len(rejected), 'file')} could not be used: {most}.")
    kinds = dict(repeats.group_by("kind").len().iter_rows())
    exact, near = (number(kinds.get(kind, 0)) for kind in ("exact", "near"))
    said.append(
        f"{exact} repeat another byte for byte, {near} nearly; they are searched, but no pair with"
        " one of them is chosen."
    )
    return said


def mining(results: Results) -> Sentences:
    """How many pairs pass the thresholds, of both kinds, and how many of them were chosen."""
    found = results.summary
    if not found:
        return []
    used, kind = found["used"], found.get("thresholds", "cosine")
    # of a large pool, pairs at one kind of threshold alone are counted
    names = {
        "cosine": fixed_name(found.get("cosine", {})),
        "quantile": "thresholds set by quantile",
    }
    said = [
        f"The {number(found['images'])} searched images make {number(found['all_pairs'])} pairs,"
        " and every one was decided, exactly."
        f" With {names[kind]}, {_passing(used, found['all_pairs'])} pass:"
        f" {_role(results, 'probe', found['probe'])} takes their two images for one (cosine above"
        f" {decimals(used['probe_above'], 3)}) and"
        f" {_role(results, 'reference', found['reference'])} for two (cosine below"
        f" {decimals(used['reference_below'], 3)})."
    ]
    other = "cosine" if kind == "quantile" else "quantile"
    if other in found:
        row = found[other]
        said.append(
            f"With {names[other]}, above {decimals(row['probe_above'], 3)} and below"
            f" {decimals(row['reference_below'], 3)},"
            f" {_passing(row, found['all_pairs'])} would pass."
        )
    return said + _selection(results)


def benchmark(results: Results) -> Sentences:
    """How many questions there are, what about, and what guessing gives."""
    frame = results.table("questions")
    if frame.is_empty():
        return []
    groups = frame.partition_by("benchmark", maintain_order=True, as_dict=True).items()
    parts = [plural(g["pair_id"].n_unique(), f"{singular(str(n))} pair") for (n,), g in groups]
    chances = {str(n): results.chance(str(n)) for (n,), _ in groups}
    guessed = listing(dict.fromkeys(percent(chance, 0) for chance in chances.values()))
    return [
        f"{plural(len(frame), 'question')} are asked about {listing(parts)}, each about one picture"
        " on its own.",
        "A pair counts only if all of its questions are answered right: fair guesses are right on"
        f" {guessed} of pairs. An answer that fits neither option is unscored and counts as not"
        " right.",
    ]


def contenders(results: Results) -> Sentences:
    """What the small LLaVAs fed by the probe and the reference alone answered."""
    said = []
    for role, tower in (("probe", results.probe), ("reference", results.reference)):
        for name in results.fed_by(tower):
            if row := results.score(name):
                said.append(
                    f"{results.quoted(name)}, which sees only through the {role}, answered"
                    f" {pairs_right(row)}: {beside_chance(results, row)}."
                )
    return said


def patterns(results: Results) -> Sentences:
    """For each contender with eyes, the patterns above and below guessing."""
    benchmark = results.asked("twins") or results.study.headline
    chance, said = results.chance(benchmark), []
    for name, contender in results.study.contender.items():
        rows = results.table("patterns").filter(
            pl.col("contender") == name,
            pl.col("benchmark") == benchmark,
            pl.col("pairs") > 0,
            pl.col("pattern") != "",
        )
        if rows.is_empty() or contender.kind in BLIND:
            continue
        order = {pattern: i for i, pattern in enumerate(FACTOR_OF_PATTERN)}
        rows = rows.sort(pl.col("pattern").replace_strict(order, default=len(order)), "pattern")
        by_side = {side: _where(rows, side, chance) for side in (1, 0, -1)}
        parts = [
            f"{words} on {listing(found)}"
            for side, words in ((1, "above guessing"), (-1, "below it"))
            if (found := by_side[side])
        ]
        if by_side[0]:
            parts.append(f"not told apart from it on {listing(by_side[0])}")
        said.append(f"{results.quoted(name)} is {'; '.join(parts)}.")
    return said


def beside_chance(results: Results, row: Row) -> str:
    """How a score lies to fair guesses on its benchmark."""
    chance = results.chance(row["benchmark"])
    return f"{side_words(against(row, chance))} guessing ({percent(chance, 0)})"


def fixed_name(row: Row) -> str:
    """Fixed thresholds in words: the paper's only if they are 0.95 and 0.6 (section 2)."""
    papers = (row.get("probe_above"), row.get("reference_below")) == (0.95, 0.6)
    return "the paper’s fixed thresholds" if papers else "fixed thresholds"


def _role(results: Results, role: str, name: str) -> str:
    return f"the {role}" if role == name else f"the {role} {results.label(name)}"


def _passing(row: Row, of: int) -> str:
    if not row["pairs"]:
        return "no pair"
    share = 100 * row["pairs"] / of if of else 0.0
    few = 0 < share < 0.001
    return f"{plural(row['pairs'], 'pair')} ({'under 0.001' if few else f'{share:.2g}'} % of all)"


def _selection(results: Results) -> Sentences:
    if results.table("pairs").is_empty():
        return ["None was chosen."]
    count = len(results.table("pairs"))
    said = f"{plural(count, 'pair')} {'was' if count == 1 else 'were'} chosen"
    if fates := {reason: n for reason, n in results.fates.items() if reason != KEPT and n}:
        said += f"; passed over: {'; '.join(f'{number(n)} for {why}' for why, n in fates.items())}"
    return [f"{said}."]


def _where(rows: pl.DataFrame, side: int, chance: float) -> list[str]:
    return [r["pattern"] for r in rows.iter_rows(named=True) if against(r, chance) == side]
