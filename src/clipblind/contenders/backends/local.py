"""The files of models that answer, beyond `models.loading`: who they are, and how they read."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from clipblind.ground.errors import UserError
from clipblind.models import loading
from clipblind.models.answerers import TOKENIZERS
from clipblind.models.record import revision_of

__all__ = ["public_name", "read_images", "read_tokenizer", "require_tokenizer", "revision_of"]


def public_name(source: str, folder: Path) -> str:
    """A hub id as it is; of a folder its last part, as no path of this machine may be kept.

    Which of the two it is must not depend on where a command runs: it is a folder if it is
    written like one, or if the files' own folder ends in it.
    """
    parts = Path(source).parts
    written_so = source.startswith(("/", ".", "~")) or len(parts) != 2
    ends_so = folder.absolute().parts[-len(parts) :] == parts
    return Path(source).name if (written_so or ends_so) else source


def require_tokenizer(name: str, folder: Path) -> None:
    """Raise if the folder has no tokenizer, or one that the installed packages can't read.

    Raises:
        UserError: naming what is missing.
    """
    loading.require(name, folder, TOKENIZERS)
    fast = any((folder / file).is_file() for file in TOKENIZERS if file.endswith(".json"))
    if not fast and find_spec("sentencepiece") is None:
        raise UserError(
            f"{folder} has a tokenizer.model alone of the model {name}, which the package"
            " sentencepiece reads, and it isn't installed: `pip install sentencepiece`."
        )


def read_tokenizer(folder: Path, trust: bool = False) -> Any:
    """The tokenizer in a folder, padding on the left, as a model goes on from its last position."""
    return pad_left(loading.read_tokenizer(folder, trust))


def pad_left(tokenizer: Any) -> Any:
    """Have a tokenizer pad on the left; by the token that ends a text, if it has none to pad by."""
    tokenizer.padding_side = "left"
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def read_images(folder: Path, trust: bool = False) -> Any:
    """The image processor in a folder: of PIL, if there is one for this model.

    PIL resizes as the models' own code did; torchvision's resizing differs by a grey level.
    """
    from transformers import AutoImageProcessor

    given = {"local_files_only": True, "trust_remote_code": trust}
    try:
        return AutoImageProcessor.from_pretrained(folder, backend="pil", **given)
    except (ImportError, ValueError):
        return AutoImageProcessor.from_pretrained(folder, **given)
