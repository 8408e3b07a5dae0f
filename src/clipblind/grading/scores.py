"""Question and pair accuracy with intervals; unscored counts as not correct, and is shown."""

from collections.abc import Sequence

import polars as pl

from clipblind.grading.verdicts import CORRECT, UNSCORED
from clipblind.ground.factors import FACTORS
from clipblind.ground.stats import wilson

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


def by_naming(verdicts: pl.DataFrame, often: Sequence[str]) -> pl.DataFrame:
    """Verdicts with a column `named`: `often` or `seldom`, by the factor that is asked about.

    Args:
        verdicts: the table `VERDICTS`.
        often: factors that captions name often.
    """
    patterns = [FACTORS[factor].pattern or factor for factor in often]
    named = pl.when(pl.col("pattern").is_in(patterns)).then(pl.lit("often"))
    return verdicts.with_columns(named=named.otherwise(pl.lit("seldom")))


def right_pairs(verdicts: pl.DataFrame) -> pl.DataFrame:
    """Which pairs a contender got right.

    Args:
        verdicts: the table `VERDICTS`.

    Returns:
        `benchmark`, `pattern`, `pair_id`, `right` (Boolean), sorted by benchmark and pair.
    """
    pairs = verdicts.group_by("benchmark", "pair_id").agg(
        pl.col("pattern").first(), right=(pl.col("verdict") == CORRECT).all()
    )
    return pairs.select("benchmark", "pattern", "pair_id", "right").sort("benchmark", "pair_id")


def _score_of(verdicts: pl.DataFrame) -> dict[str, float | int]:
    pairs = right_pairs(verdicts)
    interval = wilson(int(pairs["right"].sum()), len(pairs))
    return {
        "questions": len(verdicts),
        "question_accuracy": int((verdicts["verdict"] == CORRECT).sum()) / len(verdicts),
        "pairs": len(pairs),
        "pair_accuracy": interval.value,
        "low": interval.low,
        "high": interval.high,
        "unscored": int((verdicts["verdict"] == UNSCORED).sum()),
    }
