"""Controls: baselines, permuted answers, probes, surveys, seeds."""

from typing import Final

import polars as pl

from clipblind.ground.tables.table import Table

BASELINES: Final = Table(
    "baselines beside what theory expects of them",
    {
        "benchmark": pl.String,
        "contender": pl.String,
        "pairs": pl.Int64,
        "right": pl.Int64,
        "expected": pl.Float64,
        "lowest": pl.Int64,
        "highest": pl.Int64,
        "inside": pl.Boolean,
    },
)


SHUFFLED: Final = Table(
    "effects beside what is left of them when answers are permuted",
    {
        "effect": pl.String,
        "benchmark": pl.String,
        "of": pl.String,
        "against": pl.String,
        "observed": pl.Float64,
        "permutations": pl.Int64,
        "mean": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
    },
)


PROBES: Final = Table(
    "linear probes beside zero-shot accuracy, by encoder and factor",
    {
        "encoder": pl.String,
        "factor": pl.String,
        "fitted_on": pl.Int64,
        "images": pl.Int64,
        "accuracy": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "chance": pl.Float64,
    },
)


SURVEY: Final = Table(
    "pairs that an encoder takes for one picture, and the blind ones among them",
    {
        "encoder": pl.String,
        "thresholds": pl.String,
        "probe_above": pl.Float64,
        "reference_below": pl.Float64,
        "all_pairs": pl.Int64,
        "similar_pairs": pl.Int64,
        "blind_pairs": pl.Int64,
    },
)


DIFFER_RATES: Final = Table(
    "how often factors differ between the two pictures of a pair",
    {
        "encoder": pl.String,
        "factor": pl.String,
        "among": pl.String,
        "pairs": pl.Int64,
        "differ": pl.Int64,
        "rate": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "at_large": pl.Float64,
    },
)


NUMBERS: Final = Table(
    "numbers of every seed",
    {
        "table": pl.String,
        "what": pl.String,
        "number": pl.String,
        "seed": pl.Int64,
        "value": pl.Float64,
    },
)


SPREAD: Final = Table(
    "a number over seeds",
    {
        "table": pl.String,
        "what": pl.String,
        "number": pl.String,
        "seeds": pl.Int64,
        "mean": pl.Float64,
        "sd": pl.Float64,
        "lowest": pl.Float64,
        "highest": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
    },
)
