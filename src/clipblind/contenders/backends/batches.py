"""Batches of asks for a model on this machine, and how its answers are drawn."""

import gc
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from PIL import Image

from clipblind.contenders.protocol import Ask, Identity, Reply, Unanswered
from clipblind.ground.errors import UserError
from clipblind.ground.images import Undecodable
from clipblind.models.computing import device
from clipblind.pools.decoding import decode_image
from clipblind.study.settings.contenders import Decoding


@dataclass(frozen=True)
class Shown:
    """An ask with its image decoded; none for a text-only ask."""

    ask: Ask
    image: Image.Image | None


def in_batches(
    asks: Sequence[Ask],
    identity: Identity,
    size: int,
    answer: Callable[[Sequence[Shown], Decoding], list[Reply]],
    length: Callable[[Ask], int] | None = None,
) -> Iterator[tuple[Ask, Reply]]:
    """Answer in batches of asks that are alike in decoding and in having an image.

    The longest go first, so that memory runs out at once or not at all; a batch that runs out of
    it is halved. What is sampled goes one by one, each from a seed of its own.

    Args:
        asks: in any order.
        identity: the model's.
        size: of a batch.
        answer: gives a batch's replies.
        length: of an ask in tokens, if only asks of one length may share a batch.

    Raises:
        Unanswered: at the end, if images couldn't be used.
        UserError: if memory doesn't do for a single ask.
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
