"""`clipblind results`: whether results that are kept are of the present code."""

from pathlib import Path
from typing import Annotated

import typer

from clipblind.commands.options import file_to_write
from clipblind.ground.errors import UserError


def results(
    write: Annotated[
        Path | None, file_to_write(help="Write down what the study in this folder was made by.")
    ] = None,
    root: Annotated[Path, typer.Option(help="The project's folder.")] = Path(),
) -> None:
    """Say of each study in results/ whether the present code made it.

    The exit status is 1 if another did, or one that no commit holds; make these studies again.
    """
    from clipblind.study.results import NOTE, faults_of, note_code, read_note

    if write:
        note_code(Path(), root, write)
        return
    studies = sorted(path.parent for path in (root / "results").glob("*/scores"))
    if not studies:
        raise UserError(f"There are no results of any study in {root / 'results'}; run one.")
    wrong = []
    for study in studies:
        if not (study / NOTE).exists():
            wrong.append(study.name)
            typer.echo(f"{study.name}: nothing there says what code made it")
            continue
        note = read_note(study / NOTE)
        faults = faults_of(note)
        wrong += [study.name] if faults else []
        said = "; ".join(faults) or "of the present code"
        typer.echo(f"{study.name} ({note.revision or 'no revision'}): {said}")
    if wrong:
        raise UserError(f"{', '.join(wrong)}: not of the present code; run these studies again.")
