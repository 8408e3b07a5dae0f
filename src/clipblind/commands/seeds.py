"""Seeds: what a study found with each of several, side by side."""

from pathlib import Path
from typing import Annotated

import typer

from clipblind.commands.options import Out

app = typer.Typer(help=__doc__, no_args_is_help=True)


@app.command()
def gather(
    folder: Annotated[list[Path], typer.Option(help="Results of one seed; repeatable.")],
    numbers: Annotated[Path, typer.Option(help="File for every number of every seed.")],
    out: Out,
) -> None:
    """Set every number of every seed side by side, and write mean and spread."""
    from clipblind.controls.seeds import collect, folders_of, spread
    from clipblind.ground.tables.controls import NUMBERS, SPREAD

    collected = collect(folders_of(folder))
    NUMBERS.write(collected, numbers)
    SPREAD.write(spread(collected), out)
