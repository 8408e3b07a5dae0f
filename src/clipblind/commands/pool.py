"""The pool of the rendered world: scenes, pictures, captions."""

import random

import typer

from clipblind.commands.options import Cfg, Out, Scenes, Shards
from clipblind.ground.errors import UserError
from clipblind.study.settings.base import Model, Share
from clipblind.study.slices import read_slice

app = typer.Typer(help=__doc__, no_args_is_help=True)


class ScenesSlice(Model):
    seed: int
    sizes: dict[str, float]


class RenderSlice(Model):
    image_size: int
    shard_images: int


class CaptionSlice(Model):
    seed: int
    policy: dict[str, Share]


@app.command()
def scenes(split: str, cfg: Cfg, out: Out) -> None:
    """Draw the scenes of one split."""
    from clipblind.ground.tables.world import SCENES
    from clipblind.world.scenes import sample_split

    slice_ = read_slice(ScenesSlice, cfg)
    SCENES.write(sample_split(split, slice_.sizes, slice_.seed), out)


@app.command()
def render(cfg: Cfg, scenes: Scenes, shard: str, out: Out) -> None:
    """Render the pictures of one shard."""
    from clipblind.ground.progress import track
    from clipblind.ground.tables.world import SCENES
    from clipblind.world.draw import png
    from clipblind.world.pictures import write_shard
    from clipblind.world.scenes import scene_of

    slice_ = read_slice(RenderSlice, cfg)
    number = shard.rpartition("-")[2]
    first = int(number) * slice_.shard_images
    rows = SCENES.read_all(scenes).slice(first, slice_.shard_images)
    if rows.is_empty():
        raise UserError(f"{scenes[0]} has no scenes for the shard {shard}.")
    pictures = []
    with track(f"render {shard}", len(rows)) as advance:
        for row in rows.iter_rows(named=True):
            pictures.append((row["image_id"], png(scene_of(row), slice_.image_size)))
            advance("")
    write_shard(pictures, out)


@app.command()
def index(shard: Shards, out: Out) -> None:
    """List the pictures of all shards: id, split, size, digest."""
    from clipblind.ground.tables.pool import IMAGES
    from clipblind.world.pictures import index_shards

    IMAGES.write(index_shards(shard), out)


@app.command()
def captions(cfg: Cfg, scenes: Scenes, out: Out) -> None:
    """Caption the encoders' training scenes under one mention policy."""
    import polars as pl

    from clipblind.ground.tables.world import CAPTIONS, SCENES
    from clipblind.world.captions import caption
    from clipblind.world.scenes import scene_of

    slice_ = read_slice(CaptionSlice, cfg)
    rows = SCENES.read_all(scenes)
    rng = random.Random(f"{slice_.seed}/captions")
    written = [
        (row["image_id"], caption(scene_of(row), slice_.policy, rng))
        for row in rows.iter_rows(named=True)
    ]
    CAPTIONS.write(pl.DataFrame(written, schema=dict(CAPTIONS.columns), orient="row"), out)
