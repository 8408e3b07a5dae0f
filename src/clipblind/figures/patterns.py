"""Contenders against visual patterns, under CLIP's own accuracy (the paper's Figure 6)."""

from collections import Counter
from dataclasses import dataclass
from math import nan
from typing import Final

import polars as pl
from matplotlib.figure import Figure

from clipblind.figures.parts.benchmarks import Benchmark, in_words, read_benchmarks
from clipblind.figures.parts.clips import OFFICIAL
from clipblind.figures.parts.heat import Heat
from clipblind.figures.parts.read import (
    Inputs,
    Shares,
    any_trained,
    labels,
    over_pairs,
    pairs_in_words,
    patterns_in,
    shares,
    table,
    table_if_any,
)
from clipblind.figures.parts.style import MARGIN, nothing, sheet, styled
from clipblind.ground.tables.matching import CORRELATION, MATCH_SCORES
from clipblind.ground.tables.scores import PATTERN_SCORES
from clipblind.study.settings.figure import Figure as Settings

TITLE: Final = "What each contender sees, pattern by pattern"
HEADING: Final = 0.4
CLIP: Final = "/clip"
"""Key of CLIP's row; no contender's name holds a slash."""


@dataclass(frozen=True)
class Clip:
    """CLIP's row: which encoders it is the mean of, and their accuracy by pattern."""

    label: str
    second: str
    means: dict[str, float]


@styled
def draw(inputs: Inputs, settings: Settings) -> Figure:
    """A table a benchmark: a row a contender, a column a pattern, CLIP's row on top if tested."""
    scores = table(inputs, "patterns", PATTERN_SCORES).filter(
        (pl.col("pairs") > 0) & pl.col("pattern").is_not_null() & (pl.col("pattern") != "")
    )
    beside = table_if_any(inputs, "correlation", CORRELATION)
    chosen = _chosen(read_benchmarks(inputs), scores, beside)
    if not chosen:
        return nothing(settings, TITLE, "No pair that was answered has a visual pattern yet.")
    heats = []
    for benchmark in chosen:
        own = scores.filter(pl.col("benchmark") == benchmark.name)
        heats.append(_heat(inputs, benchmark, own, _clip(inputs, benchmark.name, beside)))
    several = len(chosen) > 1
    body = sum(heat.height + HEADING * several for heat in heats)
    on, top = (
        sheet(settings, TITLE, _subtitle(chosen, scores, heats, any_trained(inputs)), body),
        0.0,
    )
    for benchmark, heat in zip(chosen, heats, strict=True):
        if several:
            heading = _heading(benchmark, scores)
            on.text(MARGIN, top + 0.1, heading, fontsize=10, fontweight="bold")
            top += HEADING
        heat.draw(on.below(top))
        top += heat.height
    return on.figure


def _chosen(
    benchmarks: dict[str, Benchmark], scores: pl.DataFrame, beside: pl.DataFrame
) -> list[Benchmark]:
    """Those that CLIP's accuracy by pattern is set beside; or else the first with patterns."""
    known = [name for name in benchmarks if name in scores["benchmark"]]
    chosen = [name for name in known if name in beside["beside"]] or known[:1]
    return [benchmarks[name] for name in chosen]


def _heat(inputs: Inputs, benchmark: Benchmark, own: pl.DataFrame, clip: Clip | None) -> Heat:
    names = labels(inputs, own["contender"])
    heads = _heads(own)
    cells: Shares = {
        (name, heads[pattern]): share
        for (name, pattern), share in shares(own, "contender", "pattern", "pair_accuracy").items()
    }
    if clip:
        # no interval: it may be a mean over encoders
        cells |= {(CLIP, heads[p]): (clip.means[p], nan, nan) for p in heads if p in clip.means}
    return Heat(
        rows=({CLIP: clip.label} if clip else {}) | names,
        columns=list(heads.values()),
        cells=cells,
        second={CLIP: clip.second, **dict.fromkeys(names, "")} if clip else {},
        breaks=list(names)[:1] if clip else (),
        chance=benchmark.chance,
    )


def _heads(own: pl.DataFrame) -> dict[str, str]:
    """Each pattern in the paper's order, with its number of pairs where these differ."""
    pairs = dict(own.group_by("pattern").agg(pl.max("pairs")).iter_rows())
    alike = len(set(pairs.values())) == 1
    return {p: p if alike else f"{p}, {pairs[p]}" for p in patterns_in(own)}


def _clip(inputs: Inputs, benchmark: str, beside: pl.DataFrame) -> Clip | None:
    rows = beside.filter(pl.col("beside") == benchmark)
    if rows.is_empty() or not inputs.get("matching"):
        return None
    texts, encoders = Counter(rows.select("benchmark", "encoder").iter_rows()).most_common(1)[0][0]
    names = encoders.split("+")
    matched = table(inputs, "matching", MATCH_SCORES).filter(
        (pl.col("benchmark") == texts)
        & pl.col("encoder").is_in(names)
        & (pl.col("direction") == OFFICIAL)
    )
    means = matched.group_by("pattern").agg(pl.mean("accuracy"))
    told = encoders if len(names) == 1 else f"mean of {len(names)} encoders"
    return Clip(f"CLIP, {in_words(texts)}", told, dict(means.iter_rows()))


def _heading(benchmark: Benchmark, scores: pl.DataFrame) -> str:
    own = scores.filter(pl.col("benchmark") == benchmark.name)
    return f"{benchmark.words} ({pairs_in_words(own)} a pattern)"


def _subtitle(
    chosen: list[Benchmark], scores: pl.DataFrame, heats: list[Heat], trained: bool
) -> str:
    on = f" on {_heading(chosen[0], scores)}" if len(chosen) == 1 else ""
    words = f"Pair accuracy{on} in per cent, with 95 % Wilson intervals {over_pairs(trained)}."
    if any(CLIP in heat.rows for heat in heats):
        words += " CLIP: share of pairs whose two texts both pick their own picture."
    return words
