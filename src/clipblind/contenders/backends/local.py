"""What the back-ends share whose models run on this machine: files, checks, batches, sampling."""

import gc
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, Final

import torch
from PIL import Image
from safetensors import SafetensorError

from clipblind.contenders.asking import Ask, Identity, Reply, Unanswered
from clipblind.errors import UserError
from clipblind.fetching.record import RECORD, changed, read_record, sha256_of
from clipblind.pools.decoding import Undecodable, decode_image
from clipblind.settings_contenders import Decoding

WEIGHTS: Final = (
    *("model.safetensors", "model.safetensors.index.json"),
    *("pytorch_model.bin", "pytorch_model.bin.index.json"),
)
TOKENIZER: Final = ("tokenizer.json", "tokenizer.model", "vocab.json")
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


@dataclass(frozen=True)
class Shown:
    """An ask with its image decoded; none for a text-only ask."""

    ask: Ask
    image: Image.Image | None


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


def public_name(source: str) -> str:
    """A hub id as it is; of a folder its last part, as no path of this machine may be kept."""
    return Path(source).name if Path(source).is_dir() else source


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
            f"contender.{name}.params_m is {said:g}, but what was loaded has {found:.1f} million"
            " parameters; another model lies there, or the setting is wrong."
        )


def in_batches(
    asks: Sequence[Ask],
    identity: Identity,
    size: int,
    answer: Callable[[Sequence[Shown], Decoding], list[Reply]],
) -> Iterator[tuple[Ask, Reply]]:
    """Answer in batches of asks that are alike in decoding and in having an image.

    The longest go first, so that memory runs out at once or not at all; a batch that runs out of
    it is halved. What is sampled goes one by one, each from a seed of its own.

    Raises:
        Unanswered: at the end, if images couldn't be used.
        UserError: if memory doesn't do for a single ask.
    """
    groups: dict[tuple[str, bool], list[Ask]] = {}
    for ask in sorted(asks, key=lambda ask: -len(ask.text)):
        kind = (ask.decoding.model_dump_json(), ask.image is not None)
        groups.setdefault(kind, []).append(ask)
    failed: Counter[str] = Counter()
    for group in groups.values():
        decoding = group[0].decoding
        at, step = 0, size if decoding.temperature == 0 else 1
        while at < len(group):
            shown = [ready for ask in group[at : at + step] if (ready := _show(ask, failed))]
            if shown and decoding.temperature:
                torch.manual_seed(_seed(decoding.seed, shown[0].ask.key(identity)))
            replies = _unless_memory_ends(answer, shown, decoding) if shown else []
            if replies is None:
                if step == 1:
                    raise UserError(
                        f"The memory of the {device().type} doesn't do for one question to"
                        f" {identity['name']}; take a smaller model or another `precision`."
                    )
                step = max(1, min(step, len(shown)) // 2)
                continue
            at += step
            yield from zip([each.ask for each in shown], replies, strict=True)
    if failed:
        raise Unanswered(failed)


def sampling(decoding: Decoding) -> dict[str, Any]:
    """How `generate` draws an answer; nothing is left to a model's own habits."""
    drawn: dict[str, Any] = {"max_new_tokens": decoding.max_new_tokens, "do_sample": False}
    if decoding.temperature:
        drawn |= {"do_sample": True, "temperature": decoding.temperature}
        drawn |= {"top_p": decoding.top_p, "top_k": 0}
    return drawn


def forget_habits(model: Any, tokenizer: Any) -> None:
    """Leave of a model's generation settings only where an answer ends.

    Checkpoints bring penalties, beams and temperatures of their own, which would change answers
    without being part of what was asked for.
    """
    from transformers import GenerationConfig, GenerationMixin

    own = model.generation_config.eos_token_id
    ends = {tokenizer.eos_token_id, *(own if isinstance(own, list) else [own])} - {None}
    for module in model.modules():
        if isinstance(module, GenerationMixin):
            module.generation_config = GenerationConfig(
                eos_token_id=sorted(ends),
                pad_token_id=tokenizer.pad_token_id,
                bos_token_id=module.generation_config.bos_token_id,
                decoder_start_token_id=module.generation_config.decoder_start_token_id,
            )


def count_new(tokens: torch.Tensor, model: Any) -> int:
    """Tokens of one answer, its end included; what pads it to a batch's length doesn't count."""
    settings = model.generation_config
    ends = torch.tensor(settings.eos_token_id, device=tokens.device)
    if len(found := torch.isin(tokens, ends).nonzero()):
        return int(found[0]) + 1
    said = (tokens != settings.pad_token_id).nonzero()
    return int(said[-1]) + 1 if len(said) else 0


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


def _show(ask: Ask, failed: Counter[str]) -> Shown | None:
    if ask.image is None:
        return Shown(ask, None)
    try:
        return Shown(ask, decode_image(ask.image()))
    except Undecodable as error:
        failed[f"its image can't be used: {error}"] += 1
        return None


def _unless_memory_ends(
    answer: Callable[[Sequence[Shown], Decoding], list[Reply]],
    shown: Sequence[Shown],
    decoding: Decoding,
) -> list[Reply] | None:
    try:
        with torch.inference_mode():
            return answer(shown, decoding)
    except (torch.OutOfMemoryError, RuntimeError) as error:
        said = str(error).lower()
        if not (
            isinstance(error, torch.OutOfMemoryError) or ("memory" in said and "alloc" in said)
        ):
            raise
    # only here, where the error no longer holds the failed batch
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    return None


def _seed(seed: int, key: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed}/{key}".encode()).digest()[:8]) >> 1
