"""Encoders: training the world's own, and embedding pictures with any."""

import json
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from clipblind.commands.options import Cfg, Folder, Shards, Weights, Workers
from clipblind.ground.files import publish, scratch
from clipblind.study.settings.base import Model
from clipblind.study.settings.encoder import Embedding, Encoder
from clipblind.study.settings.training import ClipRecipe, SimclrRecipe
from clipblind.study.slices import read_slice

app = typer.Typer(help=__doc__, no_args_is_help=True)

BATCH = 256


class ClipSlice(Model):
    seed: int
    train: ClipRecipe


class SimclrSlice(Model):
    seed: int
    train: SimclrRecipe


class EmbedSlice(Model):
    encoder: Encoder


class EmbedPartSlice(Model):
    encoder: Encoder
    embedding: Embedding


@app.command()
def train_clip(
    cfg: Cfg,
    shard: Shards,
    captions: Annotated[Path, typer.Option(help="Captions of the pictures.")],
    out: Folder,
) -> None:
    """Train a CLIP on captioned pictures."""
    from clipblind.ground.tables.world import CAPTIONS
    from clipblind.models.training import train_into
    from clipblind.world.captions import vocabulary
    from clipblind.world.clip_training import train_clip as train
    from clipblind.world.pictures import Pictures

    slice_ = read_slice(ClipSlice, cfg)
    recipe = slice_.train
    table = CAPTIONS.read(captions).sort("image_id")[: recipe.images]
    images = Pictures(shard).stack(table["image_id"].to_list(), recipe.vision.image_size)
    said = table["caption"].to_list()
    train_this = partial(train, recipe, images, said, vocabulary(), seed=slice_.seed)
    train_into(out, (cfg, captions, *shard), train_this)


@app.command()
def train_simclr(cfg: Cfg, shard: Shards, out: Folder) -> None:
    """Train a self-supervised reference encoder on pictures alone."""
    from clipblind.models.training import train_into
    from clipblind.world.pictures import Pictures
    from clipblind.world.simclr_training import train_simclr as train

    slice_ = read_slice(SimclrSlice, cfg)
    recipe = slice_.train
    pictures = Pictures(shard)
    ids = sorted(pictures)[: recipe.images]
    images = pictures.stack(ids, recipe.vision.image_size)
    train_into(out, (cfg, *shard), partial(train, recipe, images, seed=slice_.seed))


@app.command()
def embed(
    cfg: Cfg,
    name: Annotated[str, typer.Option(help="The encoder, as the study calls it.")],
    shard: Shards,
    out: Folder,
    model: Annotated[
        list[Path] | None,
        typer.Option(help="Files of the encoder: saved work holds while they don't change."),
    ] = None,
) -> None:
    """Embed the pictures of some shards; shards finished by a killed run are not done again."""
    from clipblind.embedding.shard import embed_shard
    from clipblind.encoders import load_encoder

    slice_ = read_slice(EmbedSlice, cfg)
    with scratch(f"embed-{name}", cfg, *(model or []), *shard) as work:
        todo = [path for path in shard if not (work / f"{path.stem}.arrow").exists()]
        encoder = load_encoder(name, slice_.encoder) if todo else None
        for path in todo:
            assert encoder is not None
            embed_shard(encoder, path, work / f"{path.stem}.arrow", batch=BATCH)
        publish(work, out)


@app.command()
def embed_part(
    cfg: Cfg,
    name: Annotated[str, typer.Option(help="The encoder, as the study calls it.")],
    listed: Annotated[Path, typer.Option(help="Images as they were listed.")],
    checked: Annotated[Path, typer.Option(help="Those of them that can be decoded.")],
    out: Annotated[Path, typer.Option(help="File for the embeddings.")],
    made: Annotated[Path, typer.Option(help="File for how they were made, as JSON.")],
    folder: Annotated[Path | None, typer.Option(help="The encoder's files.")] = None,
    devices: Annotated[
        Path | None, typer.Option(help="Folder of locks: take a GPU that no other job has.")
    ] = None,
    threads: Annotated[int, typer.Option(min=1, help="Cores to use.")] = 1,
    workers: Workers = 0,
    weights: Weights = "",
) -> None:
    """Embed the images of one part; what a killed run finished is not done again."""
    from clipblind.embedding.files import write_embeddings
    from clipblind.embedding.job import embed_listed, make_ready
    from clipblind.ground.files import write_text
    from clipblind.ground.tables.pool import CHECKED, LISTED

    slice_ = read_slice(EmbedPartSlice, cfg)
    how = slice_.embedding.model_copy(update={"workers": workers or slice_.embedding.workers})
    ready = make_ready(name, slice_.encoder, how, folder, devices, threads)
    made_by = (cfg, weights, ready.precision)
    with scratch(f"embed-{name}-{out.stem}", *made_by, listed, checked) as work:
        label = f"embed {name} {out.stem}"
        found = embed_listed(ready, LISTED.read(listed), CHECKED.read(checked), work, label)
        write_embeddings(*found, out)
    facts = {
        "encoder": name,
        "source": slice_.encoder.source,
        "feature": ready.encoder.feature,
        "precision": ready.precision,
        "image_size": ready.encoder.image_size,
        "params_m": round(ready.encoder.params_m, 3),
    }
    write_text(made, json.dumps(facts, indent=2) + "\n")
