"""A run's spending limit: what is in flight counts as dear as it can become."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from clipblind.contenders.endpoint.faults import Again
from clipblind.contenders.protocol import Ask, Reply
from clipblind.ground.errors import UserError
from clipblind.study.settings.contenders import Endpoint

IMAGE_TOKENS: Final = 2_000  # until a reply says how many; GPT-4o and Gemini 3 take up to 1,120
FRAME_TOKENS: Final = 50  # of the chat's frame around the words

Send = Callable[[Ask], Awaitable[Reply]]


class Budget:
    """What one run may spend.

    Args:
        settings: the limit and the prices.
    """

    def __init__(self, settings: Endpoint) -> None:
        self._settings = settings
        self._spent = 0.0
        self._held: list[float] = []  # for each request in flight, what it may cost at most
        self._most_read = 0  # tokens of one request, as the server counts them
        self._settled = asyncio.Event()

    async def spend(self, ask: Ask, send: Send) -> Reply:
        """Send one ask if there is money for it, and take note of what it cost.

        Waits while requests in flight may use up what is left, and while the first reply, which
        tells how many tokens an image is, is out.

        Raises:
            UserError: if the request could cost more than is left.
        """
        if not self._settings.budget_usd:
            return await send(ask)
        most = await self._room_for(ask)
        self._held.append(most)
        cost = 0.0
        try:
            reply = await send(ask)
            cost = most if reply.cost_usd is None else reply.cost_usd
            self._most_read = max(self._most_read, reply.tokens_in or 0)
            return reply
        except Again as error:
            cost = most if error.billed else 0.0
            raise
        finally:
            self._held.remove(most)
            self._spent += cost
            self._settled.set()

    async def _room_for(self, ask: Ask) -> float:
        limit = self._settings.budget_usd
        while True:
            most = self._most(ask)
            fits = self._spent + sum(self._held) + most <= limit
            if fits and (self._most_read or not self._held):
                return most
            if not self._held:
                raise UserError(
                    f"The budget of ${limit:g} (budget_usd) leaves no room for the next request:"
                    f" ${self._spent:.4f} is spent and it may cost ${most:.4f}; raise budget_usd to"
                    " ask the rest."
                )
            self._settled.clear()
            await self._settled.wait()

    def _most(self, ask: Ask) -> float:
        words = len((ask.system + ask.text).encode()) + FRAME_TOKENS  # no token is under a byte
        image = (self._most_read or IMAGE_TOKENS) if ask.image is not None else 0
        tokens = max(words + image, self._most_read)
        read, written = self._settings.usd_in, self._settings.usd_out
        return (tokens * read + ask.decoding.max_new_tokens * written) / 1e6
