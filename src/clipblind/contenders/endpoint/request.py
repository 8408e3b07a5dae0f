"""One ask as the body of a chat completion, and the reply that its answer holds."""

import base64
import hashlib
import io
import json
import re
from typing import Any, Final

from clipblind.contenders.endpoint.faults import FILTERED, NO_SECRET, Again, shown
from clipblind.contenders.endpoint.secret import Secret
from clipblind.contenders.protocol import Ask, Reply
from clipblind.pools.decoding import decode_image, is_turned
from clipblind.study.settings.contenders import Decoding, Endpoint

MOST_TOKENS: Final = 10**9  # of one reply; what is beyond is no count
SHOWN_TYPE: Final = 40  # characters of a server's name for something
# parts of a message that are no words of its answer
NO_ANSWERS: Final = ("reasoning", "reasoning_text", "thinking", "redacted_thinking", "refusal")
_HUGE: Final = re.compile(r"\d{1000}")


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


def read_reply(
    content_type: str, content: bytes, settings: Endpoint, secret: Secret = NO_SECRET
) -> Reply:
    """What a server said with status 200.

    An answer may have been paid for, so nothing beside its text is wanted in any form: what is odd
    about tokens or reasons is unknown.

    Args:
        content_type: by the server's header, which many get wrong.
        content: the body.
        settings: of the server.
        secret: the key, which some proxies say back.

    Raises:
        Again: if it is no chat completion.
    """
    said = _json(content)
    choice = _first_choice(said)
    if choice is None:
        kind = content_type.partition(";")[0].strip().lower()
        if said is None and kind != "application/json":
            kind = shown(secret.cut(content_type))[:SHOWN_TYPE] or "of no type"
            raise Again(f"a reply that is {kind}, not JSON", billed=True)
        raise Again("a reply that is no whole chat completion", billed=True)
    message = _message_of(choice)
    reason = choice.get("finish_reason")
    reason = reason if isinstance(reason, str) else "unknown"
    text, refusal = _text(message.get("content")), _text(message.get("refusal"))
    if not text:
        text = _only_thought(message, reason)
    fault = ""
    if reason.startswith("content_filter"):
        text, fault = "", FILTERED
    elif not text and (refusal := refusal or _refused(message.get("content"))):
        fault = f"the model refused: {shown(secret.cut(refusal))}"
    elif not text and not isinstance(message.get("content"), str):
        fault = f"the reply holds no text (finish_reason {shown(secret.cut(reason))[:SHOWN_TYPE]})"
    read, written = _tokens(said)
    return Reply(secret.cut_answer(text), fault, read, written, _cost(read, written, settings))


def _json(content: bytes) -> Any:
    """A body as JSON, whatever odd signs and numbers stand in it; none if it is none."""
    words = content.decode(json.detect_encoding(content), "replace")
    try:
        # a number of thousands of digits is an error of Python's, not of JSON's
        return json.loads(words.strip("\ufeff\0"), parse_int=float if _HUGE.search(words) else int)
    except (ValueError, RecursionError):
        return None


def _first_choice(said: Any) -> dict[str, Any] | None:
    """The choice of index 0, wherever it stands; of odd ones the first that says anything."""
    choices = said.get("choices") if isinstance(said, dict) else None
    if isinstance(choices, dict):
        choices = list(choices.values()) if "message" not in choices else [choices]
    listed = choices if isinstance(choices, list) else []
    found = [one for one in listed if isinstance(one, dict) and _says(one)]
    return min(found, key=_index, default=None)


def _says(choice: dict[str, Any]) -> bool:
    return any(choice.get(name) is not None for name in ("message", "delta", "text"))


def _index(choice: dict[str, Any]) -> tuple[bool, int]:
    index = _count(choice.get("index"))
    text = _text(_message_of(choice).get("content"))
    return not text, MOST_TOKENS if index is None else index


def _message_of(choice: dict[str, Any]) -> dict[str, Any]:
    said = (choice[n] for n in ("message", "delta", "text") if choice.get(n) is not None)
    found: Any = next(said, {})
    return found if isinstance(found, dict) else {"content": found}


def _text(content: Any) -> str:
    """The words of a message, in one piece or in parts, without what was thought or refused."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(map(_text, content))
    if isinstance(content, dict):
        if content.get("type") in NO_ANSWERS:
            return ""
        return next(
            (t for n in ("text", "content", "value", "parts") if (t := _text(content.get(n)))), ""
        )
    # a bare number or truth value may be all of an answer
    return json.dumps(content) if isinstance(content, bool | int | float) else ""


def _refused(content: Any) -> str:
    parts = content if isinstance(content, list) else [content]
    found = [part.get("refusal") for part in parts if isinstance(part, dict)]
    return " ".join(part for part in found if isinstance(part, str))


def _only_thought(message: dict[str, Any], reason: str) -> str:
    """What a server took for thoughts, where it says nothing else.

    Servers that look for thoughts put all there of a model that had none, so what ended by itself
    is the answer; what was cut off is a draft, and is kept as one.
    """
    found = (_text(message.get(name)) for name in ("reasoning_content", "reasoning", "thinking"))
    thought = next((text for text in found if text), "")
    return thought if reason == "stop" or not thought else f"<think>{thought}</think>"


def _tokens(said: dict[str, Any]) -> tuple[int | None, int | None]:
    """Tokens that were read and written; none where a server doesn't say so in whole numbers."""
    usage = said.get("usage")
    if not isinstance(usage, dict):
        return None, None
    names = ("prompt_tokens", "completion_tokens", "total_tokens")
    read, written, total = (_count(usage.get(name)) for name in names)
    if read is None:
        return None, written
    # Gemini counts what it thought in the total alone, and it is paid for
    known = [n for n in (written, total - read if total is not None else None) if n is not None]
    return read, max(known) if known and max(known) >= 0 else None


def _count(said: Any) -> int | None:
    whole = isinstance(said, int | float) and not isinstance(said, bool) and said == said // 1
    return int(said) if whole and 0 <= said <= MOST_TOKENS else None


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
