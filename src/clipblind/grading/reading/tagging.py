"""Puts one sign in place of each thing recognised in an answer: option, label, answer marker."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Self

from clipblind.grading.reading.normalise import (
    DISMISS,
    FINAL,
    LETTERS,
    LISTED,
    MARK,
    TEXTS,
    letter_sign,
    text_sign,
)
from clipblind.grading.reading.options import SIDES, Options
from clipblind.grading.reading.words import RETRACTED

SIDES_OF: Final = dict(zip(LETTERS + TEXTS, SIDES + SIDES, strict=True))
TOKEN: Final = f"[{LETTERS}{TEXTS}]"
_BE: Final = r"(?:is|was|would be|should be|must be|will be|seems to be|appears to be|seems)"
_GOOD: Final = r"(?:correct|right|best|true|most \w{1,20}|appropriate)"
_WRONG: Final = r"(?:wrong|incorrect|false|not (?:the )?(?:correct|right|true))"
_ANSWER: Final = r"(?:answer|ans|choice|option|response|selection|verdict|prediction)"
_LEAD: Final = (
    r"(^[ \t]*|[.,;:!?\n][ \t]*|\b(?:option|choice|answer|so|that|think|believe|therefore) )"
)
_OTHERS: Final = r"(?<!wrong )(?<!incorrect )(?<!false )(?<!other )(?<!another )(?<!correct )"
# "The answer is" as others say it; the label or the option's text follows.
_ABROAD: Final = (
    r"(?:最终|最后)?(?:正确)?(?:的)?(?:答案|选项)(?:应该|应|就)?(?:是|为|選|选)?[ :]{0,3}|"
    r"(?:所以|因此|应该|应当|我)?选(?:择|项|擇)?[ :]{0,3}(?=\(?[a-z]\b)|"
    r"(?:最終)?(?:正解|答え|回答)は?[ :]{0,3}|(?:최종 )?(?:정답|답)(?:은|는)?[ :]{0,3}|"
    r"\b(?:(?:la|mi|a|minha|ma|die|meine|het|mijn|las?|de) )?"
    r"(?:(?:richtige|korrekte|juiste|bonne) )?"
    r"(?:respuesta|resposta|réponse|risposta|antwort|antwoord|svaret|svar|odpowiedź|cevap|jawaban"
    r"(?:nya)?|răspunsul|válasz|vastaus|ответ|відповідь|đáp án|उत्तर|الجواب|الإجابة)"
    r"(?: (?:correcta|correta|corretta|correcte|finale?|benar|poprawna|doğru|đúng|صحيح))?"
    r"(?: (?:es|é|est|è|ist|lautet|is|är|er|to|adalah|este|on|là|है|هو|هي))?"
    r"(?: (?:la |l')?(?:opción|opção|option|opzione|optie|lettre|letra|вариант))?[ :]{0,3}(?=.)"
)
_FOREIGN: Final = re.compile(r"[^\x00-\x7f\ue000-\uf8ff]")
_FOREIGN_LATIN: Final = re.compile(
    r"respuesta|resposta|risposta|antwo|svar|cevap|jawaban|vastaus|odpowied"
)
_MARKERS: Final = tuple(
    (re.compile(pattern, re.MULTILINE), sign)
    for pattern, sign in (
        (rf"\bfinal {_ANSWER}(?: {_BE})?\s{{0,3}}(?:[:=]|-(?!\w))?", f" {FINAL} "),
        (
            rf"{_OTHERS}(?:\b{_GOOD} ){{0,3}}\b{_ANSWER}"
            rf"(?: (?:to|for) [^.:?!\n]{{1,80}}?)? {_BE}\s{{0,3}}:?",
            f" {MARK} ",
        ),
        (rf"(?:\b{_GOOD} ){{0,3}}\b{_ANSWER}\s{{0,3}}(?:[:=]|-(?!\w))|\bans\.", f" {MARK} "),
        (r"^[ \t]*answer[ \t]*$", f" {MARK} "),
        (
            r"(?:^[ \t]*|(?<=[.!]\s))"
            r"(?:therefore|thus|hence|in conclusion|to conclude|in summary)\b,?|"
            r"^[ \t]*(?:conclusion|verdict)[ \t]*:?",
            f" {MARK} ",
        ),
        (rf"\b{_GOOD} (?={_ANSWER}\b)", ""),
        (rf"\b{_WRONG} {_ANSWER}\b", "wrong"),
    )
)
_NAMES_OF: Final = "first second third fourth fifth sixth seventh eighth ninth tenth"
_ORDINAL: Final = re.compile(
    rf"(?<!my )\b(?:the )?({_NAMES_OF.replace(' ', '|')}) (?:option|choice|alternative)\b"
)
_SUMS: Final = re.compile(r"\^-?\w{1,9}|\d[\d.]{0,9}(?: ?[+*/×÷] ?\d[\d.]{0,9}){1,9}(?! ?=)")
_TIDY: Final = tuple(
    (re.compile(pattern, re.MULTILINE), replacement)
    for pattern, replacement in (
        # A subject stays with its verb; a heading is not yet an answer.
        (r",\s(?:on the other hand|however|by contrast|in contrast|for example|though|too),", " "),
        (rf"^[ \t]*([{TEXTS}])\s{{0,2}}:(?=[ \t]*\w)", rf"{DISMISS} \1 :"),
        (r"\bnot (?:only|just|merely)\b", ""),
        (
            r"\b(?:in|from|on) (?:the|this) (?:image|picture|photo|photograph|"
            r"(?:camera|viewer)'s (?:perspective|point of view|view))\b",
            "",
        ),
        (
            r"\b(?:(?:anything|everything|all|any|nothing|every one) (?:but|except|apart from|other"
            r" than)|far from|used to be|(?:facing |turned )?away from|other than|apart from)\b"
            rf"(?=(?: the)? {{1,2}}{TOKEN})",
            "without",
        ),
        (r"\banything but\b|\bfar from\b|\bused to be\b", "without"),
        (r"\b(?:rul(?:e|es|ed|ing) out|(?:eliminat|exclud|discard|reject)\w{0,5})\b", "wrong"),
        ("/", " or "),
        (
            r"\bon second thoughts?\b|\bscratch that\b|\bi mean[ts]?\b|\bon reflection\b"
            r"|\bstrike that\b|\bi (?:was|am) (?:mistaken|wrong)\b|\bmy (?:mistake|bad|error)\b"
            r"|\bhold on\b|\blooking again\b|\b(?:up)?on (?:a )?closer (?:look|inspection)\b"
            r"|\bi take (?:that|it) back\b|\bcorrect(?:ing)? myself\b|\blet me correct\b",
            " correction ",
        ),
        (
            r"\bi (?:would )?(?:disagree|beg to differ)\b|"
            r"\b(?:that|this|it|which) (?:is|was|would be) "
            r"(?:wrong|incorrect|false|a mistake|not (?:right|true|correct|so|the case))\b"
            r"(?! (?:that|to|for)\b)",
            f" {RETRACTED} ",
        ),
        (r"\b(?:because|since|given that|due to)\b", "\n"),
        (
            r"\b(?:rather than|instead of|as opposed to|than|unlike|compared (?:to|with)|except)\b",
            f" , {DISMISS} ",
        ),
        (
            rf"({TOKEN})\s{{1,3}}(?:and |but )?not\s{{1,3}}(?=(?:\w{{1,30}} ){{0,3}}{TOKEN})",
            r"\1 , not ",
        ),
    )
)
_GLUED: Final = re.compile(r"(?<=\w)(?<!answer)(?<!option)(?<!choice)\([a-z0-9]\)")


@dataclass(frozen=True)
class _Patterns:
    """Patterns that depend on how many options there are."""

    judged: re.Pattern[str]
    places: tuple[re.Pattern[str], ...]
    sign_then_word: re.Pattern[str]
    letter_then_text: re.Pattern[str]
    listed: re.Pattern[str]
    either: re.Pattern[str]
    cut_off: re.Pattern[str]

    @classmethod
    def of(cls, many: int) -> Self:
        sides, letters, texts = f"a-{SIDES[many - 1]}", LETTERS[:many], TEXTS[:many]
        numbers = f"1-{min(many, 9)}"
        label = rf"(?:[(\[]\s{{0,2}}([{sides}])\s{{0,2}}[)\]]|\b([{sides}])\b)"
        tail = rf" {_BE} (?:the )?(?:({_WRONG})|{_GOOD})\b(?: (?:one|{_ANSWER})\b)?(?! \w+ing\b)"
        gap = r"\s{0,3}[.:)=-]{0,3}\s{0,3}"
        pair = "|".join(a + gap + b for a, b in zip(letters, texts, strict=True))
        between = r"[\s,;.|/]{0,6}(?:or|and)?\s{0,3}"
        either = r"\s{0,3},?\s{0,3}(?:or|/|vs\.?|versus)\s{1,3}(?:\w{1,30}\s{1,3}){0,3}"
        return cls(
            judged=re.compile(rf"{_LEAD}{label}{tail}", re.MULTILINE),
            places=(
                re.compile(
                    rf"(?<!\w)[(\[]\s{{0,2}}(?:option |choice )?([{sides}{numbers}])\s{{0,2}}[)\]]"
                ),
                re.compile(rf"\b(?:option|choice) ([{sides}{numbers}])\b(?!')"),
            ),
            sign_then_word=re.compile(
                rf"([{letters}]\s{{0,3}}[.:)-]{{0,3}}\s{{0,3}})([a-z]{{1,30}})\b"
                rf"(?=\s{{0,3}}(?:[{letters}.,;!\n]|$))"
            ),
            letter_then_text=re.compile(rf"(?<!\S)([{sides}])(?=\s{{0,3}}[.):]\s{{0,3}}[{texts}])"),
            listed=re.compile(f"(?:{pair})(?:{between}(?:{pair})){{{many - 1}}}"),
            either=re.compile(rf"[{letters}{texts}](?:{either}[{letters}{texts}])+"),
            cut_off=re.compile(rf"\b(it|this|that|there) is [{sides}{numbers}]\b"),
        )


_patterns = lru_cache(_Patterns.of)


def tag(text: str, options: Options) -> str:
    """Returns an answer in plain form with signs from `normalise` for all that is recognised."""
    patterns = _patterns(len(options.sides))
    text = _ORDINAL.sub(lambda m: _ordinal(m, options), text)
    if "^" in text or "+" in text or "*" in text:
        text = _SUMS.sub(" ", text)
    if _FOREIGN.search(text) or _FOREIGN_LATIN.search(text):
        text = _marked_abroad().sub(f" {MARK} ", text)
    text = _tag_judged_labels(text, patterns)
    for pattern, sign in _MARKERS:
        text = pattern.sub(sign, text)
    for place in patterns.places:
        text = place.sub(lambda m: _place(m[1], options), text)
    text = options.pattern.sub(lambda m: _text(m), text)
    text = _tag_labelled_slots(text, options, patterns)
    text = _GLUED.sub(" ", text)
    text = _drop_alternatives(text, patterns)
    for pattern, replacement in _TIDY:
        text = pattern.sub(replacement, text)
    return _drop_article_at_cut(text, patterns)


@lru_cache(maxsize=1)
def _marked_abroad() -> re.Pattern[str]:
    return re.compile(_ABROAD)


def _ordinal(found: re.Match[str], options: Options) -> str:
    n = _NAMES_OF.split().index(found[1])
    return f"({options.sides[n]})" if n < len(options.sides) else found[0]


def _letter(side: str) -> str:
    return letter_sign(SIDES.index(side))


def _place(label: str, options: Options) -> str:
    number = label.isdecimal()
    sign = letter_sign(int(label) - 1) if number else _letter(label)
    # A number may be the option's text as well, and then both have to agree.
    return f" {sign} {label if options.numeric and number else ''}"


def _text(found: re.Match[str]) -> str:
    return f" {text_sign(SIDES.index(found.lastgroup))} " if found.lastgroup else found[0]


def _tag_judged_labels(text: str, patterns: _Patterns) -> str:
    """Reads "b is the right answer" before "right" can be taken for an option."""
    return patterns.judged.sub(
        lambda m: f"{m[1]} {'not ' if m[4] else ''}{_letter(m[2] or m[3])} ", text
    )


def _tag_labelled_slots(text: str, options: Options, patterns: _Patterns) -> str:
    """Reads the option's text in "(a) Yes", and the letter in "a. Left"."""

    def named(m: re.Match[str]) -> str:
        side = options.slots.get(m[2])
        return m[1] + (text_sign(SIDES.index(side)) if side else m[2])

    text = patterns.sign_then_word.sub(named, text)
    return patterns.letter_then_text.sub(lambda m: f" {_letter(m[1])} ", text)


def _drop_alternatives(text: str, patterns: _Patterns) -> str:
    """Drops options that are only listed, as in "(a) Left (b) Right" and "left or right"."""
    text = patterns.listed.sub(lambda m: _listed(m[0], f"\n{LISTED}\n"), text)
    return patterns.either.sub(lambda m: _listed(m[0], f" {LISTED} "), text)


def _listed(text: str, token: str) -> str:
    named = {SIDES_OF[sign] for sign in text if sign in SIDES_OF}
    return token if len(named) > 1 else text


def _drop_article_at_cut(text: str, patterns: _Patterns) -> str:
    """Drops the "a" of an answer cut off at "... it is a"."""
    few = len(text.split(maxsplit=7)) <= 6

    def dropped(m: re.Match[str]) -> str:
        rest = text[m.end() : m.end() + 8].lstrip()
        cut = rest.startswith(("..", "-")) or (not few and not text[m.end() :].strip())
        return f"{m[1]} is" if cut else m[0]

    return patterns.cut_off.sub(dropped, text)
