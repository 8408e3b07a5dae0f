"""Contenders: training the study's own, and telling who they all are."""

import json
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from clipblind.commands.options import Cfg, Folder, Out, Scenes, Shards, file_to_write
from clipblind.study.provenance import code_of, loader_modules
from clipblind.study.settings.base import Model
from clipblind.study.settings.contenders import Contender, Mof
from clipblind.study.settings.encoder import Encoder
from clipblind.study.slices import read_slice

app = typer.Typer(help=__doc__, no_args_is_help=True)

Towers = Annotated[
    list[Path] | None,
    typer.Option("--tower", help="Files of the towers: saved work holds while they don't change."),
]


class TrainSlice(Model):
    seed: int
    contender: Mof
    towers: dict[str, Encoder]


class DescribeSlice(Model):
    contender: dict[str, Contender]
    encoder: dict[str, Encoder]
    probe: str = ""
    reference: str = ""


@app.command()
def train(cfg: Cfg, shard: Shards, scenes: Scenes, out: Folder, tower: Towers = None) -> None:
    """Train a small LLaVA on questions about the contenders' own pictures."""
    from clipblind.encoders import load_encoder
    from clipblind.ground.tables.world import SCENES
    from clipblind.models.training import train_into
    from clipblind.mof.training import train_contender
    from clipblind.world.pictures import Pictures
    from clipblind.world.scenes import scene_of

    slice_ = read_slice(TrainSlice, cfg)
    contender = slice_.contender
    rows = SCENES.read_all(scenes).sort("image_id")
    shown = [(row["image_id"], scene_of(row)) for row in rows.iter_rows(named=True)]
    towers = [
        load_encoder(name, slice_.towers[name], Path("encoders") / name)
        for name in contender.towers
    ]
    train_this = partial(
        train_contender,
        contender,
        contender.train,
        towers,
        Pictures(shard),
        shown,
        seed=slice_.seed,
    )
    code = code_of("contender.train", *loader_modules(*slice_.towers.values()))
    train_into(out, code, (cfg, *scenes, *shard, *(tower or [])), train_this)


@app.command()
def describe(
    cfg: Cfg, out: Out, made: Annotated[Path, file_to_write(help="File for the table.")]
) -> None:
    """Write everybody's names as figures show them, and what each sees and how it was trained."""
    from clipblind.contenders.made import describe_contenders
    from clipblind.ground.files import write_text
    from clipblind.ground.tables.answers import MADE

    slice_ = read_slice(DescribeSlice, cfg)
    table = describe_contenders(slice_.contender, slice_.encoder, slice_.probe, slice_.reference)
    MADE.write(table, made)
    names = dict(table.select("contender", "label").iter_rows())
    write_text(out, json.dumps(names, indent=2) + "\n")
