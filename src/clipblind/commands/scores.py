"""Scores: of contenders, compared with each other, with what was printed, and with encoders'."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clipblind.commands.options import Cfg, Out, file_to_write
from clipblind.study.settings.base import Model
from clipblind.study.slices import read_slice

if TYPE_CHECKING:
    import polars as pl

app = typer.Typer(help=__doc__, no_args_is_help=True)

Verdicts = Annotated[list[Path], typer.Option(help="One contender's; repeatable.")]


class ScoreSlice(Model):
    often_named: tuple[str, ...]
    headline: str


class SeeingSlice(Model):
    kinds: dict[str, str]
    images: dict[str, bool]


class RowsSlice(Model):
    rows: dict[str, str]


class CorrelateSlice(SeeingSlice):
    seed: int
    beside: dict[str, str]
    encoders: dict[str, str]
    rows: dict[str, str]
    towers: dict[str, tuple[str, ...]]
    probe: str = ""


@app.command()
def score(
    cfg: Cfg,
    verdicts: Verdicts,
    benchmarks_table: Annotated[Path, typer.Option(help="What each benchmark is.")],
    contenders: Annotated[Path, file_to_write(help="File for the scores on the headline.")],
    benchmarks: Annotated[Path, file_to_write(help="File for the scores on each benchmark.")],
    patterns: Annotated[Path, file_to_write(help="File for the scores by pattern.")],
    named: Annotated[Path, file_to_write(help="File for those by how often captions name it.")],
    metrics: Annotated[Path, file_to_write(help="File for pair accuracies as `dvc` reads them.")],
) -> None:
    """Score all contenders: on each benchmark, by pattern, by how often captions name it."""
    import polars as pl

    from clipblind.grading.scores import by_naming, pair_accuracies, score_all
    from clipblind.ground.files import write_text
    from clipblind.ground.tables.benchmark import BENCHMARKS
    from clipblind.ground.tables.scores import (
        BENCHMARK_SCORES,
        CONTENDER_SCORES,
        NAMED_SCORES,
        PATTERN_SCORES,
    )

    slice_, graded = read_slice(ScoreSlice, cfg), _read(verdicts)
    kinds = BENCHMARKS.read(benchmarks_table)
    # only of rendered pictures it is known which captions their encoders learned from
    of_truth = kinds.filter(pl.col("kind") == "truth")["benchmark"].to_list()
    naming = {n: by_naming(f, slice_.often_named, of_truth) for n, f in graded.items()}

    of_benchmark = score_all(graded, BENCHMARK_SCORES)
    headline = of_benchmark.filter(pl.col("benchmark") == slice_.headline)
    BENCHMARK_SCORES.write(of_benchmark, benchmarks)
    CONTENDER_SCORES.write(headline, contenders)
    PATTERN_SCORES.write(score_all(graded, PATTERN_SCORES), patterns)
    NAMED_SCORES.write(score_all(naming, NAMED_SCORES), named)
    text = json.dumps({"pair_accuracy": pair_accuracies(of_benchmark)}, indent=2)
    write_text(metrics, text + "\n")


@app.command()
def compare(cfg: Cfg, verdicts: Verdicts, out: Out) -> None:
    """Compare every two contenders that see, over the same pairs, by McNemar's exact test."""
    from clipblind.grading.paired import compare_contenders
    from clipblind.ground.tables.scores import PAIRED

    # those that don't see are judged by theory; they would only make the family larger
    PAIRED.write(compare_contenders(_seeing(verdicts, read_slice(SeeingSlice, cfg))), out)


@app.command()
def against_figure4(
    cfg: Cfg,
    scores: Annotated[Path, typer.Option(help="Scores of all contenders by benchmark.")],
    out: Out,
) -> None:
    """Set contenders' scores on MMVP beside those of the paper's Figure 4."""
    from clipblind.grading.figure4 import against_figure4 as set_beside
    from clipblind.ground.tables.scores import AGAINST_FIGURE4, BENCHMARK_SCORES

    rows = read_slice(RowsSlice, cfg).rows
    AGAINST_FIGURE4.write(set_beside(BENCHMARK_SCORES.read(scores), rows), out)


@app.command()
def correlate(
    cfg: Cfg,
    matches: Annotated[list[Path], typer.Option(help="Matches of one encoder; repeatable.")],
    verdicts: Verdicts,
    out: Out,
) -> None:
    """Correlate encoders' accuracy at matching with contenders' at answering, over patterns."""
    from clipblind.ground.tables.matching import CORRELATION, MATCHES
    from clipblind.matching.correlation import correlate as correlate_scores

    slice_ = read_slice(CorrelateSlice, cfg)
    table = correlate_scores(
        {path.parent.name: MATCHES.read(path) for path in matches},
        _seeing(verdicts, slice_),
        beside=slice_.beside,
        encoders=slice_.encoders,
        rows=slice_.rows,
        towers=slice_.towers,
        probe=slice_.probe,
        seed=slice_.seed,
    )
    CORRELATION.write(table, out)


def _read(verdicts: list[Path]) -> "dict[str, pl.DataFrame]":
    from clipblind.ground.tables.answers import VERDICTS

    return {path.stem: VERDICTS.read(path) for path in verdicts}


def _seeing(verdicts: list[Path], slice_: SeeingSlice) -> "dict[str, pl.DataFrame]":
    from clipblind.grading.paired import seeing

    names = seeing(slice_.kinds, slice_.images)
    return _read([path for path in verdicts if path.stem in names])
