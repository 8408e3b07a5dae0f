"""`clipblind fetch`: the one verb that downloads models and benchmarks."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from clipblind.ground.errors import UserError

if TYPE_CHECKING:
    from pathlib import Path

    from clipblind.fetching.wanted import Elsewhere, Wanted


def fetch(
    study: Annotated[str, typer.Option(help="A file of conf/study/.")] = "paper",
    overrides: Annotated[str, typer.Option(help="As snakemake --config overrides.")] = "",
    only: Annotated[
        list[str] | None, typer.Option(help="Only this model or benchmark; repeatable.")
    ] = None,
    list_only: Annotated[bool, typer.Option("--list", help="Say what, fetch nothing.")] = False,
    check: Annotated[bool, typer.Option(help="Hash what is there anew.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
) -> None:
    """Download the models and benchmarks of a study, after saying what and how much.

    What breaks off goes on next time; nothing looks finished before it is verified. A token for
    what is gated is read from HF_TOKEN.
    """
    from clipblind.fetching.plan import (
        elsewhere_of,
        free_bytes,
        megabytes,
        state_of,
        wanted_by,
    )
    from clipblind.fetching.project import ROOT, compose_here
    from clipblind.fetching.show import plan_table, show

    composed = compose_here(study, overrides)
    needed, elsewhere = wanted_by(composed, ROOT), elsewhere_of(composed, ROOT)
    if not (needed or elsewhere):
        raise UserError(f"The study {study} makes all that it needs; there is nothing to fetch.")
    wanted = _asked(needed, elsewhere, only or [])
    plan = [(one, state_of(one, anew=check)) for one in wanted]
    show(plan_table(f"What the study {study} needs", plan, [] if only else elsewhere))
    todo = [(one, state) for one, state in plan if state.standing != "there"]
    if not todo:
        typer.echo("All that can be fetched is there, verified.")
        return
    left, free = sum(state.left for _, state in todo), free_bytes(ROOT / composed.assets)
    typer.echo(
        f"{len(todo)} to fetch, about {megabytes(left)};"
        f" {megabytes(free)} are free on the disk of {composed.assets}."
    )
    if list_only:
        return
    if left > free:
        raise UserError(
            f"About {megabytes(left)} would come and {megabytes(free)} are free; make room, set"
            " `assets` to a folder on another disk, or choose with --only."
        )
    if not yes and not _agreed():
        return
    _fetch_all([one for one, _ in todo], ROOT / composed.assets, check)


def _asked(wanted: "list[Wanted]", elsewhere: "list[Elsewhere]", only: list[str]) -> "list[Wanted]":
    from clipblind.fetching.show import not_there

    known = {one.name: one for one in wanted}
    for name in only:
        other = next((one for one in elsewhere if one.name == name), None)
        if other:
            raise UserError(f"{name} can't be fetched: {other.what}, {not_there(other)}.")
        if name not in known and name not in map(_whole, wanted):
            raise UserError(f"--only {name} is nothing of the study; there are {', '.join(known)}.")
    return [one for one in wanted if not only or {one.name, _whole(one)} & set(only)]


def _whole(wanted: "Wanted") -> str:
    """The name of the model of which something is one part."""
    return wanted.name.partition("/")[0]


def _agreed() -> bool:
    if not sys.stdin.isatty():
        raise UserError("Nothing was fetched, as there is no terminal to ask on; add --yes.")
    return typer.confirm("Fetch?")


def _fetch_all(todo: "list[Wanted]", assets: "Path", anew: bool) -> None:
    """Fetch one after the other; what one repository refuses doesn't keep the others."""
    from clipblind.fetching.network import stay_public, switch_on
    from clipblind.ground.files import hold_lock

    switch_on()
    from huggingface_hub import constants

    from clipblind.fetching.download import fetch as download
    from clipblind.fetching.hub import Unavailable
    from clipblind.fetching.plan import megabytes

    stay_public(constants.ENDPOINT)
    lock = hold_lock(assets / ".fetch.lock")
    refused = []
    for one in todo:
        try:
            record = download(one, anew=anew)
        except Unavailable as error:
            if len(todo) == 1:
                raise
            typer.echo(f"{one.name}: {error}", err=True)
            refused.append(one.name)
            continue
        size = megabytes(sum(file.size for file in record.files.values()))
        typer.echo(f"{one.name}: {len(record.files)} files, {size}, verified: {one.folder}")
    lock.close()
    if refused:
        names = ", ".join(refused)
        raise UserError(f"{names} could not be fetched, as said above; the rest is there.")
