"""One ask as the body of a chat completion, and the reply that its answer holds."""

import base64
import hashlib
import io
import json
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from clipblind.contenders.endpoint.faults import FILTERED, Again
from clipblind.contenders.protocol import Ask, Reply
from clipblind.pools.decoding import decode_image, is_turned
from clipblind.study.settings.contenders import Decoding, Endpoint


def body(ask: Ask, settings: Endpoint, key: str) -> dict[str, Any]:
    """The arguments of the client's `create`; the image goes before the words.

    Args:
        ask: what is asked.
        settings: of the server.
        key: of the answer, from which a sampled one gets its seed.

    Raises:
        Undecodable: if the image can't be used.
    """
    content: Any = ask.text
    if ask.image is not None:
        picture = {"type": "image_url", "image_url": {"url": data_uri(ask.image())}}
        content = [picture, {"type": "text", "text": ask.text}]
    messages = [{"role": "user", "content": content}]
    if ask.system:
        messages.insert(0, {"role": "system", "content": ask.system})
    return {
        "model": settings.model,
        "messages": messages,
        settings.token_limit: ask.decoding.max_new_tokens,
        **_sampling(ask.decoding, settings, key),
        "extra_body": dict(settings.extra),
    }


def data_uri(data: bytes) -> str:
    """An encoded image as a data URI.

    PNG, JPEG and WebP go as they are; other formats, which servers refuse, and images that their
    EXIF turns, which servers turn or not, go as an upright PNG.

    Raises:
        Undecodable: if it has to be decoded and can't be.
    """
    mime = _mime(data)
    if not mime or is_turned(data):
        png = io.BytesIO()
        decode_image(data).save(png, "PNG")
        mime, data = "image/png", png.getvalue()
    return f"data:{mime};base64,{base64.b64encode(data).decode()}"


def read_reply(content_type: str, content: bytes, settings: Endpoint) -> Reply:
    """What a server said with status 200.

    Raises:
        Again: if it is no chat completion.
    """
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise Again(f"a reply that is {content_type or 'of no type'}, not JSON", billed=True)
    try:
        said = _Completion.model_validate(json.loads(content))
    except (ValueError, ValidationError):
        raise Again("a reply that is no whole chat completion", billed=True) from None
    choice, tokens = said.choices[0], said.usage
    read, written = (tokens.prompt_tokens, tokens.written) if tokens else (None, None)
    text, fault = choice.message.content or "", ""
    if (choice.finish_reason or "").startswith("content_filter"):
        text, fault = "", FILTERED
    elif choice.message.refusal and not text:
        fault = f"the model refused: {' '.join(choice.message.refusal.split())[:200]}"
    elif choice.message.content is None:
        fault = f"the reply holds no text (finish_reason {choice.finish_reason})"
    return Reply(text, fault, read, written, _cost(read, written, settings))


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Usage(BaseModel):
    prompt_tokens: int
    completion_tokens: int = 0
    total_tokens: int = 0

    @property
    def written(self) -> int:
        # Gemini counts what it thought in the total alone, and it is paid for
        return max(self.completion_tokens, self.total_tokens - self.prompt_tokens)


class _Completion(BaseModel):
    choices: list[_Choice] = Field(min_length=1)
    usage: _Usage | None = None


def _sampling(decoding: Decoding, settings: Endpoint, key: str) -> dict[str, float]:
    fields: dict[str, float] = {}
    if settings.sends_sampling:
        fields["temperature"] = decoding.temperature
        if decoding.temperature > 0:
            fields["top_p"] = decoding.top_p
    if settings.sends_seed and decoding.temperature > 0:
        drawn = hashlib.sha256(f"{decoding.seed} {key}".encode()).digest()
        fields["seed"] = int.from_bytes(drawn[:4]) >> 1  # servers take 31 bits
    return fields


def _cost(read: int | None, written: int | None, settings: Endpoint) -> float | None:
    if read is None or written is None or not (settings.usd_in or settings.usd_out):
        return None
    return (read * settings.usd_in + written * settings.usd_out) / 1e6


def _mime(data: bytes) -> str:
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return ""
