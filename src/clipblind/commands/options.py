"""Options that many verbs share."""

from pathlib import Path
from typing import Annotated

import typer

Cfg = Annotated[str, typer.Option(help="What the job may read of the study, as JSON.")]
Out = Annotated[Path, typer.Option(help="File to write.")]
Folder = Annotated[Path, typer.Option(help="Folder to write to.")]
Scenes = Annotated[list[Path], typer.Option(help="Tables of scenes; repeatable.")]
Shards = Annotated[list[Path], typer.Option("--shard", help="Packed pictures; repeatable.")]
Listed = Annotated[Path, typer.Option(help="Images as they were listed.")]
Weights = Annotated[
    str, typer.Option(help="A stamp of the weights: saved work holds while it doesn't change.")
]
Workers = Annotated[int, typer.Option(min=0, help="That decode; 0: as many as cores to use.")]
