"""Our scores on MMVP beside what the paper printed for the same systems."""

from collections.abc import Mapping
from typing import Any, Final

import polars as pl

from clipblind.benchmark.mmvp import NAME
from clipblind.ground.errors import UserError
from clipblind.ground.stats import wilson
from clipblind.ground.tables.scores import AGAINST_FIGURE4
from clipblind.printed import figure4

PEOPLE: Final = "Human"
ROUNDING: Final = 0.0005 + 1e-9  # the paper prints tenths of a percent


def against_figure4(scores: pl.DataFrame, rows: Mapping[str, str]) -> pl.DataFrame:
    """Compare with Figure 4 on MMVP alone, by its published labels: pairs, but questions of people.

    The printed score of people is the mean share of right questions over four volunteers, so it is
    people's questions that are set beside it.

    Args:
        scores: the table `BENCHMARK_SCORES`, of which the rows of `mmvp` count: its published
            labels, one order of options, our reading.
        rows: contender to its name in Figure 4, such as "LLaVA-1.5"; empty: it has none, and is
            left out.

    Returns:
        The table `AGAINST_FIGURE4`, in the order of `rows`.

    Raises:
        UserError: if Figure 4 has no such row.
    """
    printed = dict(figure4().iter_rows())
    for contender, row in rows.items():
        if row and row not in printed:
            raise UserError(
                f"contender.{contender}.row={row!r} is nobody of the paper's Figure 4; there are"
                f" {', '.join(printed)}."
            )
    own = scores.filter(pl.col("benchmark") == NAME, pl.col("pairs") > 0)
    scored = {row["contender"]: row for row in own.iter_rows(named=True)}
    made = [
        {"contender": name, "row": row, **_beside(scored[name], row, printed[row])}
        for name, row in rows.items()
        if row and name in scored
    ]
    return pl.DataFrame(made, schema=dict(AGAINST_FIGURE4.columns))


def _beside(score: Mapping[str, Any], row: str, paper: float) -> dict[str, Any]:
    of = "questions" if row == PEOPLE else "pairs"
    accuracy = score["question_accuracy" if row == PEOPLE else "pair_accuracy"]
    share = wilson(round(accuracy * score[of]), score[of])
    return {
        "of": of,
        "cases": score[of],
        "accuracy": share.value,
        "low": share.low,
        "high": share.high,
        "paper": paper,
        "difference": share.value - paper,
        "inside": share.low - ROUNDING <= paper <= share.high + ROUNDING,
    }
