"""Baselines whose scores theory knows: constant (50 % of questions, 0 % of pairs) and random."""

import random
from collections.abc import Iterator, Sequence
from typing import ClassVar

from clipblind.contenders.protocol import Ask, Given, Identity, Keep, Reply
from clipblind.study.settings.contenders import Baseline


class BaselineBackend:
    """Answers without looking.

    Args:
        settings: which of the two.
        seed: of the coins; each question, in each order of its options, has a coin of its own.
    """

    keep: ClassVar = Keep.NEVER

    def __init__(self, settings: Baseline, seed: int) -> None:
        self._kind, self._seed = settings.kind, seed

    @property
    def identity(self) -> Identity:
        """Its kind, and the seed."""
        return {"kind": self._kind, "name": self._kind, "seed": self._seed}

    def answer(self, asks: Sequence[Ask]) -> Iterator[tuple[Ask, Reply]]:
        """Answer every ask at once."""
        for ask in asks:
            yield ask, Reply("(a)" if self._kind == "constant" else self._coin(ask))

    def _coin(self, ask: Ask) -> str:
        # exchanged options are another coin
        name = ask.question_id + ("" if ask.order == "ab" else "/ba")
        return random.Random(f"{self._seed}/coin/{name}").choice(("(a)", "(b)"))


def load(name: str, settings: Baseline, given: Given) -> BaselineBackend:
    """See `clipblind.contenders.backends.load`."""
    return BaselineBackend(settings, given.seed)
