"""`clipblind doctor`: what this machine can run, and what a study lacks."""

import shlex
from typing import Annotated

import typer


def doctor(
    study: Annotated[str, typer.Option(help="A file of conf/study/; none: the machine.")] = "",
    overrides: Annotated[str, typer.Option(help="As snakemake --config overrides.")] = "",
) -> None:
    """Say what this machine can run and, of a study, what is there and what is missing.

    The exit status is 1 if something is missing; the last line says what.
    """
    from clipblind.fetching.examine import Check, examine_machine, examine_study
    from clipblind.fetching.project import ROOT, compose_here
    from clipblind.fetching.show import checks_table, show
    from clipblind.ground.errors import UserError

    composed = compose_here(study, overrides) if study else None
    given = f" --overrides {shlex.quote(overrides)}" if overrides else ""
    fetch = f"clipblind fetch --study {study}{given}"
    machine = examine_machine()
    show(checks_table("This machine", machine))
    of_study: list[Check] = examine_study(composed, ROOT, fetch) if composed else []
    if of_study:
        show(checks_table(f"The study {study}", of_study))
    lacking = [check for check in (*machine, *of_study) if not check.is_good]
    what = f"the study {study}" if study else "clipblind"
    if lacking:
        remedies = dict.fromkeys(check.remedy for check in lacking if check.remedy)
        names = ", ".join(dict.fromkeys(check.what for check in lacking))
        todo = f"; {'; '.join(remedies)}" if remedies else ""
        raise UserError(f"{what} can't run here, as this is missing: {names}{todo}.")
    typer.echo(f"Nothing is missing: {what} can run here.")
