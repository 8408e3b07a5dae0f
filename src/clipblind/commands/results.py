"""`clipblind results`: whether results that are kept are of the present code."""

from pathlib import Path
from typing import Annotated

import typer

from clipblind.ground.errors import UserError


def results(
    write: Annotated[
        Path | None, typer.Option(help="Write down what the study in this folder was made by.")
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
    notes = sorted((root / "results").glob(f"*/{NOTE}"))
    if not notes:
        raise UserError(f"No study in {root / 'results'} says what it was made by; run one.")
    wrong = []
    for path in notes:
        note = read_note(path)
        faults = faults_of(note)
        wrong += [path.parent.name] if faults else []
        said = "; ".join(faults) or "of the present code"
        typer.echo(f"{path.parent.name} ({note.revision or 'no revision'}): {said}")
    if wrong:
        raise UserError(f"{', '.join(wrong)}: not of the present code; run these studies again.")
