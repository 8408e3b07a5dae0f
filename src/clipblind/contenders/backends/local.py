"""Model files on this machine: where they lie, what they are, and loading them in one sentence."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, Final

import torch
from safetensors import SafetensorError

from clipblind.ground.errors import UserError
from clipblind.models.answerers import TOKENIZERS
from clipblind.models.record import RECORD, changed, read_record, sha256_of
from clipblind.study.settings.contenders import setting_of

PRECISIONS: Final = {
    "float32": torch.float32,
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,
}
# what the libraries raise over files that don't fit, and how much of it fits in a sentence
UNREADABLE: Final = (
    *(OSError, ValueError, RuntimeError, LookupError, ImportError, TypeError, AttributeError),
    *(UnpicklingError, SafetensorError),
)
SAID: Final = 160


def place(name: str, source: str, folder: str, given: Path | None) -> Path:
    """The folder of a model's files: the one given, the entry's own, or `source` if it is one.

    Raises:
        UserError: if it isn't there.
    """
    # a rule gives the entry's own, as seen from the project's folder
    chosen = given or (Path(folder) if folder else None)
    if chosen is None and Path(source).is_dir():
        chosen = Path(source)
    if chosen is not None and chosen.is_dir():
        return chosen
    raise UserError(
        f"The model {name} ({source}) isn't at {chosen or 'any place that was named'};"
        " `clipblind fetch` gets it."
    )


def public_name(source: str, folder: Path) -> str:
    """A hub id as it is; of a folder its last part, as no path of this machine may be kept.

    Which of the two it is must not depend on where a command runs: it is a folder if it is
    written like one, or if the files' own folder ends in it.
    """
    parts = Path(source).parts
    written_so = source.startswith(("/", ".", "~")) or len(parts) != 2
    ends_so = folder.absolute().parts[-len(parts) :] == parts
    return Path(source).name if (written_so or ends_so) else source


def require(name: str, folder: Path, *any_of: Sequence[str]) -> None:
    """Raise if, of some group of files, the folder has none.

    Raises:
        UserError: naming the first such group.
    """
    for files in any_of:
        if not any((folder / file).is_file() for file in files):
            raise UserError(
                f"{folder} has no {' or '.join(files)} of the model {name}; `clipblind fetch` gets"
                " it."
            )


def require_tokenizer(name: str, folder: Path) -> None:
    """Raise if the folder has no tokenizer, or one that the installed packages can't read.

    Raises:
        UserError: naming what is missing.
    """
    require(name, folder, TOKENIZERS)
    fast = any((folder / file).is_file() for file in TOKENIZERS if file.endswith(".json"))
    if not fast and find_spec("sentencepiece") is None:
        raise UserError(
            f"{folder} has a tokenizer.model alone of the model {name}, which the package"
            " sentencepiece reads, and it isn't installed: `pip install sentencepiece`."
        )


def revision_of(folder: Path) -> str:
    """What a folder's files are: the commit that was fetched, or a digest of all of them.

    The commit counts only while the files are those of `fetch`'s record, so that weights which
    somebody trained further in place never pass for the published ones.
    """
    record = read_record(folder)
    if record and record.commit and not changed(folder, record):
        return record.commit
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in inside.parts)
        if path.is_file() and path.name != RECORD and not hidden:
            digest.update(f"{inside.as_posix()}\0{sha256_of(path)}\n".encode())
    return f"sha256:{digest.hexdigest()}"


def device() -> torch.device:
    """The GPU if there is one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def precision_here(wanted: str) -> str:
    """The precision that a model is computed in: on a CPU always float32."""
    return wanted if device().type == "cuda" else "float32"


@contextmanager
def readable(name: str, folder: Path) -> Iterator[None]:
    """Loading in one sentence or not at all: no hub, no bars, no stack trace.

    Raises:
        UserError: for whatever the libraries raise over files that don't fit.
    """
    from huggingface_hub import constants
    from transformers.utils import logging

    before, constants.HF_HUB_OFFLINE = constants.HF_HUB_OFFLINE, True
    level = logging.get_verbosity()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    except UNREADABLE as error:
        said = " ".join(str(error).split())[:SAID].rstrip(". ")
        raise UserError(
            f"The model {name} can't be loaded from {folder}: {said or type(error).__name__}."
        ) from error
    finally:
        constants.HF_HUB_OFFLINE = before
        logging.set_verbosity(level)
        logging.enable_progress_bar()


def refuse_missing(name: str, folder: Path, missing: Iterable[str]) -> None:
    """Raise if a checkpoint lacks weights, which would stay random.

    Raises:
        UserError: naming the first of them.
    """
    if keys := sorted(missing):
        more = f" and {len(keys) - 1} more" if len(keys) > 1 else ""
        raise UserError(
            f"The checkpoint in {folder} of the model {name} lacks {keys[0]}{more}; it isn't whole,"
            " so fetch it again."
        )


def refuse_size(name: str, model: torch.nn.Module, said: float | None) -> None:
    """Raise if a model hasn't as many parameters, in millions, as its entry says.

    Raises:
        UserError: naming both.
    """
    found = sum(parameter.numel() for parameter in model.parameters()) / 1e6
    if said and abs(found - said) > max(0.1, said / 1000):
        raise UserError(
            f"{setting_of(name)}.params_m is {said:g}, but what was loaded has {found:.1f} million"
            " parameters; another model lies there, or the setting is wrong."
        )


def read_tokenizer(folder: Path) -> Any:
    """The tokenizer in a folder, padding on the left, as a model goes on from its last position."""
    from transformers import AutoTokenizer

    return pad_left(AutoTokenizer.from_pretrained(folder, local_files_only=True))


def pad_left(tokenizer: Any) -> Any:
    """Have a tokenizer pad on the left; by the token that ends a text, if it has none to pad by."""
    tokenizer.padding_side = "left"
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def read_images(folder: Path) -> Any:
    """The image processor in a folder: of PIL, if there is one for this model.

    PIL resizes as the models' own code did; torchvision's resizing differs by a grey level.
    """
    from transformers import AutoImageProcessor

    try:
        return AutoImageProcessor.from_pretrained(folder, local_files_only=True, backend="pil")
    except (ImportError, ValueError):
        return AutoImageProcessor.from_pretrained(folder, local_files_only=True)
