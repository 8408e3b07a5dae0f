"""The caption control: what captions name against what a CLIP trained on them recognises."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from clipblind.figures.parts.clips import (
    BASE,
    CAPTIONS,
    Clip,
    Marks,
    differences,
    explain,
    read_clips,
)
from clipblind.figures.parts.panels import Grid
from clipblind.figures.parts.read import Inputs, largest, table
from clipblind.figures.parts.style import (
    BLUE,
    FAINT,
    INK,
    MUTED,
    SAND,
    Mark,
    interval,
    nothing,
    sheet,
    styled,
)
from clipblind.ground.tables.matching import MATCH_PAIRED, ZERO_SHOT
from clipblind.study.settings.figure import Figure as Settings

TITLE: Final = "What captions name, and what CLIP then recognises"
MEASURE: Final = "zero_shot"
ROW: Final = 0.2
LOWEST: Final = -0.18


@styled
def draw(inputs: Inputs, settings: Settings) -> Figure:
    """A panel for each caption policy: a bar for the mention rate, a dot for what was learned."""
    scores = table(inputs, "zero_shot", ZERO_SHOT).filter(pl.col("images") > 0)
    if scores.is_empty():
        return nothing(settings, TITLE, "No CLIP variant was tested on single factors.")
    paired = table(inputs, "encoders_paired", MATCH_PAIRED)
    known = read_clips(inputs, scores)
    # with a base from elsewhere nobody knows which encoder differs by its captions alone
    clips = [clip for clip in known if clip.axis in (BASE, CAPTIONS)] or known
    scores = scores.filter(pl.col("encoder").is_in([clip.name for clip in clips]))
    rows = {clip.name: scores.filter(pl.col("encoder") == clip.name).to_dicts() for clip in clips}
    factors = factors_by_rate(rows[clips[0].name], scores["factor"])
    columns = min(max(len(rows), 2), 4 if settings.width >= 7 else 2)
    grid = Grid(len(rows), columns, ROW * len(factors), 0.82)
    subtitle = (
        "CLIPs that differ in their captions alone. Zero-shot accuracy corrected for chance,"
        " (accuracy \N{MINUS SIGN} chance) / (1 \N{MINUS SIGN} chance), with its 95 % interval;"
        f" {largest(scores, 'images')} pictures a factor."
    )
    subtitle += explain(paired, MEASURE, "pictures", {clip.name: clip.label for clip in clips})
    on = sheet(settings, TITLE, subtitle, 0.06 + grid.total, KEY)
    titles = [(clip.label, _second(clip, rows[clip.name])) for clip in clips]
    by_panel, marks = list(rows.items()), differences(paired, MEASURE)
    grid.draw(on, 0.06, titles, lambda i, a: _panel(a, by_panel[i], factors, marks), factors)
    return on.figure


KEY: Final[tuple[Mark, ...]] = (
    ("share of captions that name the factor", SAND, "box"),
    ("recognised, corrected for chance", BLUE, "dot"),
    ("the same, not told apart from guessing", MUTED, "dot"),
)


def factors_by_rate(of_base: Sequence[Mapping[str, Any]], present: pl.Series) -> list[str]:
    """The factors that are present, those first that the base's captions name most."""
    rates = {row["factor"]: row["mention_rate"] for row in of_base}
    return sorted(present.unique(maintain_order=True), key=lambda f: -rates.get(f, 0.0))


def _second(clip: Clip, rows: Sequence[Mapping[str, Any]]) -> str:
    above = sum(row["low"] > row["chance"] for row in rows)
    words = f"{above} of {len(rows)} above chance"
    return f"captions: {clip.captions}; {words}" if clip.captions else words


def _panel(
    axes: Axes,
    own: tuple[str, Sequence[Mapping[str, Any]]],
    factors: Sequence[str],
    marks: Marks,
) -> None:
    encoder, rows = own
    caption_axis(axes, len(factors))
    for row in rows:
        y, chance = factors.index(row["factor"]), row["chance"]
        axes.barh(y, row["mention_rate"], height=0.72, color=SAND, zorder=2)
        low, value, high = (above_chance(row[key], chance) for key in ("low", "accuracy", "high"))
        colour = BLUE if row["low"] > chance else MUTED
        interval(axes, y, (value, max(low, LOWEST), high), colour, 4.5)
        if mark := marks.get((encoder, row["factor"])):
            axes.text(1.1, y, mark, ha="center", va="center", color=INK, fontsize=6)


def caption_axis(axes: Axes, rows: int) -> None:
    """Shares from 0 to 100 % across, with room for estimates below 0 and marks beyond 1."""
    axes.set(xlim=(LOWEST, 1.16), ylim=(rows - 0.5, -0.5), yticks=[])
    axes.set_xticks([0, 0.5, 1], ["0", "50", "100 %"])
    axes.grid(axis="x", color=FAINT, linewidth=0.7, zorder=0)
    axes.axvline(0, color=MUTED, linewidth=0.9, zorder=1)


def above_chance(accuracy: float, chance: float) -> float:
    """Accuracy corrected for chance: 0 at chance, 1 where everything is right."""
    return (accuracy - chance) / (1 - chance)
