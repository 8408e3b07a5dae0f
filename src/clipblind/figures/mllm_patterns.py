"""Contenders against visual patterns on MMVP, under CLIPs on MMVP-VLM (the paper's Figure 6)."""

from collections.abc import Mapping
from math import nan
from typing import Any, Final

import polars as pl
from matplotlib.figure import Figure

from clipblind.figures import Inputs
from clipblind.figures.heat import Heat
from clipblind.figures.read import Shares, table
from clipblind.figures.style import nothing, sheet, styled
from clipblind.grading.figure4 import published
from clipblind.ground.patterns import NINE
from clipblind.ground.tables.matching import INHERITED, MATCH_SCORES
from clipblind.ground.tables.scores import PATTERN_SCORES
from clipblind.study.settings.figure import FigureOfContenders

NEEDS: Final = ("patterns",)
TITLE: Final = "Do MLLMs fail where CLIP fails?"
CLIP: Final = "/clip"
"""Key of CLIP's row; no contender's name holds a slash."""

R, PRINTED = "r with CLIP", "r, printed"
DASH: Final = "\N{EN DASH}"
Rows = Mapping[str, Mapping[str, Any]]


@styled
def draw(inputs: Inputs, settings: FigureOfContenders) -> Figure:
    """One row a contender, one column a pattern; where CLIPs were tested, their mean above."""
    scores = published(table(inputs, "patterns", PATTERN_SCORES)).filter(
        pl.col("pattern").is_in(NINE) & (pl.col("pairs") > 0)
    )
    if scores.is_empty():
        return nothing(settings, TITLE, "No pair of MMVP has a visual pattern yet.")
    found = table(inputs, "correlation", INHERITED) if inputs.get("correlation") else None
    rows = {} if found is None else {r["contender"]: r for r in found.iter_rows(named=True)}
    heads = _heads(scores)
    names = _names(scores, settings)
    cells: Shares = {
        (r["contender"], heads[r["pattern"]]): (r["pair_accuracy"], r["low"], r["high"])
        for r in scores.iter_rows(named=True)
    }
    clip, means = _clip(inputs, rows)
    # no interval: it is a mean over models
    cells |= {(CLIP, heads[p]): (means[p], nan, nan) for p in heads if p in means}
    made = Heat(
        rows=({CLIP: "CLIP, on MMVP-VLM"} if clip else {}) | names,
        columns=list(heads.values()),
        cells=cells,
        facts=_facts(rows, names) if clip else {},
        strong={(name, R) for name in names},
        second={CLIP: clip, **dict.fromkeys(names, "")} if clip else {},
        breaks=list(names)[:1] if clip else (),
    )
    on = sheet(settings, TITLE, _subtitle(bool(clip)), made.height)
    made.draw(on)
    return on.figure


def _heads(scores: pl.DataFrame) -> dict[str, str]:
    """Each pattern with how many pairs it has, in the paper's order."""
    pairs = dict(scores.group_by("pattern").agg(pl.max("pairs")).iter_rows())
    return {pattern: f"{pattern}, {pairs[pattern]}" for pattern in NINE if pattern in pairs}


def _names(scores: pl.DataFrame, settings: FigureOfContenders) -> dict[str, str]:
    """The label of each contender, in the order of the study's settings."""
    present = scores["contender"].unique(maintain_order=True).to_list()
    known = [name for name in settings.contenders if name in present]
    order = known + [name for name in present if name not in known]
    return {n: (settings.contenders[n].label if n in known else "") or n for n in order}


def _clip(inputs: Inputs, rows: Rows) -> tuple[str, dict[str, float]]:
    """Which CLIPs were correlated with, and the mean of their accuracies by pattern."""
    encoders = next((row["encoder"] for row in rows.values()), "")
    if not encoders or not inputs.get("vlm"):
        return "", {}
    names = encoders.split("+")
    vlm = table(inputs, "vlm", MATCH_SCORES).filter(
        pl.col("encoder").is_in(names) & (pl.col("direction") == "text_to_image")
    )
    means = vlm.group_by("pattern").agg(pl.mean("accuracy"))
    told = encoders if len(names) == 1 else f"mean of {len(names)} models"
    return told, dict(means.iter_rows())


def _facts(rows: Rows, names: Mapping[str, str]) -> dict[str, dict[str, str]]:
    own = {CLIP: "", **{name: _r(rows.get(name)) for name in names}}
    paper = {name: rows[name]["paper"] if name in rows else None for name in names}
    printed = {CLIP: "", **{n: DASH if r is None else f"{r:.2f}" for n, r in paper.items()}}
    return {R: own, PRINTED: printed}


def _r(row: Mapping[str, Any] | None) -> str:
    if row is None or row["pearson"] is None or row["pearson"] != row["pearson"]:
        return DASH
    words = f"{row['pearson']:.2f}\n{row['low']:.2f} to {row['high']:.2f}"
    return words.replace("-", "\N{MINUS SIGN}")


def _subtitle(beside: bool) -> str:
    words = (
        "Share of MMVP's pairs with both questions right, by published labels, in per cent, with"
        " 95 % Wilson intervals; each pattern with its number of pairs."
    )
    if beside:
        words += (
            " r: Pearson's correlation over the patterns with CLIP's share of MMVP-VLM's pairs,"
            " with its 95 % bootstrap interval; printed: the paper's."
        )
    return words
