"""Options that many verbs share."""

from pathlib import Path
from typing import Annotated, Any

import typer

from clipblind.ground.files import check_target


def file_to_write(*names: str, help: str) -> Any:
    """An option for a file that a verb writes: the place is tried before anything is done."""
    return typer.Option(*names, help=help, callback=_tried_file)


def folder_to_write(*names: str, help: str) -> Any:
    """Likewise for a folder."""
    return typer.Option(*names, help=help, callback=_tried_folder)


def _tried_file(value: Path | None) -> Path | None:
    if value is not None:
        check_target(Path(value))
    return value


def _tried_folder(value: Path | None) -> Path | None:
    if value is not None:
        check_target(Path(value), folder=True)
    return value


Cfg = Annotated[str, typer.Option(help="What the job may read of the study, as JSON.")]
Out = Annotated[Path, file_to_write(help="File to write.")]
Folder = Annotated[Path, folder_to_write(help="Folder to write to.")]
Scenes = Annotated[list[Path], typer.Option(help="Tables of scenes; repeatable.")]
Shards = Annotated[list[Path], typer.Option("--shard", help="Packed pictures; repeatable.")]
Listed = Annotated[Path, typer.Option(help="Images as they were listed.")]
Weights = Annotated[
    str, typer.Option(help="A stamp of the weights: saved work holds while it doesn't change.")
]
Workers = Annotated[int, typer.Option(min=0, help="That decode; 0: as many as cores to use.")]
