"""Grading: verdicts on answers, scores of contenders, and what they have to do with CLIP's."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clipblind.commands.options import Cfg, Out
from clipblind.study.settings.base import Model
from clipblind.study.settings.contenders import Mof
from clipblind.study.settings.encoder import Encoder
from clipblind.study.slices import read_slice

if TYPE_CHECKING:
    import polars as pl

app = typer.Typer(help=__doc__, no_args_is_help=True)

Questions = Annotated[Path, typer.Option(help="The questions.")]
Verdicts = Annotated[list[Path], typer.Option(help="One contender's; repeatable.")]


class ScoreSlice(Model):
    often_named: tuple[str, ...]


class KindSlice(Model):
    kinds: dict[str, str]


class CorrelateSlice(Model):
    seed: int
    towers: dict[str, tuple[str, ...]]
    probe: str


class LabelSlice(Model):
    contender: dict[str, Mof]
    encoder: dict[str, Encoder]
    probe: str
    reference: str


@app.command()
def grade(
    questions: Questions,
    answers: Annotated[Path, typer.Option(help="One contender's answers.")],
    out: Out,
) -> None:
    """Give every question a verdict: correct, incorrect, or unscored with a reason."""
    from clipblind.grading.verdicts import grade as give_verdicts
    from clipblind.ground.tables.answers import ANSWERS, VERDICTS
    from clipblind.ground.tables.benchmark import QUESTIONS

    VERDICTS.write(give_verdicts(QUESTIONS.read(questions), ANSWERS.read(answers)), out)


@app.command()
def score(
    cfg: Cfg,
    verdicts: Verdicts,
    contenders: Annotated[Path, typer.Option(help="File for the scores on the mined pairs.")],
    benchmarks: Annotated[Path, typer.Option(help="File for the scores on each benchmark.")],
    patterns: Annotated[Path, typer.Option(help="File for the scores by pattern.")],
    named: Annotated[Path, typer.Option(help="File for those by how often captions name it.")],
    metrics: Annotated[Path, typer.Option(help="File for pair accuracies as `dvc metrics` reads.")],
) -> None:
    """Score all contenders: on each benchmark, by pattern, by how often captions name it."""
    import polars as pl

    from clipblind.grading.scores import by_naming
    from clipblind.grading.scores import score as score_one
    from clipblind.ground.files import write_text
    from clipblind.ground.tables.scores import (
        BENCHMARK_SCORES,
        CONTENDER_SCORES,
        NAMED_SCORES,
        PATTERN_SCORES,
    )

    often = read_slice(ScoreSlice, cfg).often_named
    graded = {name: by_naming(frame, often) for name, frame in _read(verdicts).items()}

    def scores_by(*columns: str) -> pl.DataFrame:
        frames = [
            score_one(frame, columns).with_columns(contender=pl.lit(name))
            for name, frame in graded.items()
        ]
        return pl.concat(frames)

    of_benchmark = scores_by("benchmark")
    BENCHMARK_SCORES.write(of_benchmark, benchmarks)
    CONTENDER_SCORES.write(of_benchmark.filter(pl.col("benchmark") == "mined"), contenders)
    PATTERN_SCORES.write(scores_by("benchmark", "pattern"), patterns)
    NAMED_SCORES.write(scores_by("benchmark", "named"), named)
    accuracies = {
        name: {row["benchmark"]: row["pair_accuracy"] for row in rows.iter_rows(named=True)}
        for (name,), rows in of_benchmark.group_by("contender", maintain_order=True)
    }
    write_text(metrics, json.dumps({"pair_accuracy": accuracies}, indent=2) + "\n")


@app.command()
def compare(cfg: Cfg, verdicts: Verdicts, out: Out) -> None:
    """Compare every two contenders that see, over the same pairs, by McNemar's exact test."""
    from clipblind.grading.paired import compare_contenders
    from clipblind.ground.tables.scores import PAIRED

    kinds = read_slice(KindSlice, cfg).kinds
    # baselines are judged by theory; comparing with them would only make the family larger
    seeing = {name: frame for name, frame in _read(verdicts).items() if kinds[name] == "llava"}
    PAIRED.write(compare_contenders(seeing), out)


@app.command()
def correlate(
    cfg: Cfg,
    pairs: Annotated[list[Path], typer.Option(help="Matches of one encoder; repeatable.")],
    verdicts: Verdicts,
    out: Out,
) -> None:
    """Correlate CLIP's accuracy by pattern with each contender's."""
    from clipblind.ground.tables.matching import CORRELATION, MATCHES
    from clipblind.matching.scores import correlate as correlate_scores

    slice_ = read_slice(CorrelateSlice, cfg)
    matches = {path.parent.name: MATCHES.read(path) for path in pairs}
    compared = {
        name: list(dict.fromkeys(t for t in towers if t in matches)) or [slice_.probe]
        for name, towers in slice_.towers.items()
        if towers
    }
    table = correlate_scores(matches, _read(verdicts), compared, slice_.seed)
    CORRELATION.write(table, out)


@app.command()
def labels(
    cfg: Cfg, out: Out, made: Annotated[Path, typer.Option(help="File for the makes.")]
) -> None:
    """Write the contenders' names as figures show them, and how each was made."""
    from clipblind.contenders.made import describe_contenders
    from clipblind.ground.files import write_text
    from clipblind.ground.tables.answers import MADE

    slice_ = read_slice(LabelSlice, cfg)
    table = describe_contenders(slice_.contender, slice_.encoder, slice_.probe, slice_.reference)
    MADE.write(table, made)
    names = dict(table.select("contender", "label").iter_rows())
    write_text(out, json.dumps(names, indent=2) + "\n")


def _read(verdicts: list[Path]) -> "dict[str, pl.DataFrame]":
    from clipblind.ground.tables.answers import VERDICTS

    return {path.stem: VERDICTS.read(path) for path in verdicts}
