"""Reads an answer as clauses that name an option, deny it, or say nothing about it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from clipblind.grading.normalise import DISMISS, FINAL, LETTER, MARK, TEXT
from clipblind.grading.options import (
    FILLERS,
    INTERJECTIONS,
    SIDES,
    Choice,
    OptionPair,
    core,
)

_TOKENS: Final = {
    sign: (side, kind)
    for kind, signs in (("letter", LETTER), ("text", TEXT))
    for side, sign in zip(SIDES, signs.values(), strict=True)
}
_TOKEN: Final = f"[{''.join(_TOKENS)}]"
_BE: Final = r"(?:is|was|would be|should be|must be|will be|seems|seems to be|appears to be)"
_GOOD: Final = r"(?:correct|right|best|true|most \w+|appropriate)"
_ANSWER: Final = r"(?:answer|ans|choice|option|response|selection|verdict|prediction)"
_PHRASES: Final = (
    (rf"\bfinal {_ANSWER}(?: {_BE})?\s*(?:[:=]|-(?!\w))?", f" {FINAL} "),
    (rf"(?:{_GOOD} )*\b{_ANSWER}(?: (?:to|for) [^.:?!\n]+?)? {_BE}\s*:?", f" {MARK} "),
    (rf"(?:{_GOOD} )*\b{_ANSWER}\s*(?:[:=]|\.(?=\s*[(\[])|-(?!\w)|$)", f" {MARK} "),
    (r"(?:^|(?<=[.!]\s))(?:therefore|thus|hence|in conclusion)\b,?", f" {MARK} "),
    (rf"{_GOOD} (?={_ANSWER}\b)", ""),
)
_LABEL: Final = r"[(\[]?\b([ab])\b[)\]]?"
_LABELS: Final = (
    rf"{_LABEL}(?= {_BE} (?:the )?(?:not )?(?:correct|right|wrong|incorrect|true|false)\b)",
    r"(?<!\w)[(\[]\s*(?:option |choice )?([ab12])\s*[)\]]",
    r"\b(?:option|choice) ([ab12])\b(?!')",
    rf"(?:(?<=^)|(?<=[\s]))([ab])(?=\s*[.):]\s*{_TOKEN})",
)
_ORDINALS: Final = {"first": "a", "1st": "a", "second": "b", "2nd": "b"}
_ADJUNCT: Final = (
    r"\b(?:in|from|on) (?:the|this) (?:image|picture|photo|photograph|"
    r"(?:camera|viewer)'s (?:perspective|point of view|view))\b"
)
_STOP: Final = r"[,;:/()\[\]]|\s-+\s|\b(?:but|while|whereas|although|though|however|yet)\b"
_NOT: Final = frozenset({"not", "never", "neither", "nor"})
_WRONG: Final = frozenset({"wrong", "incorrect", "false", "eliminated", "excluded"})
_CUES: Final = frozenset({"actually", "wait", "correction", "sorry", "oops", "mistake"})
_PARTLY: Final = frozenset(
    "almost nearly half partially partly semi less least no without both".split()
)
_HEDGE: Final = re.compile(
    rf"{DISMISS}|\b(?:if|whether|could|might|may|maybe|perhaps|possibly|either|unless|depend\w*|"
    r"unsure|unclear|uncertain|impossible|hard|difficult|unable|between|at (?:least|most)|"
    r"not (?:\w+ )?(?:sure|certain|clear|possible|enough|necessarily|only|just|fully|quite|"
    r"completely|entirely|exactly|really|know|see|tell|determine|say))\b"
)
_CONDITION: Final = re.compile(
    r"(?<!sure )(?<!tell )(?<!know )(?<!see )(?<!determine )(?<!say )(?<!certain )(?<!clear )"
    r"(?<!as )(?<!even )\bif\b(?! (?:i|you|we|one) (?:had|have|must|look|zoom|see|consider))"
)
_SUBJECTS: Final = "it there they he she you i we this that the these those"
_ELLIPSIS: Final = re.compile(
    rf"(?:{_SUBJECTS.replace(' ', '|')}) "
    r"(?:is|are|was|were|do|does|did|can|has|have)( not)?"
)


@dataclass(frozen=True)
class Mention:
    """An option named in a clause; `implies` says that denying it affirms the other one."""

    side: Choice
    kind: Literal["letter", "text"]
    denied: bool = False
    implies: bool = False


@dataclass
class Clause:
    """A clause of an answer.

    Attributes:
        mentions: the options it names and commits itself on.
        bare: whether it names options and says nothing else.
        alone: whether all of its sentence is bare.
        hedged: whether it names an option without committing itself.
        mark: 2 after "final answer", 1 after "the answer is" or "so" with a letter, else 0.
        cue: whether it takes something back ("actually").
        start: whether it is the first one after the mark.
    """

    words: list[str]
    mentions: list[Mention]
    bare: bool = False
    alone: bool = False
    hedged: bool = False
    mark: int = 0
    start: bool = False

    @property
    def cue(self) -> bool:
        return bool(_CUES & set(self.words))

    @property
    def lettered(self) -> bool:
        return any(mention.kind == "letter" for mention in self.mentions)
