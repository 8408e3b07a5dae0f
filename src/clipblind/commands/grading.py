"""Grading: verdicts on answers, scores of contenders, and what they have to do with CLIP's."""

import json
from pathlib import Path
from typing import Annotated

import typer

from clipblind.commands.options import Cfg, Out
from clipblind.config import read_slice
from clipblind.recipes import Model

app = typer.Typer(help=__doc__, no_args_is_help=True)

Questions = Annotated[Path, typer.Option(help="The questions.")]


class CorrelateSlice(Model):
    towers: dict[str, tuple[str, ...]]
    encoders: tuple[str, ...]
    probe: str


class LabelSlice(Model):
    labels: dict[str, str]


@app.command()
def grade(
    questions: Questions,
    answers: Annotated[Path, typer.Option(help="One contender's answers.")],
    out: Out,
) -> None:
    """Give every question a verdict: correct, incorrect, or unscored with a reason."""
    from clipblind.grading.verdicts import grade as give_verdicts
    from clipblind.tables import ANSWERS, QUESTIONS, VERDICTS

    VERDICTS.write(give_verdicts(QUESTIONS.read(questions), ANSWERS.read(answers)), out)


@app.command()
def score(
    verdicts: Annotated[list[Path], typer.Option(help="One contender's; repeatable.")],
    contenders: Annotated[Path, typer.Option(help="File for the scores on the mined pairs.")],
    benchmarks: Annotated[Path, typer.Option(help="File for the scores on each benchmark.")],
    patterns: Annotated[Path, typer.Option(help="File for the scores by pattern.")],
    metrics: Annotated[Path, typer.Option(help="File for pair accuracies as `dvc metrics` reads.")],
) -> None:
    """Score all contenders: on the mined pairs, on each benchmark, by pattern."""
    import polars as pl

    from clipblind.files import write_text
    from clipblind.grading.scores import score as score_one
    from clipblind.tables import BENCHMARK_SCORES, CONTENDER_SCORES, PATTERN_SCORES, VERDICTS

    graded = {path.stem: VERDICTS.read(path) for path in verdicts}

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
    accuracies = {
        name: {row["benchmark"]: row["pair_accuracy"] for row in rows.iter_rows(named=True)}
        for (name,), rows in of_benchmark.group_by("contender", maintain_order=True)
    }
    write_text(metrics, json.dumps({"pair_accuracy": accuracies}, indent=2) + "\n")


@app.command()
def correlate(
    cfg: Cfg,
    vlm: Annotated[Path, typer.Option(help="Scores of the VLM study.")],
    patterns: Annotated[Path, typer.Option(help="Contenders' scores by pattern.")],
    out: Out,
) -> None:
    """Correlate CLIP's accuracy by pattern with each contender's."""
    from clipblind.tables import CORRELATION, PATTERN_SCORES, VLM_SCORES
    from clipblind.vlm.scores import correlate as correlate_scores

    slice_ = read_slice(CorrelateSlice, cfg)
    compared = {
        name: [t for t in towers if t in slice_.encoders] or [slice_.probe]
        for name, towers in slice_.towers.items()
        if towers
    }
    table = correlate_scores(VLM_SCORES.read(vlm), PATTERN_SCORES.read(patterns), compared)
    CORRELATION.write(table, out)


@app.command()
def labels(cfg: Cfg, out: Out) -> None:
    """Write the contenders' names as figures show them, as JSON."""
    from clipblind.files import write_text

    labels = read_slice(LabelSlice, cfg).labels
    names = {name: label or name for name, label in labels.items()}
    write_text(out, json.dumps(names, indent=2) + "\n")
