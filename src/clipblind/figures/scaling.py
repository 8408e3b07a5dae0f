"""Every CLIP variant against the nine patterns (the paper's Table 1)."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

import polars as pl
from matplotlib.figure import Figure

from clipblind.figures.parts.read import Inputs
from clipblind.figures.parts.heat import AVERAGE, REVERSE, Heat
from clipblind.figures.parts.read import Shares, largest, patterns_in, shares, table
from clipblind.figures.parts.style import nothing, percent, sheet, styled
from clipblind.figures.variants import BASE, Marks, differences, explain, in_order
from clipblind.ground.tables.matching import VARIANTS, MATCH_PAIRED, MATCH_SCORES
from clipblind.study.settings.figure import Figure as Settings

NEEDS: Final = ("scores", "variants", "paired")
TITLE: Final = "Which CLIP sees which pattern"
OFFICIAL, OTHER = "text_to_image", "image_to_text"
ZERO_SHOT: Final = "zero-shot"
NONE: Final = "\N{EN DASH}"


@styled
def draw(inputs: Inputs, settings: Settings) -> Figure:
    """One row a variant: how it was made, zero-shot accuracy, nine patterns and their average."""
    scores = table(inputs, "scores", MATCH_SCORES).filter(pl.col("pairs") > 0)
    official = scores.filter(pl.col("direction") == OFFICIAL)
    if official.is_empty():
        return nothing(settings, TITLE, "No CLIP variant was scored.")
    paired = table(inputs, "paired", MATCH_PAIRED)
    names = official["encoder"].unique(maintain_order=True).to_list()
    variants = in_order(table(inputs, "variants", VARIANTS), names)
    columns = patterns_in(official)
    columns += [AVERAGE] if AVERAGE in official["pattern"] else []
    columns += [REVERSE] if OTHER in scores["direction"] else []
    facts = _facts(variants, official)
    made = Heat(
        rows={row["encoder"]: row["encoder"] for row in variants},
        columns=columns,
        cells=_cells(scores),
        facts=facts,
        strong=_changed(variants, facts),
        second={row["encoder"]: _changes(row["axis"]) for row in variants},
        marks=_marks(paired),
        breaks=_breaks(variants),
    )
    on = sheet(settings, TITLE, _subtitle(official, variants, paired), made.height)
    made.draw(on)
    return on.figure


def _subtitle(
    official: pl.DataFrame, variants: Sequence[Mapping[str, Any]], paired: pl.DataFrame
) -> str:
    single = official.filter(pl.col("pattern") != AVERAGE)
    pairs = f" ({largest(single, 'pairs')} a pattern)" if len(single) else ""
    words = f"Per cent of twin pairs{pairs} whose two statements both pick their own picture."
    words += f" {REVERSE.capitalize()}: average where pictures pick statements."
    if any(row["zero_shot"] is not None for row in variants):
        words += (
            " Zero-shot: accuracy in per cent on the factors that captions name often, in place"
            " of ImageNet."
        )
    return words + explain(paired, OFFICIAL, "pairs")


def _cells(scores: pl.DataFrame) -> Shares:
    other = (pl.col("direction") == OTHER) & (pl.col("pattern") == AVERAGE)
    cells = shares(scores.filter(pl.col("direction") == OFFICIAL), "encoder", "pattern", "accuracy")
    reverse = shares(scores.filter(other), "encoder", "pattern", "accuracy")
    return cells | {(name, REVERSE): share for (name, _), share in reverse.items()}


def _marks(paired: pl.DataFrame) -> Marks:
    marks = differences(paired, OFFICIAL)
    for (name, item), mark in differences(paired, OTHER).items():
        if item == AVERAGE:
            marks[name, REVERSE] = mark
    return marks


def _changes(axis: str) -> str:
    known = {BASE: "the base", "unknown": "", "several": "several changes"}
    return known.get(axis, f"changes {'pictures' if axis == 'images' else axis}")


def _changed(
    variants: Sequence[Mapping[str, Any]], facts: Mapping[str, Mapping[str, str]]
) -> set[tuple[str, str]]:
    """Facts, by variant and heading, that are not those of the base."""
    base = next((row["encoder"] for row in variants if row["axis"] == BASE), None)
    made = {heading: texts for heading, texts in facts.items() if heading != ZERO_SHOT}
    return {(n, h) for h, t in made.items() for n in t if base is not None and t[n] != t[base]}


def _breaks(variants: Sequence[Mapping[str, Any]]) -> list[str]:
    return [b["encoder"] for a, b in pairwise(variants) if a["axis"] != b["axis"]]


def _facts(
    variants: Sequence[Mapping[str, Any]], official: pl.DataFrame
) -> dict[str, dict[str, str]]:
    of_scores = {row["encoder"]: row for row in official.iter_rows(named=True)}
    facts: dict[str, dict[str, str]] = {}
    for row in variants:
        name = row["encoder"]
        texts = {
            "captions": row["captions"] or NONE,
            "pictures": _thousands(row["images"]),
            "samples": _thousands(row["samples"]),
            "pixels": str(of_scores[name]["image_size"]),
            "patches": NONE if row["patches"] is None else str(row["patches"]),
            "M params": _millions(of_scores[name]["params_m"]),
            ZERO_SHOT: _zero_shot(row),
        }
        for heading, text in texts.items():
            facts.setdefault(heading, {})[name] = text
    # what no variant is known of says nothing
    return {h: texts for h, texts in facts.items() if set(texts.values()) != {NONE}}


def _thousands(count: int | None) -> str:
    if count is None:
        return NONE
    return str(count) if count < 1000 else f"{count / 1000:.3g} k"


def _millions(params: float) -> str:
    return f"{params:.2f}" if params < 10 else f"{params:,.0f}"


def _zero_shot(row: Mapping[str, Any]) -> str:
    share, low, high = (row[key] for key in ("zero_shot", "low", "high"))
    if share is None or share != share:
        return NONE
    return f"{percent(share, 1)}\n{percent(low)}{NONE}{percent(high)}"
