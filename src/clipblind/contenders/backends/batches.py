"""Batches of asks for a model on this machine, and how its answers are drawn."""

import gc
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

import torch
from PIL import Image

from clipblind.contenders.protocol import Ask, Identity, Reply, Unanswered
from clipblind.ground.errors import UserError
from clipblind.ground.images import Undecodable
from clipblind.models.computing import device, is_memory
from clipblind.pools.decoding import decode_image
from clipblind.study.settings.contenders import Decoding


@dataclass(frozen=True)
class Shown:
    """An ask with its image decoded; none for a text-only ask."""

    ask: Ask
    image: Image.Image | None


Answer = Callable[[Sequence[Shown], Decoding], list[Reply]]
REASON: Final = 120  # characters of a processor's own words
PLAIN: Final = (224, 224)  # of a picture that every processor takes


def in_batches(
    asks: Sequence[Ask],
    identity: Identity,
    size: int,
    answer: Answer,
    length: Callable[[Ask], int] | None = None,
) -> Iterator[tuple[Ask, Reply]]:
    """Answer in batches of asks that are alike in decoding and in having an image.

    The longest go first, so that memory runs out at once or not at all; a batch that runs out of
    it is halved. A picture that the model's processor refuses costs its own ask alone, which is
    answered by that reason. What is sampled goes one by one, each from a seed of its own.

    Args:
        asks: in any order.
        identity: the model's.
        size: of a batch.
        answer: gives a batch's replies.
        length: of an ask in tokens, if only asks of one length may share a batch.

    Raises:
        Unanswered: at the end, if images couldn't be used.
        UserError: if memory doesn't do for a single ask, or a processor takes no picture at all.
    """
    groups: dict[tuple[str, bool, int], list[Ask]] = {}
    measure = length or (lambda ask: len(ask.text))
    for ask in sorted(asks, key=measure, reverse=True):
        alike = length(ask) if length else 0
        kind = (ask.decoding.model_dump_json(), ask.image is not None, alike)
        groups.setdefault(kind, []).append(ask)
    failed: Counter[str] = Counter()
    for group in groups.values():
        decoding = group[0].decoding
        at, step = 0, size if decoding.temperature == 0 else 1
        while at < len(group):
            shown = [ready for ask in group[at : at + step] if (ready := _show(ask, failed))]
            if shown and decoding.temperature:
                torch.manual_seed(_seed(decoding.seed, shown[0].ask.key(identity)))
            replies = _unless_memory_ends(_one_by_one(answer), shown, decoding) if shown else []
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


class Refused(Exception):
    """A model's processor doesn't take what it is shown; the text is its reason."""


@contextmanager
def processing(shown: Sequence[Shown]) -> Iterator[None]:
    """Where a model's processor makes tensors of pictures: what it raises over them is `Refused`.

    Processors refuse pictures by size or aspect in errors of many kinds.
    """
    try:
        yield
    except (UserError, torch.OutOfMemoryError, MemoryError):
        raise
    except Exception as error:
        if all(each.image is None for each in shown) or is_memory(error):
            raise
        raise Refused(" ".join(str(error).split())[:REASON] or type(error).__name__) from error


def _one_by_one(answer: Answer) -> Answer:
    """Answer a batch; if the processor refuses it, by halves, so that one picture costs itself."""

    def careful(shown: Sequence[Shown], decoding: Decoding) -> list[Reply]:
        try:
            return answer(shown, decoding)
        except Refused as error:
            if len(shown) == 1:
                return [_refused(shown[0], str(error))]
        half = len(shown) // 2
        return careful(shown[:half], decoding) + careful(shown[half:], decoding)

    def _refused(shown: Shown, reason: str) -> Reply:
        # what it refuses for good is kept as a reply, so it must be the picture that it refuses
        plain = replace(shown, image=Image.new("RGB", PLAIN, "grey"))
        try:
            answer([plain], Decoding(max_new_tokens=1))
        except Refused as error:
            raise UserError(
                f"The model's processor takes no picture at all ({error}); its files or the"
                " installed packages don't fit."
            ) from error
        return Reply("", fault=f"the model's processor refuses its image: {reason}")

    return careful


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


def _show(ask: Ask, failed: Counter[str]) -> Shown | None:
    if ask.image is None:
        return Shown(ask, None)
    try:
        return Shown(ask, decode_image(ask.image()))
    except Undecodable as error:
        failed[f"its image can't be used: {error}"] += 1
        return None


def _unless_memory_ends(
    answer: Answer,
    shown: Sequence[Shown],
    decoding: Decoding,
) -> list[Reply] | None:
    try:
        with torch.inference_mode():
            return answer(shown, decoding)
    except (torch.OutOfMemoryError, RuntimeError) as error:
        if not is_memory(error):
            raise
    # only here, where the error no longer holds the failed batch
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    return None


def _seed(seed: int, key: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed}/{key}".encode()).digest()[:8]) >> 1
