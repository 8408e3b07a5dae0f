"""Reads which option a free-text answer chooses, in two tiers; never guesses.

An answer goes through four steps, a file each: it is cut out of the reply (`cut`), brought to plain
form (`normalise`), its options, labels and markers are recognised (`tagging`), and its clauses are
weighed (`evidence`), by its form alone where that decides.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from clipblind.grading.reading.cut import cut
from clipblind.grading.reading.evidence import Clause, Mention, question_words, read
from clipblind.grading.reading.normalise import plain, plain_answer
from clipblind.grading.reading.options import Choice, Options, read_options
from clipblind.grading.reading.outcome import (
    CERTAIN,
    READ,
    ParsedChoice,
    Reading,
)
from clipblind.grading.reading.statements import against_statement
from clipblind.grading.reading.tagging import TOKEN
from clipblind.grading.reading.words import ABROAD

_IMAGE: Final = r"(?:(?:the|this|that|any|an|your|it|attached) ){0,4}(?:images?|pictures?|photos?)"
_REFUSAL: Final = re.compile(
    r"\bas an ai\b|\bi am (?:just )?an? (?:\w{1,30} )?(?:ai|(?:language )?model)\b|"
    r"\b(?:can not|unable to|not able to|not possible to) (?:be )?(?:\w{1,30}ly )?"
    r"(?:determine|tell|answer|assist|help|provide|decide|say|confirm|access|process|analy[sz]e|"
    r"identify|judge|make out)\w*|"
    rf"\b(?:can not|unable to|not able to|do not|did not) (?:see|view|open|have|load) {_IMAGE}|"
    rf"\b(?:do not have access|no access|no {_IMAGE}|no idea|do not know)\b"
)
_UNDIVIDED: Final = re.compile(
    r"(?:it is |they are )?(?:both|neither|none|all)"
    rf"(?: (?:of|the|them|these|those|options?|answers?|are|is|apply|correct|right|above|here|"
    rf"(?<=are ){TOKEN})){{0,12}}"
)
_NEITHER: Final = re.compile(
    r"(?:neither|none of|no) (?:of (?:the|them|these) ?)?(?:two )?"
    r"(?:options?|answers?|box(?:es)?|images?|pictures?|points?|choices?|statements?|one) "
    r"(?:is|are|was|do|does|match\w*|fit\w*|seems?|apply|applies|has|have|can|shows?)\b"
)
# What a spreadsheet makes of (1), of 1 beside empty cells, and of Yes.
_ALTERED: Final = re.compile(r"-\d{1,2}(?:\.0)?|\d{1,2}\.0|true|false")

# After a number, more are to come.
_MORE: Final = frozenset({"another", "additional", "plus", "further", "more"})


def parse_choice(text: str, options: Sequence[str], question: str = "") -> Choice | None:
    """Reads which option a free-text answer chooses.

    Args:
        text: the answer of a model or of a person.
        options: the texts of options (a), (b) and so on, up to (z), without their letters.
        question: what was asked, if it is known: statements are held against it.

    Returns:
        The option's letter, or None where the answer doesn't commit itself to one of them.

    Raises:
        ValueError: if an option is empty, or if no answer could tell two apart.
    """
    return read_answer(text, options, question).choice


def parse_choice_reason(text: str, options: Sequence[str], question: str = "") -> ParsedChoice:
    """Reads an answer as `parse_choice` does, and says why where it can't.

    Raises:
        ValueError: if an option is empty, or if no answer could tell two apart.
    """
    choice, _, reason = read_answer(text, options, question)
    return ParsedChoice(choice, reason)


def read_answer(text: str, options: Sequence[str], question: str = "") -> Reading:
    """Reads an answer as `parse_choice` does, says how sure that is, or why it can't.

    The strongest evidence decides: what follows "final answer", then what follows "the answer
    is", then an explicit last line, then letters, then sentences that are an option and nothing
    else, then any mention of an option's text. Within one kind, two options named make the answer
    undecided.

    Returns:
        The choice, its tier and the reason; the tier is "" where there is no choice, the reason is
        "" where there is one.

    Raises:
        ValueError: if an option is empty, or if no answer could tell two apart.
    """
    known = read_options(tuple(options))
    answer = plain_answer(cut(text))
    verdict, certain = _read(answer, known, question)
    if verdict.choice:
        return Reading(verdict.choice, CERTAIN if certain else READ, "")
    altered = _ALTERED.fullmatch(answer) and verdict.reason == "names neither option"
    return Reading(None, "", "altered by a spreadsheet" if altered else verdict.reason)


def _read(answer: str, options: Options, question: str) -> tuple[ParsedChoice, bool]:
    if not answer:
        return ParsedChoice(None, "empty"), False
    answer = ABROAD.get(answer.strip(" .!"), answer)
    clauses = read(answer, options, question_words(plain(question)))
    marked = _judge_marked(clauses)
    if marked is not None:
        return marked, _sure_of_mark(clauses)
    if any(_UNDIVIDED.fullmatch(" ".join(clause.words)) for clause in clauses):
        return ParsedChoice(None, "both or neither"), False
    neither = any(_NEITHER.match(" ".join(clause.words)) for clause in clauses)
    if neither and not any(clause.lettered for clause in clauses):
        return ParsedChoice(None, "both or neither"), False
    if _REFUSAL.search(answer) and not any(c.bare or c.lettered for c in clauses):
        return ParsedChoice(None, "refused"), False
    last = _judge_last_line(clauses)
    if last is not None:
        return last, last.choice is not None
    verdict = _against_lead(_against_text(_judge(clauses), clauses), clauses)
    verdict = _against_rest(verdict, clauses, options, question)
    return verdict, _by_form(clauses, verdict)


def _by_form(clauses: list[Clause], verdict: ParsedChoice) -> bool:
    """Whether the answer is nothing but an option, or a label first and nothing against it."""
    if all(c.bare or c.takes_back for c in clauses):
        return True
    lead = [c for c in clauses if c.sentence == clauses[0].sentence]
    rest = [c for c in clauses if c.sentence != clauses[0].sentence]
    label = all(c.bare for c in lead) and any(c.lettered for c in lead)
    against = any(m.side != verdict.choice or m.denied for c in rest for m in c.mentions)
    return label and not against and not any(c.takes_back or c.hedged for c in rest)


def _sure_of_mark(clauses: list[Clause]) -> bool:
    """Whether the last marker is followed by an option and nothing else."""
    level = max(clause.mark for clause in clauses)
    last = max(n for n, c in enumerate(clauses) if c.marks and c.mark == level)
    return all(c.bare for c in clauses[last:] if c.words)


def _judge_marked(clauses: list[Clause]) -> ParsedChoice | None:
    """What the answer's own markers say, or None where they leave the question open."""
    level = max((clause.mark for clause in clauses), default=0)
    starts = [n for n, c in enumerate(clauses) if level and c.marks and c.mark == level]
    verdicts = [_judge(_scope(clauses, start)) for start in starts]
    telling = [n for n, verdict in enumerate(verdicts) if verdict.reason != "names neither option"]
    if not telling:
        return None
    last = telling[-1]
    verdict = verdicts[last]
    # A marker whose answer was left open, as after "if", takes nothing from a later one.
    agreed = len({verdicts[n].choice for n in telling} - {None}) <= 1
    if not agreed and not any(c.takes_back for c in clauses[starts[telling[-2]] : starts[last]]):
        return ParsedChoice(None, "contradicts itself")
    return _against_text(_taken_back(verdict, clauses, starts[last]), clauses[starts[last] :])


def _taken_back(verdict: ParsedChoice, clauses: list[Clause], start: int) -> ParsedChoice:
    """A marked answer, or what a take-back after it puts in its place."""
    after = clauses[len(_scope(clauses, start)) + start :]
    cues = [n for n, clause in enumerate(after) if clause.takes_back]
    return _corrected(verdict, after[cues[-1] :]) if cues else verdict


def _judge_last_line(clauses: list[Clause]) -> ParsedChoice | None:
    """An explicit last line after a comparison that names several options, if there is one."""
    final = [c for c in clauses if c.sentence == clauses[-1].sentence] if clauses else []
    before = clauses[: len(clauses) - len(final)]
    if not final or not all(c.alone or c.takes_back for c in final):
        return None
    verdict = _combine(m for c in final for m in c.mentions if not m.denied)
    compared = _combine(m for c in before for m in c.mentions)
    if not verdict.choice or compared.choice or any(c.takes_back for c in clauses):
        return None
    rivals = {m.side for c in before if c.bare for m in c.mentions} - {verdict.choice}
    named = {m.side for c in before for m in c.mentions}
    return verdict if len(named) > 1 and not rivals else None


def _scope(clauses: list[Clause], start: int) -> list[Clause]:
    end = start + 1
    while end < len(clauses) and clauses[end].mark and not clauses[end].marks:
        end += 1
    return clauses[start:end]


def _judge(clauses: list[Clause]) -> ParsedChoice:
    """The verdict of the strongest kind of evidence in these clauses."""
    kinds: tuple[Callable[[Clause], bool], ...] = (
        lambda clause: clause.superlative,
        lambda clause: clause.lettered,
        lambda clause: clause.alone,
        lambda clause: True,
    )
    for strength, kind in enumerate(kinds):
        if any(clause.mentions and kind(clause) for clause in clauses):
            chosen = [c for c in clauses if kind(c) or (strength <= 1 and c.bare)]
            return _combine_or_correct(chosen, clauses)
    if any(clause.lists for clause in clauses):
        return ParsedChoice(None, "names both options")
    if any(clause.hedged for clause in clauses):
        return ParsedChoice(None, "hedged")
    return ParsedChoice(None, "names neither option")


def _combine_or_correct(chosen: list[Clause], clauses: list[Clause]) -> ParsedChoice:
    verdict = _combine(mention for clause in chosen for mention in clause.mentions)
    first = next(n for n, clause in enumerate(clauses) if clause.mentions)
    cues = [n for n, clause in enumerate(clauses) if clause.takes_back and n > first]
    if not cues:
        return verdict
    return _corrected(verdict, clauses[cues[-1] :])


def _corrected(verdict: ParsedChoice, after: list[Clause]) -> ParsedChoice:
    """What clauses that begin with a take-back make of a verdict."""
    corrected = _combine(m for c in after if c.bare or c.lettered for m in c.mentions)
    if corrected.choice:
        return corrected
    refused = after[0].words == ("no",) and len(after) == 1
    open_ = refused or any(c.hedged or c.mentions or c.retracts for c in after)
    return ParsedChoice(None, "contradicts itself") if open_ else verdict


def _combine(mentions: Iterable[Mention]) -> ParsedChoice:
    mentions = list(mentions)
    named = [mention for mention in mentions if not mention.weak]
    affirmed = {mention.side for mention in named if not mention.denied}
    if affirmed and {mention.side for mention in mentions if mention.weak} - affirmed:
        return ParsedChoice(None, "names both options")
    denied = {mention.side for mention in named if mention.denied}
    if len(affirmed) > 1:
        kinds = {side: {m.kind for m in named if m.side == side} for side in affirmed}
        torn = len(set(map(frozenset, kinds.values()))) > 1 and all(
            len(k) == 1 for k in kinds.values()
        )
        return ParsedChoice(None, "letter and text contradict" if torn else "names both options")
    if len(affirmed) == 1:
        choice = affirmed.pop()
        return ParsedChoice(None, "contradicts itself") if choice in denied else _scored(choice)
    if len(denied) > 1:
        return ParsedChoice(None, "negated both options")
    if not denied:
        return ParsedChoice(None, "names neither option")
    implied = next((mention.implies for mention in named if mention.implies), "")
    return _scored(implied) if implied else ParsedChoice(None, "negated one option only")


def _scored(choice: Choice) -> ParsedChoice:
    return ParsedChoice(choice, "")


def _against_lead(verdict: ParsedChoice, clauses: list[Clause]) -> ParsedChoice:
    """Withdraws a verdict whose label leads, if the first sentence after it names another text."""
    lead = clauses[0].sentence if clauses else 0
    if not verdict.choice or not any(c.lettered and c.bare for c in clauses if c.sentence == lead):
        return verdict
    for number in sorted({c.sentence for c in clauses} - {lead}):
        said = _combine(
            m for c in clauses if c.sentence == number for m in c.mentions if m.kind == "text"
        )
        if said.choice and said.choice != verdict.choice:
            return ParsedChoice(None, "letter and text contradict")
        if said.choice:
            return verdict
    return verdict


def _against_rest(
    verdict: ParsedChoice, clauses: list[Clause], options: Options, question: str
) -> ParsedChoice:
    """Withdraws a verdict that the rest of the answer speaks against without naming an option."""
    first = next((n for n, clause in enumerate(clauses) if clause.mentions), len(clauses))
    rest = clauses[first:]
    more = any(_MORE & set(c.words) for c in rest[1:]) or any("plus" in c.words for c in rest)
    if verdict.choice and options.numeric and more:
        return ParsedChoice(None, "contradicts itself")
    if options.yes_no:
        return against_statement(verdict, clauses, options, question)
    return verdict


def _against_text(verdict: ParsedChoice, clauses: list[Clause]) -> ParsedChoice:
    """Withdraws a verdict if the option texts around it say the opposite, or contradict it."""
    said = _combine(
        m for clause in clauses for m in clause.mentions if m.kind != "letter" and not m.weak
    )
    if verdict.choice and said.reason == "contradicts itself":
        return said
    if None in (verdict.choice, said.choice) or said.choice == verdict.choice:
        return verdict
    return ParsedChoice(None, "letter and text contradict")
