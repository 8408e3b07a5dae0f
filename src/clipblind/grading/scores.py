"""Question and pair accuracy with intervals; unscored counts as not correct, and is shown."""

from collections.abc import Mapping, Sequence

import polars as pl

from clipblind.grading.verdicts import CORRECT, UNSCORED
from clipblind.ground.factors import FACTORS
from clipblind.ground.stats import wilson
from clipblind.ground.tables.scores import CONTENDER_SCORES, TIERS
from clipblind.ground.tables.table import Table


def score_all(verdicts: Mapping[str, pl.DataFrame], table: Table) -> pl.DataFrame:
    """Scores of every contender, by the columns that a table adds to those of a score.

    Args:
        verdicts: the table `VERDICTS` of each contender, with these columns.
        table: such as `PATTERN_SCORES`.

    Returns:
        That table, contender by contender.
    """
    by = [column for column in table.columns if column not in CONTENDER_SCORES.columns]
    frames = [
        score(frame, by).with_columns(contender=pl.lit(name)).select(list(table.columns))
        for name, frame in verdicts.items()
        if len(frame)
    ]
    return pl.concat([pl.DataFrame(schema=dict(table.columns)), *frames])


def score(verdicts: pl.DataFrame, by: Sequence[str] = ()) -> pl.DataFrame:
    """Scores of one contender, for each group of verdicts.

    A pair counts as right only if both of its verdicts are correct (paper, section 3.2). The
    interval is Wilson's 95 % interval of the pair accuracy.

    Args:
        verdicts: the table `VERDICTS`.
        by: columns to group by, `benchmark` or `pattern` or both; none for one row over all.

    Returns:
        `by`, `questions`, `question_accuracy`, `pairs`, `pair_accuracy`, `low`, `high`, `unscored`,
        `certain`, `read`, sorted by `by`.
    """
    groups = verdicts.group_by(by, maintain_order=True) if by else [((), verdicts)]
    rows = [{**dict(zip(by, key, strict=True)), **_score_of(group)} for key, group in groups]
    frame = pl.DataFrame(rows)
    return frame.sort(by) if by else frame


def pair_accuracies(scores: pl.DataFrame) -> dict[str, dict[str, float]]:
    """Pair accuracy by contender and benchmark, from the table `BENCHMARK_SCORES`."""
    return {
        str(name): dict(rows.select("benchmark", "pair_accuracy").iter_rows())
        for (name,), rows in scores.group_by("contender", maintain_order=True)
    }


def by_naming(
    verdicts: pl.DataFrame, often: Sequence[str], benchmarks: Sequence[str]
) -> pl.DataFrame:
    """Verdicts with a column `named`: `often` or `seldom`, by the factor that is asked about.

    Args:
        verdicts: the table `VERDICTS`.
        often: factors that captions name often; none: it isn't known, and no row is left.
        benchmarks: those that ask about such factors; rows of others are left out.
    """
    known = verdicts.filter(pl.col("benchmark").is_in(list(benchmarks) if often else []))
    patterns = [FACTORS[factor].pattern or factor for factor in often]
    named = pl.when(pl.col("pattern").is_in(patterns)).then(pl.lit("often"))
    return known.with_columns(named=named.otherwise(pl.lit("seldom")))


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
        **{tier: int((verdicts["tier"] == tier).sum()) for tier in TIERS},
    }
