"""Controls: baselines against theory, permuted answers, surveys of similar pairs, seeds."""

from pathlib import Path
from typing import Annotated

import typer

from clipblind.commands.options import Cfg, Out, file_to_write
from clipblind.study.settings.base import Model
from clipblind.study.settings.mining import Thresholds
from clipblind.study.slices import read_slice

app = typer.Typer(help=__doc__, no_args_is_help=True)


class SurveySlice(Model):
    seed: int
    mining: Thresholds


class KindSlice(Model):
    kinds: dict[str, str]


class ShuffleSlice(Model):
    seed: int
    kinds: dict[str, str]
    images: dict[str, bool]


@app.command()
def survey(
    cfg: Cfg,
    name: Annotated[str, typer.Option(help="The encoder, as the study calls it.")],
    probe: Annotated[list[Path], typer.Option(help="Its embeddings; repeatable.")],
    reference: Annotated[list[Path], typer.Option(help="The reference's; repeatable.")],
    counts: Annotated[Path, file_to_write(help="File for the numbers of pairs.")],
    rates: Annotated[Path, file_to_write(help="File for how often factors differ in them.")],
    scenes: Annotated[
        list[Path] | None, typer.Option(help="Tables of scenes, if they are known; repeatable.")
    ] = None,
) -> None:
    """Count the pairs that an encoder takes for one picture, and what differs in them."""
    from clipblind.controls.survey import survey as survey_pairs
    from clipblind.embedding.files import read_embeddings
    from clipblind.ground.errors import UserError
    from clipblind.ground.tables.controls import DIFFER_RATES, SURVEY
    from clipblind.ground.tables.world import SCENES
    from clipblind.world.scenes import scene_of

    slice_ = read_slice(SurveySlice, cfg)
    ids, seen = read_embeddings(probe)
    reference_ids, reference_seen = read_embeddings(reference)
    if ids != reference_ids:
        raise UserError("probe and reference embed different images; embed the pool anew.")
    rows = SCENES.read_all(scenes).iter_rows(named=True) if scenes else []
    known = {row["image_id"]: scene_of(row) for row in rows}
    tables = survey_pairs(name, ids, seen, reference_seen, known, slice_.mining, slice_.seed)
    SURVEY.write(tables[0], counts)
    DIFFER_RATES.write(tables[1], rates)


@app.command()
def baselines(
    cfg: Cfg,
    scores: Annotated[Path, typer.Option(help="Scores by benchmark.")],
    benchmarks: Annotated[Path, typer.Option(help="The table of benchmarks.")],
    out: Out,
) -> None:
    """Check that contenders without eyes score what theory says."""
    from clipblind.controls.baselines import check_baselines
    from clipblind.ground.tables.benchmark import BENCHMARKS
    from clipblind.ground.tables.controls import BASELINES
    from clipblind.ground.tables.scores import BENCHMARK_SCORES

    kinds = read_slice(KindSlice, cfg).kinds
    scored, of_benchmarks = BENCHMARK_SCORES.read(scores), BENCHMARKS.read(benchmarks)
    BASELINES.write(check_baselines(scored, of_benchmarks, kinds), out)


@app.command()
def shuffle(
    cfg: Cfg,
    questions: Annotated[Path, typer.Option(help="The questions.")],
    verdicts: Annotated[list[Path], typer.Option(help="One contender's; repeatable.")],
    out: Out,
) -> None:
    """Permute the answers, and see what is left of every effect."""
    from clipblind.controls.shuffled import shuffle_answers
    from clipblind.grading.paired import seeing
    from clipblind.ground.tables.answers import VERDICTS
    from clipblind.ground.tables.benchmark import QUESTIONS
    from clipblind.ground.tables.controls import SHUFFLED

    slice_ = read_slice(ShuffleSlice, cfg)
    graded = {path.stem: VERDICTS.read(path) for path in verdicts}
    names = seeing(slice_.kinds, slice_.images)
    table = shuffle_answers(QUESTIONS.read(questions), graded, names, slice_.seed)
    SHUFFLED.write(table, out)


@app.command()
def seeds(
    folder: Annotated[list[Path], typer.Option(help="Results of one seed; repeatable.")],
    numbers: Annotated[Path, file_to_write(help="File for every number of every seed.")],
    out: Out,
) -> None:
    """Set every number of every seed side by side, and write mean and spread."""
    from clipblind.controls.seeds import collect, folders_of, spread
    from clipblind.ground.tables.controls import NUMBERS, SPREAD

    collected = collect(folders_of(folder))
    NUMBERS.write(collected, numbers)
    SPREAD.write(spread(collected), out)
