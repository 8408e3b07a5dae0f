"""Where fetched things lie, below a study's folder of assets."""

from pathlib import Path

from clipblind.settings_contenders import LocalModel, MiniGpt4
from clipblind.settings_real import Pretrained


def model_folder(
    root: Path, assets: str, name: str, entry: Pretrained | LocalModel | MiniGpt4
) -> Path:
    """The folder of a model's files.

    Args:
        root: the project's folder, to which other paths are relative.
        assets: the study's folder of assets.
        name: the model's, as the study calls it; of who judges, `judge`; of who votes, `patterns`.
        entry: its entry; its own `folder` goes before.
    """
    return root / entry.folder if entry.folder else root / assets / "models" / name
