"""What a server's error means: ask again, a question it declines, or the end with one sentence."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from clipblind.contenders.endpoint.secret import Secret
from clipblind.contenders.protocol import Reply
from clipblind.ground.errors import UserError
from clipblind.study.settings.contenders import Endpoint

FILTERED: Final = "the server's content filter declined to answer"
NO_SECRET: Final = Secret()
SHOWN: Final = 200  # characters of a server's own words
READ: Final = 20_000  # characters of its error

PASSING: Final = frozenset({408, 409, 429})  # and all from 500

# OpenAI and Azure, OpenRouter, DashScope
_FILTER = re.compile(
    r"content_filter|content_policy|content management policy|responsibleaipolicy|safety system"
    r"|moderation_blocked|datainspectionfailed|data_inspection_failed"
)
# vLLM; OpenAI; llama.cpp, which says it with 500; OpenRouter; servers of text models
_NO_IMAGES = re.compile(
    r"not a multi-?modal|only supported by certain models|image input is not supported"
    r"|(not|n't|no endpoints found that) support (image|vision|multi-?modal)"
    r"(?! (format|type|size|url|file))|unsupported content part type|unknown variant `image_url`"
    r"|content must be a string"
)
_HINTS: Final = {
    "max_completion_tokens": "set token_limit: max_completion_tokens",
    "temperature": "set sends_sampling: false",
    "top_p": "set sends_sampling: false",
    "seed": "set sends_seed: false",
}


class Again(Exception):
    """A request failed in a way that may pass.

    Args:
        why: in a few words that don't differ from request to request, so that they can be counted.
        wait_s: what the server asks to wait, if it does.
        billed: whether the server may have done the work.
    """

    def __init__(self, why: str, wait_s: float | None = None, billed: bool = False) -> None:
        super().__init__(why)
        self.why, self.wait_s, self.billed = why, wait_s, billed


def declined(
    status: int,
    headers: Mapping[str, str],
    text: str,
    settings: Endpoint,
    *,
    secret: Secret = NO_SECRET,
    with_image: bool = True,
) -> Reply:
    """The reply that an error is, where a content filter took offence at one question.

    Args:
        status: from 300.
        headers: of the response, by names in lower case.
        text: its body.
        settings: of the server.
        secret: the key, which is cut out of all that is said.
        with_image: whether an image was sent.

    Raises:
        Again: for 408, 409, 429 and from 500.
        UserError: for all else, and where the account has no credit left.
    """
    found = text[:READ].lower()
    if status < 500 and _FILTER.search(found):
        return Reply("", fault=FILTERED)
    if with_image and status != 429 and _NO_IMAGES.search(found):
        raise UserError(
            f"The model {settings.model!r} at {settings.base_url} takes no images ({status}):"
            " choose one that does, or set image: false to ask it as a text-only baseline."
        )
    if status == 402 or (status == 429 and "insufficient_quota" in found):
        raise UserError(
            f"The account at {settings.base_url} has no credit left ({status}): top it up, then run"
            " again."
        )
    if status in PASSING or status >= 500:
        raise Again(f"status {status}", asked_to_wait(headers, text))
    raise UserError(_sentence(status, found, _words(text, secret), settings))


def asked_to_wait(headers: Mapping[str, str], text: str = "") -> float | None:
    """Seconds that a server asks to wait: by `Retry-After`, in seconds or as a date, or Google's.

    Args:
        headers: by names in lower case.
        text: the body, where Google's servers say it.
    """
    if said := headers.get("retry-after-ms"):
        seconds, scale = said, 1000
    else:
        delay = re.search(r'"retryDelay":\s*"([\d.]+)s"', text[:READ])
        seconds, scale = headers.get("retry-after") or (delay[1] if delay else ""), 1
    try:
        wait = float(seconds) / scale
    except ValueError:
        return _until(seconds)
    return wait if 0 <= wait < float("inf") else None


def _until(date: str) -> float | None:
    try:
        at = parsedate_to_datetime(date)
    except (ValueError, TypeError):
        return None
    return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


def _sentence(status: int, found: str, words: str, settings: Endpoint) -> str:
    model, server, key = settings.model, settings.base_url, settings.key_env
    # Google's servers say 400 for a wrong key
    if status == 401 or (status == 400 and re.search(r"api.key", found)):
        # no words of the server's: they show a part of the key
        if key:
            return f"{server} refuses the key in {key} ({status}): set {key} to a valid one."
        return f"{server} wants a key ({status}): name the variable that holds it in key_env."
    said = f" {words.rstrip('.')}" if words else " no reason given"
    if status == 403:
        whose = f"the key in {key}" if key else "a request without a key"
        return f"{server} doesn't let {whose} use the model {model!r} (403):{said}."
    if status == 404 and "model" in found:
        return (
            f"{server} has no model {model!r} (404): set model to one that it serves, or base_url"
            " to the right server."
        )
    if status == 404:
        return f"{server} has no chat completions (404): set base_url, which mostly ends in /v1."
    hints = [hint for name, hint in _HINTS.items() if name in found]
    hint = f"; {hints[0]}" if hints and status in (400, 422) else ""
    return f"{server} refuses what the model {model!r} is asked ({status}):{said}{hint}."


def _words(text: str, secret: Secret) -> str:
    try:
        words = _message(json.loads(text))
    except (ValueError, RecursionError):
        words = "" if "<" in text[:SHOWN] else text[:READ]
    # the key may be broken by spaces, too
    return shown(secret.cut(" ".join(words.split())))


def shown(words: str) -> str:
    """A server's words on one line that every file and terminal can hold, not too many of them."""
    plain = " ".join(words.split()).encode("utf-8", "replace").decode()
    return "".join(sign if sign.isprintable() else "?" for sign in plain)[:SHOWN]


def _message(body: Any) -> str:
    if isinstance(body, str):
        return body
    if isinstance(body, list):
        return _message(body[0]) if body else ""
    if isinstance(body, dict):
        for name in ("error", "message", "detail", "msg"):
            if body.get(name):
                return _message(body[name])
    return ""
