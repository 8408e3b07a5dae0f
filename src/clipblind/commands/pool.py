"""The pool of the rendered world: scenes, pictures, captions."""

import random
from pathlib import Path

import typer

from clipblind.commands.options import Cfg, Out, Scenes, Shards
from clipblind.config import read_slice
from clipblind.errors import UserError
from clipblind.recipes import Model, Share
from clipblind.settings import Pool

app = typer.Typer(help=__doc__, no_args_is_help=True)


class ScenesSlice(Model):
    seed: int
    pool: Pool


class RenderSlice(Model):
    image_size: int
    shard_images: int


class CaptionSlice(Model):
    seed: int
    policy: dict[str, Share]


@app.command()
def scenes(cfg: Cfg, out: Out) -> None:
    """Draw every scene of the world."""
    from clipblind.pools.world.scenes import sample_world
    from clipblind.tables import SCENES

    slice_ = read_slice(ScenesSlice, cfg)
    SCENES.write(sample_world(slice_.pool, slice_.seed), out)


@app.command()
def render(cfg: Cfg, scenes: Scenes, shard: str, out: Out) -> None:
    """Render the pictures of one shard."""
    import polars as pl

    from clipblind.pools.images import write_shard
    from clipblind.pools.world.draw import png
    from clipblind.pools.world.scenes import scene_of
    from clipblind.progress import track
    from clipblind.tables import SCENES

    slice_ = read_slice(RenderSlice, cfg)
    split, _, number = shard.rpartition("-")
    rows = SCENES.read(scenes).filter(pl.col("split") == split)
    rows = rows.slice(int(number) * slice_.shard_images, slice_.shard_images)
    if rows.is_empty():
        raise UserError(f"{scenes} has no scenes for the shard {shard}.")
    pictures = []
    with track(f"render {shard}", len(rows)) as advance:
        for row in rows.iter_rows(named=True):
            pictures.append((row["image_id"], png(scene_of(row), slice_.image_size)))
            advance("")
    write_shard(pictures, out)


@app.command()
def index(shard: Shards, out: Out) -> None:
    """List the pictures of all shards: id, split, size, digest."""
    from clipblind.pools.images import index_shards
    from clipblind.tables import IMAGES

    IMAGES.write(index_shards(shard), out)


@app.command()
def captions(cfg: Cfg, scenes: Scenes, out: Out) -> None:
    """Caption the encoders' training scenes under one mention policy."""
    import polars as pl

    from clipblind.pools.world.captions import caption
    from clipblind.pools.world.factors import FACTORS
    from clipblind.pools.world.scenes import scene_of
    from clipblind.tables import CAPTIONS, SCENES

    slice_ = read_slice(CaptionSlice, cfg)
    if unknown := sorted(set(slice_.policy) - set(FACTORS)):
        raise UserError(
            f"The mention policy of {Path(out).stem} names {', '.join(unknown)};"
            f" the factors are {', '.join(FACTORS)}."
        )
    rows = SCENES.read(scenes).filter(pl.col("split") == "encoder")
    rng = random.Random(f"{slice_.seed}/captions")
    written = [
        (row["image_id"], caption(scene_of(row), slice_.policy, rng))
        for row in rows.iter_rows(named=True)
    ]
    CAPTIONS.write(pl.DataFrame(written, schema=dict(CAPTIONS.columns), orient="row"), out)
