"""Benchmarks of questions: read from folders, or written from the truth of rendered pairs."""

from pathlib import Path
from typing import Annotated

import typer

from clipblind.commands.options import Cfg, Out, file_to_write
from clipblind.ground.errors import UserError
from clipblind.study.settings.base import Model
from clipblind.study.settings.benchmark import Benchmark
from clipblind.study.slices import read_slice

app = typer.Typer(help=__doc__, no_args_is_help=True)

Several = Annotated[list[Path] | None, typer.Option(help="Tables of scenes; repeatable.")]
Packed = Annotated[list[Path] | None, typer.Option("--shard", help="Packed pictures; repeatable.")]
Images = Annotated[Path, typer.Option(help="The images that questions are asked about, as listed.")]


class WriteSlice(Model):
    seed: int
    benchmark: dict[str, Benchmark]


@app.command()
def write(
    cfg: Cfg,
    out: Out,
    images: Annotated[Path, file_to_write(help="File for the list of all their images.")],
    benchmarks: Annotated[Path, file_to_write(help="File for what each benchmark is.")],
    pairs: Annotated[Path | None, typer.Option(help="The selected blind pairs.")] = None,
    scenes: Several = None,
    shard: Packed = None,
    root: Annotated[Path, typer.Option(help="What paths of folders are relative to.")] = Path(),
) -> None:
    """Write the questions of all benchmarks: of folders as they are, of pairs from their truth."""
    from clipblind.benchmark.readers import Material, read_benchmarks
    from clipblind.ground.tables.benchmark import BENCHMARKS, QUESTIONS
    from clipblind.ground.tables.pairs import PAIRS
    from clipblind.ground.tables.pool import LISTED
    from clipblind.ground.tables.world import SCENES

    slice_ = read_slice(WriteSlice, cfg)
    material = Material(
        slice_.seed,
        root,
        PAIRS.read(pairs) if pairs else None,
        SCENES.read_all(scenes) if scenes else None,
        shard or (),
    )
    made = read_benchmarks(slice_.benchmark, material)
    LISTED.write(made.images, images)
    BENCHMARKS.write(made.benchmarks, benchmarks)
    QUESTIONS.write(made.questions, out)


@app.command()
def export(
    questions: Annotated[Path, typer.Option(help="The questions.")],
    shard: Annotated[list[Path], typer.Option(help="Packed pictures; repeatable.")],
    out: Out,
    images: Annotated[Path, typer.Option(help="Folder for the pictures.")],
    name: Annotated[str, typer.Option(help="The benchmark, as the study calls it.")] = "mined",
) -> None:
    """Export a benchmark of rendered pairs in MMVP's own layout."""
    import polars as pl

    from clipblind.benchmark.export import export_mmvp
    from clipblind.ground.tables.benchmark import QUESTIONS
    from clipblind.world.pictures import Pictures

    asked = QUESTIONS.read(questions).filter(pl.col("benchmark") == name)
    export_mmvp(asked, Pictures(shard), out, images)


@app.command()
def thumbnails(images: Images, out: Out) -> None:
    """Make small copies of the benchmarks' images, for the report's sheet."""
    from clipblind.benchmark.thumbnails import make_thumbnails
    from clipblind.ground.images import Undecodable
    from clipblind.ground.tables.pool import LISTED, THUMBNAILS

    try:
        made = make_thumbnails(LISTED.read(images))
    except Undecodable as error:
        raise UserError(f"An image of {images} can't be used: {error}.") from None
    THUMBNAILS.write(made, out)
