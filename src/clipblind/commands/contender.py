"""Contenders: training the study's own, and letting each answer the questions."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clipblind.commands.options import Cfg, Folder, Out, Scenes, Shards
from clipblind.ground.files import scratch
from clipblind.study.settings.base import Model
from clipblind.study.settings.contenders import Mof
from clipblind.study.settings.encoder import Encoder
from clipblind.study.slices import read_slice

if TYPE_CHECKING:
    import polars as pl

app = typer.Typer(help=__doc__, no_args_is_help=True)

Towers = Annotated[
    list[Path] | None,
    typer.Option("--tower", help="Files of the towers: saved work holds while they don't change."),
]
Questions = Annotated[Path, typer.Option(help="The questions.")]
Name = Annotated[str, typer.Option(help="The contender, as the study calls it.")]


class ContenderSlice(Model):
    seed: int
    contender: Mof
    towers: dict[str, Encoder]


@app.command()
def train(cfg: Cfg, shard: Shards, scenes: Scenes, out: Folder, tower: Towers = None) -> None:
    """Train a small LLaVA on questions about the contenders' own pictures."""
    from clipblind.encoders import load_encoder
    from clipblind.ground.tables.world import SCENES
    from clipblind.models.training import train_into
    from clipblind.mof.training import train_contender
    from clipblind.world.pictures import Pictures
    from clipblind.world.scenes import scene_of

    slice_ = read_slice(ContenderSlice, cfg)
    contender = slice_.contender
    assert contender.train is not None
    rows = SCENES.read_all(scenes).sort("image_id")
    shown = [(row["image_id"], scene_of(row)) for row in rows.iter_rows(named=True)]
    towers = [load_encoder(name, slice_.towers[name]) for name in contender.towers]
    train_this = partial(
        train_contender,
        contender,
        contender.train,
        towers,
        Pictures(shard),
        shown,
        seed=slice_.seed,
    )
    train_into(out, (cfg, *scenes, *shard, *(tower or [])), train_this)


@app.command()
def answer(
    cfg: Cfg,
    name: Name,
    questions: Questions,
    shard: Shards,
    out: Out,
    model: Annotated[
        list[Path] | None, typer.Option(help="Files of the trained model, likewise.")
    ] = None,
    tower: Towers = None,
) -> None:
    """Ask a contender every question, each one alone."""
    import polars as pl

    from clipblind.contenders.baselines import constant_answers, random_answers
    from clipblind.ground.tables.answers import ANSWERS
    from clipblind.ground.tables.benchmark import QUESTIONS

    slice_ = read_slice(ContenderSlice, cfg)
    asked = QUESTIONS.read(questions)
    ids = asked["question_id"].to_list()
    if slice_.contender.kind == "constant":
        answers = constant_answers(ids)
    elif slice_.contender.kind == "random":
        answers = random_answers(ids, slice_.seed)
    else:
        model_files = model or []
        with scratch(
            f"answer-{name}", cfg, questions, *shard, *model_files, *(tower or [])
        ) as work:
            ANSWERS.write(_ask_llava(name, slice_, asked, shard, work), out)
        return
    table = pl.DataFrame({"question_id": list(answers), "answer": list(answers.values())})
    ANSWERS.write(table.sort("question_id"), out)


def _ask_llava(
    name: str, slice_: ContenderSlice, asked: "pl.DataFrame", shard: list[Path], work: Path
) -> "pl.DataFrame":
    from clipblind.contenders.llava import Llava
    from clipblind.encoders import load_encoder
    from clipblind.world.pictures import Pictures

    towers = [load_encoder(tower, slice_.towers[tower]) for tower in slice_.contender.towers]
    llava = Llava(Path("contenders") / name, towers)
    return llava.answer(asked, Pictures(shard), work, f"answer {name}")
