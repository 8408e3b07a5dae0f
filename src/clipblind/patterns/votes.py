"""Patterns from a judge: several votes a pair, each drawn with a seed of its own."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import nan
from typing import Final

import polars as pl

from clipblind.contenders.protocol import Ask, Reply
from clipblind.ground.agreement import fleiss_kappa
from clipblind.ground.patterns import PATTERNS, pattern_named
from clipblind.ground.tables.benchmark import PAIR_PATTERNS
from clipblind.study.settings.contenders import Decoding

VERSION: Final = "1"
NONE: Final = ""
PAPER_NAMES: Final = tuple(pattern.paper for pattern in PATTERNS)
SYSTEM: Final = (
    "You sort questions about images by the visual pattern that one has to see to answer them."
    " Reply with the pattern's number and nothing else."
)
_NUMBER: Final = re.compile(r"\(?(\d{1,2})[.)]?")

AskAll = Callable[[list[Ask]], Sequence[Reply]]


@dataclass(frozen=True)
class Votes:
    """What a judge's votes came to.

    Attributes:
        patterns: the table `PAIR_PATTERNS`.
        kappa: Fleiss' kappa of all votes, those that named no pattern counted as a category of
            their own; not-a-number where it isn't defined.
        unusable: votes that named no pattern.
        cast: all votes.
    """

    patterns: pl.DataFrame
    kappa: float
    unusable: int
    cast: int


def vote(
    questions: pl.DataFrame,
    votes: int,
    agreement: float,
    ask_all: AskAll,
    among: Sequence[str] = PAPER_NAMES,
) -> Votes:
    """Let a judge sort every pair into one of the given patterns, several times.

    A pair gets the pattern with the most votes if its share of all votes, unusable ones included,
    is at least `agreement`, and no other has as many; else it gets none.

    Args:
        questions: the table `QUESTIONS`; a pair's two questions are one.
        votes: how many times each pair is asked about.
        agreement: the least share.
        ask_all: asks a list of questions and gives every reply, in their order.
        among: the patterns' names as the judge reads them: the paper's nine, or discovered ones.

    Returns:
        The votes' outcome; the nine patterns go by the project's names.
    """
    pairs = questions.unique("pair_id", keep="first").sort("pair_id")
    rows = pairs.to_dicts()
    asks = [pattern_ask(row, seed, among) for row in rows for seed in range(votes)]
    said = [read_vote(reply, among) for reply in ask_all(asks)]
    ballots = [said[n : n + votes] for n in range(0, len(said), votes)]
    outcomes = [
        {"pair_id": row["pair_id"], **_outcome(ballot, agreement)}
        for row, ballot in zip(rows, ballots, strict=True)
    ]
    table = pl.DataFrame(outcomes, schema=dict(PAIR_PATTERNS.columns))
    kappa = fleiss_kappa(ballots) if votes > 1 else nan
    return Votes(table, kappa, said.count(NONE), len(said))


def pattern_ask(question: dict[str, str], seed: int, among: Sequence[str]) -> Ask:
    """Which pattern does this question ask about? The right answer is not told."""
    listed = "\n".join(f"{n}. {name}" for n, name in enumerate(among, 1))
    text = (
        f"Visual patterns:\n{listed}\n\n"
        f"Question: {question['question']} (a) {question['option_a']} (b) {question['option_b']}\n"
        "Which pattern is it about? Reply with its number."
    )
    decoding = Decoding(temperature=1.0, max_new_tokens=16, seed=seed)
    return Ask(question["question_id"], "ab", SYSTEM, text, decoding)


def read_vote(reply: Reply, among: Sequence[str]) -> str:
    """The pattern that a reply names by its number or its name alone; empty if it names none."""
    said = " ".join(reply.text.split())
    number = _NUMBER.fullmatch(said)
    if number:
        place = int(number[1])
        named = among[place - 1] if 1 <= place <= len(among) else NONE
    else:
        bare = re.sub(r"^\(?\d{1,2}[.)]\s*", "", said).rstrip(".").lower()
        named = next((name for name in among if name.lower() == bare), NONE)
    return pattern_named(named) or named


def _outcome(ballot: Sequence[str], agreement: float) -> dict[str, str | int | float]:
    counts = Counter(vote for vote in ballot if vote != NONE)
    first, *others = counts.most_common() or [(NONE, 0)]
    share = first[1] / len(ballot) if ballot else 0.0
    tied = bool(others) and others[0][1] == first[1]
    taken = first[1] > 0 and share >= agreement and not tied
    return {
        "pattern": first[0] if taken else NONE,
        "votes": counts.total(),
        "agreement": share,
        "by": "judge" if taken else "",
    }
