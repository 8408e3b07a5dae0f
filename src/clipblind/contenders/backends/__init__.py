"""Back-ends: who answers questions, each kind in a file of its own."""

from importlib import import_module
from pathlib import Path
from typing import Final

from clipblind.contenders.protocol import Backend
from clipblind.study.settings.contenders import Contender

# each has a function `load` of these four arguments
BACKENDS: Final = {
    "constant": "clipblind.contenders.backends.baseline",
    "random": "clipblind.contenders.backends.baseline",
    "recorded": "clipblind.contenders.backends.recorded",
    "transformers": "clipblind.contenders.backends.transformers_backend",
    "minigpt4": "clipblind.contenders.backends.minigpt4",
    "openai": "clipblind.contenders.backends.openai_backend",
}


def load(name: str, settings: Contender, folder: Path | None = None, seed: int = 0) -> Backend:
    """Load somebody who answers.

    Args:
        name: of the contender or judge; used in messages.
        settings: its own.
        folder: its files: of a model its folder, of recorded answers the CSV.
        seed: the study's, for baselines.

    Raises:
        UserError: if its files are missing or don't fit, or its key is not in the environment.
    """
    backend: Backend = import_module(BACKENDS[settings.kind]).load(name, settings, folder, seed)
    return backend
