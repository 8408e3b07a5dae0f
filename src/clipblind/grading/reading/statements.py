"""Holds a statement against the yes/no question that it answers in the question's own words."""

import re
from collections.abc import Sequence
from typing import Final

from clipblind.grading.reading.evidence import Clause
from clipblind.grading.reading.normalise import LISTED, plain
from clipblind.grading.reading.options import Choice, Options
from clipblind.grading.reading.outcome import ParsedChoice
from clipblind.grading.reading.words import NO, YES

_NEGATIONS_WORDS: Final = "no not never none nothing nobody neither nor without"
_NEGATIONS: Final = frozenset(_NEGATIONS_WORDS.split())
# They make of a statement what it would be with "not".
_CONTRARY_WORDS: Final = "differ differs different lack lacks lacking missing absent fail fails"
_CONTRARY: Final = frozenset(_CONTRARY_WORDS.split())
_CONTRAST_WORDS: Final = "would could might may if seem seems except unless only almost"
_CONTRAST: Final = frozenset(_CONTRAST_WORDS.split())
_ASKED: Final = re.compile(
    r"(?:^|[.!?,]\s{1,3})((?:is|are|was|were|does|do|did|can|has|have)\b[^.?!]*)\??"
)
_STOPS_WORDS: Final = (
    "a an the is are was were be been do does did can could has have had in on at of to from by "
    "with for it they he she there this that these those its their his her as and you i we see "
    "seen show shown shows visible image picture photo photograph clearly indeed really "
    "actually any such appear appears look looks yes no not"
)
_STOPS: Final = frozenset(_STOPS_WORDS.split())
_PRONOUNS: Final = frozenset({"it", "they", "he", "she", "this", "these", "those"})


def against_statement(
    verdict: ParsedChoice, clauses: Sequence[Clause], options: Options, question: str
) -> ParsedChoice:
    """A verdict on a yes/no question, held against the statements beside it.

    A statement in the question's words decides where nothing else does. Where a "yes" is followed
    by a denial, or a statement says the opposite, nothing is decided.
    """
    stated = _stated(clauses, options, question) if question else None
    if verdict.choice is None:
        undecided = verdict.reason in ("names neither option", "hedged")
        return ParsedChoice(stated, "") if stated and undecided else verdict
    if stated and stated != verdict.choice:
        return ParsedChoice(None, "contradicts itself")
    affirmed = verdict.choice == options.slots["yes"]
    if affirmed and not stated and _denies_later(clauses):
        return ParsedChoice(None, "contradicts itself")
    return verdict


def _denies_later(clauses: Sequence[Clause]) -> bool:
    """Whether a denial follows the "yes", other than "yes, there is no ..."."""
    leads = [n for n, clause in enumerate(clauses) if set(clause.words[:1]) & set(YES)]
    if not leads:
        return False
    first = leads[0]
    if any(clause.words[0] == "no" and not clause.bare for clause in clauses[:first]):
        return True
    for n, clause in enumerate(clauses[first:]):
        words = clause.words[1:] if n == 0 else clause.words
        near = clause.sentence == clauses[first].sentence and n <= 1
        if near and words[:1] == ("there",) and words[2:3] == ("no",):
            continue
        if clause.mentions and n:
            continue
        if (_NEGATIONS | _CONTRARY) & set(words):
            return True
    return False


def _stated(clauses: Sequence[Clause], options: Options, question: str) -> Choice | None:
    """What the statements say that share the question's words; None if none does, or two differ."""
    found = _ASKED.search(plain(question).strip())
    if found is None or _NEGATIONS & set(found[1].split()) or " or " in found[1]:
        return None
    asked = _content(re.findall(r"[\w'-]+", found[1]))
    verbs = found[1].split()[0]
    said = {
        polarity for clause in clauses if (polarity := _polarity(clause, asked, verbs)) is not None
    }
    return options.slots["yes" if said.pop() else "no"] if len(said) == 1 else None


def _polarity(clause: Clause, asked: frozenset[str], verb: str) -> bool | None:
    """Whether a clause affirms what was asked, denies it, or (None) says something else."""
    words = clause.words
    if not asked or clause.hedged or LISTED in words or _CONTRAST & set(words):
        return None
    if set(words[:1]) & {*YES, *NO} and len(words) > 1 and words[0] != "no":
        words = words[1:]
    content = _content(words)
    denials = sum(word in _NEGATIONS for word in words)
    if denials > 1 or _CONTRARY & set(words) - asked:
        return None
    missing, more = asked - content, content - asked
    # A pronoun may stand for the subject, which is one thing and not all that was asked.
    if missing and not (set(words[:2]) & _PRONOUNS and len(missing) == 1 and len(asked) > 1):
        return None
    if missing and not content & asked:
        return None
    if denials and more:
        return None
    return not denials if len(more) <= 3 else None


def _content(words: Sequence[str]) -> frozenset[str]:
    return frozenset(_stem(word) for word in words if word not in _STOPS and word.isascii())


def _stem(word: str) -> str:
    word = word.removesuffix("'s")
    return word.removesuffix("s") if len(word) > 3 and not word.endswith("ss") else word
