"""Where fetched things lie, below a study's folder of assets."""

from pathlib import Path

from clipblind.settings_real import Pretrained


def model_folder(assets: Path, name: str, encoder: Pretrained) -> Path:
    """The folder of an encoder's files.

    Args:
        assets: the study's folder of assets, in the project's folder.
        name: the encoder's, as the study calls it.
        encoder: its entry; its own `folder`, relative to the project's, goes before.
    """
    return assets.parent / encoder.folder if encoder.folder else assets / "models" / name
