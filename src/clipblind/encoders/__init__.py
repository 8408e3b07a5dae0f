"""Image encoders: loading them, whatever library they come from, and training the world's own."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from clipblind.encoders.base import LoadedEncoder
from clipblind.study.settings.encoder import Encoder

LOADERS = {
    "open_clip": "clipblind.encoders.open_clip_loader",
    "transformers": "clipblind.encoders.transformers_loader",
}


def load_encoder(name: str, encoder: Encoder, folder: Path | None = None) -> LoadedEncoder:
    """Load an encoder, frozen and in evaluation mode.

    Args:
        name: as the study calls it; also its folder under `encoders/` if the study trains it.
        encoder: its configuration.
        folder: of a `Encoder` encoder, the folder that holds its hub repository's files; none
            means the one in its configuration. Nothing is downloaded.

    Raises:
        UserError: if its files are missing or don't fit its configuration.
    """
    if isinstance(encoder, Encoder):
        from clipblind.encoders.pretrained import load_pretrained

        return load_pretrained(name, encoder, folder)
    load: Callable[[str, Encoder, str], LoadedEncoder]
    load = import_module(LOADERS[encoder.loader]).load
    return load(name, encoder, encoder.source or str(Path("encoders") / name))
