"""Image encoders: loading them, whatever library they come from and whoever trained them."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Final

from clipblind.encoders.base import LoadedEncoder
from clipblind.encoders.checks import check
from clipblind.ground.errors import UserError
from clipblind.models.loading import place, readable, refuse_code
from clipblind.study.settings.encoder import Encoder

LOADERS: Final = {
    "open_clip": "clipblind.encoders.open_clip_loader",
    "transformers": "clipblind.encoders.transformers_loader",
    "timm": "clipblind.encoders.timm_loader",
}
"""The module of each `loader`; its function `load` takes what `load_encoder` takes."""


def load_encoder(name: str, encoder: Encoder, folder: Path | None = None) -> LoadedEncoder:
    """Load an encoder from files on this machine, frozen, and check it against its entry.

    Args:
        name: as the study calls it.
        encoder: its entry.
        folder: of its files, laid out as its hub repository, or where the study's training saved
            it; none means the entry's own. Nothing is downloaded.

    Raises:
        UserError: if files are missing, can't be read, or aren't what the entry says.
    """
    load: Callable[[str, Encoder, Path | None], LoadedEncoder]
    load = import_module(LOADERS[encoder.loader]).load
    files = _files(name, encoder, folder)
    if files:
        refuse_code(name, files)
    with readable(name, files or encoder.source):
        loaded = load(name, encoder, files)
    check(loaded, encoder)
    return loaded


def _files(name: str, encoder: Encoder, folder: Path | None) -> Path | None:
    """The folder to load from; none if the model goes by its library's name."""
    try:
        return place(name, encoder.source, encoder.folder, folder)
    except UserError:
        if encoder.pretrained and encoder.loader != "transformers":
            return None
        raise
