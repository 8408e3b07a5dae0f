"""The report's sentences, each computed from the study's tables."""

import polars as pl

from clipblind.ground.factors import FACTOR_OF_PATTERN, FACTORS
from clipblind.report.numbers import (
    CHANCE,
    against,
    decimals,
    in_words,
    listing,
    number,
    pairs_right,
    percent,
    plural,
    singular,
)
from clipblind.report.results import Results, Row

Sentences = list[str]


def world(results: Results) -> Sentences:
    """What the pictures are, and what differs between them."""
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


def mining(results: Results) -> Sentences:
    """How many pairs pass the thresholds, of both kinds."""
    found = results.summary
    if not found:
        return []
    used, kind = found["used"], found.get("thresholds", "cosine")
    names = {"cosine": fixed_name(found["cosine"]), "quantile": "thresholds set by quantile"}
    said = [
        f"The {number(found['images'])} searched pictures make {number(found['all_pairs'])} pairs."
        f" With {names[kind]}, {_passing(used, found['all_pairs'])} pass:"
        f" {_role('probe', found['probe'])} takes their two pictures for one (cosine above"
        f" {decimals(used['probe_above'], 3)}) and {_role('reference', found['reference'])} for two"
        f" (cosine below {decimals(used['reference_below'], 3)})."
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
    """How many questions there are, and what about."""
    frame = results.questions
    if frame.is_empty():
        return []
    parts = []
    for name, group in _groups(frame, "benchmark"):
        parts.append(f"{plural(group['pair_id'].n_unique(), f'{singular(name)} pair')}")
    return [
        f"{plural(len(frame), 'question')} are asked about {listing(parts)}."
        " Each pair is asked one question with two options, once for each picture, each time on"
        " its own, and its two right answers are opposite.",
        "A pair counts only if both answers are right: who guesses each time is right on"
        f" {percent(CHANCE, 0)} of pairs, who gives both pictures the same answer on none. An"
        " answer that fits neither option is unscored and counts as not right.",
    ]


def contenders(results: Results) -> Sentences:
    """What the contenders fed by the probe and the reference alone answered."""
    said = []
    mining_ = results.study.mining
    for role, tower in (("probe", mining_.probe), ("reference", mining_.reference)):
        for name in results.fed_by(tower):
            if row := results.score(name):
                said.append(
                    f"{results.quoted(name)}, which sees only through the {role}, answered"
                    f" {pairs_right(row)}: {_to_chance(row)}."
                )
    return said


def patterns(results: Results) -> Sentences:
    """For each contender with eyes, the patterns above and below guessing on twins."""
    said = []
    for name, contender in results.study.contender.items():
        rows = results.patterns.filter(
            pl.col("contender") == name, pl.col("benchmark") == "twins", pl.col("pairs") > 0
        )
        if rows.is_empty() or contender.kind != "llava":
            continue
        order = {pattern: i for i, pattern in enumerate(FACTOR_OF_PATTERN)}
        rows = rows.sort(pl.col("pattern").replace_strict(order, default=len(order)))
        by_side = {side: _where(rows, side) for side in (1, 0, -1)}
        parts = [
            f"{words} on {listing(found)}"
            for side, words in ((1, "above guessing"), (-1, "below it"))
            if (found := by_side[side])
        ]
        if by_side[0]:
            parts.append(f"not told apart from it on {listing(by_side[0])}")
        said.append(f"{results.quoted(name)} is {'; '.join(parts)}.")
    return said


def _role(role: str, name: str) -> str:
    return f"the {role}" if role == name else f"the {role} {name}"


def fixed_name(row: Row) -> str:
    """Fixed thresholds in words: the paper's only if they are 0.95 and 0.6 (section 2)."""
    papers = (row["probe_above"], row["reference_below"]) == (0.95, 0.6)
    return "the paper's fixed thresholds" if papers else "fixed thresholds"


def _passing(row: Row, of: int) -> str:
    if not row["pairs"]:
        return "no pair"
    share = 100 * row["pairs"] / of if of else 0.0
    few = 0 < share < 0.001
    return f"{plural(row['pairs'], 'pair')} ({'under 0.001' if few else f'{share:.2g}'} % of all)"


def _selection(results: Results) -> Sentences:
    fates = {reason: n for reason, n in results.fates.items() if reason != "kept" and n}
    if results.pairs.is_empty():
        return ["None was selected for the benchmark."]
    said = f"{plural(len(results.pairs), 'pair')} became the benchmark"
    if fates:
        dropped = "; ".join(f"{reason}: {number(n)}" for reason, n in fates.items())
        said += f", the others were left out ({dropped})"
    return [f"{said}."]


def _groups(frame: pl.DataFrame, column: str) -> list[tuple[str, pl.DataFrame]]:
    values = frame[column].unique(maintain_order=True).to_list()
    return [(value, frame.filter(pl.col(column) == value)) for value in values]


def _to_chance(row: Row) -> str:
    words = {1: "above", 0: "not told apart from", -1: "below"}[against(row)]
    return f"{words} the {percent(CHANCE, 0)} of independent guessing"


def _where(rows: pl.DataFrame, side: int) -> list[str]:
    return [r["pattern"] for r in rows.iter_rows(named=True) if against(r) == side]
