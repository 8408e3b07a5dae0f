"""Question and pair accuracy with intervals; unscored counts as not correct, and is shown."""

from collections.abc import Sequence

import polars as pl

from clipblind.grading.verdicts import CORRECT, UNSCORED
from clipblind.stats import wilson

ALL_PATTERNS = "all"


def score(verdicts: pl.DataFrame, by: Sequence[str] = ()) -> pl.DataFrame:
    """Scores of one contender, for each group of verdicts.

    A pair counts as right only if both of its verdicts are correct (paper, section 3.2). The
    interval is Wilson's 95 % interval of the pair accuracy.

    Args:
        verdicts: the table `VERDICTS`.
        by: columns to group by, `benchmark` or `pattern` or both; none for one row over all.

    Returns:
        `by`, `questions`, `question_accuracy`, `pairs`, `pair_accuracy`, `low`, `high`, `unscored`,
        sorted by `by`.
    """
    groups = verdicts.group_by(by, maintain_order=True) if by else [((), verdicts)]
    rows = [{**dict(zip(by, key, strict=True)), **_score_of(group)} for key, group in groups]
    frame = pl.DataFrame(rows)
    return frame.sort(by) if by else frame


def _score_of(verdicts: pl.DataFrame) -> dict[str, float | int]:
    correct = verdicts["verdict"] == CORRECT
    both = verdicts.with_columns(correct=correct).group_by("pair_id").agg(pl.col("correct").all())
    right = int(both["correct"].sum())
    interval = wilson(right, len(both))
    return {
        "questions": len(verdicts),
        "question_accuracy": int(correct.sum()) / len(verdicts),
        "pairs": len(both),
        "pair_accuracy": interval.value,
        "low": interval.low,
        "high": interval.high,
        "unscored": int((verdicts["verdict"] == UNSCORED).sum()),
    }
