"""The options of a question: how each may be named in an answer."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Self

from clipblind.grading.reading.normalise import MOST, plain_option
from clipblind.grading.reading.words import (
    FILLERS,
    IDIOMS,
    INTERJECTIONS,
    NO,
    NUMBERS,
    PARTICLES,
    POLAR,
    PROPERTIES,
    YES,
)

Choice = str
"""An option's letter: "a" for the first, "z" for the 26th."""
SIDES: Final[str] = "abcdefghijklmnopqrstuvwxyz"

_ARTICLE: Final = re.compile(r"^(?:an?|the) (?=\w)")
# In "A is closer" the first word is a name, no article.
_NAMED: Final = re.compile(r"^a (?:is|was|has|and|or|are|to|than|looks|seems|appears)\b")
_FORMS: Final = (
    (re.compile(r"(?<=ward)s?\Z"), "s?"),
    (re.compile(r"\A(?:left|right|up|down)\Z"), r"\g<0>(?:wards?)?"),
    (re.compile(r"\Agr[ae]y\Z"), "gr[ae]y"),
    (re.compile(r"colou?r"), "colou?r"),
)


@dataclass(frozen=True, eq=False)
class Options:
    """What the options of a question look like in an answer in plain form.

    Attributes:
        sides: the letters of all options.
        pattern: finds an option's text (a group for each letter); the longer of two that overlap
            wins.
        slots: what names an option when nothing else stands beside it, such as "b" or "yes".
        numeric: whether an option holds a number, so that "1" is no label.
        yes_no: whether the options are an affirmation and a denial.
        interjective: whether an option is a word that also serves as an interjection.
        extra: for an option inside another, the words which only the longer one has.
        property: options that almost anything in a picture has, such as colours.
        particles: options that are prepositions, too.
        texts: their texts in plain form.
    """

    sides: str
    pattern: re.Pattern[str]
    slots: dict[str, Choice]
    numeric: bool
    yes_no: bool
    interjective: bool
    extra: dict[Choice, frozenset[str]]
    property: frozenset[Choice]
    particles: frozenset[Choice]
    texts: dict[Choice, str]

    @classmethod
    def of(cls, options: Sequence[str]) -> Self:
        """Reads two to 26 options.

        Raises:
            ValueError: if there are fewer or more, if an option is empty, or if two are the same
                to a reader.
        """
        if not 2 <= len(options) <= MOST:
            raise ValueError(f"There are {len(options)} options; from 2 to {MOST} can be read.")
        texts = tuple(plain_option(option) for option in options)
        if not all(texts):
            raise ValueError(f"An option is empty: {options!r}; each needs a text of its own.")
        forms = tuple(_form(text) for text in texts)
        _refuse_same(options, forms)
        words = tuple(re.findall(r"[^\s/,;:-]+", text) or [text] for text in texts)
        numeric = any(re.search(r"\d", w) or w in NUMBERS for one in words for w in one)
        sides = SIDES[: len(texts)]
        yes_no = len(texts) == 2 and {words[0][0], words[1][0]} == {"yes", "no"}
        of_side = dict(zip(sides, texts, strict=True))
        return cls(
            sides=sides,
            pattern=_pattern(texts, forms),
            slots=_slots(texts, words, numeric),
            numeric=numeric,
            yes_no=yes_no,
            interjective=bool(INTERJECTIONS & set(texts)),
            extra={side: _extra(n, words) for n, side in enumerate(sides)},
            property=frozenset(
                side
                for side, text in of_side.items()
                if text in PROPERTIES and not _inside(text, set(texts) - {text})
            ),
            particles=frozenset(side for side, text in of_side.items() if text in PARTICLES),
            texts=of_side,
        )


@lru_cache(maxsize=4096)
def read_options(options: tuple[str, ...]) -> Options:
    """What `Options.of` gives, kept: a benchmark asks for the same options again and again."""
    return Options.of(options)


def core(words: Sequence[str]) -> str:
    """What a clause says besides fillers and articles; "a" at its end is no article."""
    kept = [word for word in words if word not in FILLERS]
    last = len(kept) - 1
    joints = ("and", "or", "nor")
    return " ".join(
        word
        for n, word in enumerate(kept)
        if word not in ("a", "an")
        or n == last
        or kept[n + 1] in joints
        or (word == words[0] and kept[n + 1] in ("b", *YES, *NO))
    )


def _refuse_same(options: Sequence[str], forms: tuple[str, ...]) -> None:
    seen: dict[str, str] = {}
    for option, form in zip(options, forms, strict=True):
        if form in seen:
            raise ValueError(
                f"The options {seen[form]!r} and {option!r} are the same apart from case, "
                "space or spelling, so that no answer can tell them apart; reword one."
            )
        seen[form] = option


def _bare(text: str) -> str:
    return text if _NAMED.match(text) else _ARTICLE.sub("", text)


def _form(text: str) -> str:
    parts = re.split(r"(?<=\S)([\s/-]+)(?=\S)", _bare(text))
    return "".join(_gap(part) if n % 2 else _word(part) for n, part in enumerate(parts))


def _article(text: str) -> str:
    return "(?:(?:an?|the) )?" if _bare(text) != text else ""


def _gap(separator: str) -> str:
    return r"[\s-]{0,3}" if separator == "-" else r"[\s/-]{1,3}"


def _word(word: str) -> str:
    if word in NUMBERS or (word.isdecimal() and int(word) < len(NUMBERS)):
        number = NUMBERS.index(word) if word in NUMBERS else int(word)
        return rf"(?<!-)(?:{number}|{NUMBERS[number]})"
    form = re.escape(word)
    for pattern, replacement in _FORMS:
        form = pattern.sub(replacement, form)
    return form


def _pattern(texts: tuple[str, ...], forms: tuple[str, ...]) -> re.Pattern[str]:
    # A letter or a yes/no is too common a word to be an answer anywhere: see `slots`.
    named = [
        (bool(re.match(IDIOMS, text)), len(text), f"(?P<{side}>{_article(text)}{form})")
        for side, text, form in zip(SIDES, texts, forms, strict=False)
        if not re.fullmatch(r"[a-z]|yes|no", text)
    ]
    # An option that begins with an idiom, as "In front of a window" does, goes before the idioms.
    ordered = sorted([*named, (False, 1000, IDIOMS)], reverse=True)
    choices = [form for *_, form in ordered]
    before = r"(?<!\w)(?<!\w-)(?<!\d[.,:])"
    after = r"(?!\w)(?!-(?!facing|side|colou?red|hand(?!ed))\w)(?!'\w)(?![.,:]\d)"
    return re.compile(f"{before}(?:{'|'.join(choices)}){after}")


def _slots(
    texts: tuple[str, ...], words: tuple[list[str], ...], numeric: bool
) -> dict[str, Choice]:
    claims: dict[str, set[Choice]] = {}
    for n, side in enumerate(SIDES[: len(texts)]):
        names = {side, *([] if numeric else [str(n + 1)])}
        names |= {name for name in (texts[n], words[n][-1]) if re.fullmatch("[a-z]", name)}
        names.add(_short(n, words))
        names |= _affirmations(n, texts, words)
        for name in names - {"", "i"}:
            claims.setdefault(name, set()).add(side)
    return {name: sides.pop() for name, sides in claims.items() if len(sides) == 1}


def _affirmations(n: int, texts: tuple[str, ...], words: tuple[list[str], ...]) -> set[str]:
    """What says yes or no of an option that stands for it."""
    first = [one[0] for one in words]
    if {"yes", "no"} <= set(first) and first.count(first[n]) == 1 and first[n] in ("yes", "no"):
        return set(YES if first[n] == "yes" else NO)
    for yes, no in POLAR:
        if set(texts) == {yes, no}:
            return set(YES if texts[n] == yes else NO)
    return set()


def _short(n: int, words: tuple[list[str], ...]) -> str:
    """The words left of an option without those that all begin or end with."""
    own, others = words[n], [one for m, one in enumerate(words) if m != n]
    start = end = 0
    shortest = min(map(len, words))
    while start < shortest and all(one[start] == own[start] for one in others):
        start += 1
    while end < shortest - start and all(one[-1 - end] == own[-1 - end] for one in others):
        end += 1
    return core(own[start : len(own) - end]) if start or end else ""


def _inside(text: str, others: set[str]) -> bool:
    return any(f" {text} " in f" {other} " for other in others)


def _extra(n: int, words: tuple[list[str], ...]) -> frozenset[str]:
    own = words[n]
    inside = f" {' '.join(own)} "
    longer = [w for m, w in enumerate(words) if m != n and inside in f" {' '.join(w)} "]
    found = {word for one in longer for word in one}
    return frozenset(found) - {*own, "not", "and", "a", "the", "of"}
