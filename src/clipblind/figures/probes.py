"""Linear probes beside zero-shot: what CLIP's embedding holds, and what its text tower finds."""

from typing import Any, Final

import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from clipblind.figures.parts.read import Inputs, largest, table
from clipblind.figures.parts.style import (
    BLUE,
    BODY,
    FAINT,
    GREEN,
    MARGIN,
    MUTED,
    ORANGE,
    Mark,
    interval,
    nothing,
    sheet,
    styled,
    width_of,
)
from clipblind.ground.tables.controls import PROBES
from clipblind.ground.tables.matching import ZERO_SHOT
from clipblind.study.settings.figure import Figure as Settings

TITLE: Final = "Absent, or only not aligned?"
ROW: Final = 0.37
STEP: Final = 0.24

Share = tuple[float, float, float]


@styled
def draw(inputs: Inputs, settings: Settings) -> Figure:
    """Three dots a factor: CLIP's zero-shot accuracy, and a probe of CLIP and of the reference."""
    probes = table(inputs, "probes", PROBES).filter(pl.col("images") > 0)
    scores = table(inputs, "zero_shot", ZERO_SHOT).filter(pl.col("images") > 0)
    if probes.is_empty() or scores.is_empty():
        return nothing(settings, TITLE, "No encoder was probed for single factors.")
    clip = scores["encoder"][0]
    others = [
        e for e in probes["encoder"].unique(maintain_order=True) if e not in scores["encoder"]
    ]
    reference = others[0] if others else None
    found = [_of(scores, clip), _of(probes, clip), _of(probes, reference)]
    first = found[0]
    factors = sorted(first, key=lambda factor: -first[factor][0])
    subtitle = (
        f"Does {clip}'s image embedding hold what its own text tower does not find in it? A linear"
        f" probe is fitted to labels of {largest(probes, 'fitted_on'):,} other pictures. Accuracy"
        " corrected for chance, (accuracy \N{MINUS SIGN} chance) / (1 \N{MINUS SIGN} chance), with"
        f" its 95 % interval; {largest(probes, 'images'):,} pictures a factor."
    )
    marks: list[Mark] = [
        (f"{clip}, zero-shot", ORANGE, "dot"),
        (f"{clip}, linear probe", BLUE, "dot"),
    ]
    if reference:
        marks.append((f"{reference}, linear probe", GREEN, "dot"))
    marks.append(("held, but not aligned with text", MUTED, "line"))
    made = sheet(settings, TITLE, subtitle, 0.06 + ROW * len(factors) + 0.3, marks)
    left = MARGIN + max(width_of(factor, BODY) for factor in factors) + 0.14
    axes = made.axes(left, 0.06, made.width - MARGIN - 0.2 - left, ROW * len(factors))
    for i, factor in enumerate(factors):
        y = 0.06 + ROW * (i + 0.5)
        made.text(left - 0.12, y, factor, va="center", ha="right", fontsize=BODY)
    _rows(axes, factors, found)
    return made.figure


def _of(frame: pl.DataFrame, encoder: str | None) -> dict[str, Share]:
    """One encoder's accuracy by factor, with its bounds, corrected for chance."""
    rows = frame.filter(pl.col("encoder") == encoder).iter_rows(named=True)
    return {row["factor"]: _corrected(row) for row in rows}


def _corrected(row: dict[str, Any]) -> Share:
    chance = row["chance"]
    value, low, high = ((row[key] - chance) / (1 - chance) for key in ("accuracy", "low", "high"))
    return value, low, high


def _rows(axes: Axes, factors: list[str], found: list[dict[str, Share]]) -> None:
    lowest = min(low for shares in found for _, low, _ in shares.values())
    axes.set(xlim=(min(lowest, 0.0) - 0.03, 1.04), ylim=(len(factors) - 0.5, -0.5), yticks=[])
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0: guessing", "25", "50", "75", "100 %"])
    axes.grid(axis="x", color=FAINT, linewidth=0.7, zorder=0)
    axes.axvline(0, color=MUTED, linewidth=0.9, zorder=1)
    for i, factor in enumerate(factors):
        if i:
            axes.axhline(i - 0.5, color=FAINT, linewidth=0.7)
        if all(factor in shares for shares in found[:2]):
            x = [shares[factor][0] for shares in found[:2]]
            axes.plot(x, (i - STEP, i), color=MUTED, linewidth=0.9, zorder=2)
        for k, (shares, colour) in enumerate(zip(found, (ORANGE, BLUE, GREEN), strict=True)):
            if factor in shares:
                interval(axes, i + (k - 1) * STEP, shares[factor], colour)
