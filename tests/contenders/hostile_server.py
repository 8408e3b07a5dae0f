"""A server that misbehaves by plan, and remembers all that reached it."""

import asyncio
import json
import threading
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from time import time

USAGE = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}


@dataclass
class Hostile:
    """What a server does, and what it saw.

    Attributes:
        plan: for a question's text, what is done to each of its tries in turn; later ones and
            other questions are answered.
        usual: what is done where there is no plan.
        together: so many requests must be in flight before any is answered.
        arrivals: (seconds, question) of each request.
        answered: how often each question was answered whole.
        bodies, headers: of each request.
    """

    plan: dict = field(default_factory=dict)
    usual: object = "answer"
    together: int = 1
    url: str = ""
    arrivals: list = field(default_factory=list)
    answered: Counter = field(default_factory=Counter)
    bodies: list = field(default_factory=list)
    headers: list = field(default_factory=list)
    in_flight: int = 0
    most_in_flight: int = 0

    @property
    def tries(self):
        """How often each question came."""
        return Counter(question for _, question in self.arrivals)


@contextmanager
def hostile_server(**settings):
    """Serve on a free port of this machine; yields the `Hostile`."""
    hostile = Hostile(**settings)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    start = asyncio.start_server(lambda *ends: _serve(hostile, *ends), "127.0.0.1", 0)
    server = asyncio.run_coroutine_threadsafe(start, loop).result()
    hostile.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield hostile
    finally:
        asyncio.run_coroutine_threadsafe(_close(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _close(server):
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


async def _serve(hostile, reader, writer):
    hostile.in_flight += 1
    hostile.most_in_flight = max(hostile.most_in_flight, hostile.in_flight)
    with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
        headers, body = await _read(reader)
        question = _question(body)
        hostile.arrivals.append((asyncio.get_running_loop().time(), question))
        hostile.bodies.append(body)
        hostile.headers.append(headers)
        tricks = hostile.plan.get(question, [])
        nth = hostile.tries[question]
        trick = tricks[nth - 1] if nth <= len(tricks) else hostile.usual
        for _ in range(500):  # none waits for ever
            if hostile.most_in_flight >= hostile.together:
                break
            await asyncio.sleep(0.01)
        if isinstance(trick, str):
            await TRICKS[trick](hostile, writer, question)
        else:
            await _send(writer, *trick)
    hostile.in_flight -= 1
    writer.close()


async def _read(reader):
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    pairs = (line.split(": ", 1) for line in head[1:] if line)
    headers = {name.lower(): value for name, value in pairs}
    return headers, json.loads(await reader.readexactly(int(headers["content-length"])))


def _question(body):
    content = body["messages"][-1]["content"]
    return content if isinstance(content, str) else content[-1]["text"]


async def _send(writer, status, said, headers=None):
    data = said if isinstance(said, bytes) else json.dumps(said).encode()
    await _send_part(writer, status, data, len(data), headers)


async def _send_part(writer, status, data, length, headers=None):
    shown = {"Content-Type": "application/json", "Connection": "close", **(headers or {})}
    shown["Content-Length"] = str(length)
    head = "".join(f"{name}: {value}\r\n" for name, value in shown.items())
    writer.write(f"HTTP/1.1 {status} Said\r\n{head}\r\n".encode() + data)
    await writer.drain()


def completion(text, finish_reason="stop", **message):
    """What a well-behaved server says."""
    message = {"role": "assistant", "content": text, **message}
    choice = {"index": 0, "finish_reason": finish_reason, "message": message}
    return {"id": "1", "object": "chat.completion", "choices": [choice], "usage": USAGE}


async def _answer(hostile, writer, question):
    await _send(writer, 200, completion(f"(a) to {question}"))
    hostile.answered[question] += 1


async def _drop(hostile, writer, question):
    writer.transport.abort()


async def _half_sent(hostile, writer, question):
    data = json.dumps(completion("(b)")).encode()
    await _send_part(writer, 200, data[:40], len(data))


async def _half_json(hostile, writer, question):
    await _send(writer, 200, json.dumps(completion("(b)")).encode()[:40])


async def _silence(hostile, writer, question):
    await asyncio.sleep(60)


async def _trickle(hostile, writer, question):
    await _send_part(writer, 200, b"", 1000)
    for _ in range(600):
        await asyncio.sleep(0.1)
        writer.write(b" ")
        await writer.drain()


async def _page(hostile, writer, question):
    await _send(writer, 200, b"<html>(b)</html>", {"Content-Type": "text/html"})


async def _other_json(hostile, writer, question):
    await _send(writer, 200, {"error": {"message": "try later"}})


async def _wait_seconds(hostile, writer, question):
    await _send(writer, 429, {"error": {"message": "slow down"}}, {"Retry-After": "1"})


async def _wait_until(hostile, writer, question):
    # dates have whole seconds: this is one to two seconds away
    date = formatdate(int(time()) + 2, usegmt=True)
    await _send(writer, 503, b"busy", {"Retry-After": date})


TRICKS = {
    "answer": _answer,
    "drop": _drop,
    "half sent": _half_sent,
    "half JSON": _half_json,
    "silence": _silence,
    "trickle": _trickle,
    "page": _page,
    "other JSON": _other_json,
    "wait seconds": _wait_seconds,
    "wait until": _wait_until,
}
