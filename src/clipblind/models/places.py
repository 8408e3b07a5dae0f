"""Where the files of models lie: trained by a study, fetched into its assets, or people's own."""

from pathlib import Path

from clipblind.study.settings.contenders import FetchedModel, Mof
from clipblind.study.settings.encoder import Encoder
from clipblind.study.stamps import file_stamp, folder_stamp


def model_folder(root: Path, assets: str, name: str, entry: Encoder | Mof | FetchedModel) -> Path:
    """The folder of a model's files, from which its loader reads them.

    Args:
        root: the project's folder, to which all paths of the entry are relative.
        assets: the study's folder of assets.
        name: the model's, as the study calls it; of who judges, `judge`; of who votes, `patterns`.
        entry: its entry; its own `folder` goes first, then `source` if that is a folder. Of a file
            of weights in `pretrained` that isn't in an own folder, the folder is `root`. What the
            study trains lies in its own folder of results, to which the path is relative.
    """
    if isinstance(entry, Mof):
        return Path("contenders") / name
    if isinstance(entry, Encoder) and entry.train:
        return Path("encoders") / name
    own = root / entry.folder if entry.folder else None
    if isinstance(entry, Encoder) and entry.pretrained:
        is_inside = own is not None and (own / entry.pretrained).is_file()
        if not is_inside and (root / entry.pretrained).is_file():
            return root
    if own is not None:
        return own
    is_own = (root / entry.source).is_dir()
    return root / entry.source if is_own else root / assets / "models" / name


def weights_stamp(root: Path, assets: str, name: str, encoder: Encoder) -> str:
    """Which weights an encoder's loader reads: with another stamp they are other ones."""
    folder = model_folder(root, assets, name, encoder)
    if encoder.pretrained and folder == root:
        return file_stamp(root / encoder.pretrained)
    return folder_stamp(folder)
