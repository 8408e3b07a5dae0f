"""Controls: baselines against theory, shuffled answers, linear probes, surveys of similar pairs."""

from pathlib import Path
from typing import Annotated

import typer

from clipblind.commands.options import Cfg, Out, Scenes
from clipblind.study.settings.base import Model
from clipblind.study.settings.mining import Thresholds
from clipblind.study.slices import read_slice

app = typer.Typer(help=__doc__, no_args_is_help=True)

Encoder = Annotated[str, typer.Option(help="The encoder, as the study calls it.")]


class SurveySlice(Model):
    seed: int
    mining: Thresholds


class KindSlice(Model):
    kinds: dict[str, str]


class ShuffleSlice(Model):
    seed: int
    kinds: dict[str, str]


@app.command()
def survey(
    cfg: Cfg,
    name: Encoder,
    scenes: Scenes,
    probe: Annotated[list[Path], typer.Option(help="Its embeddings; repeatable.")],
    reference: Annotated[list[Path], typer.Option(help="The reference's; repeatable.")],
    counts: Annotated[Path, typer.Option(help="File for the numbers of pairs.")],
    rates: Annotated[Path, typer.Option(help="File for how often factors differ in them.")],
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
    rows = SCENES.read_all(scenes).iter_rows(named=True)
    known = {row["image_id"]: scene_of(row) for row in rows}
    found = survey_pairs(name, ids, seen, reference_seen, known, slice_.mining, slice_.seed)
    SURVEY.write(found[0], counts)
    DIFFER_RATES.write(found[1], rates)


@app.command()
def probe(
    name: Encoder,
    scenes: Scenes,
    fit: Annotated[list[Path], typer.Option(help="Embeddings to fit on; repeatable.")],
    test: Annotated[list[Path], typer.Option(help="Embeddings to test on; repeatable.")],
    out: Out,
) -> None:
    """Fit a linear probe to an encoder's embeddings for every factor, and test it."""
    from clipblind.controls.probes import probe_factors
    from clipblind.embedding.files import read_embeddings
    from clipblind.ground.tables.controls import PROBES
    from clipblind.ground.tables.world import SCENES
    from clipblind.world.scenes import scene_of

    rows = SCENES.read_all(scenes).iter_rows(named=True)
    known = {row["image_id"]: scene_of(row) for row in rows}
    (fit_ids, fit_images), (test_ids, test_images) = read_embeddings(fit), read_embeddings(test)
    table = probe_factors(
        name, [known[i] for i in fit_ids], fit_images, [known[i] for i in test_ids], test_images
    )
    PROBES.write(table, out)


@app.command()
def baselines(
    cfg: Cfg,
    scores: Annotated[Path, typer.Option(help="Scores by benchmark.")],
    out: Out,
) -> None:
    """Check that contenders without eyes score what theory says."""
    from clipblind.controls.baselines import check_baselines
    from clipblind.ground.tables.controls import BASELINES
    from clipblind.ground.tables.scores import BENCHMARK_SCORES

    kinds = read_slice(KindSlice, cfg).kinds
    BASELINES.write(check_baselines(BENCHMARK_SCORES.read(scores), kinds), out)


@app.command()
def shuffle(
    cfg: Cfg,
    questions: Annotated[Path, typer.Option(help="The questions.")],
    verdicts: Annotated[list[Path], typer.Option(help="One contender's; repeatable.")],
    out: Out,
) -> None:
    """Permute the answers, and see what is left of every effect."""
    from clipblind.controls.shuffled import shuffle_answers
    from clipblind.ground.tables.answers import VERDICTS
    from clipblind.ground.tables.benchmark import QUESTIONS
    from clipblind.ground.tables.controls import SHUFFLED

    slice_ = read_slice(ShuffleSlice, cfg)
    graded = {path.stem: VERDICTS.read(path) for path in verdicts}
    seeing = [name for name, kind in slice_.kinds.items() if kind == "llava"]
    table = shuffle_answers(QUESTIONS.read(questions), graded, seeing, slice_.seed)
    SHUFFLED.write(table, out)
