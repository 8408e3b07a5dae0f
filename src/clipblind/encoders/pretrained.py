"""Encoders that somebody else trained: where their files lie, and whether they are what they say.

Weights that load without a complaint can still be the wrong ones: of another size, with another
activation, with a tensor that no file held. Whatever an entry of `conf/encoder/` claims is checked.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from pickle import UnpicklingError

from safetensors import SafetensorError

from clipblind.encoders.base import LoadedEncoder
from clipblind.ground.errors import UserError
from clipblind.study.settings.encoder import Encoder

LOADERS = {
    "open_clip": "clipblind.encoders.open_clip_loader",
    "transformers": "clipblind.encoders.transformers_loader",
    "timm": "clipblind.encoders.timm_loader",
}

# what the libraries raise over files that don't fit, and how much of it fits in a sentence
UNREADABLE = (OSError, ValueError, RuntimeError, LookupError, UnpicklingError, SafetensorError)
SAID = 160


def load_pretrained(name: str, encoder: Encoder, folder: Path | None) -> LoadedEncoder:
    """Load an encoder from files on this machine and check it against its configuration.

    Args:
        name: as the study calls it.
        encoder: its configuration.
        folder: laid out as its hub repository; none means `encoder.folder`, or `encoder.source` if
            that is a folder.

    Raises:
        UserError: if files are missing, can't be read, or aren't what the configuration says.
    """
    load: Callable[[str, Encoder, Path | None], LoadedEncoder]
    load = import_module(LOADERS[encoder.loader]).load_pretrained
    place = _place(name, encoder, folder)
    try:
        with _offline():
            loaded = load(name, encoder, place)
    except UNREADABLE as error:
        said = " ".join(str(error).split())
        if differs := re.search(r"size mismatch for ([\w.]+)", said):
            said = f"its {differs[1]} has another shape than the model's"
        said = said[:SAID].rstrip(". ")
        raise UserError(
            f"The encoder {name} can't be loaded by {encoder.loader} from"
            f" {place or encoder.source}: {said or type(error).__name__}."
        ) from error
    check(loaded, encoder)
    return loaded


def require(name: str, folder: Path, files: Sequence[str], weights: Sequence[str]) -> Path:
    """The first of `weights` that is in the folder, if all of `files` are there, too.

    Raises:
        UserError: if a file is missing.
    """
    missing = [file for file in files if not (folder / file).is_file()]
    found = [folder / file for file in weights if (folder / file).is_file()]
    if missing or not found:
        lacking = missing[0] if missing else " or ".join(weights)
        raise UserError(
            f"{folder} has no {lacking} of the encoder {name}; `clipblind fetch` gets it."
        )
    return found[0]


def refuse_keys(name: str, source: object, missing: Sequence[str], other: Sequence[str]) -> None:
    """Raise if a checkpoint lacks weights of the model, or has some that the model lacks.

    Raises:
        UserError: naming the first of them.
    """
    for what, keys in (("lacks", missing), ("has what the model has no place for:", other)):
        if keys:
            more = f" and {len(keys) - 1} more" if len(keys) > 1 else ""
            raise UserError(
                f"The checkpoint {source} of the encoder {name} {what} {sorted(keys)[0]}{more};"
                " it belongs to another model or isn't whole, so fetch it again."
            )


def not_cached(name: str, encoder: Encoder) -> UserError:
    """The error that a published tag's weights would have to be downloaded first."""
    return UserError(
        f"The weights {encoder.pretrained} of {encoder.source} (encoder {name}) aren't in this"
        " machine's cache of the hub, and nothing is downloaded here: name the hub repository as"
        " its source instead, and `clipblind fetch` gets it."
    )


def check(loaded: LoadedEncoder, encoder: Encoder) -> None:
    """Compare a loaded model with what its configuration says of it.

    Raises:
        UserError: naming the first thing that differs.
    """
    where = f"encoder.{loaded.name}"
    if (said := encoder.params_m) and abs(loaded.params_m - said) > max(0.1, said / 1000):
        raise UserError(
            f"{where}.params_m is {said:g}, but what was loaded has {loaded.params_m:.1f} million"
            " parameters; another model lies there, or the setting is wrong."
        )
    if encoder.image_size and loaded.image_size != encoder.image_size:
        raise UserError(
            f"{where}.image_size is {encoder.image_size}, but what was loaded takes"
            f" {loaded.image_size} pixels; another model lies there, or the setting is wrong."
        )
    if has_quick_gelu(loaded) != encoder.quick_gelu:
        built, other = ("QuickGELU", "GELU") if has_quick_gelu(loaded) else ("GELU", "QuickGELU")
        raise UserError(
            f"{where}.quick_gelu is {str(encoder.quick_gelu).lower()}, so its weights want"
            f" {other}, but the model's own configuration builds it with {built}; every embedding"
            " would be wrong."
        )
    if encoder.text and loaded.embed_texts is None:
        raise UserError(f"{where}.text is true, but what was loaded has no text tower.")


def has_quick_gelu(loaded: LoadedEncoder) -> bool:
    """Whether any activation of the model is `x * sigmoid(1.702 x)`, whatever library built it."""
    return any("quickgelu" in type(module).__name__.lower() for module in loaded.model.modules())


def _place(name: str, encoder: Encoder, folder: Path | None) -> Path | None:
    """The folder to load from; none if the model goes by its library's name."""
    chosen = Path(encoder.folder) if encoder.folder else folder
    if chosen is None and Path(encoder.source).is_dir():
        chosen = Path(encoder.source)
    if chosen is not None and chosen.is_dir():
        return chosen
    if encoder.pretrained and encoder.loader != "transformers":
        return None
    raise UserError(
        f"The encoder {name} ({encoder.source}) isn't at {chosen or 'any place that was named'};"
        " `clipblind fetch` gets it."
    )


@contextmanager
def _offline() -> Iterator[None]:
    """No library may ask the hub for anything: what isn't here is an error, not a download."""
    from huggingface_hub import constants

    before = constants.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = True
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before
