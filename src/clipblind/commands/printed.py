"""`clipblind printed`: what the paper printed, and what of it adds up."""

from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Final

import typer

from clipblind.ground.errors import UserError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from clipblind.printed.tables import Printed

SAID: Final = {True: "fits", False: "differs", None: "unknown"}
LETTERS: Final = 3
"""Of a pattern's name at the head of a column, so that nine fit a line."""

NARROWEST: Final = 80

HEADS: Final = {
    "average": "mean",
    "image_size": "size",
    "params_M": "params",
    "in1k_zeroshot": "IN-1k",
}
"""What stands above a column, where its own name is too wide."""


def printed(
    name: Annotated[
        str, typer.Argument(help="The table to print; none: list them all.", show_default=False)
    ] = "",
    csv: Annotated[bool, typer.Option("--csv", help="Print the table as CSV.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Recompute the tables, and say what does not fit.")
    ] = False,
) -> None:
    """Show what the paper and its successors printed, with sources.

    What does not fit in `--check` was printed so: the exit status is 0 all the same.
    """
    if check and (name or csv):
        raise UserError("--check recomputes all tables; leave out the table's name and --csv.")
    if csv and not name:
        raise UserError("--csv prints one table; name one that `clipblind printed` lists.")
    if check:
        _check()
    elif name:
        _print(_named(name), csv)
    else:
        _list()


def _named(name: str) -> "Printed":
    from clipblind.printed.tables import PRINTED

    if name not in PRINTED:
        raise UserError(f"No table is called {name}; there are {', '.join(PRINTED)}.")
    return PRINTED[name]


def _list() -> None:
    from clipblind.printed.tables import PRINTED

    table = _grid()
    for column in ("name", "what", "source"):
        table.add_column(column, no_wrap=column == "name")
    for one in PRINTED.values():
        table.add_row(one.name, one.title, one.source)
    _console().print(table)


def _print(chosen: "Printed", csv: bool) -> None:
    from rich.text import Text

    from clipblind.ground.patterns import AVERAGE, PATTERNS

    frame, heads = chosen.frame(), {p.column: p.column[:LETTERS] for p in PATTERNS} | HEADS
    if csv:
        typer.echo(frame.write_csv(), nl=False)
        return
    table = _grid()
    for column in frame.get_columns():
        head = heads.get(column.name, column.name.replace("_", " "))
        number = column.dtype.is_numeric()
        whole = number or not any(" " in cell for cell in column)
        table.add_column(head, justify="right" if number else "left", no_wrap=whole)
    for row in frame.iter_rows():
        table.add_row(*(Text(str(cell)) for cell in row))
    lines = [chosen.title, f"Source: {chosen.source}.", f"Units: {chosen.units}."]
    if AVERAGE in frame.columns:
        columns = ", ".join(pattern.column for pattern in PATTERNS)
        lines.append(f"Patterns: {columns}; mean: the column {AVERAGE}.")
    console = _console()
    for line in filter(None, (*lines, chosen.note)):
        console.print(Text(line))
    console.print(table)


def _check() -> None:
    from rich.text import Text

    from clipblind.printed.checks import check

    console, lines = _console(), check()
    for about, group in groupby(lines, key=lambda line: line.about):
        console.print(Text(about, style="bold"))
        table = _grid(head=False)
        table.add_column()
        table.add_column(min_width=max(map(len, SAID.values())))
        for line in group:
            style = "yellow" if line.fits is False else ""
            table.add_row("", Text(SAID[line.fits], style=style), Text(line.text))
        console.print(table)
    counts = {said: sum(line.fits is fits for line in lines) for fits, said in SAID.items()}
    typer.echo(
        f"{counts['fits']} fit, {counts['differs']} differ, {counts['unknown']} can't be"
        " recomputed. What differs was printed so."
    )


def _console() -> "Console":
    """Of the terminal's width, but wide enough that no figure is cut."""
    from rich.console import Console

    return Console(width=max(NARROWEST, Console().width), highlight=False)


def _grid(*, head: bool = True) -> "Table":
    from rich.table import Table

    return Table(box=None, show_header=head, pad_edge=False, padding=(0, 1, 0, 0))
