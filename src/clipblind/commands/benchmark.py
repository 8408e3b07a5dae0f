"""The benchmark: questions over the mined pairs, and over controls beside them; or MMVP's."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from clipblind.commands.options import Cfg, Out, Scenes, Shards
from clipblind.ground.errors import UserError
from clipblind.study.settings.base import Model
from clipblind.study.settings.benchmark import Benchmark
from clipblind.study.slices import read_slice

app = typer.Typer(help=__doc__, no_args_is_help=True)


class WriteSlice(Model):
    seed: int
    benchmark: Benchmark


class ReadSlice(Model):
    labels: Literal["original", "corrected"]
    digest: str


@app.command()
def write(
    cfg: Cfg,
    pairs: Annotated[Path, typer.Option(help="The selected blind pairs.")],
    scenes: Scenes,
    out: Out,
) -> None:
    """Write the questions of the benchmarks `mined`, `random` and `twins`."""
    import polars as pl

    from clipblind.benchmark.from_truth import random_pairs, write_questions
    from clipblind.ground.tables.benchmark import QUESTIONS
    from clipblind.ground.tables.pairs import PAIRS
    from clipblind.ground.tables.world import SCENES
    from clipblind.world.scenes import scene_of, twin_pairs

    slice_ = read_slice(WriteSlice, cfg)
    table = SCENES.read_all(scenes)
    known = {row["image_id"]: scene_of(row) for row in table.iter_rows(named=True)}
    searched = table.filter(pl.col("split") == "search")["image_id"].to_list()
    mined = PAIRS.read(pairs).select("pair_id", "image_a", "image_b").sort("pair_id")
    if missing := [i for _, *images in mined.iter_rows() for i in images if i not in known]:
        raise UserError(f"{pairs} names the image {missing[0]}, which no table of scenes has.")
    of_benchmark = {
        "mined": list(mined.iter_rows()),
        "random": random_pairs(searched, slice_.benchmark.random_pairs, slice_.seed),
        "twins": [
            (pair_id, a, b)
            for pair_id, _, a, b in twin_pairs(table, slice_.benchmark.twin_pairs).iter_rows()
        ],
    }
    written = [write_questions(n, p, known, slice_.seed) for n, p in of_benchmark.items()]
    QUESTIONS.write(pl.concat(written), out)


@app.command()
def export(
    questions: Annotated[Path, typer.Option(help="The questions.")],
    shard: Shards,
    out: Out,
    images: Annotated[Path, typer.Option(help="Folder for the pictures.")],
) -> None:
    """Export the mined benchmark in MMVP's own layout."""
    import polars as pl

    from clipblind.benchmark.mmvp import export_mmvp
    from clipblind.ground.tables.benchmark import QUESTIONS
    from clipblind.world.pictures import Pictures

    mined = QUESTIONS.read(questions).filter(pl.col("benchmark") == "mined")
    export_mmvp(mined, Pictures(shard), out, images)


@app.command()
def read_mmvp(
    cfg: Cfg,
    folder: Annotated[Path, typer.Option(help="MMVP's folder, as published.")],
    out: Out,
    images: Annotated[Path, typer.Option(help="File for the list of its images.")],
) -> None:
    """Read MMVP as published, and refuse a partial or another copy."""
    from clipblind.benchmark.published import read_mmvp as read
    from clipblind.ground.tables.benchmark import QUESTIONS
    from clipblind.ground.tables.pool import LISTED

    slice_ = read_slice(ReadSlice, cfg)
    published = read(folder, labels=slice_.labels, digest=slice_.digest)
    LISTED.write(published.images, images)
    QUESTIONS.write(published.questions, out)
