"""Cuts a reply down to the answer: no invented turns, no reasoning, no special tokens.

One pass over the reply's tags and turns. What stands in tags that mark an answer is kept behind the
words "Final answer:". Every pattern is bounded, so that the time is linear in the reply's length.
"""

import re
from dataclasses import dataclass, field
from typing import Final, Literal

LONGEST: Final = 4096  # characters kept of a longer answer: its first and its last half
_RUN: Final = 64  # characters of a longest word

Kind = Literal["reasoning", "answer", "format", "special", "end", "role", "channel", "other"]

_ESCAPED: Final = (
    *(("&lt;", "<"), ("&gt;", ">"), ("\\u003c", "<"), ("\\u003e", ">"), ("\\<", "<")),
    *(("\\>", ">"), ("◁", "<"), ("▷", ">"), ("＜", "<"), ("＞", ">"), ("｜", "|"), ("\r\n", "\n")),
)
_NAME: Final = r"[^\W\d][\w:.▁-]{0,40}"
_EVENT: Final = re.compile(
    rf"<[ \t]{{0,4}}(?P<bar>\|?)[ \t]{{0,4}}(?P<close>[/\\]?)[ \t]{{0,4}}(?P<name>{_NAME})"
    r"(?:[ \t][^<>\n]{0,200})?[ \t]{0,4}/?(?P<bar2>\|?)[ \t]{0,4}>"
    r"|\[(?P<close2>/?)(?P<name2>[A-Za-z_]{3,24})\]"
    r"|^[ \t]{0,8}```(?P<fence>\w{0,20})"
    r"|^[ \t>*_#-]{0,8}(?P<turn>[^\W\d_]{1,12}(?: (?:asks?|assistant))?)(?: ?\d{1,3})?[*_]{0,2} ?"
    r"[:：][*_]{0,2}"
    r"|\b(?P<shout>USER|HUMAN|ASSISTANT|SYSTEM):"
    r"|#{3,8}[ \t]{0,4}(?P<hash>[^\W\d_]{0,12})",
    re.MULTILINE,
)
_REASONING: Final = re.compile(
    r"think|thought|reason|reflect|scratch|analys|analyz|(?:^|_)cot$|chain|monolog|deliberat|ponder"
    r"|plan|draft|contempl|brainstorm|observ|caption|summary|rationale|explor|working|step|details"
    r"|internal|critique|verif|descri|percept|inspect|hypothes|consider"
)
_ANSWER: Final = re.compile(
    r"answer|(?:^|_)ans$|final|response|output|result|choice|chosen|solution|conclu|verdict|predict"
    r"|select|option|(?:begin|end)_of_box"
)
_FORMAT_WORDS: Final = (
    "b i u em strong p br div span code pre ul ol li h h1 h2 h3 h4 sub sup small big font table "
    "tr td th center mark s del tt hr a blockquote"
)
_FORMAT: Final = frozenset(_FORMAT_WORDS.split())
_SPECIAL_WORDS: Final = (
    "pad unk bos cls sep mask image img video begin_of_text begin_of_sentence message constrain "
    "end_header_id audio ref object quad point"
)
_SPECIAL: Final = frozenset(_SPECIAL_WORDS.split())
_END_WORDS: Final = (
    "eos end eot eot_id im_end im_sep endoftext end_of_turn end_of_text end_of_sentence return "
    "end_of_utterance turn_end eod call"
)
_END: Final = frozenset(_END_WORDS.split())
_ROLE: Final = frozenset(["im_start", "start_of_turn", "start_header_id", "start", "turn", "role"])
_SPEAKS: Final = frozenset(["assistant", "gpt", "bot", "chatbot", "ai", "助手"])
_ASKS_WORDS: Final = (
    "user human system instruction inst usuario utilisateur benutzer 用户 пользователь"
)
_ASKS: Final = frozenset(_ASKS_WORDS.split())
_MODELS: Final = frozenset({*_SPEAKS, "model"})  # as special tokens call them
_WEAK_WORDS: Final = "question q frage pregunta pergunta domanda вопрос 问题 问 質問 질문"
_WEAK: Final = frozenset(_WEAK_WORDS.split())
_WORD: Final = re.compile(r"[ \t\n]{0,4}([^\W_]{1,20})?")
_THOUGHT: Final = re.compile(r"\s{0,4}(?:thought|think)", re.IGNORECASE)
_LOOP: Final = re.compile(r"(.{2,32}?)\1{15,}", re.DOTALL)
_RUNS: Final = (
    (re.compile(r"([^\w\s])\1{5,}"), r"\1\1\1"),
    (re.compile(rf"(\w{{{_RUN}}})\w+"), r"\1"),
    (re.compile(r"[^\S\n]{2,}"), " "),
    (re.compile(r"(?: ?\n){3,}"), "\n\n"),
)


@dataclass
class _Said:
    """What was said so far, and in which state the reply is."""

    kept: list[str] = field(default_factory=list)
    aside: list[str] = field(default_factory=list)  # in tags of no known meaning
    before: list[str] = field(default_factory=list)  # before a closing tag that nothing opened
    reasoning: str = ""  # what opened it
    block: str = ""  # the name of an unknown tag
    others_turn: bool = False
    question_at: int | None = None

    @property
    def anything(self) -> bool:
        """Whether the contender itself said something yet."""
        return any(not piece.isspace() for piece in self.kept)

    def say(self, text: str) -> None:
        if text and not self.reasoning and not self.others_turn:
            (self.aside if self.block else self.kept).append(text)

    def forget(self) -> None:
        """Takes all that was said for reasoning."""
        self.kept, self.question_at = [], None

    def answer(self) -> str:
        for pieces in (self.kept[: self.question_at], self.aside, self.before):
            if text := "".join(pieces).strip():
                return text
        return ""


def cut(reply: str) -> str:
    """Returns the answer within a reply, at most `LONGEST` characters of it.

    Of a longer answer the first and the last half are kept, for that is where answers commit
    themselves.
    """
    text = _without_runs(reply)
    if len(text) > LONGEST:
        # A model that repeats itself to the end of its budget says nothing more.
        text = _LOOP.sub(r"\1\1\1", text)
    text = _unescaped(text)
    text = _without_printed_thoughts(text)
    answer = _spoken(text)
    if len(answer) > LONGEST:
        answer = f"{answer[: LONGEST // 2]}\n\n{answer[-LONGEST // 2 :]}"
    return answer


def _unescaped(text: str) -> str:
    for escaped, sign in _ESCAPED:
        text = text.replace(escaped, sign)
    return text


def _without_runs(text: str) -> str:
    for pattern, short in _RUNS:
        text = pattern.sub(short, text)
    return text


def _without_printed_thoughts(text: str) -> str:
    """Reasoning whose marks were lost in printing: two servers' habits."""
    start = text.lstrip()
    if start.startswith("analysis") and (at := text.rfind("assistantfinal")) >= 0:
        return text[at + len("assistantfinal") :]
    if start.startswith("Thinking...") and (at := text.find("...done thinking.")) >= 0:
        return text[at + len("...done thinking.") :]
    return text


def _spoken(text: str) -> str:
    events = list(_EVENT.finditer(text))
    closed: dict[str, int] = {}
    for event in events:
        if event["close"]:
            closed[event["name"].casefold()] = event.start()
    said, at = _Said(), 0
    for event in events:
        if event.start() < at:
            continue
        said.say(text[at : event.start()])
        at = event.end()
        if event["name"] or event["name2"]:
            after = _meet_tag(event, text, said, closed)
        elif event["fence"] is not None:
            after = _meet_fence(event, said)
        else:
            after = _meet_turn(event, text, said)
        if after is None:
            return said.answer()
        at = max(at, after)
    said.say(text[at:])
    return said.answer()


def _kind(name: str, barred: bool) -> Kind:
    """What a tag of this name is for; of two meanings the later word has it."""
    if name in _ROLE:
        return "role"
    if name == "channel":
        return "channel"
    if name in _END:
        return "end"
    if name in _FORMAT:
        return "format"
    reasons = [m.start() for m in _REASONING.finditer(name)]
    answers = [m.start() for m in _ANSWER.finditer(name)]
    if reasons or answers:
        return "reasoning" if max(reasons, default=-1) > max(answers, default=-1) else "answer"
    special = name in _SPECIAL or name.startswith(("extra_id", "unused", "box", "vision", "image"))
    return "special" if special or barred else "other"


def _meet_tag(event: re.Match[str], text: str, said: _Said, closed: dict[str, int]) -> int | None:
    """Handles a tag; returns where reading goes on, or None where the answer ends."""
    name = (event["name"] or event["name2"]).casefold().replace("▁", "_").removesuffix("_token")
    squared = event["name2"] is not None
    barred = bool(event["bar"] or event["bar2"])
    closes = bool(event["close"] or event["close2"]) or name.startswith("end_")
    if name in _MODELS | _ASKS and (not squared or name == "inst"):
        return _turn("assistant" if squared and closes else name, said, event.end())
    thinks = said.reasoning == "unused" or _THOUGHT.match(text, event.end())
    if name.startswith("unused") and thinks:
        said.reasoning = "" if said.reasoning else "unused"
        return event.end()
    kind: Kind = ("end" if closes else "special") if name == "s" else _kind(name, barred)
    if squared and kind not in ("reasoning", "answer"):
        said.say(event[0])
        return event.end()
    if kind == "role":
        role = _WORD.match(text, event.end())
        if role is None or not role[1] or (name == "start" and not barred):
            return event.end()
        said.reasoning = ""
        return _turn(role[1].casefold(), said, role.end())
    if kind == "channel":
        return _meet_channel(event, text, said)
    if kind == "end":
        said.reasoning = "" if said.reasoning == "channel" else said.reasoning
        return None if said.anything and not said.reasoning else event.end()
    return _meet_block(event, name, kind, closes, said, closed)


def _meet_channel(event: re.Match[str], text: str, said: _Said) -> int:
    channel = _WORD.match(text, event.end())
    word = channel[1].casefold() if channel and channel[1] else ""
    closes = event["bar2"] and not event["bar"]
    said.reasoning = "" if closes or word == "final" else "channel"
    return event.end() if closes or not channel else channel.end()


def _meet_block(
    event: re.Match[str], name: str, kind: Kind, closes: bool, said: _Said, closed: dict[str, int]
) -> int:
    if said.reasoning and not (kind == "reasoning" and closes):
        return event.end()
    if kind == "reasoning":
        if not closes:
            said.reasoning = name
        elif said.reasoning:
            said.reasoning = ""
        else:
            # Some chat templates open the block themselves, so that only its end is printed.
            said.forget()
    elif kind == "answer":
        said.block = ""
        said.say("\n" if closes else "\nFinal answer: ")
    elif kind == "other":
        if said.block:
            said.block = "" if closes and name == said.block else said.block
        elif closes:
            said.before = said.kept
            said.forget()
        elif closed.get(name, -1) > event.start():
            said.block, said.aside = name, []
    else:
        said.say(" ")
    return event.end()


def _meet_fence(event: re.Match[str], said: _Said) -> int:
    name = event["fence"].casefold()
    if said.reasoning == "fence":
        said.reasoning = ""
    elif not said.reasoning and name and _REASONING.search(name):
        said.reasoning = "fence"
    else:
        said.say("\n")
    return event.end()


def _meet_turn(event: re.Match[str], text: str, said: _Said) -> int | None:
    if said.reasoning:
        return event.end()
    if event["hash"] is not None:
        word = event["hash"].casefold()
        if word in _SPEAKS | _ASKS | _WEAK:
            return _turn(word, said, event.end())
        line = text.rfind("\n", 0, event.start()) + 1
        heads = bool(word) and not text[line : event.start()].strip()
        if said.anything and not heads:
            return None
        said.say(event[0])
        return event.end()
    word = (event["turn"] or event["shout"]).casefold()
    first = word.split()[0]
    if first in _SPEAKS | _ASKS:
        return _turn(first, said, event.end())
    if first in _WEAK and said.anything and said.question_at is None:
        said.question_at = len(said.kept)
    said.say(event[0])
    return event.end()


def _turn(role: str, said: _Said, after: int) -> int | None:
    """A turn begins: it ends the answer if there is one, else it may be an echo of the prompt."""
    if said.anything:
        return None
    said.others_turn = role not in _MODELS
    return after
