"""Brings free text and option texts to one plain, lower-case form."""

import re
import unicodedata

# Private-use characters stand for what was recognised; `plain` removes them from any input.
FINAL, MARK, DISMISS = "\ue000", "\ue001", "\ue002"
LETTER = {"a": "\ue003", "b": "\ue004"}
TEXT = {"a": "\ue005", "b": "\ue006"}
LISTED = "\ue007"

_PUNCTUATION = str.maketrans(
    {"‘": "'", "’": "'", "`": "'", "´": "'", "‐": "-", "‑": "-", "–": "-", "−": "-"}
    | {"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "—": " - ", "―": " - "}
)
_CONTRACTIONS = (
    (r"\b(?:cannot|cant|can't)\b", "can not"),
    (r"\bwon't\b", "will not"),
    (r"n't\b", " not"),
    (r"\b(is|are|was|were|do|does|did|has|have|could|would)nt\b", r"\1 not"),
    (r"\b(it|that|this|there|he|she|here|what)'s\b", r"\1 is"),
    (r"\bi'm\b", "i am"),
    (r"\b(they|you|we)'re\b", r"\1 are"),
    (r"\b(i|you|we|it)'(?:d|ll)\b", r"\1 would"),
)
_MARKUP = (
    (r"</?(?:b|i|u|em|strong|p|br|div|span|image|output|response)\b[^<>]*>", " "),
    (r"~~.*?~~", " "),
    (r"\*|\\[()\[\]]|^\s*(?:#+|>)\s*|^\s*[-+•]\s+|(?<!\w)_+|_+(?!\w)", ""),
    (r"\$([^$\n]*)\$", r"\1"),
    (r"[{}]", "\n"),
    (r"\|", " , "),
)


def plain(text: str) -> str:
    """Returns `text` in NFKC, lower case, ASCII quotes and dashes, contractions written out."""
    text = unicodedata.normalize("NFKC", text).translate(_PUNCTUATION).casefold()
    text = "".join(c for c in text if unicodedata.category(c) not in ("Cf", "Co", "Cs"))
    for pattern, replacement in _CONTRACTIONS:
        text = re.sub(pattern, replacement, text)
    # A quote becomes a space, so that '"Happy Easter"!' stays apart from '"Happy Easter!"'.
    return re.sub(r"\"|(?<!\w)'|'(?!\w)", " ", text)


def plain_option(option: str) -> str:
    """Returns an option's text in plain form, without outer space, full stop or markup."""
    return re.sub(r"\s+", " ", plain(option).replace("*", "")).strip().rstrip(". ")


def plain_answer(text: str) -> str:
    """Returns an answer in plain form: no reasoning block, no markup, boxed answers as `FINAL`."""
    text = plain(text)
    # Some chat templates open the reasoning block themselves, so that only its end is printed.
    text = re.sub(r"^.*</think(?:ing)?>", " ", text, flags=re.DOTALL)
    text = re.sub(r"<think(?:ing)?>.*", " ", text, flags=re.DOTALL)
    text = re.sub(r"\\(?:text|math|emph)\w*\{([^{}]*)\}", r"\1", text)
    text = re.sub(r"\\f?boxed\{([^{}]*)\}", rf"\n{FINAL} \1 \n", text)
    text = re.sub(r"<answer>([^<]*)</answer>", rf"\n{FINAL} \1 \n", text)
    for pattern, replacement in _MARKUP:
        text = re.sub(pattern, replacement, text, flags=re.MULTILINE)
    return _without_list_numbers(text).strip()


def _without_list_numbers(text: str) -> str:
    numbered = re.compile(r"^[ \t]*(\d+)[.)][ \t]+(?=\S)", re.MULTILINE)
    found = set(numbered.findall(text))
    return numbered.sub("", text) if {"1", "2"} <= found else text
