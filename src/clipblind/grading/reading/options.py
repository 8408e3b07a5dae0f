"""The two options of a question: how each may be named in an answer."""

import re
from dataclasses import dataclass
from typing import Final, Literal, Self

from clipblind.grading.reading.normalise import plain_option

Choice = Literal["a", "b"]
SIDES: Final[tuple[Choice, Choice]] = ("a", "b")

_NUMBERS: Final = "zero one two three four five six seven eight nine ten eleven twelve"
NUMBERS: Final = tuple(_NUMBERS.split())
# Words that an answer may hold without saying anything about an option.
_FILLERS: Final = (
    "the answer is it i would say think believe guess choose pick select vote lean go going with "
    "my choice final correct option be should must so therefore thus hence then definitely "
    "certainly absolutely clearly probably likely most okay well um hmm actually wait sorry "
    "correction this that are they appears seems to looks like response best am will for opt in "
    "conclusion here"
)
FILLERS: Final = frozenset(_FILLERS.split())
YES: Final = ("yes", "yeah", "yep", "yup")
NO: Final = ("no", "nope", "nah")
# As a sentence's first word these are often said to gain time: "Right, the dog is facing left."
INTERJECTIONS: Final = frozenset({"right", "ok", "okay"})
# Everyday phrases with an option's word in them that say nothing about it.
IDIOMS: Final = (
    r"(?:that|you) (?:is|are) (?:not )?right|all right|right (?:now|away)|in front of|on top of|"
    r"(?:close|set|made|shows?|ends?|sums?|zoom(?:ed|ing)?) up|"
    r"what is left|left (?:the|his|her|their) \w+|"
    r"(?:this|that|the|each|which|no|any|every|other|another) one|"
    r"one (?:of (?:the|them|these|its)|another|can|could|might|would)"
)
_ARTICLE: Final = re.compile(r"^(?:an?|the) (?=\w)")
_FORMS: Final = (
    (re.compile(r"(?<=ward)s?\Z"), "s?"),
    (re.compile(r"\Agr[ae]y\Z"), "gr[ae]y"),
    (re.compile(r"colou?r"), "colou?r"),
)


@dataclass(frozen=True)
class OptionPair:
    """What the two options of a question look like in an answer in plain form.

    Attributes:
        pattern: finds an option's text (groups "a" and "b"); the longer of two that overlap wins.
        slots: what names an option when nothing else stands beside it, such as "b" or "yes".
        numeric: whether an option holds a number, so that "1" is no label.
        yes_no: whether the options are an affirmation and a denial.
        interjective: whether an option is a word that also serves as an interjection.
        extra: for an option inside the other, the words which only the longer one has.
    """

    pattern: re.Pattern[str]
    slots: dict[str, Choice]
    numeric: bool
    yes_no: bool
    interjective: bool
    extra: dict[Choice, frozenset[str]]

    @classmethod
    def of(cls, options: tuple[str, str]) -> Self:
        """Reads two options.

        Raises:
            ValueError: if an option is empty, or if the two are the same to a reader.
        """
        texts = (plain_option(options[0]), plain_option(options[1]))
        if not all(texts):
            raise ValueError(f"An option is empty: {options!r}; each needs a text of its own.")
        forms = tuple(_form(text) for text in texts)
        if forms[0] == forms[1]:
            raise ValueError(
                f"The options {options[0]!r} and {options[1]!r} are the same apart from case, "
                "space or spelling, so that no answer can tell them apart; reword one."
            )
        words = tuple(re.findall(r"[^\s/,;:-]+", text) or [text] for text in texts)
        numeric = any(re.search(r"\d", word) or word in NUMBERS for word in words[0] + words[1])
        yes_no = {words[0][0], words[1][0]} == {"yes", "no"}
        return cls(
            _pattern(texts, forms),
            _slots(texts, words, numeric, yes_no),
            numeric,
            yes_no,
            bool(INTERJECTIONS & set(texts)),
            {side: _extra(words[n], words[1 - n]) for n, side in enumerate(SIDES)},
        )


def core(words: list[str]) -> str:
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


def _form(text: str) -> str:
    text = _ARTICLE.sub("", text)
    parts = re.split(r"(?<=\S)([\s/-]+)(?=\S)", text)
    return "".join(_gap(part) if n % 2 else _word(part) for n, part in enumerate(parts))


def _article(text: str) -> str:
    return "(?:(?:an?|the) )?" if _ARTICLE.match(text) else ""


def _gap(separator: str) -> str:
    return r"[\s-]*" if separator == "-" else r"[\s/-]+"


def _word(word: str) -> str:
    if word in NUMBERS or (word.isdecimal() and int(word) < len(NUMBERS)):
        number = NUMBERS.index(word) if word in NUMBERS else int(word)
        return rf"(?<!-)(?:{number}|{NUMBERS[number]})"
    form = re.escape(word)
    for pattern, replacement in _FORMS:
        form = pattern.sub(replacement, form)
    return form


def _pattern(texts: tuple[str, str], forms: tuple[str, ...]) -> re.Pattern[str]:
    # A letter or a yes/no is too common a word to be an answer anywhere: see `slots`.
    named = [
        (bool(re.match(IDIOMS, text)), len(text), f"(?P<{side}>{_article(text)}{form})")
        for side, text, form in zip(SIDES, texts, forms, strict=True)
        if not re.fullmatch(r"[a-z]|yes|no", text)
    ]
    # An option that begins with an idiom, as "In front of a window" does, goes before the idioms.
    ordered = sorted([*named, (False, 1000, IDIOMS)], reverse=True)
    choices = [form for *_, form in ordered]
    before = r"(?<!\w)(?<!\w-)(?<!\d[.,:])"
    after = r"(?!\w)(?!-(?!facing|side|colou?red)\w)(?!'\w)(?![.,:]\d)"
    return re.compile(f"{before}(?:{'|'.join(choices)}){after}")


def _slots(
    texts: tuple[str, str], words: tuple[list[str], ...], numeric: bool, yes_no: bool
) -> dict[str, Choice]:
    claims: dict[str, set[Choice]] = {}
    for n, side in enumerate(SIDES):
        names = {side, *([] if numeric else [str(n + 1)])}
        names |= {name for name in (texts[n], words[n][-1]) if re.fullmatch("[a-z]", name)}
        names.add(_short(words[n], words[1 - n]))
        if yes_no:
            names |= set(YES if words[n][0] == "yes" else NO)
        for name in names - {"", "i"}:
            claims.setdefault(name, set()).add(side)
    return {name: sides.pop() for name, sides in claims.items() if len(sides) == 1}


def _short(words: list[str], other: list[str]) -> str:
    """The words left of an option without those that both begin or end with."""
    start = end = 0
    shorter = min(len(words), len(other))
    while start < shorter and words[start] == other[start]:
        start += 1
    while end < shorter - start and words[-1 - end] == other[-1 - end]:
        end += 1
    return core(words[start : len(words) - end]) if start or end else ""


def _extra(words: list[str], other: list[str]) -> frozenset[str]:
    if f" {' '.join(words)} " not in f" {' '.join(other)} ":
        return frozenset()
    return frozenset(other) - {*words, "not", "and", "a", "the", "of"}
