"""Tables: what several jobs wrote, in one."""

from pathlib import Path
from typing import Annotated

import typer

from clipblind.commands.options import Out

app = typer.Typer(help=__doc__, no_args_is_help=True)


@app.callback()
def _several() -> None:
    """Tables: what several jobs wrote, in one."""


@app.command()
def gather(
    kind: Annotated[
        str, typer.Argument(help="vlm_scores, zero_shot, survey, differ_rates, probes.")
    ],
    table: Annotated[list[Path], typer.Option(help="One of them; repeatable.")],
    out: Out,
) -> None:
    """Put tables of one kind below each other, in the order given."""
    from clipblind.ground.errors import UserError
    from clipblind.ground.tables import named

    schema = named(kind)
    if schema is None:
        raise UserError(f"{kind!r} is no kind of table.")
    schema.write(schema.read_all(table), out)
