"""The pool: scenes, pictures and captions of a rendered world; any sources listed and checked."""

import os
import random
from pathlib import Path
from typing import Annotated

import typer

from clipblind.commands.options import Cfg, Listed, Out, Scenes, file_to_write, folder_to_write
from clipblind.ground.errors import UserError
from clipblind.study.settings.base import Model, Share
from clipblind.study.settings.pool import Source
from clipblind.study.slices import read_slice

app = typer.Typer(help=__doc__, no_args_is_help=True)

Threads = Annotated[int, typer.Option(min=0, help="Images at a time; 0: as many as cores.")]


class ScenesSlice(Model):
    seed: int
    sizes: dict[str, float]


class RenderSlice(Model):
    image_size: int
    shard_images: int


class CaptionSlice(Model):
    seed: int
    policy: dict[str, Share]


class ListSlice(Model):
    sources: dict[str, Source]
    parts: int


class GatherSlice(Model):
    near: int | None


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


@app.command("list")
def list_images(
    cfg: Cfg,
    root: Annotated[Path, typer.Option(help="What relative paths of sources start from.")],
    out: Annotated[Path, folder_to_write(help="The folder for the parts.")],
    rejected: Annotated[Path, file_to_write(help="File for what can't be used, as it shows.")],
    shard: Annotated[
        list[Path] | None, typer.Option(help="Tars of a rendered world; repeatable.")
    ] = None,
) -> None:
    """List the images of all sources, cut into parts."""
    from clipblind.ground.tables.pool import LISTED, REJECTED
    from clipblind.pools.sources import list_sources, parts_of

    slice_ = read_slice(ListSlice, cfg)
    listed, bad = list_sources(slice_.sources, root, shard or [])
    REJECTED.write(bad, rejected)
    for number, part in enumerate(parts_of(listed, slice_.parts)):
        LISTED.write(part, out / f"{number}.parquet")


@app.command()
def check(
    listed: Listed,
    part: Annotated[int, typer.Option(help="The part's number.")],
    out: Out,
    rejected: Annotated[Path, file_to_write(help="File for the images that can't be used.")],
    threads: Threads = 0,
) -> None:
    """Decode the images of one part: sizes, digests, hashes; what can't be used, and why."""
    from clipblind.ground.tables.pool import CHECKED, LISTED, REJECTED
    from clipblind.pools.checking import check_part

    good, bad = check_part(LISTED.read(listed), part, threads or os.cpu_count() or 1)
    REJECTED.write(bad, rejected)
    CHECKED.write(good, out)


@app.command()
def gather(
    cfg: Cfg,
    checked: Annotated[list[Path], typer.Option(help="Checked images; repeatable.")],
    rejected: Annotated[list[Path], typer.Option(help="Rejected ones; repeatable.")],
    images: Annotated[Path, file_to_write(help="File for all checked images.")],
    all_rejected: Annotated[Path, file_to_write(help="File for all rejected ones.")],
    duplicates: Annotated[Path, file_to_write(help="File for those that repeat another.")],
) -> None:
    """Put the parts together and find the images that repeat another."""
    from clipblind.ground.tables.pool import CHECKED, DUPLICATES, REJECTED
    from clipblind.pools.checking import describe_loss
    from clipblind.pools.duplicates import find_duplicates

    good = CHECKED.read_all(checked).sort("image_id")
    bad = REJECTED.read_all(rejected).sort("image_id")
    if good.is_empty():
        raise UserError(describe_loss(bad, rejected[0].parent))
    CHECKED.write(good, images)
    REJECTED.write(bad, all_rejected)
    DUPLICATES.write(find_duplicates(good, read_slice(GatherSlice, cfg).near), duplicates)


@app.command()
def download(
    metadata: Annotated[Path, typer.Option(help="The folder of LAION's metadata, in Parquet.")],
    out: Annotated[Path, folder_to_write(help="The folder for the tars.")],
    processes: Annotated[int, typer.Option(min=1, help="That download.")] = 4,
    threads: Annotated[int, typer.Option(min=1, help="Of each process.")] = 32,
    timeout: Annotated[int, typer.Option(min=1, help="Seconds to wait for an image.")] = 10,
    retries: Annotated[int, typer.Option(min=0, help="Of an image that failed.")] = 1,
    shard: Annotated[int, typer.Option(min=1, help="Images in a tar.")] = 10_000,
    private: Annotated[
        list[str] | None,
        typer.Option(help="A host of your own network that may be asked; repeatable."),
    ] = None,
) -> None:
    """Download the images that LAION's metadata names, as they are, into tars.

    Only public addresses are asked, after every redirect, too.
    """
    from clipblind.pools.laion import download as download_all

    said = download_all(
        metadata,
        out,
        processes=processes,
        threads=threads,
        timeout=timeout,
        retries=retries,
        shard=shard,
        private=private or (),
    )
    print(said)
