"""Real and adversarial answers, held against the reading of others, and how long reading takes."""

import time

import pytest

from clipblind.grading import read_answer

from .replays import BLINK, HARD, PAGE, hard_outcomes, real_agreement, tiers

NEEDS_ANSWERS = pytest.mark.skipif(
    not (BLINK.exists() and HARD.exists()), reason=f"the real answers are not in {BLINK.parent}"
)
LONG = 131_072


@NEEDS_ANSWERS
def test_most_real_answers_are_decided_and_conflicts_are_rare_and_listed():
    table = real_agreement()
    both, decided = table["both_decided"].sum(), table["second_decided"].sum()
    conflicts = both - table["agree"].sum()
    assert both / decided >= 0.90
    assert conflicts / decided <= 0.005
    assert PAGE.read_text(encoding="utf-8").count("| parser |\n") == conflicts
    assert tiers().select("tier_certain", "tier_read", "tier_open").sum_horizontal().eq(300).all()


@NEEDS_ANSWERS
def test_adversarial_answers_are_left_open_rather_than_read_wrongly():
    outcomes = hard_outcomes()
    assert outcomes["wrong"] <= 2
    assert outcomes["as a person"] >= 40


SIGNS = [*map(chr, range(1, 128)), "\u00a0", "\u200b", "\ufdfa", "左", "é", "😀", "－", "\ue000"]
PIECES = [
    "(a) ",
    "a ",
    "1. a\n",
    "not ",
    "<a>",
    "<think>",
    "</think>",
    "USER:",
    "###",
    "(a",
    "{}",
    "b-",
]


def _seconds(text: str) -> float:
    start = time.process_time()
    read_answer(text, ("Left", "Right"))
    return time.process_time() - start


@pytest.mark.parametrize("piece", [*PIECES, *"\n ._{a左"])
def test_reading_takes_time_in_proportion_to_the_answers_length(piece: str) -> None:
    """A quadratic reader would take 64 times as long for eight times the text."""
    many = LONG // len(piece)
    _seconds(piece * 64)
    short = min(_seconds(piece * (many // 8)) for _ in range(2))
    assert min(_seconds(piece * many) for _ in range(2)) < 24 * short + 0.05


@pytest.mark.parametrize("piece", SIGNS, ids=repr)
def test_an_answer_of_one_sign_has_a_verdict_or_a_reason(piece: str) -> None:
    choice, tier, reason = read_answer(piece * 5000, ("Left", "Right"))
    assert (choice is None) == (tier == "") == (reason != "")
