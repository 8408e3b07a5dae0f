"""A key and all the ways in which a server may say it back: what is shown or kept holds no part."""

import base64
import logging
import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

HIDDEN: Final = "***"
PART: Final = 6  # characters of a key's beginning or end from which they are cut out
LEAST: Final = 4  # characters of a key that can be told from other words at all
LEAST_IN_ANSWERS: Final = 8
A_WORD: Final = 12  # letters alone up to which a part of a key may as well be a word of an answer

_ASCII: Final = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
# between a beginning and an end: how servers hide what is in the middle
_MASK: Final = re.compile(r"[*•·…█]{2,}|[.xX]{3,}")
# the client's libraries show all headers of a reply in their own logs
_TALKATIVE: Final = ("openai", "httpx", "httpx2", "httpcore", "httpcore2")


class Secret:
    """What cuts a key out of texts; of an empty key, nothing.

    Args:
        key: as it is sent.
    """

    def __init__(self, key: str = "") -> None:
        self._key = key.translate(_ASCII)
        # (the key in one writing, characters of it that make a part)
        self._forms = list(_forms(key)) if len(key) >= LEAST else []

    def __bool__(self) -> bool:
        return bool(self._forms)

    def cut(self, text: str) -> str:
        """A server's words for a message, without the key.

        Neither the key, nor `PART` or more characters of its beginning or end, nor what a mask
        leaves of these; in capitals or not, as it is, quoted, in base64, in hex, or escaped.
        """
        if not self:
            return text
        plain = text.translate(_ASCII)
        return _without(text, [*self._spans(plain), *self._masked(plain)])

    def cut_answer(self, text: str) -> str:
        """An answer without the key; parts of it that may be words of the answer stay."""
        if not self or len(self._key) < LEAST_IN_ANSWERS:
            return text
        spans = self._spans(text.translate(_ASCII))
        return _without(text, [(a, b) for a, b in spans if not _is_word(text[a:b])])

    def _spans(self, text: str) -> Iterator[tuple[int, int]]:
        for form, least in self._forms:
            for at in _places(form[:least], text):
                end = at + least
                while end - at < len(form) and text[end : end + 1] == form[end - at]:
                    end += 1
                yield at, end
            for at in _places(form[-least:], text):
                start, end = at, at + least
                while (
                    start and end - start < len(form) and text[start - 1] == form[start - 1 - end]
                ):
                    start -= 1
                yield start, end

    def _masked(self, text: str) -> Iterator[tuple[int, int]]:
        for mask in _MASK.finditer(text):
            before, after = text[: mask.start()], text[mask.end() :]
            sizes = range(min(len(self._key), PART), 0, -1)
            head = next((n for n in sizes if before.endswith(self._key[:n])), 0)
            tail = next((n for n in sizes if after.startswith(self._key[-n:])), 0)
            if head + tail >= LEAST:
                yield mask.start() - head, mask.end() + tail


def hush_clients() -> None:
    """Keep what a server says in its headers out of the client's own logs."""
    for name in _TALKATIVE:
        logger = logging.getLogger(name)
        logger.setLevel(max(logger.level, logging.WARNING))


def _forms(key: str) -> Iterator[tuple[str, int]]:
    data = key.encode()
    writings = {
        key: 1.0,
        key[::-1]: 1.0,
        data.hex(): 2.0,
        quote(key, safe=""): 1.0,
        "".join(f"%{byte:02x}" for byte in data): 3.0,
        "".join(f"\\u{ord(sign):04x}" for sign in key): 6.0,
        "".join(f"\\x{byte:02x}" for byte in data): 4.0,
        "".join(f"&#{ord(sign)};" for sign in key): 5.0,
        "".join(f"&#x{byte:02x};" for byte in data): 6.0,
    }
    for before in range(3):  # base64 reads by threes, wherever in them the key begins
        read = base64.b64encode(bytes(before) + data)
        # signs at both ends hold bits of what is beside the key
        whole = read[-(-before * 8 // 6) : len(read.rstrip(b"=")) - (1 if b"=" in read else 0)]
        for one in (whole, whole.translate(bytes.maketrans(b"+/", b"-_"))):
            writings[one.decode()] = 4 / 3
    for form, wide in writings.items():
        yield form.translate(_ASCII), min(len(form), round(PART * wide))


def _places(part: str, text: str) -> Iterator[int]:
    at = text.find(part) if part else -1
    while at >= 0:
        yield at
        at = text.find(part, at + 1)


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    parts: list[str] = []
    at = 0
    for start, end in sorted(spans):
        if start > at or not parts:
            parts += [text[at:start], HIDDEN]
        at = max(at, end)
    return "".join(parts) + text[at:]


def _is_word(part: str) -> bool:
    return part.isalpha() and len(part) < A_WORD
