"""A study over seeds: every number of its tables side by side, with mean and spread."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import polars as pl

from clipblind.ground.stats import LEVEL
from clipblind.ground.tables.controls import DIFFER_RATES, NUMBERS, PROBES, SPREAD, SURVEY
from clipblind.ground.tables.matching import (
    CORRELATION,
    MATCH_PAIRED,
    MATCH_SCORES,
    VARIANTS,
    ZERO_SHOT,
)
from clipblind.ground.tables.scores import BENCHMARK_SCORES, NAMED_SCORES, PAIRED, PATTERN_SCORES
from clipblind.ground.tables.table import Table

COLLECTED: Final[Mapping[str, tuple[Table, tuple[str, ...], tuple[str, ...]]]] = {
    "scores/benchmarks.csv": (
        BENCHMARK_SCORES,
        ("contender", "benchmark"),
        ("pair_accuracy", "question_accuracy"),
    ),
    "scores/patterns.csv": (
        PATTERN_SCORES,
        ("contender", "benchmark", "pattern"),
        ("pair_accuracy",),
    ),
    "scores/named.csv": (NAMED_SCORES, ("contender", "benchmark", "named"), ("pair_accuracy",)),
    "scores/paired.csv": (PAIRED, ("first", "second", "benchmark"), ("difference", "p_holm")),
    "scores/correlation.csv": (
        CORRELATION,
        ("contender", "encoder", "benchmark", "beside"),
        ("pearson", "p"),
    ),
    "matching/scores.csv": (
        MATCH_SCORES,
        ("encoder", "benchmark", "direction", "pattern"),
        ("accuracy",),
    ),
    "matching/zero_shot.csv": (ZERO_SHOT, ("encoder", "factor"), ("accuracy", "mention_rate")),
    "matching/variants.csv": (VARIANTS, ("encoder",), ("zero_shot",)),
    "matching/paired.csv": (
        MATCH_PAIRED,
        ("first", "second", "benchmark", "measure", "item"),
        ("difference", "p_holm"),
    ),
    "controls/probes.csv": (PROBES, ("encoder", "factor"), ("accuracy",)),
    "controls/survey.csv": (
        SURVEY,
        ("encoder", "thresholds"),
        ("similar_pairs", "blind_pairs", "probe_above", "reference_below"),
    ),
    "controls/rates.csv": (DIFFER_RATES, ("encoder", "among", "factor"), ("rate", "at_large")),
}
"""File to its table, the columns that say what a number is of, and the columns of numbers."""


def collect(folders: Mapping[int, Path]) -> pl.DataFrame:
    """Every number of every seed.

    Args:
        folders: seed to the folder of its results.

    Returns:
        The table `NUMBERS`; `what` joins the columns that name a number's subject by slashes. A
        table that no seed has is none of the study's, and left out.

    Raises:
        UserError: if a table is damaged, or missing of one seed alone.
    """
    made = [file for file in COLLECTED if any((path / file).exists() for path in folders.values())]
    frames = [pl.DataFrame(schema=dict(NUMBERS.columns))]
    for seed, folder in folders.items():
        for file in made:
            table, keys, numbers = COLLECTED[file]
            frame = table.read(folder / file)
            what = pl.concat_str([pl.col(k) for k in keys], separator="/")
            for number in numbers:
                frames.append(
                    frame.select(
                        table=pl.lit(file.removesuffix(".csv")),
                        what=what,
                        number=pl.lit(number),
                        seed=pl.lit(seed, pl.Int64),
                        value=pl.col(number).cast(pl.Float64),
                    )
                )
    return pl.concat(frames)


def spread(numbers: pl.DataFrame) -> pl.DataFrame:
    """Mean and spread of every number over seeds.

    The 95 % interval of the mean is Student's, over seeds: it says where the mean of many more
    seeds would lie, and is wide with few of them. Not-a-number where a seed has no value.

    Args:
        numbers: the table `NUMBERS`.

    Returns:
        The table `SPREAD`.
    """
    from scipy.stats import t

    value = pl.col("value").fill_null(float("nan"))
    rows = numbers.group_by("table", "what", "number", maintain_order=True).agg(
        seeds=pl.len().cast(pl.Int64),
        mean=value.mean(),
        sd=value.std().fill_null(float("nan")),
        lowest=value.nan_min(),
        highest=value.nan_max(),
    )
    seeds = rows["seeds"].to_numpy()
    half = pl.col("sd") * pl.Series(t.ppf(1 - LEVEL / 2, seeds - 1) / seeds**0.5)
    bounds = rows.with_columns(low=pl.col("mean") - half, high=pl.col("mean") + half)
    return bounds.select(list(SPREAD.columns))


def folders_of(paths: Sequence[Path]) -> dict[int, Path]:
    """Seed to folder, from folders named `seed_<n>`."""
    return {int(path.name.removeprefix("seed_")): path for path in paths}
