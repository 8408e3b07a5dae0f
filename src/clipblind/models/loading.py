"""Loading models from files on this machine: where they lie, and whether they are the right ones.

What goes wrong is one sentence, and nothing is asked of a hub.
"""

import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from torch import nn

from clipblind.ground.errors import UserError
from clipblind.models.computing import params_m
from clipblind.models.layouts import TOKENIZERS
from clipblind.models.record import read_record, revision_of
from clipblind.models.unreadable import UNREADABLE

SAID: Final = 160  # characters of a library's own words
CODE: Final = "auto_map"  # the key under which a folder's configurations name code of their own
CONFIGS: Final = ("*config.json", "*tokenizer/*config.json")
# parameters in millions that a count may be off by: printed ones are rounded
LEAST_OFF: Final = 0.1
SHARE_OFF: Final = 1 / 1000


def place(name: str, source: str, folder: str, given: Path | None) -> Path:
    """The folder of a model's files: the one given, the entry's own, or `source` if it is one.

    Args:
        name: as the study calls it.
        source: the entry's hub id or folder.
        folder: the entry's own folder; empty: it names none.
        given: what a rule says, which is the entry's own as seen from the job.

    Raises:
        UserError: if it isn't there.
    """
    chosen = given or (Path(folder) if folder else None)
    if chosen is None and source and Path(source).is_dir():
        chosen = Path(source)
    if chosen is not None and chosen.is_dir():
        return chosen
    raise UserError(
        f"The model {name} ({source or 'trained by the study'}) isn't at"
        f" {chosen or 'any place that was named'};"
        f" {'`clipblind fetch` gets it' if source else 'run the rule that trains it'}."
    )


def require(name: str, folder: Path, *any_of: Sequence[str]) -> Path:
    """The first file of the last group that a folder has; of every group it must have one.

    Args:
        name: as the study calls the model.
        folder: of its files.
        any_of: groups of file names, each best first.

    Raises:
        UserError: naming the first group of which the folder has none.
    """
    first = folder
    for files in any_of:
        here = [folder / file for file in files if (folder / file).is_file()]
        if not here:
            raise UserError(
                f"{folder} has no {' or '.join(files)} of the model {name}; `clipblind fetch` gets"
                " it, or the rule that trains it makes it."
            )
        first = here[0]
    return first


def refuse_code(name: str, folder: Path, setting: str = "", pinned: str = "") -> bool:
    """Raise if a folder would have code of its own run that its entry doesn't ask for by name.

    Args:
        name: as the study calls the model.
        folder: of its files.
        setting: the key that lets such code run; empty: nothing does.
        pinned: the revision whose code may run; empty: none may.

    Returns:
        Whether code of the folder's may run: only if there is some, and its entry asks for it.

    Raises:
        UserError: if there is code that may not run, or other code than what was pinned.
    """
    configs = sorted(path for pattern in CONFIGS for path in folder.glob(pattern))
    named = next(filter(_names_code, configs), None)
    if named is None:
        return False
    if not pinned:
        so = f"; set {setting}: true and its revision, if you have read it and trust it"
        raise UserError(
            f"{named} of the model {name} names code of its own ({CODE}), which is not run"
            f"{so if setting else ': take a model that the library knows itself'}."
        )
    is_now = revision_of(folder)
    record = read_record(folder)
    known = set(record.files) if record else set()
    code = [path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*.py"))]
    other = [] if is_now.startswith("sha256:") else [path for path in code if path not in known]
    if is_now != pinned or other:
        said = f"holds {other[0]}, which was not fetched" if other else f"is at {is_now}"
        raise UserError(
            f"The code of the model {name} may run at the revision {pinned}, but {folder} {said};"
            f" read what lies there before {setting} lets it run."
        )
    return True


def _names_code(path: Path) -> bool:
    """Whether a configuration names code, at any depth; one that can't be read names none."""
    try:
        left = [json.loads(path.read_text(encoding="utf-8"))]
    except (OSError, ValueError, RecursionError):
        return False
    while left:
        part = left.pop()
        if isinstance(part, dict):
            if part.get(CODE):
                return True
            left += part.values()
        elif isinstance(part, list):
            left += part
    return False


@contextmanager
def readable(name: str, folder: object) -> Iterator[None]:
    """Loading in one sentence or not at all: no hub, no bars, no stack trace.

    Args:
        name: as the study calls the model.
        folder: what it is loaded from, for the message.

    Raises:
        UserError: for whatever the libraries raise over files that don't fit.
    """
    from huggingface_hub import constants

    before, constants.HF_HUB_OFFLINE = constants.HF_HUB_OFFLINE, True
    try:
        with _quiet():
            yield
    except Exception as error:
        # the tokenizers' library raises nothing more special
        if not isinstance(error, UNREADABLE) and type(error) is not Exception:
            raise
        said = " ".join(str(error).split())
        if differs := re.search(r"size mismatch for ([\w.]+)", said):
            said = f"its {differs[1]} has another shape than the model's"
        said = said[:SAID].rstrip(". ") or type(error).__name__
        raise UserError(f"The model {name} can't be loaded from {folder}: {said}.") from error
    finally:
        constants.HF_HUB_OFFLINE = before


def refuse_keys(
    name: str, source: object, missing: Iterable[str], other: Iterable[str] = ()
) -> None:
    """Raise if a checkpoint lacks weights of the model, or has some that the model lacks.

    Raises:
        UserError: naming the first of them.
    """
    for what, given in (("lacks", missing), ("has what the model has no place for:", other)):
        if keys := sorted(given):
            more = f" and {len(keys) - 1} more" if len(keys) > 1 else ""
            raise UserError(
                f"The checkpoint {source} of the model {name} {what} {keys[0]}{more}; it belongs to"
                " another model or isn't whole, so fetch it again."
            )


def refuse_size(setting: str, model: nn.Module, said: float | None) -> None:
    """Raise if a model hasn't as many parameters as its entry says.

    Args:
        setting: the entry's key, such as `encoder.openai_b32`.
        model: what was loaded.
        said: parameters in millions; none: any number.

    Raises:
        UserError: naming both.
    """
    counted = params_m(model)
    if said and abs(counted - said) > max(LEAST_OFF, said * SHARE_OFF):
        raise UserError(
            f"{setting}.params_m is {said:g}, but what was loaded has {counted:.1f} million"
            " parameters; another model lies there, or the setting is wrong."
        )


def read_tokenizer(folder: Path, trust: bool = False) -> Any:
    """The tokenizer whose files lie in a model's folder.

    From release 5 on, `AutoTokenizer` builds T5's and Gemma's tokenizers, which SigLIP's models
    use, anew from the vocabulary: how `tokenizer.json` normalises and splits texts is ignored, and
    texts get other ids than in training. The base class takes that file as it stands, and what the
    library's own class adds to it in Python is added here: SigLIP 2 reads all texts in lower case.

    Args:
        folder: holds one of `TOKENIZERS`.
        trust: whether code of the folder's may run, as `refuse_code` says.
    """
    from transformers import AutoTokenizer, PreTrainedTokenizerFast

    is_whole = (folder / TOKENIZERS[0]).is_file()
    reader = PreTrainedTokenizerFast if is_whole else AutoTokenizer
    found = reader.from_pretrained(folder, local_files_only=True, trust_remote_code=trust)
    if is_whole and _reads_lower_case(folder):
        _lower_case(found)
    return found


def _reads_lower_case(folder: Path) -> bool:
    """Whether a tokenizer is SigLIP 2's: Gemma's, by a class of its own or beside a SigLIP."""
    names = {
        str(said.get(key, "")).lower()
        for file in ("tokenizer_config.json", "processor_config.json", "preprocessor_config.json")
        for said in [_said(folder / file)]
        for key in ("tokenizer_class", "processor_class")
    }
    if any(name.startswith("siglip2") for name in names):
        return True
    is_gemma = any(name.startswith("gemma") for name in names)
    return is_gemma and str(_said(folder / "config.json").get("model_type")).startswith("siglip")


def _said(path: Path) -> dict[str, Any]:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _lower_case(tokenizer: Any) -> None:
    from tokenizers import normalizers

    backend = tokenizer.backend_tokenizer
    own = [backend.normalizer] if backend.normalizer else []
    backend.normalizer = normalizers.Sequence([normalizers.Lowercase(), *own])


@contextmanager
def _quiet() -> Iterator[None]:
    """No bars, no prompt, and no table of keys: those that matter become a sentence."""
    if "transformers" not in sys.modules:  # a loader of another library never brings it in
        yield
        return
    from transformers import dynamic_module_utils
    from transformers.utils import logging

    before, waits = logging.get_verbosity(), dynamic_module_utils.TIME_OUT_REMOTE_CODE
    logging.set_verbosity(logging.CRITICAL)
    logging.disable_progress_bar()
    # of no seconds, a prompt whether to run code is an error: some library may ask it yet
    dynamic_module_utils.TIME_OUT_REMOTE_CODE = 0
    try:
        yield
    finally:
        dynamic_module_utils.TIME_OUT_REMOTE_CODE = waits
        logging.set_verbosity(before)
        logging.enable_progress_bar()
