"""Baselines whose scores theory knows: constant (50 % of questions, 0 % of pairs) and random."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from clipblind.contenders.baselines import constant_answers, random_answers
from clipblind.contenders.protocol import Ask, Identity, Reply
from clipblind.study.settings.contenders import Baseline


class BaselineBackend:
    """Answers without looking.

    Args:
        settings: which of the two.
        seed: of the coins; each question, in each order of its options, has a coin of its own.
    """

    def __init__(self, settings: Baseline, seed: int) -> None:
        self._kind, self._seed = settings.kind, seed

    @property
    def identity(self) -> Identity:
        """Its kind, and the seed."""
        return {"kind": self._kind, "name": self._kind, "seed": self._seed}

    def answer(self, asks: Sequence[Ask]) -> Iterator[tuple[Ask, Reply]]:
        """Answer every ask at once."""
        # exchanged options are another coin; the published order's is that of the rendered world
        names = [ask.question_id + ("" if ask.order == "ab" else "/ba") for ask in asks]
        constant = self._kind == "constant"
        said = constant_answers(names) if constant else random_answers(names, self._seed)
        for ask, name in zip(asks, names, strict=True):
            yield ask, Reply(said[name])


def load(name: str, settings: Baseline, folder: Path | None, seed: int) -> BaselineBackend:
    """See `clipblind.contenders.backends.load`."""
    return BaselineBackend(settings, seed)
