"""Our accuracy on MMVP-VLM beside what the paper printed for the same model."""

from collections.abc import Mapping
from typing import Final

import polars as pl

from clipblind.ground.errors import UserError
from clipblind.ground.tables.matching import AGAINST_TABLE1
from clipblind.matching.scores import OFFICIAL
from clipblind.printed import table1

BENCHMARK: Final = "mmvp_vlm"
"""By its entry's name: the paper's figures stand beside no other benchmark."""

ROUNDING: Final = 0.0005 + 1e-9  # the paper prints tenths of a percent


def against_table1(scores: pl.DataFrame, rows: Mapping[str, str]) -> pl.DataFrame:
    """Compare with Table 1, pattern by pattern, in the official direction.

    Args:
        scores: the table `MATCH_SCORES`.
        rows: encoder to its row in Table 1, such as "OpenAI ViT-L-14 224"; empty: it has none, and
            is left out.

    Returns:
        The table `AGAINST_TABLE1`.

    Raises:
        UserError: if Table 1 has no such row.
    """
    printed = table1().select("row", "pattern", paper="accuracy")
    known = printed["row"].unique(maintain_order=True).to_list()
    for encoder, row in rows.items():
        if row and row not in known:
            raise UserError(
                f"encoder.{encoder}.row={row!r} is no row of the paper's Table 1; there are"
                f" {', '.join(known)}."
            )
    named = [(encoder, row) for encoder, row in rows.items() if row]
    compared = (
        pl.DataFrame(named, schema={"encoder": pl.String, "row": pl.String}, orient="row")
        .join(
            scores.filter(direction=OFFICIAL, benchmark=BENCHMARK),
            on="encoder",
            maintain_order="left_right",
        )
        .join(printed, on=["row", "pattern"], maintain_order="left")
    )
    paper = pl.col("paper")
    return compared.with_columns(
        difference=pl.col("accuracy") - paper,
        inside=(pl.col("low") - ROUNDING <= paper) & (paper <= pl.col("high") + ROUNDING),
    ).select(list(AGAINST_TABLE1.columns))
