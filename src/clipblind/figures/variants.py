"""What figures of CLIP variants share: their order, and marks where one differs from the base."""

from collections.abc import Collection
from typing import Final

import polars as pl

from clipblind.ground.stats import LEVEL

BASE, CAPTIONS = "base", "captions"
AXES: Final = (BASE, CAPTIONS, "images", "steps", "size", "resolution")
UP: Final = "\N{BLACK UP-POINTING TRIANGLE}"
DOWN: Final = "\N{BLACK DOWN-POINTING TRIANGLE}"

Marks = dict[tuple[str, str], str]


def in_order(variants: pl.DataFrame, present: Collection[str]) -> list[dict[str, str]]:
    """The variants that are present, the base first, then by what they change of it.

    Encoders that the table does not know come last, as if their axis were `unknown`.
    """
    rows = [row for row in variants.iter_rows(named=True) if row["encoder"] in present]
    known = {row["encoder"] for row in rows}
    rows += [
        {**dict.fromkeys(variants.columns), "encoder": name, "axis": "unknown"}
        for name in present
        if name not in known
    ]
    rank = {axis: i for i, axis in enumerate(AXES)}
    return sorted(rows, key=lambda row: rank.get(row["axis"], len(rank)))


def differences(paired: pl.DataFrame, measure: str) -> Marks:
    """`UP` or `DOWN` by (encoder, item) where an encoder differs from the base.

    Args:
        paired: the table `MATCH_PAIRED`.
        measure: which of its measures; a corrected p value below `LEVEL` counts as a difference.
    """
    found = paired.filter((pl.col("measure") == measure) & (pl.col("p_holm") < LEVEL))
    return {
        (row["first"], row["item"]): UP if row["difference"] > 0 else DOWN
        for row in found.iter_rows(named=True)
    }


def explain(paired: pl.DataFrame, measure: str, cases: str) -> str:
    """A sentence that says what the marks mean; empty if nothing was compared.

    Args:
        paired: the table `MATCH_PAIRED`.
        measure: which of its measures.
        cases: what the encoders were compared on, in words.
    """
    base = paired.filter(pl.col("measure") == measure)["second"].unique(maintain_order=True)
    if base.is_empty():
        return ""
    return (
        f" {UP} {DOWN}: better or worse than {base[0]} on the same {cases}, by McNemar's exact"
        f" test, p < {LEVEL:.2f} after Holm's correction."
    )
