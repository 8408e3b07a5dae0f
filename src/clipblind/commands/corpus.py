"""Corpora of real images: what their sources hold, what can be decoded, what repeats."""

import os
from pathlib import Path
from typing import Annotated

import typer

from clipblind.commands.options import Cfg, Out
from clipblind.study.settings.base import Model
from clipblind.study.settings.pool import Source
from clipblind.study.slices import read_slice

app = typer.Typer(help=__doc__, no_args_is_help=True)

Listed = Annotated[Path, typer.Option(help="Images as they were listed.")]
Threads = Annotated[int, typer.Option(min=0, help="Images at a time; 0: as many as cores.")]


class ListSlice(Model):
    sources: dict[str, Source]
    parts: int


class GatherSlice(Model):
    near: int


@app.command("list")
def list_images(
    cfg: Cfg,
    root: Annotated[Path, typer.Option(help="What relative paths of sources start from.")],
    out: Annotated[Path, typer.Option(help="The folder for the parts.")],
) -> None:
    """List the images of all sources, cut into parts."""
    from clipblind.ground.tables.pool import LISTED
    from clipblind.pools.sources import list_sources, parts_of

    slice_ = read_slice(ListSlice, cfg)
    listed = list_sources(slice_.sources, root)
    for number, part in enumerate(parts_of(listed, slice_.parts)):
        LISTED.write(part, out / f"{number}.parquet")


@app.command()
def check(
    listed: Listed,
    part: Annotated[int, typer.Option(help="The part's number.")],
    out: Out,
    rejected: Annotated[Path, typer.Option(help="File for the images that can't be used.")],
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
    images: Annotated[Path, typer.Option(help="File for all checked images.")],
    all_rejected: Annotated[Path, typer.Option(help="File for all rejected ones.")],
    duplicates: Annotated[Path, typer.Option(help="File for those that repeat another.")],
) -> None:
    """Put the parts together and find the images that repeat another."""
    from clipblind.ground.tables.pool import CHECKED, DUPLICATES, REJECTED
    from clipblind.pools.duplicates import find_duplicates

    good = CHECKED.read_all(checked).sort("image_id")
    CHECKED.write(good, images)
    REJECTED.write(REJECTED.read_all(rejected).sort("image_id"), all_rejected)
    DUPLICATES.write(find_duplicates(good, read_slice(GatherSlice, cfg).near), duplicates)


@app.command()
def download(
    metadata: Annotated[Path, typer.Option(help="The folder of LAION's metadata, in Parquet.")],
    out: Annotated[Path, typer.Option(help="The folder for the tars.")],
    processes: Annotated[int, typer.Option(min=1, help="That download.")] = 4,
    threads: Annotated[int, typer.Option(min=1, help="Of each process.")] = 32,
    timeout: Annotated[int, typer.Option(min=1, help="Seconds to wait for an image.")] = 10,
    retries: Annotated[int, typer.Option(min=0, help="Of an image that failed.")] = 1,
    shard: Annotated[int, typer.Option(min=1, help="Images in a tar.")] = 10_000,
) -> None:
    """Download the images that LAION's metadata names, as they are, into tars."""
    from clipblind.pools.laion import download as download_all

    said = download_all(
        metadata,
        out,
        processes=processes,
        threads=threads,
        timeout=timeout,
        retries=retries,
        shard=shard,
    )
    print(said)
