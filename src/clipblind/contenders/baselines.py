"""Baselines whose scores theory knows: constant (50 % of questions, 0 % of pairs) and random."""

import random
from collections.abc import Iterable


def constant_answers(questions: Iterable[str]) -> dict[str, str]:
    """The first option for every question id."""
    return dict.fromkeys(questions, "(a)")


def random_answers(questions: Iterable[str], seed: int) -> dict[str, str]:
    """One of the two options for each question id, by an independent fair coin."""
    return {q: random.Random(f"{seed}/coin/{q}").choice(("(a)", "(b)")) for q in questions}
