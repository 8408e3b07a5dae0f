"""What figures of encoders with a text tower share: what each is, its scores, the paper's."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import polars as pl

from clipblind.figures.parts.heat import DOWN, UP
from clipblind.figures.parts.read import Inputs, Share, number, table, table_if_any
from clipblind.figures.parts.style import BLUE, GREEN, MUTED, ORANGE, PURPLE, VERMILION, Mark
from clipblind.ground.stats import LEVEL
from clipblind.ground.tables.matching import AGAINST_TABLE1, IMAGENET, MATCH_SCORES, VARIANTS
from clipblind.printed import table1

OFFICIAL, OTHER = "text_to_image", "image_to_text"
"""Directions of matching: each text picks its image (what the paper counts), and the other way."""

CHANCE: Final = 0.25
"""Share of pairs that guessing gets right: each of two texts picks one of two images."""

BASE, CAPTIONS = "base", "captions"
AXES: Final = (BASE, CAPTIONS, "images", "steps", "size", "resolution", "several")
"""What a trained encoder changes of the base, in the order of figures; others were trained
elsewhere."""

COLOURS: Final = (BLUE, GREEN, VERMILION, PURPLE, ORANGE)
OTHERS: Final = "others"

Marks = dict[tuple[str, str], str]


@dataclass(frozen=True)
class Clip:
    """One encoder with a text tower.

    Attributes:
        name: as the study calls it.
        label: as figures show it.
        family: the first word of its label, without a version.
        colour: of its family.
        row: its name in Table 1; empty if it is not there.
        axis: what it changes of the base, as in `AXES`; `unknown` of those from elsewhere.
        captions: the policy of the captions it was trained on; empty if unknown.
        images: different pictures that it was trained on, if that is known.
        samples: image-text pairs seen in training, with repeats, if that is known.
        data: what it was trained on.
        image_size: side of its input in pixels.
        patches: that its image tower cuts the input into, if that is known.
        params_m: parameters in millions, both towers.
        zero_shot: accuracy on the factors that captions name often, which stands in for
            ImageNet's; not a number where there is none.
    """

    name: str
    label: str
    family: str
    colour: str
    row: str
    axis: str
    captions: str
    images: int | None
    samples: float | None
    data: str
    image_size: int
    patches: int | None
    params_m: float
    zero_shot: Share

    @property
    def trained_here(self) -> bool:
        """Whether the study knows its recipe."""
        return self.axis in AXES


def read_scores(inputs: Inputs) -> pl.DataFrame:
    """Rows of `MATCH_SCORES` that count any pair."""
    return table(inputs, "matching", MATCH_SCORES).filter(pl.col("pairs") > 0)


def read_clips(inputs: Inputs, scores: pl.DataFrame) -> list[Clip]:
    """The encoders that were scored: the base and what differs from it, then those of Table 1.

    Args:
        inputs: `variants` among them.
        scores: rows of `MATCH_SCORES`, or of another table with a column `encoder`.
    """
    present = scores["encoder"].unique(maintain_order=True).to_list()
    told = {row["encoder"]: row for row in table(inputs, "variants", VARIANTS).to_dicts()}
    rows = [told[name] for name in told if name in present]
    axes = {axis: place for place, axis in enumerate(AXES)}
    printed = {row: place for place, row in enumerate(table1()["row"].unique(maintain_order=True))}
    clips = [_clip(row) for row in rows]
    clips.sort(key=lambda c: (axes.get(c.axis, len(axes)), printed.get(c.row, len(printed))))
    return _coloured(clips)


def read_printed(inputs: Inputs) -> list[dict[str, Any]]:
    """Rows of `AGAINST_TABLE1` that hold a figure of the paper; none where nothing is beside it."""
    beside = table_if_any(inputs, "table1", AGAINST_TABLE1)
    return beside.filter(pl.col("paper").is_not_null() & (pl.col("pairs") > 0)).to_dicts()


def read_measured(inputs: Inputs) -> dict[str, dict[str, Any]]:
    """Rows of `IMAGENET` by encoder, of those that were tested on it."""
    rows = table_if_any(inputs, "imagenet", IMAGENET).filter(pl.col("images") > 0)
    return {row["encoder"]: row for row in rows.iter_rows(named=True)}


def read_imagenet(inputs: Inputs, clips: Sequence[Clip]) -> dict[str, float]:
    """Zero-shot accuracy on ImageNet, a share: as measured, or else as the paper prints it."""
    printed = dict(table1().select("row", "imagenet").iter_rows())
    found = {clip.name: printed[clip.row] / 100 for clip in clips if clip.row in printed}
    return found | {name: row["accuracy"] for name, row in read_measured(inputs).items()}


def families(clips: Sequence[Clip]) -> list[Mark]:
    """A dot for each family's colour, for a figure's key."""
    colours = {clip.family: clip.colour for clip in clips}
    marks: list[Mark] = [(name, colour, "dot") for name, colour in colours.items()]
    return [mark for mark in marks if mark[1] != MUTED] + (
        [(OTHERS, MUTED, "dot")] if MUTED in colours.values() else []
    )


def differences(paired: pl.DataFrame, measure: str) -> Marks:
    """`UP` or `DOWN` by (encoder, item) where an encoder differs from the base.

    Args:
        paired: rows of the table `MATCH_PAIRED`.
        measure: which of its measures; a corrected p value below `LEVEL` counts as a difference.
    """
    found = paired.filter((pl.col("measure") == measure) & (pl.col("p_holm") < LEVEL))
    return {
        (row["first"], row["item"]): UP if row["difference"] > 0 else DOWN
        for row in found.iter_rows(named=True)
    }


def explain(paired: pl.DataFrame, measure: str, cases: str, labels: Mapping[str, str]) -> str:
    """A sentence that says what the marks mean; empty if nothing was compared.

    Args:
        paired: rows of the table `MATCH_PAIRED`.
        measure: which of its measures.
        cases: what the encoders were compared on, in words.
        labels: of the encoders.
    """
    base = paired.filter(pl.col("measure") == measure)["second"].unique(maintain_order=True)
    if base.is_empty():
        return ""
    return (
        f" {UP} {DOWN}: better or worse than {labels.get(base[0], base[0])} on the same {cases}, by"
        f" McNemar's exact test, p < {LEVEL:.2f} after Holm's correction; no mark: not told apart."
    )


def _clip(row: Mapping[str, Any]) -> Clip:
    label = row["label"] or row["encoder"]
    millions = row["samples_m"]
    return Clip(
        name=row["encoder"],
        label=label,
        family=re.split(r"[\s_\d]", label)[0] or label,
        colour=MUTED,
        row=row["row"] or "",
        axis=row["axis"],
        captions=row["captions"] or "",
        images=row["images"],
        samples=row["samples"] or (None if millions is None else 1e6 * millions),
        data=row["data"] or "",
        image_size=row["image_size"],
        patches=row["patches"],
        params_m=row["params_m"],
        zero_shot=(number(row["zero_shot"]), number(row["low"]), number(row["high"])),
    )


def _coloured(clips: Sequence[Clip]) -> list[Clip]:
    """The same with a colour each for the largest families."""
    counts = Counter(clip.family for clip in clips)
    largest = sorted(counts, key=lambda family: -counts[family])[: len(COLOURS)]
    order = [family for family in counts if family in largest]
    colours = dict(zip(order, COLOURS, strict=False))
    return [replace(clip, colour=colours.get(clip.family, MUTED)) for clip in clips]
