"""Questions, replies and scripted back-ends for tests of grading."""

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar

import polars as pl

from clipblind.contenders.backends.baseline import BaselineBackend
from clipblind.contenders.protocol import Ask, Identity, Keep, Reply
from clipblind.grading.choices import choose
from clipblind.grading.verdicts import grade
from clipblind.ground.tables.answers import REPLIES
from clipblind.ground.tables.benchmark import QUESTIONS
from clipblind.study.settings.contenders import Baseline, Decoding


def questions(pairs: int = 1) -> pl.DataFrame:
    """Pairs about a door: the first image of each shows it open, (a), the second closed, (b)."""
    rows = [
        (
            f"mmvp/{index:03d}",
            f"mmvp/{index - (index + 1) % 2:03d}-{index + index % 2:03d}",
            *("mmvp", "", f"mmvp/{index:03d}", "Is the door open or closed?", "Open", "Closed"),
            "ba"[index % 2],
        )
        for index in range(1, 2 * pairs + 1)
    ]
    return pl.DataFrame(rows, schema=dict(QUESTIONS.columns), orient="row")


def replies(*said: tuple[str, str, str]) -> pl.DataFrame:
    """Replies as (question id, order, answer); an answer that begins with ! is a fault."""
    rows = [
        {
            "question_id": question,
            "order": order,
            "answer": "" if text.startswith("!") else text,
            "fault": text[1:] if text.startswith("!") else "",
        }
        for question, order, text in said
    ]
    return pl.DataFrame(rows, schema=dict(REPLIES.columns))


def graded(asked: pl.DataFrame, said: dict[str, str]) -> pl.DataFrame:
    """Verdicts on answers by question id, in the published order of options."""
    return grade(asked, choose(asked, replies(*((q, "ab", text) for q, text in said.items()))))


def baseline(kind: str, asked: pl.DataFrame, seed: int = 0) -> dict[str, str]:
    """What a baseline answers, by question id."""
    backend = BaselineBackend(Baseline(kind=kind), seed)  # type: ignore[arg-type]
    asks = [Ask(question, "ab", "", "", Decoding()) for question in asked["question_id"]]
    return {ask.question_id: reply.text for ask, reply in backend.answer(asks)}


class Scripted:
    """A back-end that says what a function of the ask says, and remembers what it was asked."""

    keep: ClassVar = Keep.AT_ONCE

    def __init__(self, say: Callable[[Ask], str | Reply]) -> None:
        self.say = say
        self.asked: list[Ask] = []

    @property
    def identity(self) -> Identity:
        return {"kind": "scripted", "name": "scripted", "revision": "1"}

    def answer(self, asks: Sequence[Ask]) -> Iterator[tuple[Ask, Reply]]:
        for ask in asks:
            self.asked.append(ask)
            said = self.say(ask)
            yield ask, said if isinstance(said, Reply) else Reply(said)
