"""Sentences of the report of a study of real images and models, each from its table."""

from typing import Any, Final

import polars as pl

from clipblind.fetching.answerers import answerers
from clipblind.mining.selection import KEPT
from clipblind.report.numbers import between, number, percent, plural
from clipblind.report.real_results import RealResults
from clipblind.study.settings.contenders import Endpoint, LocalModel, MiniGpt4, Recorded

AVERAGE: Final = "average"
OFFICIAL: Final = "text_to_image"
SHOWN: Final = 24
NEWEST: Final = "newest at the time of fetching"

Card = dict[str, Any]


def searched(results: RealResults) -> list[str]:
    """What was searched, what was refused and what repeats."""
    if results.images.is_empty():
        return []
    sources = results.images.group_by("source").len().sort("source")
    from_ = ", ".join(f"{number(count)} from {name}" for name, count in sources.iter_rows())
    said = [f"{plural(len(results.images), 'image')} were searched: {from_}."]
    if len(results.rejected):
        reasons = results.rejected.group_by("reason").len().sort("len", "reason", descending=True)
        most = "; ".join(f"{reason} ({number(n)})" for reason, n in reasons.head(4).iter_rows())
        said.append(f"{plural(len(results.rejected), 'file')} could not be used: {most}.")
    kinds = dict(results.duplicates.group_by("kind").len().iter_rows())
    exact, near = (number(kinds.get(kind, 0)) for kind in ("exact", "near"))
    said.append(
        f"{exact} repeat another byte for byte, {near} nearly; they are searched, but no pair with"
        " one of them is chosen."
    )
    return said


def mined(results: RealResults) -> list[str]:
    """How many pairs are blind, and how many of them were chosen."""
    if not results.summary or results.study.mining is None:
        return []
    mining, images = results.study.mining, len(results.images)
    found = plural(results.summary["used"]["pairs"], "pair")
    return [
        f"Of {number(images * (images - 1) // 2)} pairs, all were decided, exactly. A pair is blind"
        f" if {results.label(mining.probe)} sees its images as one (cosine above"
        f" {mining.probe_above:g}) and {results.label(mining.reference)} as two (below"
        f" {mining.reference_below:g}). There are {found};"
        f" {number(len(results.pairs))} were chosen.",
        *_fates(results),
    ]


def pairs(results: RealResults) -> list[Card]:
    """Chosen pairs with their pictures, those that the reference tells apart best first."""
    rows = results.pairs.sort("cos_reference", "pair_id").head(SHOWN)
    return [
        {
            "pictures": [
                {"src": results.pictures[row[key]], "alt": row[key]}
                for key in ("image_a", "image_b")
            ],
            "names": [row["image_a"], row["image_b"]],
            "cos_probe": row["cos_probe"],
            "cos_reference": row["cos_reference"],
        }
        for row in rows.iter_rows(named=True)
        if row["image_a"] in results.pictures and row["image_b"] in results.pictures
    ]


def scaling(results: RealResults) -> list[str]:
    """Which model does best on MMVP-VLM, and what size does."""
    rows = results.vlm.filter(pl.col("direction") == OFFICIAL, pl.col("pattern") == AVERAGE).sort(
        "accuracy", "encoder", descending=[True, False]
    )
    if rows.is_empty():
        return []
    best, worst = rows.row(0, named=True), rows.row(-1, named=True)
    said = [
        f"{results.label(best['encoder'])} matches most pairs, {_share(best)}"
        + (
            f"; {results.label(worst['encoder'])} fewest, {_share(worst)}."
            if len(rows) > 1
            else "."
        )
    ]
    if len(rows) > 2:
        rank = rows.select(pl.corr("params_m", "accuracy", method="spearman")).item()
        if rank == rank:
            said.append(
                f"Over {len(rows)} models, parameters and accuracy go together with a rank"
                f" correlation of {rank:.2f}."
            )
    return said


def agreement(results: RealResults) -> list[str]:
    """How ours and the paper's Table 1 agree."""
    rows = results.against_paper.filter(pl.col("paper").is_not_null())
    averages = rows.filter(pl.col("pattern") == AVERAGE)
    if averages.is_empty():
        return []
    inside = int(averages["inside"].sum())
    far = averages.sort(pl.col("difference").abs(), descending=True).row(0, named=True)
    cells = rows.filter(pl.col("pattern") != AVERAGE)
    return [
        f"The paper's average lies within our 95 % interval for {inside} of {len(averages)} models;"
        f" furthest off is {results.label(far['encoder'])}, {percent(far['accuracy'])} here and"
        f" {percent(far['paper'])} in Table 1.",
        f"Of {len(cells)} cells by pattern, of 15 pairs each, {int(cells['inside'].sum())} lie"
        " within. Two other groups that ran the official code on the first row got other splits by"
        " pattern than the paper prints, so cells may differ by some pairs.",
    ]


def models(results: RealResults) -> list[Card]:
    """Every encoder: where from, under which licence, what its embedding is."""
    return [
        {
            "label": results.label(name),
            "source": " ".join(filter(None, (encoder.source, encoder.pretrained))),
            "revision": (results.commit(name, encoder) or encoder.revision)[:12] or NEWEST,
            "licence": encoder.licence or "not stated",
            "params_m": encoder.params_m,
            "feature": results.features.get(name, {}).get("feature", ""),
            "precision": results.features.get(name, {}).get("precision", ""),
        }
        for name, encoder in results.study.encoder.items()
    ]


def answering(results: RealResults) -> list[Card]:
    """Everybody who answers, judges or votes: what it is, where from, under which licence."""
    found = []
    for name, who in answerers(results.study).items():
        card = {"label": results.label(name), "kind": who.kind, "source": "", "revision": ""}
        card["licence"] = getattr(who, "licence", "")
        if isinstance(who, LocalModel | MiniGpt4):
            card["source"] = who.source
            card["revision"] = (results.commit(name, who) or who.revision)[:12] or NEWEST
            card["licence"] = who.licence or "not stated"
        elif isinstance(who, Endpoint):
            card |= {"source": f"{who.model} at {who.base_url}", "revision": who.revision}
        elif isinstance(who, Recorded):
            card["source"] = who.source
        found.append(card)
    return found


def _fates(results: RealResults) -> list[str]:
    passed = {why: count for why, count in results.fates.items() if count and why != KEPT}
    if not passed:
        return []
    return [
        "Passed over: " + "; ".join(f"{number(n)} for {why}" for why, n in passed.items()) + "."
    ]


def _share(row: Card) -> str:
    return f"{percent(row['accuracy'])} ({between(row['low'], row['high'])})"
