"""Sentences on who answers the headline benchmark how well, each from its table."""

from collections.abc import Iterator
from typing import Final

import polars as pl

from clipblind.benchmark.labels import CIRCULAR, CORRECTED, OFFICIAL
from clipblind.ground.stats import LEVEL
from clipblind.report.numbers import (
    against,
    decimals,
    listing,
    number,
    p_value,
    pairs_right,
    percent,
    plural,
    points,
    share_of,
)
from clipblind.report.results import Results, Row

READER: Final = {
    "parser": "the parser",
    "judge": "our judge",
    "official": "the paper’s judge",
    "people": "people",
}


def scores(results: Results) -> list[str]:
    """Who is best, who can't be told from guessing, and what the other labels change."""
    rows = _rows(results, "")
    if not rows:
        return []
    best = rows[0]
    said = [f"{results.label(best['contender'])} gets most pairs right: {pairs_right(best)}."]
    chance = results.chance(results.study.headline)
    around = [results.label(row["contender"]) for row in rows if not against(row, chance)]
    if around:
        said.append(
            f"Not told apart from guessing, right in {percent(chance, 0)}: {listing(around)}."
        )
    below = [results.label(row["contender"]) for row in rows if against(row, chance) < 0]
    if below:
        said.append(f"Below guessing: {listing(below)}.")
    said += [*_labels(results), *_unscored(results, rows)]
    return said


def official(results: Results) -> list[str]:
    """What the paper's judge counts, beside ours."""
    theirs = {row["contender"]: row for row in _rows(results, OFFICIAL)}
    return [
        f"{results.label(row['contender'])}: by the paper’s judge"
        f" {pairs_right(theirs[row['contender']])}, by ours {percent(row['pair_accuracy'])}."
        for row in _rows(results, "")
        if row["contender"] in theirs
    ]


def consistency(results: Results) -> list[str]:
    """How often a choice stays when the options are exchanged, and what circular scoring leaves."""
    circular = {row["contender"]: row for row in _rows(results, CIRCULAR)}
    said = []
    for row in results.table("consistency").sort("share", descending=True).iter_rows(named=True):
        kept = share_of(row["same"], row["questions"], row["low"], row["high"], "question")
        sentence = f"{results.label(row['contender'])} keeps its choice in {kept}"
        if strict := circular.get(row["contender"]):
            sentence += f"; counted over both orders it gets {pairs_right(strict)}"
        said.append(f"{sentence}.")
    return said


def calibration(results: Results) -> list[Row]:
    """How far those who read answers agree: rows of `CALIBRATION`, with everybody by name."""
    return [
        {
            **row,
            "label": results.label(row["contender"]),
            "readers": f"{READER[row['first']]} and {READER[row['second']]}",
            # chance alone agrees where both give one and the same reading to all
            "defined": row["kappa"] is not None and row["kappa"] == row["kappa"],
        }
        for row in results.table("calibration").iter_rows(named=True)
    ]


def costs(results: Results) -> list[str]:
    """What answers cost, as far as it is known."""
    said = []
    for row in results.table("costs").filter(pl.col("counted") > 0).iter_rows(named=True):
        tokens = f"{number(row['tokens_in'] or 0)} tokens read, {number(row['tokens_out'])} written"
        of = "" if row["counted"] == row["asks"] else f" (known for {row['counted']})"
        price = f", {row['cost_usd']:.2f} dollars" if row["priced"] else ""
        asks = plural(row["asks"], "answer")
        said.append(f"{results.label(row['contender'])}: {asks}{of}, {tokens}{price}.")
    return said


def paired(results: Results) -> list[str]:
    """Which contenders differ over the same pairs, and how many comparisons show no difference."""
    rows = results.table("paired").filter(pl.col("benchmark") == results.study.headline)
    if rows.is_empty():
        return []
    apart = rows.filter(pl.col("p_holm") < LEVEL).sort(pl.col("difference").abs(), descending=True)
    said = [
        f"Of {plural(len(rows), 'comparison')} over the same pairs, {len(apart)} show a difference"
        " (McNemar’s exact test, corrected by Holm’s method)."
    ]
    for row in apart.iter_rows(named=True):
        first, second = results.label(row["first"]), results.label(row["second"])
        difference = points(row["difference"], row["low"], row["high"])
        said.append(f"{first} minus {second}: {difference}, {p_value(row['p_holm'])}.")
    return said


def patterns(results: Results) -> list[str]:
    """Where the pairs' patterns come from, and how many have one."""
    rows = results.table("pair_patterns")
    if rows.is_empty():
        return []
    named = rows.filter(pl.col("pattern").fill_null("") != "")
    by = {"person": "a person’s file", "judge": "a judge’s votes", "truth": "the questions’ truth"}
    sources = [by[who] for who in named["by"].unique().sort() if who in by]
    said = [
        f"Pairs with a visual pattern: {number(len(named))} of {number(len(rows))}"
        + (f", from {listing(sources)}." if sources else ".")
    ]
    voted = named.filter(pl.col("by") == "judge")
    if len(voted):
        mean = percent(float(voted["agreement"].mean() or 0.0))  # type: ignore[arg-type]
        said.append(f"On average {mean} of the votes are for the pattern that was taken.")
    return said


def _rows(results: Results, variant: str) -> list[Row]:
    """The scores under one set of labels or way of counting, the best first."""
    rows = results.table("scores").filter(
        pl.col("benchmark") == f"{results.study.headline}{variant}"
    )
    return rows.sort("pair_accuracy", "contender", descending=[True, False]).to_dicts()


def _labels(results: Results) -> Iterator[str]:
    corrected = {row["contender"]: row for row in _rows(results, CORRECTED)}
    if not corrected:
        return
    moved = [
        f"{results.label(row['contender'])} {decimals(100 * change, 1)}"
        for row in _rows(results, "")
        if row["contender"] in corrected
        and (change := corrected[row["contender"]]["pair_accuracy"] - row["pair_accuracy"])
    ]
    if moved:
        yield f"The corrected labels change these scores, in points: {listing(moved)}."
    else:
        yield "The corrected labels change nobody’s score."


def _unscored(results: Results, rows: list[Row]) -> Iterator[str]:
    some = [row for row in rows if row["unscored"]]
    if not some:
        yield "Every answer could be read."
        return
    told = [f"{results.label(r['contender'])} {r['unscored']} of {r['questions']}" for r in some]
    yield (
        f"Unscored questions count as not right, and no denominator is smaller for them:"
        f" {listing(told)}."
    )
