"""Patterns: which visual pattern each pair of a benchmark shows, from people, a judge or truth."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from clipblind.commands.options import Cfg, Out
from clipblind.ground.errors import UserError
from clipblind.study.settings.base import Model
from clipblind.study.settings.judge import Patterns
from clipblind.study.slices import read_slice

if TYPE_CHECKING:
    import polars as pl

    from clipblind.contenders.protocol import Ask, Reply

app = typer.Typer(help=__doc__, no_args_is_help=True)

Questions = Annotated[Path, typer.Option(help="The questions.")]
Ledger = Annotated[Path, typer.Option(help="Folder of all answers that were ever given.")]
Files = Annotated[Path | None, typer.Option(help="The judge's files, or its recorded answers.")]
Devices = Annotated[
    Path | None, typer.Option(help="Folder of locks: take a GPU that no other job has.")
]


class PatternSlice(Model):
    patterns: Patterns


class _Place(NamedTuple):
    """Where answers are kept, where a model's files lie, and where it takes its GPU."""

    ledger: Path
    folder: Path | None
    devices: Path | None


@app.command()
def assign(
    cfg: Cfg,
    questions: Questions,
    out: Out,
    file: Annotated[Path | None, typer.Option(help="A person's CSV, in place of votes.")] = None,
    ledger: Ledger = Path("ledger"),
    folder: Files = None,
    among: Annotated[
        Path | None, typer.Option(help="What `discover` wrote, in place of the nine patterns.")
    ] = None,
    devices: Devices = None,
) -> None:
    """Give every pair its pattern: what its questions carry, or else a person's file or votes."""
    import polars as pl

    from clipblind.ground.tables.benchmark import PAIR_PATTERNS, QUESTIONS
    from clipblind.patterns.person import from_truth, read_patterns, without_patterns

    asked, settings = QUESTIONS.read(questions), read_slice(PatternSlice, cfg).patterns
    truth, left = from_truth(asked), without_patterns(asked)
    if file is None and not settings.votes and len(left):
        raise UserError(
            f"The questions of {left['benchmark'][0]} don't tell their patterns; give a person's"
            " file, or a judge's votes."
        )
    if left.is_empty():
        filled = truth.clear()
    elif file is not None:
        filled = read_patterns(file, left)
    else:
        filled = _voted(left, settings, _Place(ledger, folder, devices), among)
    table = pl.concat([truth, filled]).sort("pair_id")
    PAIR_PATTERNS.write(table, out)
    typer.echo(f"{len(table.filter(table['by'] != ''))} of {len(table)} pairs have a pattern.")


@app.command()
def discover(
    cfg: Cfg,
    questions: Questions,
    out: Out,
    ledger: Ledger = Path("ledger"),
    folder: Files = None,
    devices: Devices = None,
) -> None:
    """Ask a judge, as the paper did, which patterns all questions have in common."""
    from clipblind.ground.files import write_text
    from clipblind.ground.tables.benchmark import QUESTIONS
    from clipblind.patterns.discovery import VERSION
    from clipblind.patterns.discovery import discover as find

    settings = read_slice(PatternSlice, cfg).patterns
    place = _Place(ledger, folder, devices)
    ask_all = _asking(settings, place, "discover patterns", VERSION)
    names, reply = find(QUESTIONS.read(questions), ask_all)
    write_text(out, json.dumps({"patterns": names, "said": reply}, indent=2) + "\n")
    typer.echo("\n".join(names))


def _voted(
    questions: "pl.DataFrame", settings: Patterns, place: _Place, among: Path | None
) -> "pl.DataFrame":
    from clipblind.patterns.votes import PAPER_NAMES, VERSION, vote

    names = PAPER_NAMES if among is None else _discovered(among)
    ask_all = _asking(settings, place, "vote on patterns", VERSION)
    voted = vote(questions, settings.votes, settings.agreement, ask_all, names)
    kappa = f"{voted.kappa:.2f}" if voted.kappa == voted.kappa else "not defined"
    typer.echo(
        f"{settings.votes} votes a pair agree with Fleiss' kappa {kappa}; {voted.unusable} of"
        f" {voted.cast} votes named no pattern."
    )
    return voted.patterns


def _asking(
    settings: Patterns, place: _Place, label: str, version: str
) -> "Callable[[list[Ask]], Sequence[Reply]]":
    from clipblind.contenders.backends import load
    from clipblind.contenders.run import ask_all

    if settings.by is None:
        raise UserError("Nobody is named who could be asked; set patterns.by to a back-end.")
    if place.devices:
        from clipblind.ground.devices import claim_device

        claim_device(place.devices)
    backend, kept = load("patterns", settings.by, place.folder), place.ledger
    return lambda asks: ask_all(backend, asks, kept, label, wording="patterns", version=version)


def _discovered(path: Path) -> list[str]:
    try:
        names: list[str] = json.loads(path.read_text(encoding="utf-8"))["patterns"]
    except (OSError, ValueError, KeyError, TypeError):
        raise UserError(f"{path} is not what `clipblind patterns discover` writes.") from None
    return names
