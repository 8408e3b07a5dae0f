"""Questions about one factor of a scene, worded in several ways."""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from clipblind.ground.factors import FACTORS


@dataclass(frozen=True)
class Wording:
    """How a factor is asked about.

    Attributes:
        questions: several wordings of one question.
        options: the text of an option for a value, where the value itself won't do.
    """

    questions: tuple[str, ...]
    options: Mapping[str, str]

    def option(self, value: str) -> str:
        """The text that stands for a value among the options."""
        return self.options.get(value, value)


WORDINGS: Final = {
    "kind": Wording(("What is in the middle?", "What does the picture show?"), {}),
    "background": Wording(("Where is it?", "What is the setting?"), {}),
    "thing": Wording(("What stands next to it?", "What else is on the ground?"), {}),
    "facing": Wording(("Which way does it face?", "In which direction is it looking?"), {}),
    "hat": Wording(
        ("Does it wear a hat?", "Is there a hat on it?"), {"with": "Yes", "without": "No"}
    ),
    "lamp": Wording(("Is the lamp lit or unlit?", "In which state is the street lamp?"), {}),
    "count": Wording(("How many things stand next to it?", "How many objects are there?"), {}),
    "side": Wording(("On which side of it are the things?", "Where do the things stand?"), {}),
    "colour": Wording(("What colour is it?", "Which colour does it have?"), {}),
    "coat": Wording(("What does its surface look like?", "How is it marked?"), {}),
    # "A" alone as an option would read as the letter of an option
    "letter": Wording(
        ("What does the sign say?", "What is written on the sign?"),
        {letter: f"letter {letter}" for letter in FACTORS["letter"].values},
    ),
    "view": Wording(
        ("Is it close or far away?", "How far away is it?"), {"near": "close", "far": "far away"}
    ),
}


@dataclass(frozen=True)
class Ask:
    """One question with two options, of which `true` ("a" or "b") holds."""

    question: str
    option_a: str
    option_b: str
    true: str


def ask(factor: str, true: str, other: str, rng: random.Random) -> Ask:
    """A question whose right option is `true`, in a random wording, the options in random order."""
    wording = WORDINGS[factor]
    question = rng.choice(wording.questions)
    right, wrong = wording.option(true), wording.option(other)
    if rng.random() < 0.5:
        return Ask(question, right, wrong, "a")
    return Ask(question, wrong, right, "b")


def prompt(question: str, option_a: str, option_b: str) -> str:
    """What a contender reads after the image: MMVP's question and options."""
    return f"{question} (a) {option_a} (b) {option_b} Answer:"


def words() -> tuple[str, ...]:
    """Every word and sign of all prompts and answers, sorted."""
    texts: list[str] = [prompt("", "", "")]
    for factor, wording in WORDINGS.items():
        texts += wording.questions
        texts += [wording.option(value) for value in FACTORS[factor].values]
    return tuple(sorted(set(_split(texts))))


def _split(texts: Iterable[str]) -> Iterable[str]:
    for text in texts:
        for sign in "?():":
            text = text.replace(sign, f" {sign} ")
        yield from text.split()
