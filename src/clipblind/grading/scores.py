"""Question and pair accuracy with intervals; unscored counts as not correct, and is shown."""

from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from clipblind.contenders.protocol import NOT_RECORDED
from clipblind.grading.verdicts import CORRECT, UNSCORED
from clipblind.ground.factors import FACTORS
from clipblind.ground.stats import wilson
from clipblind.ground.tables.scores import CONTENDER_SCORES, TIERS
from clipblind.ground.tables.table import Table

OF_PAIRS: Final = ("pair_accuracy", "low", "high")


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
        if len(put_to(frame))
    ]
    return pl.concat([pl.DataFrame(schema=dict(table.columns)), *frames])


def score(verdicts: pl.DataFrame, by: Sequence[str] = ()) -> pl.DataFrame:
    """Scores of one contender, for each group of verdicts.

    A pair counts as right only if both of its verdicts are correct (paper, section 3.2). The
    interval is Wilson's 95 % interval of the pair accuracy. Questions that were never put to the
    contender are left out, and so are pairs that lack one; where no pair is left, its columns are
    null.

    Args:
        verdicts: the table `VERDICTS`.
        by: columns to group by, `benchmark` or `pattern` or both; none for one row over all.

    Returns:
        `by`, `questions`, `question_accuracy`, `pairs`, `pair_accuracy`, `low`, `high`, `unscored`,
        `certain`, `read`, sorted by `by`.
    """
    asked = put_to(verdicts)
    groups = asked.group_by(by, maintain_order=True) if by else [((), asked)]
    rows = [{**dict(zip(by, key, strict=True)), **_score_of(group)} for key, group in groups]
    frame = pl.DataFrame(rows, schema_overrides=dict.fromkeys(OF_PAIRS, pl.Float64))
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
    """Which pairs a contender got right, of those whose questions were all put to it.

    Args:
        verdicts: the table `VERDICTS`.

    Returns:
        `benchmark`, `pattern`, `pair_id`, `right` (Boolean), sorted by benchmark and pair.
    """
    paired = put_to(verdicts).filter(pl.col("pair_id").is_not_null())
    pairs = paired.group_by("benchmark", "pair_id").agg(
        pl.col("pattern").first(), right=(pl.col("verdict") == CORRECT).all()
    )
    return pairs.select("benchmark", "pattern", "pair_id", "right").sort("benchmark", "pair_id")


def put_to(verdicts: pl.DataFrame) -> pl.DataFrame:
    """The verdicts on questions that were put to a contender; `pair_id` is null where one lacks.

    Only recorded answers may be to a part of a benchmark: everybody else is asked everything.

    Args:
        verdicts: the table `VERDICTS`.
    """
    was_put = pl.col("reason").fill_null("") != NOT_RECORDED
    whole = was_put.all().over("benchmark", "pair_id")
    return verdicts.with_columns(pair_id=pl.when(whole).then("pair_id")).filter(was_put)


def _score_of(verdicts: pl.DataFrame) -> dict[str, float | int | None]:
    pairs = right_pairs(verdicts)
    interval = wilson(int(pairs["right"].sum()), len(pairs))
    of_pairs = (interval.value, interval.low, interval.high) if len(pairs) else (None,) * 3
    return {
        "questions": len(verdicts),
        "question_accuracy": int((verdicts["verdict"] == CORRECT).sum()) / len(verdicts),
        "pairs": len(pairs),
        **dict(zip(OF_PAIRS, of_pairs, strict=True)),
        "unscored": int((verdicts["verdict"] == UNSCORED).sum()),
        **{tier: int((verdicts["tier"] == tier).sum()) for tier in TIERS},
    }
