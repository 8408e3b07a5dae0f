"""The paper's discovery step: a judge is shown all questions and asked what they have in common."""

import re
from collections.abc import Callable, Sequence
from typing import Final

import polars as pl

from clipblind.contenders.protocol import Ask, Reply
from clipblind.ground.errors import UserError
from clipblind.study.settings.contenders import Decoding

VERSION: Final = "1"
MOST: Final = 20
DECODING: Final = Decoding(temperature=0.0, max_new_tokens=1024)
# section 3.1 of the paper
PROMPT: Final = (
    "I am analyzing an image embedding model. Can you go through the questions and options, trying"
    " to figure out some general patterns that the embedding model struggles with? Please focus on"
    " the visual features and generalize patterns that are important to vision models"
)
_ITEM: Final = re.compile(
    r"^\s*(?:#+\s*)?(?:\*\*)?(?:\d{1,2}[.)]|[-*•])\s*(?:\*\*)?\s*(?P<name>[^:\n]+)", re.MULTILINE
)

AskAll = Callable[[list[Ask]], Sequence[Reply]]


def discover(questions: pl.DataFrame, ask_all: AskAll) -> tuple[list[str], str]:
    """Patterns that a judge finds in all questions and options; right answers are not told.

    Args:
        questions: the table `QUESTIONS`; a pair's two questions are shown once.
        ask_all: asks a list of questions and gives every reply, in their order.

    Returns:
        The patterns' names in the judge's order, and all that it said.

    Raises:
        UserError: if what it said has no list of patterns.
    """
    (reply,) = ask_all([discovery_ask(questions)])
    names = read_patterns(reply.text)
    if reply.fault or not names:
        said = reply.fault or " ".join(reply.text.split())[:120] or "nothing"
        raise UserError(f"The judge lists no patterns (it said: {said}); take another judge.")
    return names, reply.text


def discovery_ask(questions: pl.DataFrame) -> Ask:
    """The paper's question over all questions and options."""
    pairs = questions.unique("pair_id", keep="first").sort("pair_id")
    shown = "\n".join(
        f"{row['question']} (a) {row['option_a']} (b) {row['option_b']}"
        for row in pairs.iter_rows(named=True)
    )
    return Ask("all", "ab", "", f"{PROMPT}\n\n{shown}", DECODING)


def read_patterns(said: str) -> list[str]:
    """The names in a numbered list, or else in one with bullets, each up to its colon."""
    found = [item["name"] for item in _ITEM.finditer(said) if _numbered(item[0])] or [
        item["name"] for item in _ITEM.finditer(said)
    ]
    names = [" ".join(name.replace("*", "").split()).rstrip(" .-–—") for name in found]
    return list(dict.fromkeys(name for name in names if name))[:MOST]


def _numbered(item: str) -> bool:
    return bool(re.match(r"[\s#*]*\d", item))
