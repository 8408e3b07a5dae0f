"""Models behind any OpenAI-compatible server: OpenAI, Gemini, vLLM, SGLang, Ollama and others."""

import asyncio
import contextlib
import json
import os
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from functools import partial
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit

import openai

from clipblind.contenders.endpoint.budget import Send
from clipblind.contenders.endpoint.faults import Again, declined
from clipblind.contenders.endpoint.flow import in_parallel
from clipblind.contenders.endpoint.request import body, read_reply
from clipblind.contenders.endpoint.secret import Secret, hush_clients
from clipblind.contenders.protocol import Ask, Given, Identity, Keep, Reply
from clipblind.ground.errors import UserError
from clipblind.ground.files import digest
from clipblind.study.settings.contenders import Endpoint

NO_KEY: Final = "none"  # the client wants one, or it takes OPENAI_API_KEY to a stranger
PORTS: Final = {"http": 80, "https": 443}


class OpenAIBackend:
    """Answers by a server.

    Args:
        settings: of the server and its limits.
    """

    keep: ClassVar = Keep.AT_ONCE

    def __init__(self, settings: Endpoint) -> None:
        self._settings = settings

    @property
    def identity(self) -> Identity:
        """The model's name and revision, the server, and which settings its requests carry.

        The server is host, port and path of the base URL: two servers may give one name to models
        that differ, and some gateways choose the model by the path. A model that is named by its
        folder, as `transformers serve` does, goes by the folder's last part and a digest of the
        rest. Key, limits, retries and prices decide no answer and are left out.
        """
        settings = self._settings
        server = urlsplit(settings.base_url)
        name, folder = _without_folder(settings.model)
        return {
            "kind": "openai",
            "name": name,
            "revision": settings.revision,
            "folder": digest(folder) if folder else "",
            "server": server.netloc.lower() + server.path.rstrip("/"),
            "sends_seed": settings.sends_seed,
            "sends_sampling": settings.sends_sampling,
            "extra": json.dumps(settings.extra, sort_keys=True),
        }

    def answer(self, asks: Sequence[Ask]) -> Iterator[tuple[Ask, Reply]]:
        """Answer every ask, many at once, each as soon as it is there.

        Raises:
            Unanswered: at the end, if some got no reply after all retries.
            Undecodable: if an image can't be used.
            UserError: if the key, the model, the server or the budget ends the run.
        """
        key = _key(self._settings)
        yield from in_parallel(asks, partial(self._connected, key), self._settings)

    @contextlib.asynccontextmanager
    async def _connected(self, key: str) -> AsyncIterator[Send]:
        secret = Secret(key)
        hush_clients()

        async def stays(request: Any) -> None:
            if not _is_same_server(str(client.base_url), str(request.url)):
                raise _sent_away(self._settings, str(request.url.netloc, "ascii"), secret)

        async with openai.AsyncOpenAI(
            api_key=key or NO_KEY,
            base_url=self._settings.base_url,
            timeout=self._settings.timeout_s,
            max_retries=0,  # ours are counted, paced and paid for
            # before each request that a redirect makes of ours, too
            http_client=openai.DefaultAsyncHttpxClient(event_hooks={"request": [stays]}),
        ) as client:
            yield partial(self._send, client, secret)

    async def _send(self, client: openai.AsyncOpenAI, secret: Secret, ask: Ask) -> Reply:
        settings = self._settings
        request = body(ask, settings, ask.key(self.identity))
        try:
            # of the whole: the client's own time-out starts anew with each byte
            async with asyncio.timeout(settings.timeout_s):
                raw = await client.chat.completions.with_raw_response.create(**request)
        except (TimeoutError, openai.APITimeoutError):
            raise Again(f"no reply within {settings.timeout_s:g} s", billed=True) from None
        except openai.APIStatusError as error:
            response, shown = error.response, ask.image is not None
            return declined(
                response.status_code,
                response.headers,
                response.text,
                settings,
                secret=secret,
                with_image=shown,
            )
        except openai.APIConnectionError as error:
            if isinstance(error.__cause__, UserError):
                raise error.__cause__ from None
            raise _disconnected(error, settings) from None
        return read_reply(raw.headers.get("content-type", ""), raw.content, settings, secret)


def load(name: str, settings: Endpoint, given: Given) -> OpenAIBackend:
    """A server as a back-end; its key is asked for with the first question alone."""
    return OpenAIBackend(settings)


def _key(settings: Endpoint) -> str:
    if not settings.key_env:
        return ""
    key = os.environ.get(settings.key_env, "").strip()
    if not key:
        raise UserError(
            f"The environment variable {settings.key_env} is not set: it must hold the key of"
            f" {settings.base_url}."
        )
    if not (key.isascii() and key.isprintable() and " " not in key):
        raise UserError(
            f"The environment variable {settings.key_env} holds no key: keys have neither spaces"
            " nor signs beyond ASCII."
        )
    return key


def _disconnected(error: openai.APIConnectionError, settings: Endpoint) -> Again:
    # by name, since the client's HTTP library is its own affair
    if type(error.__cause__).__name__ == "ConnectError":
        return Again(f"{settings.base_url} can't be reached")
    return Again("the connection was dropped", billed=True)


def _is_same_server(one: str, other: str) -> bool:
    """Whether two URLs are of one host and port; a server may turn to https."""
    before, after = urlsplit(one), urlsplit(other)
    ports = [url.port or PORTS.get(url.scheme) for url in (before, after)]
    kept = before.scheme == after.scheme and ports[0] == ports[1]
    safer = (before.scheme, after.scheme) == ("http", "https") and ports == [80, 443]
    return before.hostname == after.hostname and (kept or safer)


def _sent_away(settings: Endpoint, where: str, secret: Secret) -> UserError:
    return UserError(
        f"{settings.base_url} redirects to another server, {secret.cut(where)[:80]}, which was sent"
        " neither key nor question: set base_url to the server itself, if you trust it."
    )


def _without_folder(model: str) -> tuple[str, str]:
    """A model's name, and the folder before it if the name is a path on somebody's machine."""
    if re.match(r"[/~.\\]|[A-Za-z]:[\\/]", model):
        parts = re.split(r"[/\\]", model.rstrip("/\\"))
        return parts[-1], "/".join(parts[:-1])
    return model, ""
