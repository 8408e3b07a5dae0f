"""Reads an answer as clauses that name an option, deny it, or say nothing about it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

from clipblind.grading.reading.normalise import DISMISS, FINAL, LETTERS, LISTED, MARK, TEXTS
from clipblind.grading.reading.options import SIDES, Choice, Options, core
from clipblind.grading.reading.tagging import TOKEN, tag
from clipblind.grading.reading.words import (
    ADJECTIVES,
    DETERMINERS,
    FILLERS,
    FUNCTION,
    GENERIC,
    HEADS,
    NO,
    RETRACTED,
    YES,
)

Kind = Literal["letter", "text", "short"]

_SIGNS: Final[dict[str, tuple[Choice, Kind]]] = {
    **{sign: (side, "letter") for sign, side in zip(LETTERS, SIDES, strict=True)},
    **{sign: (side, "text") for sign, side in zip(TEXTS, SIDES, strict=True)},
}
_SENTENCE: Final = re.compile(r"(.*?)([.!?]+(?=\s|$)|\n|$)")
_STOP: Final = re.compile(
    r"[,;:()\[\]]|\s-+\s|\b(?:but|while|whereas|although|though|however|yet)\b"
)
_WORD: Final = re.compile(rf"{TOKEN}|{DISMISS}|{LISTED}|[\w'+-]+(?:\.\w+)*")
_JOINT: Final = re.compile(r"\s*\b(?:and|or|nor|both|either)\b\s*")
_NOT: Final = frozenset({"not", "never", "neither", "nor"})
_WRONG: Final = frozenset({"wrong", "incorrect", "false"})
_CUES: Final = frozenset({"actually", "wait", "correction", "sorry", "oops", "mistake", RETRACTED})
_CONCLUDING: Final = frozenset({"so", "therefore", "thus", "hence"})
_PARTLY: Final = frozenset(
    {"almost", "nearly", "half", "partially", "partly", "semi", "less", "least", "or"}
)
_AWAY: Final = frozenset(
    {"without", "hardly", "barely", "scarcely", "rarely", "unlikely", "doubt", "doubtful"}
    | {
        "previously",
        "formerly",
        "opposite",
        "fails",
        "refuse",
        "asks",
        "asked",
        "none",
        "nobody",
        "nothing",
    }
)
_DEGREES_WORDS: Final = (
    "very quite rather really so too more less mostly mainly clearly completely fully entirely "
    "bit little"
)
_DEGREES: Final = frozenset(_DEGREES_WORDS.split())
_AFTER_PARTICLE: Final = frozenset(
    {"and", "or", "but", "now", "here", "too", "again", "then", "so"}
)
_MAYBE: Final = frozenset({"maybe", "perhaps", "possibly", "might", "may", "unsure"})
_REACH: Final = 30  # words; what is farther from an option is not about it
# A question whose sign was forgotten.
_ASKS: Final = re.compile(
    r"\s*(?:is|are|was|were|does|do|did|can|has|have) "
    r"(?:the|it|this|that|these|those|there|you|we|any|an?|some|all)\b"
)
_HEDGE: Final = re.compile(
    rf"{DISMISS}|\b(?:you|one|many|some|most|people|they) (?:would|might|could|may) (?:have )?"
    r"(?:think|thought|expect|guess|assume|believe|choose|pick|answer)\w*|"
    r"\b(?:if|whether|could|might|may|maybe|perhaps|possibly|either|unless|depend\w*|"
    r"unsure|unclear|uncertain|unknown|impossible|hard|difficult|unable|between|at (?:least|most)|"
    r"not (?:\w+ )?(?:sure|certain|clear|possible|enough|necessarily|fully|quite|completely|"
    r"entirely|exactly|really|know|see|tell|determine|say|choose|pick|select|answer|decide))\b"
)
_CONDITION: Final = re.compile(
    r"\bif\b(?! (?:i|you|we|one) (?:had|have|must|look|zoom|see|consider))(?<!sure if)"
    r"(?<!tell if)(?<!know if)(?<!see if)(?<!determine if)(?<!say if)(?<!certain if)"
    r"(?<!clear if)(?<!as if)(?<!even if)"
)
_SUBJECTS: Final = "it|there|they|he|she|you|i|we|this|that|these|those|the"
_SUBJECT: Final = frozenset(_SUBJECTS.split("|"))
_ELLIPSIS: Final = re.compile(
    rf"(?:{_SUBJECTS}) (?:is|are|was|were|do|does|did|can|has|have)( not)?"
)

_SUPERLATIVE: Final = re.compile(
    r"\b(?:most|more|best|better) (?:similar|likely|appropriate\w*|accurate\w*|suitabl\w+|probable|"
    r"consistent|fitting|plausible|closely|fit|match\w*|suited)\b|\bthe (?:best|closest)\b"
)
# "(a), or is it (b)?" takes (a) back.
_DOUBT: Final = re.compile(rf"\s*(?:or|unless|but)\b[^\n]{{0,60}}{TOKEN}")
# "The tail isn't visible, the head is": which of the two was asked about?
_OF_ANOTHER: Final = re.compile(r"(?:the|its|his|her) \w+ (?:is|are|was|were|does|do)(?: not)?")
_DENIAL: Final = re.compile(
    rf"(?:(?:{_SUBJECTS}) )?(?:(?:really|actually|certainly) )?(?:is|are|was|were|does|do|did) not"
    r"(?: (?:so|really|actually|at all|the case))?"
)


@dataclass(frozen=True)
class Mention:
    """An option named in a clause.

    Attributes:
        side: which one.
        kind: by its label, its text, or a part of its text.
        denied: whether the clause denies it.
        implies: the option that this denial affirms, if any.
        weak: whether it is said of something else, as in "its left ear": it decides nothing, but
            speaks against another option.
    """

    side: Choice
    kind: Kind
    denied: bool = False
    implies: Choice = ""
    weak: bool = False


@dataclass(frozen=True)
class Clause:
    """A clause of an answer.

    Attributes:
        words: its words, with signs in place of options.
        mentions: the options it affirms or denies.
        bare: whether it does that and says nothing else.
        alone: whether its whole sentence is bare.
        hedged: whether it withholds a commitment.
        mark: 2 after "final answer", 1 after "the answer is" or in "so B", else 0.
        marks: whether the mark begins here.
        sentence: its sentence's number.
    """

    words: tuple[str, ...]
    mentions: tuple[Mention, ...] = ()
    bare: bool = False
    alone: bool = False
    hedged: bool = False
    mark: int = 0
    marks: bool = False
    sentence: int = 0

    @property
    def retracts(self) -> bool:
        """Whether it takes back what was said before without saying what holds instead."""
        return RETRACTED in self.words

    @property
    def superlative(self) -> bool:
        """Whether it says of one option that it is the best, and doesn't deny it."""
        sides = {mention.side for mention in self.mentions}
        said = len(sides) == 1 and not any(m.denied or m.weak for m in self.mentions)
        return said and bool(_SUPERLATIVE.search(" ".join(self.words)))

    @property
    def takes_back(self) -> bool:
        """Whether it takes back what was said before, as "actually" does."""
        return bool(_CUES & set(self.words)) or (self.words == ("no",) and not self.mentions)

    @property
    def lists(self) -> bool:
        """Whether it names both options side by side, as a question does."""
        return LISTED in self.words

    @property
    def lettered(self) -> bool:
        """Whether it names an option by its label."""
        return any(mention.kind == "letter" for mention in self.mentions)


def read(answer: str, options: Options, asked: frozenset[str] = frozenset()) -> list[Clause]:
    """Returns the clauses of an answer in plain form, without its questions.

    Args:
        answer: in plain form.
        options: of the question.
        asked: the words of the question, if it is known.
    """
    clauses: list[Clause] = []
    pending = 0
    for number, (sentence, end) in enumerate(_SENTENCE.findall(tag(answer, options))):
        if "?" in end and clauses and _DOUBT.match(sentence):
            clauses.append(Clause((RETRACTED,), hedged=True, sentence=number))
        if "?" in end or _ASKS.match(sentence) or not sentence.strip():
            continue
        split, pending = _split(sentence, pending)
        if split:
            found = _read_sentence(split, options, bool(_CONDITION.search(sentence)), asked)
            clauses += [replace(clause, sentence=number) for clause in found]
    return _reversed_by_ellipsis(clauses, options)


def _reversed_by_ellipsis(clauses: list[Clause], options: Options) -> list[Clause]:
    """Denies what "but it isn't" denies: the options in the clause before it."""
    if options.yes_no:
        return clauses
    for n in range(1, len(clauses)):
        named = clauses[n - 1].mentions
        if named and _OF_ANOTHER.fullmatch(" ".join(clauses[n].words)):
            weak = tuple(replace(mention, weak=True) for mention in named)
            clauses[n - 1] = replace(clauses[n - 1], mentions=weak, bare=False, alone=False)
        elif len(named) == 1 and _DENIAL.fullmatch(" ".join(clauses[n].words)):
            denied = replace(named[0], denied=True, implies=_other(named[0].side, options))
            kept = () if named[0].denied else (denied,)
            clauses[n - 1] = replace(clauses[n - 1], mentions=kept, bare=False, alone=False)
    return clauses


def _split(sentence: str, pending: int) -> tuple[list[Clause], int]:
    """Cuts a sentence at its stops and markers; a marker with nothing after it stays pending."""
    clauses: list[Clause] = []
    mark = 0
    for part in _STOP.split(sentence):
        before, *marked = re.split(f"([{FINAL}{MARK}])", part)
        if marked and _withheld(_WORD.findall(before)):
            before, marked = part, []
        if marked:
            clauses.append(Clause(tuple(_WORD.findall(before)), mark=mark))
            pending = 2 if FINAL in marked else 1
            before = marked[-1]
        words = tuple(_WORD.findall(before))
        if words:
            mark = pending or mark
            clauses.append(Clause(words, mark=mark, marks=bool(pending)))
            pending = 0
    return [clause for clause in clauses if clause.words], pending


def _withheld(words: list[str]) -> bool:
    return bool(_NOT & set(words)) or bool(_HEDGE.search(" ".join(words)))


def _read_sentence(
    split: list[Clause], options: Options, conditional: bool, asked: frozenset[str]
) -> list[Clause]:
    said = frozenset(word for clause in split for word in clause.words)
    clauses = [_read_clause(clause, options, said, asked) for clause in split]
    if options.yes_no:
        clauses = _read_yes_no(clauses, options)
    if options.interjective and _gains_time(clauses):
        clauses[0] = replace(clauses[0], mentions=())
    if conditional:
        clauses = [replace(c, mentions=(), bare=False, hedged=True) for c in clauses]
    alone = all(c.bare or c.takes_back or not core(list(c.words)) for c in clauses)
    # "Right." and "Right, ..." may be said to gain time; so neither option counts for more there.
    alone = alone and not (options.interjective and len(clauses[0].words) == 1)
    return [_settle(clause, alone) for clause in clauses]


def _gains_time(clauses: list[Clause]) -> bool:
    """Whether the first clause may be the "right" of "Right, the dog is facing left"."""
    first, *others = clauses
    single = len(first.words) == 1 and not first.lettered
    return single and bool(others) and not any(clause.bare for clause in others)


def _settle(clause: Clause, alone: bool) -> Clause:
    kept = tuple(m for m in clause.mentions if alone or m.kind != "short")
    bare = clause.bare and bool(kept)
    if bare and clause.lettered and clause.words[0] in _CONCLUDING and not clause.mark:
        clause = replace(clause, mark=1, marks=True)
    return replace(clause, mentions=kept, bare=bare, alone=alone and bare)


def _read_clause(
    clause: Clause, options: Options, said: frozenset[str], asked: frozenset[str]
) -> Clause:
    if _HEDGE.search(" ".join(clause.words)):
        return replace(clause, hedged=True)
    named = list(_named(clause.words, options, said, asked))
    rest = [w for w in core(list(clause.words)).split() if w not in _SIGNS and w not in _NOT]
    slots = [part for part in _JOINT.split(" ".join(rest)) if part]
    if all(word in options.slots for word in rest):
        slots = rest
    kinds = [_kind(part) for part in slots]
    # A part such as "facing" beside a whole option belongs to the sentence, not to the answer.
    bare = all(part in options.slots for part in slots) and not (named and "short" in kinds)
    if bare:
        named += _in_slots(slots, clause.words, options)
    withheld = not named and any(word in _SIGNS for word in clause.words)
    return replace(clause, mentions=tuple(named), bare=bare and bool(named), hedged=withheld)


def _kind(slot: str) -> Kind:
    return "letter" if len(slot) == 1 or slot in (*YES, *NO) else "short"


def _in_slots(slots: list[str], words: tuple[str, ...], options: Options) -> Iterator[Mention]:
    denials = sum(word in _NOT and word != "nor" for word in words)
    if denials > 1 or _WRONG & set(words):
        return
    for slot in slots:
        # "No, not at all" denies no "no".
        denied = denials == 1 and not (slot in (*YES, *NO) and words[0] == slot)
        side = options.slots[slot]
        yield Mention(side, _kind(slot), denied, _other(side, options) if denied else "")


def _named(
    words: tuple[str, ...], options: Options, said: frozenset[str], asked: frozenset[str]
) -> Iterator[Mention]:
    sides = {_SIGNS[word][0] for word in words if word in _SIGNS}
    for n, word in enumerate(words):
        if word not in _SIGNS:
            continue
        side, kind = _SIGNS[word]
        before, after = words[max(0, n - _REACH) : n], words[n + 1 : n + 1 + _REACH]
        if _clouded(before) or after[:1] == ("or",):
            continue
        if kind == "text" and (options.extra[side] & said or _particle(side, after, options)):
            continue
        denials = [i for i, w in enumerate(before) if w in _NOT and w != "nor"]
        denied_after = bool(({"not", "never"} | _WRONG) & set(after))
        if len(denials) + denied_after > 1 or (denied_after and kind == "text"):
            continue
        denied = bool(denials) or denied_after or "nor" in before
        elsewhere = kind == "text" and (
            _said_of_else(side, before, after, options, asked)
            # one here and one there are two
            or (options.numeric and words.count(word) > 1)
        )
        if elsewhere and not denied:
            yield Mention(side, kind, weak=True)
            continue
        near = denied_after or (
            bool(denials) and len(before) - denials[-1] <= 4 and "neither" not in before
        )
        last = all(w in FILLERS or w in _SIGNS or w in _WRONG | _NOT for w in after)
        sure = near and last and len(sides) == 1 and not (options.numeric and kind == "text")
        implied = _other(side, options) if sure and not elsewhere else ""
        yield Mention(side, kind, denied, implied)


def _particle(side: Choice, after: tuple[str, ...], options: Options) -> bool:
    """Whether an option such as "on" is a preposition here."""
    follows = after[0] if after else ""
    return side in options.particles and bool(follows) and follows not in _AFTER_PARTICLE


def _said_of_else(
    side: Choice,
    before: tuple[str, ...],
    after: tuple[str, ...],
    options: Options,
    asked: frozenset[str],
) -> bool:
    """Whether an adjective may be said of another thing than the one that was asked about."""
    if options.texts[side] not in ADJECTIVES:
        return False
    noun = after[0].strip("-") if after else ""
    article = next((w for w in reversed(before) if w not in _DEGREES), "")
    attributive = (
        article in DETERMINERS
        and bool(noun)
        and noun not in FUNCTION | HEADS | FILLERS
        and not _SIGNS.get(noun)
    )
    if attributive:
        return noun not in asked
    return side in options.property and _names_a_subject(before, asked)


def _names_a_subject(before: tuple[str, ...], asked: frozenset[str]) -> bool:
    """Whether words before an adjective name a thing which the question doesn't."""
    things = [
        word
        for word in before
        if word not in FILLERS | FUNCTION | GENERIC | _DEGREES | _NOT and word not in _SIGNS
    ]
    return bool(things) and not any(_stem(word) in asked for word in things)


def question_words(question: str) -> frozenset[str]:
    """The words of a question in plain form, each also without its ending."""
    words = re.findall(r"[\w'-]+", question)
    return frozenset(words) | frozenset(map(_stem, words))


def _stem(word: str) -> str:
    return word.removesuffix("'s").removesuffix("s") if len(word) > 3 else word


def _other(side: Choice, options: Options) -> Choice:
    """The only other option, if there are two."""
    return options.sides.replace(side, "") if len(options.sides) == 2 else ""


def _clouded(before: tuple[str, ...]) -> bool:
    """Whether words before an option say that it is named for something else."""
    absent = "no" in before[1:] or (before[:1] == ("no",) and not _SUBJECT & set(before[1:2]))
    return absent or bool((_WRONG | _AWAY) & set(before)) or bool(_PARTLY & set(before[-2:]))


def _read_yes_no(clauses: list[Clause], options: Options) -> list[Clause]:
    """Reads a leading "yes" with words after it, and "it is not" alone or after a "no"."""
    first, *others = clauses
    lead, *rest = first.words
    named = list(first.mentions)
    if not named and _leads(lead, rest):
        named.append(Mention(options.slots[lead], "letter"))
    spoken = rest if lead in (*YES, *NO) else list(first.words)
    if not spoken and others:
        spoken = list(others[0].words)
    alone = len(clauses) == 1 or lead in (*YES, *NO)
    if alone and (found := _ELLIPSIS.fullmatch(" ".join(spoken))):
        named.append(Mention(options.slots["no" if found[1] else "yes"], "letter"))
    return [replace(first, mentions=tuple(named), bare=first.bare or bool(named)), *others]


def _leads(lead: str, rest: list[str]) -> bool:
    if (_MAYBE | _WRONG) & set(rest):
        return False
    if lead in YES:
        return rest[:1] not in (["and"], ["or"])
    # "No clouds" and "No idea" are not the answer "No".
    return lead in NO and (not rest or rest[0] in _SUBJECT)
