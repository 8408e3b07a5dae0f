"""Tables for people: what is needed and what of it is there, what a machine offers."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from clipblind.fetching.plan import MEGABYTE, State, megabytes
from clipblind.fetching.wanted import Elsewhere, Wanted

if TYPE_CHECKING:
    from clipblind.fetching.examine import Check

WIDTH = 130  # where there is no terminal to ask
COLOURS = {"there": "green", "unverified": "yellow"}


def show(table: Table) -> None:
    """Print a table to standard output."""
    console = Console()
    # without a terminal 80 columns are assumed, which cut names in two
    (console if console.is_terminal else Console(width=WIDTH)).print(table)


def table_of(title: str, *columns: str) -> Table:
    """An empty table."""
    table = Table(title=title, title_justify="left", title_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold", justify="right" if column == "size" else "left")
    return table


def plan_table(
    title: str, plan: Sequence[tuple[Wanted, State]], elsewhere: Sequence[Elsewhere]
) -> Table:
    """Everything a study needs from elsewhere, with where from and what of it is there."""
    table = table_of(title, "name", "from", "revision", "licence", "size", "state")
    for wanted, state in plan:
        size = megabytes(wanted.megabytes * MEGABYTE) if wanted.megabytes else "?"
        said = Text(state.said, style=COLOURS.get(state.standing, ""))
        revision = wanted.revision[:7] or "newest"
        table.add_row(wanted.name, wanted.source, revision, wanted.licence or "?", size, said)
    for other in elsewhere:
        said = Text("there", style="green") if is_there(other.folder) else Text(not_there(other))
        table.add_row(other.name, other.what, "", "", "", said)
    return table


def checks_table(title: str, checks: "Sequence[Check]") -> Table:
    """What was looked at, what was found, and what to do where that is not enough."""
    table = table_of(title, "what", "found", "to do")
    for check in checks:
        said = Text(check.said, style="" if check.is_good else "red")
        table.add_row(check.what, said, "" if check.is_good else check.remedy)
    return table


def is_there(path: Path) -> bool:
    """Whether a file is there, or a folder with something in it."""
    return path.is_file() or (path.is_dir() and any(path.iterdir()))


def not_there(other: Elsewhere) -> str:
    """That something is missing which `fetch` can't get, and what to do."""
    return f"not at {other.folder}: {other.advice}" if other.advice else f"not at {other.folder}"
