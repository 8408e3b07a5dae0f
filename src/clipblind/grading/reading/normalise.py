"""Brings free text and option texts to one plain, lower-case form."""

import re
import unicodedata
from typing import Final

# Private-use characters stand for what was recognised; `plain` removes them from any input.
FINAL, MARK, DISMISS, LISTED = "\ue000", "\ue001", "\ue002", "\ue003"
_LETTERS, _TEXTS = 0xE100, 0xE200
MOST: Final = 26  # options, A to Z
LETTERS: Final = "".join(chr(_LETTERS + n) for n in range(MOST))
TEXTS: Final = "".join(chr(_TEXTS + n) for n in range(MOST))

_PUNCTUATION = str.maketrans(
    {"‘": "'", "’": "'", "`": "'", "´": "'", "‐": "-", "‑": "-", "–": "-", "−": "-"}
    | {"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "—": " - ", "―": " - "}
    | {
        "。": ". ",
        "、": ", ",
        "「": '"',
        "」": '"',
        "『": '"',
        "』": '"',
        "।": ". ",
        "¿": " ",
        "¡": " ",
    }
    | {"¿": " ", "¡": " ", "【": "(", "】": ")", "〔": "(", "〕": ")", "《": '"', "》": '"'}
)
_CONTRACTIONS = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (r"\b(?:cannot|cant|can't)\b", "can not"),
        (r"\bwon't\b", "will not"),
        (r"n't\b", " not"),
        (r"\b(is|are|was|were|do|does|did|has|have|could|would)nt\b", r"\1 not"),
        (r"\b(it|that|this|there|he|she|here|what|let)'s\b", r"\1 is"),
        (r"\bi'm\b", "i am"),
        (r"\b(they|you|we)'re\b", r"\1 are"),
        (r"\b(i|you|we|they)'ve\b", r"\1 have"),
        (r"\b(i|you|we|it)'(?:d|ll)\b", r"\1 would"),
    )
)
_MARKUP = tuple(
    (re.compile(pattern, re.MULTILINE), replacement)
    for pattern, replacement in (
        (r"~~[^~\n]{1,400}~~", " "),
        (r"\*|\\[()\[\]]|^[ \t]*(?:#+|>)[ \t]*|^[ \t]*[-+•][ \t]+|(?<!\w)_+|_+(?!\w)", ""),
        (r"\$([^$\n]{1,400})\$", r"\1"),
        (r"[{}]", "\n"),
        (r"\|", " , "),
    )
)
_BOXED = re.compile(r"\\f?boxed\{([^{}]{0,400})\}")
_WRAPPED = re.compile(r"\\(?:text|math|emph)\w{0,12}\{([^{}]{0,400})\}")
_QUOTE = re.compile(r"\"|(?<!\w)'|'(?!\w)")
_NUMBERED = re.compile(r"^[ \t]*(\d{1,3})[.)][ \t]+(?=\S)", re.MULTILINE)
_LISTED = re.compile(r"^[ \t]*\d{1,3}[.)][ \t]+(?=\S+[ \t]+\S)", re.MULTILINE)
_CJK = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
# Scripts without spaces between words: a letter in them is a word of its own.
_AGAINST_CJK = re.compile(rf"(?<=[{_CJK}])(?=[a-z0-9])|(?<=[a-z0-9])(?=[{_CJK}])")


def letter_sign(n: int) -> str:
    """The sign for the label of the n-th option, counted from 0."""
    return LETTERS[n]


def text_sign(n: int) -> str:
    """The sign for the text of the n-th option, counted from 0."""
    return TEXTS[n]


def plain(text: str) -> str:
    """Returns `text` in NFKC, lower case, ASCII quotes and dashes, contractions written out."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).translate(_PUNCTUATION)
        text = "".join(c for c in text if unicodedata.category(c) not in ("Cf", "Co", "Cs"))
        text = _AGAINST_CJK.sub(" ", text.casefold())
    text = text.replace("`", "'").casefold()
    if "'" in text or "nt" in text or "can" in text:
        for pattern, words in _CONTRACTIONS:
            text = pattern.sub(words, text)
    # A quote becomes a space, so that '"Happy Easter"!' stays apart from '"Happy Easter!"'.
    return _QUOTE.sub(" ", text)


def plain_option(option: str) -> str:
    """Returns an option's text in plain form, without outer space, full stop or markup."""
    return re.sub(r"\s+", " ", plain(option).replace("*", "")).strip().rstrip(". ")


def plain_answer(text: str) -> str:
    """Returns an answer, cut already, in plain form: no markup, boxed answers as `FINAL`."""
    text = plain(text)
    if "\\" in text:
        text = _WRAPPED.sub(r"\1", text)
        text = _BOXED.sub(rf"\n{FINAL} \1 \n", text)
    for pattern, replacement in _MARKUP:
        text = pattern.sub(replacement, text)
    return _without_list_numbers(text).strip()


def _without_list_numbers(text: str) -> str:
    text = _LISTED.sub("", text)  # a number before several words is no label
    found = set(_NUMBERED.findall(text))
    return _NUMBERED.sub("", text) if {"1", "2"} <= found else text
