"""All pairs by the two cosines, as a density with the blind corner marked."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, LogNorm
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from clipblind.embedding.files import read_embeddings
from clipblind.figures.parts.read import Inputs, one, read_json
from clipblind.figures.parts.style import (
    BLUE,
    INK,
    MARGIN,
    MUTED,
    SMALL,
    TINY,
    VERMILION,
    Mark,
    Sheet,
    nothing,
    sheet,
    styled,
)
from clipblind.ground.errors import UserError
from clipblind.mining.dense import blocks
from clipblind.study.settings.figure import Figure as Settings

TITLE: Final = "All pairs, as the probe and the reference see them"
BINS: Final = 150
MOST: Final = 20_000  # of more images, a sample is drawn
SAMPLED: Final = 10_000
TOP: Final = 0.1
HIGH: Final = 2.95
_DENSITY = LinearSegmentedColormap.from_list("pairs", ["#b3d2e6", "#6fabd3", BLUE, "#0a2f4d"])


@dataclass(frozen=True)
class Window:
    """A rectangle of cosines: the probe's from x0 to x1, the reference's from y0 to y1."""

    x0: float
    x1: float
    y0: float
    y1: float


@styled
def draw(inputs: Inputs, settings: Settings) -> Figure:
    """Left all pairs, right the corner where the probe sees one image and the reference two."""
    summary = read_json(one(inputs, "summary"))
    ids, probe = read_embeddings(inputs["probe"])
    reference_ids, reference = read_embeddings(inputs["reference"])
    if ids != reference_ids:
        raise UserError("probe and reference embed different images; embed the pool anew.")
    if len(ids) < 2:
        return nothing(settings, TITLE, "There are fewer than two images, so there is no pair.")
    images, sampled = len(ids), len(ids) > MOST
    if sampled:
        rows = np.sort(np.random.default_rng(0).choice(images, SAMPLED, replace=False))
        probe, reference = probe[rows], reference[rows]
    whole, corner = _windows(probe, reference, summary)
    counts = [pair_counts(probe, reference, window) for window in (whole, corner)]
    all_of = f"those of {SAMPLED:,} images, drawn at random" if sampled else "all of them"
    subtitle = (
        f"{images:,} images make {_pairs(images):,} pairs. Left: {all_of}. Right: the outlined"
        " part, enlarged. The blind corner is tinted."
    )
    made = sheet(settings, TITLE, subtitle, HIGH + 0.85, _marks(summary))
    norm = LogNorm(1, max(2, *(int(count.max()) for count in counts)))
    wide = (made.width - 2 * MARGIN - 0.5 - 0.75) / 2
    for i, (window, count) in enumerate(zip((whole, corner), counts, strict=True)):
        axes = made.axes(MARGIN + 0.5 + i * (wide + 0.7), TOP, wide, HIGH)
        axes.imshow(
            np.ma.masked_equal(count.T, 0),
            extent=(window.x0, window.x1, window.y0, window.y1),
            origin="lower",
            aspect="auto",
            cmap=_DENSITY,
            norm=norm,
            interpolation="nearest",
        )
        _frame(axes, window, summary, enlarged=i == 1)
        if i == 0:
            _outline(axes, corner)
            axes.set_ylabel("cosine of the reference", loc="top")
    _scale(made, TOP + HIGH + 0.5, norm)
    return made.figure


def pair_counts(
    probe: np.ndarray, reference: np.ndarray, window: Window, bins: int = BINS
) -> np.ndarray:
    """How many pairs i < j fall into each cell of a window.

    Args:
        probe: float32 `[N, D1]`, rows of unit norm.
        reference: float32 `[N, D2]`, rows of unit norm, of the same images in the same order.
        window: what is counted; pairs outside are not.
        bins: cells along each axis.

    Returns:
        int64 `[bins, bins]`, the probe's cosine along the first axis.
    """
    counts = np.zeros(bins * bins, np.int64)
    for x, y in _cosines(probe, reference):
        column = np.floor((x - window.x0) * (bins / (window.x1 - window.x0))).astype(np.int32)
        row = np.floor((y - window.y0) * (bins / (window.y1 - window.y0))).astype(np.int32)
        inside = (column >= 0) & (column < bins) & (row >= 0) & (row < bins)
        cells = column[inside] * bins + row[inside]
        counts += np.bincount(cells, minlength=bins * bins)
    return counts.reshape(bins, bins)


def _cosines(probe: np.ndarray, reference: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for a, b in blocks(len(probe)):
        x, y = probe[a] @ probe[b].T, reference[a] @ reference[b].T
        if a == b:
            above = np.triu_indices(len(x), 1)
            yield x[above], y[above]
        else:
            yield x.ravel(), y.ravel()


def _windows(
    probe: np.ndarray, reference: np.ndarray, summary: dict[str, Any]
) -> tuple[Window, Window]:
    low_x, low_y, high_y = 1.0, 1.0, -1.0
    for x, y in _cosines(probe, reference):
        low_x = min(low_x, float(x.min()))
        low_y, high_y = min(low_y, float(y.min())), max(high_y, float(y.max()))
    kinds = [summary[key] for key in ("used", "cosine", "quantile") if key in summary]
    above = min(float(kind["probe_above"]) for kind in kinds)
    below = [float(kind["reference_below"]) for kind in kinds]
    room = 0.04 * (1 - low_y)
    low_y = min(low_y, min(below) - 2 * room) - room
    # cosines of equal pictures may round to a little more than 1
    whole = Window(low_x - 0.03 * (1 - low_x), 1.001, low_y, 1.001)
    reach = 1.6 * max(1 - above, 0.01)
    top = min(1.001, max(below) + 0.35 * (max(below) - low_y) + room)
    return whole, Window(1.001 - reach, 1.001, low_y, top)


def _frame(axes: Axes, window: Window, summary: dict[str, Any], *, enlarged: bool) -> None:
    axes.set(xlim=(window.x0, window.x1), ylim=(window.y0, window.y1))
    axes.spines[["left", "bottom"]].set_visible(True)
    axes.locator_params(nbins=5)
    axes.set_xlabel("cosine of the probe", loc="right")
    used = summary["used"]
    x, y = used["probe_above"], used["reference_below"]
    corner = (x, window.y0), window.x1 - x, y - window.y0
    axes.add_patch(Rectangle(*corner, facecolor=VERMILION, alpha=0.14, linewidth=0, zorder=-1))
    axes.plot((x, x, window.x1), (window.y0, y, y), color=VERMILION, linewidth=1.3)
    other = summary.get("cosine" if summary.get("thresholds") == "quantile" else "quantile")
    if other and enlarged:
        x, y = other["probe_above"], other["reference_below"]
        axes.plot((x, x, window.x1), (window.y0, y, y), color=INK, linewidth=1, linestyle="--")


def _outline(axes: Axes, corner: Window) -> None:
    box = (corner.x0, corner.y0), corner.x1 - corner.x0, corner.y1 - corner.y0
    axes.add_patch(Rectangle(*box, facecolor="none", edgecolor=MUTED, linewidth=0.9))


def _marks(summary: dict[str, Any]) -> list[Mark]:
    used = str(summary.get("thresholds", "cosine"))
    other = "cosine" if used == "quantile" else "quantile"
    fixed = summary.get("cosine", {})
    papers = (fixed.get("probe_above"), fixed.get("reference_below")) == (0.95, 0.6)
    named = "fixed thresholds (the paper's)" if papers else "fixed thresholds"
    names = {"cosine": named, "quantile": "thresholds by quantile"}
    marks: list[Mark] = [(_said(f"used: {names[used]}", summary["used"]), VERMILION, "line")]
    if other in summary:
        marks.append((_said(names[other], summary[other]), INK, "dashes"))
    return marks


def _said(name: str, kind: dict[str, Any]) -> str:
    pairs = f"{kind['pairs']:,} pair{'s' if kind['pairs'] != 1 else ''}"
    return (
        f"{name}: probe > {kind['probe_above']:.3f}, reference < {kind['reference_below']:.3f}:"
        f" {pairs}"
    ).replace("-", "\N{MINUS SIGN}")


def _scale(made: Sheet, top: float, norm: LogNorm) -> None:
    wide = 1.6
    axes = made.axes(MARGIN + 0.5, top, wide, 0.09)
    axes.imshow(_DENSITY(np.linspace(0, 1, 200))[None], extent=(0, 1, 0, 1), aspect="auto")
    axes.set(xticks=[], yticks=[])
    made.text(MARGIN + 0.5, top + 0.12, "1", ha="center", color=MUTED, fontsize=TINY)
    most = f"{norm.vmax:,.0f}"
    made.text(MARGIN + 0.5 + wide, top + 0.12, most, ha="center", color=MUTED, fontsize=TINY)
    made.text(
        MARGIN + 0.5 + wide + 0.3,
        top + 0.045,
        "pairs in a cell, logarithmic",
        va="center",
        color=MUTED,
        fontsize=SMALL,
    )


def _pairs(images: int) -> int:
    return images * (images - 1) // 2
