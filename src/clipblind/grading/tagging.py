"""Puts one sign in place of each thing recognised in an answer: option, label, answer marker."""

import re
from typing import Final

from clipblind.grading.reading.normalise import DISMISS, FINAL, LETTER, LISTED, MARK, TEXT
from clipblind.grading.reading.options import OptionPair

TOKEN: Final = f"[{''.join((*LETTER.values(), *TEXT.values()))}]"
_BE: Final = r"(?:is|was|would be|should be|must be|will be|seems to be|appears to be|seems)"
_GOOD: Final = r"(?:correct|right|best|true|most \w+|appropriate)"
_WRONG: Final = r"(?:wrong|incorrect|false|not (?:the )?(?:correct|right|true))"
_ANSWER: Final = r"(?:answer|ans|choice|option|response|selection|verdict|prediction)"
_LEAD: Final = r"(^\s*|[.,;:!?\n]\s*|\b(?:option|choice|answer|so|that|think|believe|therefore) )"
_LABEL: Final = r"(?:[(\[]\s*([ab])\s*[)\]]|\b([ab])\b)"

_ORDINAL: Final = r"(?<!my )\b(?:the )?(first|second) (?:option|choice|alternative)\b"
_OTHERS: Final = r"(?<!wrong )(?<!incorrect )(?<!false )(?<!other )(?<!another )(?<!correct )"
_MARKERS: Final = (
    (rf"\bfinal {_ANSWER}(?: {_BE})?\s*(?:[:=]|-(?!\w))?", f" {FINAL} "),
    (
        rf"{_OTHERS}(?:\b{_GOOD} ){{0,3}}\b{_ANSWER}(?: (?:to|for) [^.:?!\n]{{1,80}}?)? {_BE}\s*:?",
        f" {MARK} ",
    ),
    (rf"(?:\b{_GOOD} ){{0,3}}\b{_ANSWER}\s*(?:[:=]|-(?!\w))|\bans\.", f" {MARK} "),
    (r"^[ \t]*answer[ \t]*$", f" {MARK} "),
    (r"(?:^[ \t]*|(?<=[.!]\s))(?:therefore|thus|hence|in conclusion)\b,?", f" {MARK} "),
    (rf"\b{_GOOD} (?={_ANSWER}\b)", ""),
    (rf"\b{_WRONG} {_ANSWER}\b", "wrong"),
)
_PLACES: Final = (
    r"(?<!\w)[(\[]\s*(?:option |choice )?([ab12])\s*[)\]]",
    r"\b(?:option|choice) ([ab12])\b(?!')",
)
_PLACE_OF: Final = {"a": "a", "1": "a", "b": "b", "2": "b"}
_TIDY: Final = (
    (r"\bnot (?:only|just|merely)\b", ""),
    (
        r"\b(?:in|from|on) (?:the|this) (?:image|picture|photo|photograph|"
        r"(?:camera|viewer)'s (?:perspective|point of view|view))\b",
        "",
    ),
    (r"\b(?:anything but|far from|used to be)\b", "without"),
    (r"\b(?:rul(?:e|es|ed|ing) out|(?:eliminat|exclud|discard|reject)\w*)\b", "wrong"),
    ("/", " or "),
    (r"\bon second thoughts?\b|\bscratch that\b|\bi mean\b", " correction "),
    (r"\b(?:because|since|given that|due to)\b", "\n"),
    (
        r"\b(?:rather than|instead of|as opposed to|than|unlike|compared (?:to|with)|except)\b",
        f" , {DISMISS} ",
    ),
    (rf"({TOKEN})\s+(?:and |but )?not\s+(?=(?:\w+\s+){{0,3}}{TOKEN})", r"\1 , not "),
)


def tag(text: str, pair: OptionPair) -> str:
    """Returns an answer in plain form with signs from `normalise` for all that is recognised."""
    text = re.sub(_ORDINAL, lambda m: f"({'a' if m[1] == 'first' else 'b'})", text)
    text = _tag_judged_labels(text)
    for pattern, sign in _MARKERS:
        text = re.sub(pattern, sign, text, flags=re.MULTILINE)
    text = _tag_labels(text, pair)
    text = pair.pattern.sub(lambda m: f" {TEXT[m.lastgroup]} " if m.lastgroup else m[0], text)
    text = _tag_labelled_slots(text, pair)
    text = re.sub(r"(?<=\w)(?<!answer)(?<!option)(?<!choice)\([ab12]\)", " ", text)
    text = _drop_alternatives(text)
    for pattern, replacement in _TIDY:
        text = re.sub(pattern, replacement, text)
    return _drop_article_at_cut(text)


def _tag_judged_labels(text: str) -> str:
    """Reads "b is the right answer" before "right" can be taken for an option."""
    tail = rf" {_BE} (?:the )?(?:({_WRONG})|{_GOOD})\b(?: (?:one|{_ANSWER})\b)?(?! \w+ing\b)"
    return re.sub(
        rf"{_LEAD}{_LABEL}{tail}",
        lambda m: f"{m[1]} {'not ' if m[4] else ''}{LETTER[m[2] or m[3]]} ",
        text,
    )


def _tag_labels(text: str, pair: OptionPair) -> str:
    for place in _PLACES:
        text = re.sub(
            place,
            # A number may be the option's text as well, and then both have to agree.
            lambda m: f" {LETTER[_PLACE_OF[m[1]]]} {m[1] if pair.numeric and m[1] in '12' else ''}",
            text,
        )
    return text


def _tag_labelled_slots(text: str, pair: OptionPair) -> str:
    """Reads the option's text in "(a) Yes", and the letter in "a. Left"."""
    letters = "".join(LETTER.values())
    text = re.sub(
        rf"([{letters}]\s*[.:)-]*\s*)([a-z]+)\b(?=\s*(?:[{letters}.,;!\n]|$))",
        lambda m: m[1] + (TEXT[pair.slots[m[2]]] if m[2] in pair.slots else m[2]),
        text,
    )
    return re.sub(
        rf"(?<!\S)([ab])(?=\s*[.):]\s*[{''.join(TEXT.values())}])",
        lambda m: f" {LETTER[m[1]]} ",
        text,
    )


def _drop_alternatives(text: str) -> str:
    """Drops options that are only listed, as in "(a) Left (b) Right" and "left or right"."""
    first, second = (rf"{LETTER[side]}\s*[.:)=-]*\s*{TEXT[side]}" for side in "ab")
    listed = r"[\s,;.|/]*(?:or|and)?\s*"
    text = re.sub(f"{first}{listed}{second}|{second}{listed}{first}", f"\n{LISTED}\n", text)
    either = r"\s*,?\s*(?:or|/|vs\.?|versus)\s*(?:\w+\s+){0,3}"
    a, b = (f"[{LETTER[side]}{TEXT[side]}]" for side in "ab")
    return re.sub(f"{a}{either}{b}|{b}{either}{a}", f" {LISTED} ", text)


def _drop_article_at_cut(text: str) -> str:
    """Drops the "a" of an answer cut off at "... it is a"."""
    end = r"(?=\s*(?:\.\.|-))" if len(text.split()) <= 6 else r"(?=\s*(?:\.\.|-|\Z))"
    return re.sub(rf"\b(it|this|that|there) is [ab12]\b{end}", r"\1 is", text)
