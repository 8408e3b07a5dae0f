"""Many requests at once, none too many: their number in flight, their pace, their retries."""

import asyncio
import contextlib
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Final

from clipblind.contenders.endpoint.budget import Budget, Send
from clipblind.contenders.endpoint.faults import Again
from clipblind.contenders.protocol import Ask, Reply, Unanswered
from clipblind.ground.errors import UserError
from clipblind.study.settings.contenders import Endpoint

Connect = Callable[[], contextlib.AbstractAsyncContextManager[Send]]

FIRST_PAUSE: Final = 0.5  # seconds, doubled with each further try
LONGEST_PAUSE: Final = 30.0
LONGEST_WAIT: Final = 600.0  # of what a server may ask for
HOPELESS: Final = 8  # asks in a row that failed for good


def in_parallel(
    asks: Sequence[Ask], connect: Connect, settings: Endpoint
) -> Iterator[tuple[Ask, Reply]]:
    """Each reply as it comes, from an event loop in a thread of its own.

    A place in flight is free again only when the caller comes back for the next reply: whoever
    keeps each at once loses no more than `concurrency` of them to a kill.

    Args:
        asks: each is sent until it is answered once, and never after.
        connect: gives what sends one ask, and raises `Again` for what may pass.
        settings: limits.

    Raises:
        Unanswered: at the end, if some got no reply.
        Exception: whatever else `send` raised, after what was in flight has been yielded.
    """
    loop = asyncio.new_event_loop()
    arrived: SimpleQueue[_Arrival | None] = SimpleQueue()
    task = loop.create_task(_Flow(asks, settings, arrived.put).run(connect))

    def drive() -> None:
        loop.run_until_complete(asyncio.wait([task]))
        arrived.put(None)

    thread = threading.Thread(target=drive, daemon=True)
    thread.start()
    try:
        while (arrival := arrived.get()) is not None:
            yield arrival.ask, arrival.reply
            loop.call_soon_threadsafe(arrival.taken.set)
    finally:
        loop.call_soon_threadsafe(task.cancel)  # nothing if it is done
        thread.join()
        loop.close()
    task.result()


@dataclass(frozen=True)
class _Arrival:
    ask: Ask
    reply: Reply
    taken: asyncio.Event = field(default_factory=asyncio.Event)


class _Stopped(Exception):
    """Another ask ended the run while this one waited."""


class _Flow:
    def __init__(
        self, asks: Sequence[Ask], settings: Endpoint, deliver: Callable[[_Arrival], None]
    ) -> None:
        self._left, self._settings, self._deliver = iter(asks), settings, deliver
        self._budget = Budget(settings)
        self._failed: Counter[str] = Counter()
        self._failed_in_a_row = self._given_up = 0
        self._fatal: Exception | None = None
        self._over = asyncio.Event()
        self._next = 0.0  # when the next request may begin, in the loop's time

    async def run(self, connect: Connect) -> None:
        async with connect() as send:
            await asyncio.gather(*(self._work(send) for _ in range(self._settings.concurrency)))
        if self._fatal is not None:
            raise self._fatal
        if given_up := self._given_up + sum(1 for _ in self._left):
            self._failed[f"given up, since {self._failed_in_a_row} in a row failed"] = given_up
        if self._failed:
            raise Unanswered(self._failed)

    async def _work(self, send: Send) -> None:
        while not self._over.is_set() and (ask := next(self._left, None)) is not None:
            reply = await self._reply_or_none(ask, send)
            if reply is not None:
                self._failed_in_a_row = 0
                arrival = _Arrival(ask, reply)
                self._deliver(arrival)
                await arrival.taken.wait()

    async def _reply_or_none(self, ask: Ask, send: Send) -> Reply | None:
        try:
            return await self._reply(ask, send)
        except _Stopped:
            self._given_up += 1
        except Again as error:
            self._count(error)
        except Exception as error:
            self._fatal = self._fatal or error
            self._over.set()
        return None

    def _count(self, error: Again) -> None:
        self._failed[error.why] += 1
        self._failed_in_a_row += 1
        if self._failed_in_a_row >= max(HOPELESS, self._settings.concurrency):
            self._over.set()

    async def _reply(self, ask: Ask, send: Send) -> Reply:
        async def send_in_turn(ask: Ask) -> Reply:
            await self._turn()
            return await send(ask)

        attempt = 0
        while True:
            try:
                return await self._budget.spend(ask, send_in_turn)
            except Again as error:
                if attempt == self._settings.retries:
                    raise
                await self._wait_after(error, attempt)
                attempt += 1

    async def _wait_after(self, error: Again, attempt: int) -> None:
        if error.wait_s is None:
            pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2**attempt)
            await self._pause(pause * random.uniform(0.5, 1.0))
        elif error.wait_s <= LONGEST_WAIT:
            # who is asked to wait keeps all others from asking too
            self._next = max(self._next, _now() + error.wait_s)
        else:
            raise UserError(
                f"{self._settings.base_url} asks to wait {error.wait_s:,.0f} seconds ({error.why});"
                " run again then."
            )

    async def _turn(self) -> None:
        while (wait := self._next - _now()) > 0:
            await self._pause(wait)
        if self._over.is_set():
            raise _Stopped
        per_minute = self._settings.per_minute
        self._next = _now() + (60 / per_minute if per_minute else 0)

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._over.wait(), seconds)
            raise _Stopped


def _now() -> float:
    return asyncio.get_running_loop().time()
