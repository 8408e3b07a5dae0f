"""Every encoder against the visual patterns (the paper's Table 1)."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

import polars as pl
from matplotlib.figure import Figure

from clipblind.figures.parts.benchmarks import TABLE1, in_words
from clipblind.figures.parts.clips import (
    BASE,
    CHANCE,
    OFFICIAL,
    OTHER,
    Clip,
    Marks,
    differences,
    explain,
    read_clips,
    read_measured,
    read_printed,
    read_scores,
)
from clipblind.figures.parts.heat import REVERSE, Heat
from clipblind.figures.parts.measures import count
from clipblind.figures.parts.read import (
    Inputs,
    Shares,
    over_pairs,
    pairs_in_words,
    patterns_in,
    shares,
    table,
)
from clipblind.figures.parts.style import MARGIN, nothing, percent, sheet, styled
from clipblind.ground.patterns import AVERAGE
from clipblind.ground.tables.matching import MATCH_PAIRED
from clipblind.printed import table1
from clipblind.study.settings.figure import Figure as Settings

TITLE: Final = "Which CLIP sees which pattern"
ZERO_SHOT, ACCURACY = "zero-shot", "ImageNet"
NONE: Final = "\N{EN DASH}"
HEADING: Final = 0.4
CHANGES: Final = {BASE: "the base", "several": "several changes", "images": "changes pictures"}

Facts = dict[str, dict[str, str]]


@styled
def draw(inputs: Inputs, settings: Settings) -> Figure:
    """A table a benchmark of texts: one row an encoder, its patterns and their average."""
    scores = read_scores(inputs)
    official = scores.filter(pl.col("direction") == OFFICIAL)
    if official.is_empty():
        return nothing(settings, TITLE, "No encoder was matched with any text.")
    clips = read_clips(inputs, official)
    paired = table(inputs, "encoders_paired", MATCH_PAIRED)
    paper = {(row["encoder"], row["pattern"]): row["paper"] for row in read_printed(inputs)}
    measured = read_measured(inputs)
    benchmarks = official["benchmark"].unique(maintain_order=True).to_list()
    facts = _facts(clips, measured)
    heats = [
        _heat(
            [clip for clip in clips if clip.name in set(own["encoder"])],
            own,
            paired.filter(pl.col("benchmark") == name),
            paper if name == TABLE1 else {},
            measured,
        )
        for name in benchmarks
        for own in (scores.filter(pl.col("benchmark") == name),)
    ]
    several = len(heats) > 1
    body = sum(heat.height + HEADING * several for heat in heats)
    words = _subtitle(official, clips, paired, facts, measured, bool(paper))
    on, top = sheet(settings, TITLE, words, body), 0.0
    for name, heat in zip(benchmarks, heats, strict=True):
        if several:
            on.text(MARGIN, top + 0.1, in_words(name), fontsize=10, fontweight="bold")
            top += HEADING
        heat.draw(on.below(top))
        top += heat.height
    return on.figure


def _heat(
    clips: Sequence[Clip],
    scores: pl.DataFrame,
    paired: pl.DataFrame,
    paper: Mapping[tuple[str, str], float],
    measured: Mapping[str, Mapping[str, Any]],
) -> Heat:
    official = scores.filter(pl.col("direction") == OFFICIAL)
    columns = patterns_in(official)
    columns += [AVERAGE] if AVERAGE in official["pattern"] else []
    columns += [REVERSE] if OTHER in scores["direction"] else []
    names, facts = {clip.name for clip in clips}, _facts(clips, measured)
    return Heat(
        rows={clip.name: clip.label for clip in clips},
        columns=columns,
        cells=_cells(scores),
        facts=facts,
        strong=_changed(clips, facts) | {(name, ACCURACY) for name in measured},
        second=_seconds(clips, bool(paper)),
        marks=_marks(paired),
        breaks=[b.name for a, b in pairwise(clips) if _group(a, paper) != _group(b, paper)],
        beneath={key: share for key, share in paper.items() if key[0] in names},
        chance=CHANCE,
        note="beneath each its 95 % interval" + (", in the strip the paper's" if paper else ""),
    )


def _group(clip: Clip, paper: Mapping[tuple[str, str], float]) -> tuple[str, bool]:
    return clip.axis, bool(paper and clip.row)


def _seconds(clips: Sequence[Clip], printed: bool) -> dict[str, str]:
    """What each encoder changes of the base, or that the paper hasn't it."""
    words = {
        clip.name: CHANGES.get(clip.axis, f"changes {clip.axis}")
        if clip.trained_here
        else "not in Table 1"
        if printed and not clip.row
        else ""
        for clip in clips
    }
    return words if any(words.values()) else {}


def _subtitle(
    official: pl.DataFrame,
    clips: Sequence[Clip],
    paired: pl.DataFrame,
    facts: Facts,
    measured: Mapping[str, object],
    printed: bool,
) -> str:
    benchmarks = official["benchmark"].unique(maintain_order=True).to_list()
    single = pairs_in_words(official.filter(pl.col("pattern") != AVERAGE))
    on = f" of {in_words(benchmarks[0])}" if len(benchmarks) == 1 else ""
    words = (
        f"Per cent of pairs{on} ({single} a pattern) whose two texts both pick their own picture,"
        f" with 95 % Wilson intervals {over_pairs(any(clip.trained_here for clip in clips))}."
        f" {REVERSE.capitalize()}: average where pictures pick texts."
    )
    if printed:
        words += f" Strips: the paper's Table 1, on {in_words(TABLE1)}."
    if ZERO_SHOT in facts:
        words += (
            " Zero-shot: accuracy in per cent on the factors that captions name often, in place"
            " of ImageNet."
        )
    if ACCURACY in facts:
        words += " ImageNet: zero-shot accuracy in per cent, " + (
            "dark where measured in this run, grey where the paper prints it."
            if measured
            else "as the paper prints it; this run did not measure it."
        )
    labels = {clip.name: clip.label for clip in clips}
    return words + explain(paired, OFFICIAL, "pairs", labels)


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


def _changed(clips: Sequence[Clip], facts: Facts) -> set[tuple[str, str]]:
    """Facts, by encoder and heading, that are not those of the base it was made from."""
    base = next((clip.name for clip in clips if clip.axis == BASE), None)
    made = {h: texts for h, texts in facts.items() if h not in (ZERO_SHOT, ACCURACY)}
    here = {clip.name for clip in clips if clip.trained_here}
    return {(n, h) for h, t in made.items() for n in here if base and t[n] != t[base]}


def _facts(clips: Sequence[Clip], measured: Mapping[str, Mapping[str, Any]]) -> Facts:
    printed = dict(table1().select("row", "imagenet").iter_rows())
    facts: Facts = {}
    for clip in clips:
        texts = {
            "captions": clip.captions or NONE,
            "pictures": NONE if clip.images is None else count(clip.images),
            "samples": NONE if clip.samples is None else count(clip.samples),
            "pixels": str(clip.image_size),
            "patches": NONE if clip.patches is None else str(clip.patches),
            "M params": _millions(clip.params_m),
            ZERO_SHOT: _zero_shot(clip),
            ACCURACY: _imagenet(clip, measured, printed),
        }
        for heading, text in texts.items():
            facts.setdefault(heading, {})[clip.name] = text
    # what no encoder is known of says nothing
    return {h: texts for h, texts in facts.items() if set(texts.values()) != {NONE}}


def _millions(params: float) -> str:
    return f"{params:.2f}" if params < 10 else f"{params:,.0f}"


def _zero_shot(clip: Clip) -> str:
    share, low, high = clip.zero_shot
    return NONE if share != share else f"{percent(share, 1)}\n{percent(low)}{NONE}{percent(high)}"


def _imagenet(
    clip: Clip, measured: Mapping[str, Mapping[str, Any]], printed: Mapping[str, float]
) -> str:
    paper = f"{printed[clip.row]:.1f}" if clip.row in printed else ""
    if clip.name in measured:
        own = percent(measured[clip.name]["accuracy"], 1)
        return f"{own}\npaper {paper}" if paper else own
    return f"{paper}\npaper" if paper else NONE
