"""Back-ends: who answers questions, each kind in a file of its own."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Final

from clipblind.contenders.protocol import Backend, Given
from clipblind.study.settings.contenders import Contender
from clipblind.study.settings.encoder import Encoder

# each has a function `load` of these three arguments
BACKENDS: Final = {
    "constant": "clipblind.contenders.backends.baseline",
    "random": "clipblind.contenders.backends.baseline",
    "mof": "clipblind.contenders.backends.mof",
    "text_only": "clipblind.contenders.backends.mof",
    "recorded": "clipblind.contenders.backends.recorded",
    "transformers": "clipblind.contenders.backends.transformers_backend",
    "minigpt4": "clipblind.contenders.backends.minigpt4",
    "openai": "clipblind.contenders.backends.openai_backend",
}


def load(
    name: str,
    settings: Contender,
    folder: Path | None = None,
    seed: int = 0,
    towers: Mapping[str, tuple[Encoder, Path]] | None = None,
) -> Backend:
    """Load somebody who answers.

    Args:
        name: of the contender or judge; used in messages.
        settings: its own.
        folder: its files: of a model its folder, of recorded answers the CSV.
        seed: the study's, for baselines.
        towers: encoders that feed it, by name: settings, and the folder of its files.

    Raises:
        UserError: if its files are missing or don't fit, or its key is not in the environment.
    """
    module = import_module(BACKENDS[settings.kind])
    backend: Backend = module.load(name, settings, Given(folder, seed, towers or {}))
    return backend
