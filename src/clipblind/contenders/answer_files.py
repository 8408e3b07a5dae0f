"""Files of answers as other people's tools leave them: which column holds the model's words?

In MMVP's own script and in VLMEvalKit, `answer` is the key; whoever grades it finds a model that is
always right. So a layout is known by all of its columns, and what fits none is refused.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from clipblind.ground.errors import UserError
from clipblind.ground.sheets import (
    Sheet,
    mangled,
    no_column,
    plain_name,
    read_table,
    require_rows,
    text_of,
)

PUBLISHED: Final = "ab"
EXCHANGED: Final = "ba"
SHOWN: Final = 3  # ids in a message
NUMBER: Final = re.compile(r"([0-9]{1,9})(?:\.0+)?")
LETTERED: Final = re.compile(r"\(a\) ?(?P<a>.+?) ?\(b\) ?(?P<b>.+)", re.IGNORECASE | re.DOTALL)
LISTED: Final = re.compile(r"\n\(?A[.)] ?(?P<a>.+?)\n\(?B[.)] ?(?P<b>[^\n]+)", re.DOTALL)
# what VLMEvalKit writes where a model or a server failed
FAILED: Final = "Failed to obtain answer"
# columns that may stand beside `answer` and be words, but nobody's answers
BESIDE: Final = frozenset(
    (
        *("a", "annotator", "b", "by", "category", "comment", "comments", "contender", "date"),
        *("image", "image_id", "image_path", "index", "l2_category", "lndex", "model"),
        *("model_id", "model_name", "name", "note", "notes", "option_a", "option_b"),
        *("options", "order", "pair_id", "pattern", "person", "prompt", "question"),
        *("question_id", "seed", "source", "split", "task", "time", "type", "who"),
    )
)
# of these, `answer` beside them is the key, or they are
AMBIGUOUS: Final = frozenset(
    (
        *("completion", "correct_answer", "extracted", "filtered_resps", "generated"),
        *("generated_text", "generation", "gold", "ground_truth", "gt", "gt_answer", "label"),
        *("model_answer", "model_output", "model_response", "output", "outputs", "pred"),
        *("predicted", "prediction", "predictions", "reference", "reply", "response"),
        *("responses", "resps", "target", "text"),
    )
)


class Given(NamedTuple):
    """One row of a file.

    Attributes:
        id: as the file calls the question.
        answer: the model's words.
        order: of the options, `ab` or `ba`.
        question: its words, options apart; empty where the file has none.
        options: the texts of the first and second; empty where the file has none.
        key: the right answer as the file has it; empty where it has none.
        line: of the file.
        odd: what a spreadsheet may have made of the answer, in words.
    """

    id: str
    answer: str
    order: str = PUBLISHED
    question: str = ""
    options: tuple[str, ...] = ()
    key: str = ""
    line: int = 0
    odd: str = ""


class Asked(NamedTuple):
    """What is known of a benchmark's question where answers are matched with it.

    Attributes:
        words: in which its question is to be found; empty: not known.
        options: the texts of its options; empty: not known.
        key: `a` or `b`; empty: not known.
    """

    words: str = ""
    options: tuple[str, ...] = ()
    key: str = ""


@dataclass(frozen=True)
class AnswerFile:
    """Somebody's answers as they were written.

    Attributes:
        path: of the file.
        layout: in words: whose it is, and which column holds the answers.
        first: the number that the layout gives the first question; none: it may be 0 or 1.
        rows: in their order.
        is_ended: whether the file ends as one that was written whole does.
    """

    path: Path
    layout: str
    first: int | None
    rows: tuple[Given, ...]
    is_ended: bool = True


@dataclass(frozen=True)
class Matched:
    """Answers by the benchmark's questions.

    Attributes:
        answers: order of options to question id to answer.
        missing: the questions that have none in the published order.
        notes: what a reader of the scores should know, each a sentence.
    """

    answers: Mapping[str, Mapping[str, str]]
    missing: tuple[str, ...]
    notes: tuple[str, ...] = ()


def read_answers(path: Path) -> AnswerFile:
    """Read a file of answers in any known layout.

    Known are MMVP's own script, VLMEvalKit, lmms-eval (samples), and a plain table of `question_id`
    (or `Index`), `answer` and, if need be, `order`; each as CSV, TSV, JSON lines or .xlsx.

    Raises:
        UserError: if the file can't be read, has no known layout, or doesn't tell whether `answer`
            is the model's or the key.
    """
    sheet = read_table(path)
    columns = {plain_name(column) for column in sheet.columns}
    layout = next((layout for layout in LAYOUTS if layout.fits(columns)), None)
    if layout is None:
        return _plain(sheet)
    require_rows(sheet)
    rows = tuple(layout.read(sheet, row, at) for row, at in _rows(sheet))
    return AnswerFile(path, f"{sheet.kind} of {layout.name}", layout.first, rows, sheet.is_ended)


def match_answers(file: AnswerFile, asked: Mapping[str, Asked]) -> Matched:
    """Answers by question id, whatever a file calls the questions.

    It may use the benchmark's own ids, the numbers that these end in, or numbers from 0. Which of
    them, its set of ids decides, or the questions that it repeats, or the key.

    Args:
        file: as it was read.
        asked: what is known of each question, by its id.

    Raises:
        UserError: if rows are unknown, doubled, of other questions, or fit two numberings.
    """
    called = _numbering(file, asked)
    notes = [*_of_numbering(file, called, asked)]
    answers: dict[str, dict[str, str]] = {PUBLISHED: {}}
    counts = Counter((called[row.id], row.order) for row in file.rows)
    if twice := [question for (question, _), count in counts.items() if count > 1]:
        raise UserError(
            f"{file.path} answers {_shown(twice)} more than once; keep one row for each."
        )
    for row in file.rows:
        answers.setdefault(row.order, {})[called[row.id]] = row.answer
    for order, said in answers.items():
        if odd := [id_ for id_ in asked if (id_ in said) != (id_ in answers[PUBLISHED])]:
            raise UserError(
                f"{file.path} answers {_shown(odd)} in one order of options alone ({order} or"
                f" {PUBLISHED}); answer the same questions in both, or leave one order out."
            )
    missing = tuple(id_ for id_ in asked if id_ not in answers[PUBLISHED])
    return Matched(answers, missing, (*notes, *_of_rows(file, called, asked)))


def our_ids(questions: Iterable[str]) -> dict[str, str]:
    """The ids of a benchmark by what a file may call them: themselves, or the number they end in.

    Where several end in one number, it stands for none of them.
    """
    questions = list(questions)
    numbered = [(end[0], id_) for id_ in questions if (end := re.search(r"[0-9]+$", id_))]
    counts = Counter(int(number) for number, _ in numbered)
    alone = {number: id_ for number, id_ in numbered if counts[int(number)] == 1}
    bare = {str(int(number)): id_ for number, id_ in alone.items()}
    return alone | bare | {id_: id_ for id_ in questions}


def _of_script(sheet: Sheet, row: Mapping[str, Any], line: int) -> Given:
    """A line of MMVP's evaluate_mllm.py: numbers from 1, question and options in `prompt`."""
    question, options = _parts(_cell(sheet, row, "prompt"))
    key = _cell(sheet, row, "answer")
    return _given(
        sheet, row, line, "question_id", "response", question=question, options=options, key=key
    )


def _of_vlmevalkit(sheet: Sheet, row: Mapping[str, Any], line: int) -> Given:
    """A row of VLMEvalKit's sheet: the benchmark's own columns, and `prediction`."""
    options = tuple(filter(None, (_cell(sheet, row, letter) for letter in "AB")))
    known = {"question": _cell(sheet, row, "question"), "options": options}
    given = _given(
        sheet, row, line, "index", "prediction", key=_cell(sheet, row, "answer"), **known
    )
    return given._replace(answer="") if given.answer.startswith(FAILED) else given


def _of_lmms_eval(sheet: Sheet, row: Mapping[str, Any], line: int) -> Given:
    """A line of lmms-eval's samples: `doc_id` from 0, `resps` left out where a filter kept them."""
    raw = "resps" if row.get("resps") is not None else "filtered_resps"
    answer = row.get(raw)
    while isinstance(answer, list):
        if len(answer) != 1:
            raise UserError(
                f"{sheet.path}, line {line}, holds {len(answer)} responses in {raw}, not one;"
                " keep one for each question."
            )
        answer = answer[0]
    doc = row.get("doc")
    held = {plain_name(k): v for k, v in doc.items()} if isinstance(doc, dict) else {}
    put = row.get("input")
    put = (
        next((part for part in put if isinstance(part, str)), "") if isinstance(put, list) else put
    )
    words, options = _parts(text_of(put))
    if isinstance(held.get("options"), str):
        options = _parts(f"\n{held['options']}")[1]
    key = text_of(row.get("target"))
    question = text_of(held.get("question")) or words
    return Given(_id(row.get("doc_id")), text_of(answer), PUBLISHED, question, options, key, line)


@dataclass(frozen=True)
class Layout:
    """How one tool writes answers down.

    Attributes:
        name: in words, with the column that holds the model's.
        columns: that all must be there.
        either: of which one must be there, if there are any.
        first: the number that it gives the first question; none: it may be 0 or 1.
        read: a row as `Given`.
    """

    name: str
    columns: frozenset[str]
    either: frozenset[str]
    first: int | None
    read: Callable[[Sheet, Mapping[str, Any], int], Given]

    def fits(self, columns: set[str]) -> bool:
        """Whether a table of these columns is of this layout."""
        return self.columns <= columns and (not self.either or bool(self.either & columns))


# tsb0601/MMVP scripts/evaluate_mllm.py, open-compass/VLMEvalKit vlmeval/inference.py,
# EvolvingLMMs-Lab/lmms-eval lmms_eval/loggers/evaluation_tracker.py
LAYOUTS: Final = (
    Layout(
        "MMVP's own script (answers in response, the key in answer)",
        frozenset(("question_id", "prompt", "answer", "response")),
        frozenset(),
        1,
        _of_script,
    ),
    Layout(
        "VLMEvalKit (answers in prediction, the key in answer)",
        frozenset(("index", "question", "prediction")),
        frozenset(),
        None,
        _of_vlmevalkit,
    ),
    Layout(
        "lmms-eval (answers in resps or filtered_resps, the key in target)",
        frozenset(("doc_id", "target")),
        frozenset(("resps", "filtered_resps")),
        0,
        _of_lmms_eval,
    ),
)


def _plain(sheet: Sheet) -> AnswerFile:
    """A table of ids and answers, in which nothing else can be taken for answers."""
    numbers = sheet.column("question_id", "Index", "lndex")
    cure = "give it the columns question_id and answer"
    if numbers is None:
        raise no_column(sheet, "question_id", cure)
    if sheet.column("answer") is None:
        raise no_column(sheet, "answer", cure)
    require_rows(sheet)
    if rival := next((c for c in sheet.columns if _is_rival(sheet, c)), None):
        raise UserError(
            f"{sheet.path} has a column answer beside {rival!r}, and no layout known here"
            " (MMVP's script, VLMEvalKit, lmms-eval): either may be the model's words or the key;"
            " keep the model's words alone, in a column answer."
        )
    rows = []
    for row, line in _rows(sheet):
        order = _cell(sheet, row, "order").strip() or PUBLISHED
        if order not in (PUBLISHED, EXCHANGED):
            raise UserError(
                f"{sheet.path}, line {line}: order is {order!r}, not ab or ba; mend it."
            )
        given = _given(sheet, row, line, numbers, "answer", question=_cell(sheet, row, "question"))
        rows.append(given._replace(order=order))
    # `question_id` and MMVP's own `Index` are the benchmark's numbers, an `index` may be anybody's
    first = None if numbers == "index" else 1
    layout = f"{sheet.kind} of ids and answers"
    return AnswerFile(sheet.path, layout, first, tuple(rows), sheet.is_ended)


def _is_rival(sheet: Sheet, column: str) -> bool:
    """Whether a column beside `answer` may be what the model said, or the key."""
    name = plain_name(column)
    if name == "answer":
        return False
    words = {text for row in sheet.rows if (text := text_of(row.get(column)).strip())}
    if name in AMBIGUOUS:
        return bool(words)
    told = [text for text in words if any(letter.isalpha() for letter in text)]
    return name not in BESIDE and len(told) > 1


def _rows(sheet: Sheet) -> list[tuple[Mapping[str, Any], int]]:
    return list(zip(sheet.rows, sheet.lines, strict=True))


def _cell(sheet: Sheet, row: Mapping[str, Any], name: str) -> str:
    column = sheet.column(name)
    return "" if column is None else text_of(row.get(column))


def _given(
    sheet: Sheet, row: Mapping[str, Any], line: int, id_: str, answer: str, **known: Any
) -> Given:
    column = sheet.column(answer)
    said = row.get(column) if column else None
    # JSON says what was a text and what was none
    odd = "" if sheet.kind == "JSON lines" else mangled(said)
    called = row.get(sheet.column(id_) or id_)
    return Given(_id(called), text_of(said), line=line, odd=odd, **known)


def _id(value: Any) -> str:
    """An id; a number without the fraction that spreadsheets and pandas append."""
    text = text_of(value).strip()
    number = NUMBER.fullmatch(text)
    return number[1] if number else text


def _parts(words: str) -> tuple[str, tuple[str, ...]]:
    """A question and its two options, from words that hold both; no options where none are seen."""
    found = LETTERED.search(words) or LISTED.search(words)
    if found is None:
        return words, ()
    return words[: found.start()], (found["a"], found["b"])


def _numbering(file: AnswerFile, asked: Mapping[str, Asked]) -> dict[str, str]:
    """Our id for each id of the file, by the only numbering that it fits."""
    given = dict.fromkeys(row.id for row in file.rows)
    own = our_ids(asked)
    from_zero = _from_zero(own, asked)
    fitting = [ids for ids in (own, from_zero) if ids and all(id_ in ids for id_ in given)]
    if not fitting:
        unknown = [id_ for id_ in given if id_ not in own]
        raise UserError(
            f"{file.path} answers {_shown(unknown)}, which the benchmark has no question for; its"
            f" ids are like {next(iter(asked))}."
        )
    alike = [ids for ids in fitting if _other(file, ids, asked) is None]
    if not alike:
        row, question = _other(file, fitting[0], asked) or (file.rows[0], "")
        raise UserError(
            f"{file.path}, line {row.line}, asks {_brief(row.question)} under the id {row.id},"
            f" where the benchmark's question {question} is another; it is of another benchmark,"
            " or of another copy."
        )
    if len(alike) > 1:
        keyed = [ids for ids in alike if _share_of_keys(file, ids, asked) > 0.5]
        alike = keyed if len(keyed) == 1 else alike
    if len(alike) > 1 and file.first is not None:
        return from_zero if file.first == 0 else own
    if len(alike) > 1:
        numbers = sorted(int(id_) for id_ in given)
        raise UserError(
            f"{file.path} numbers its questions {numbers[0]} to {numbers[-1]}, which fits a count"
            " from 0 as well as one from 1, each with other right answers; call them"
            f" {next(iter(asked))} and so on in a column question_id, or add the question's words"
            " in a column question."
        )
    return alike[0]


def _from_zero(own: Mapping[str, str], asked: Mapping[str, Asked]) -> dict[str, str]:
    """Our ids by numbers from 0; none where the benchmark's own aren't the numbers from 1."""
    counted = [own.get(str(number)) for number in range(1, len(asked) + 1)]
    if None in counted or len(set(counted)) < len(asked) or "0" in own:
        return {}
    return {str(number): id_ for number, id_ in enumerate(counted) if id_}


def _other(
    file: AnswerFile, ids: Mapping[str, str], asked: Mapping[str, Asked]
) -> tuple[Given, str] | None:
    """The first row that repeats another question than the benchmark's of that id."""
    for row in file.rows:
        words, question = _bare(asked[ids[row.id]].words), _bare(row.question)
        if words and question and question not in words:
            return row, ids[row.id]
    return None


def _share_of_keys(file: AnswerFile, ids: Mapping[str, str], asked: Mapping[str, Asked]) -> float:
    """The share of the file's keys that are the benchmark's labels; 0 where there are none."""
    both = [(key, asked[ids[row.id]].key) for row in file.rows if (key := _letter(row, asked, ids))]
    same = [key == ours for key, ours in both if ours]
    return sum(same) / len(same) if same else 0.0


def _letter(row: Given, asked: Mapping[str, Asked], ids: Mapping[str, str]) -> str:
    """The file's key as a letter, whether it says one or the option's text."""
    key = row.key.strip().strip("().").lower()
    options = row.options or asked[ids[row.id]].options
    texts = [_bare(option) for option in options]
    return key if key in ("a", "b") else dict(zip(texts, "ab", strict=False)).get(_bare(key), "")


def _of_numbering(
    file: AnswerFile, called: Mapping[str, str], asked: Mapping[str, Asked]
) -> Iterable[str]:
    """What is odd about the key and the options, and from where it counts."""
    ids = {row.id: called[row.id] for row in file.rows}
    for row in file.rows:
        ours, theirs = asked[ids[row.id]].options, row.options
        seen = tuple(_bare(option) for option in theirs)
        if len(seen) == 2 and ours and seen == tuple(_bare(o) for o in ours)[::-1] != seen[::-1]:
            raise UserError(
                f"{file.path}, line {row.line}, has the options of {ids[row.id]} in the other"
                " order, so that its letters mean the other option; get the benchmark that was"
                " asked."
            )
    keyed = [(row, k) for row in file.rows if (k := _letter(row, asked, ids))]
    differing = [ids[row.id] for row, key in keyed if asked[ids[row.id]].key not in ("", key)]
    if len(differing) * 2 > len(keyed):
        raise UserError(
            f"{file.path} has another key than the benchmark for {len(differing)} of"
            f" {len(keyed)} questions ({_shown(differing)}); it is of another copy, or numbered"
            " another way."
        )
    if differing:
        yield (
            f"its key differs from the benchmark's labels in {len(differing)} of {len(keyed)}"
            f" questions ({_shown(differing)}); the benchmark's count"
        )
    numbers = [id_ for id_ in ids if NUMBER.fullmatch(id_)]
    if numbers and any(not ids[n].endswith(n) for n in numbers):
        yield "its questions are numbered from 0"
    elif not any(row.question or row.key for row in file.rows):
        from_zero = _from_zero(our_ids(asked), asked)
        if ids.keys() <= from_zero.keys():
            yield "its numbers are taken for the benchmark's own, from 1, as nothing else tells"


def _of_rows(
    file: AnswerFile, called: Mapping[str, str], asked: Mapping[str, Asked]
) -> Iterable[str]:
    """How many questions have no row, and what a spreadsheet may have changed."""
    answered = {called[row.id] for row in file.rows}
    if missing := [id_ for id_ in asked if id_ not in answered]:
        torn = "" if file.is_ended else "; it has no line break at its end, so it may be cut short"
        yield (
            f"it answers {len(answered)} of {len(asked)} questions; {len(missing)} are missing"
            f" ({_shown(missing)}) and left out of its scores{torn}"
        )
    odd = [row for row in file.rows if row.odd]
    if odd:
        count = "an answer is" if len(odd) == 1 else f"{len(odd)} answers are"
        yield (
            f"{count} as a spreadsheet leaves them (line {odd[0].line}: {odd[0].odd}); they are"
            " read as they stand, so look at them"
        )


def _bare(text: str) -> str:
    """Letters and digits alone, in lower case: spelling, without what copies differ in."""
    return "".join(letter for letter in text.lower() if letter.isalnum())


def _brief(text: str) -> str:
    kept = " ".join(text.split())
    return repr(kept if len(kept) < 60 else f"{kept[:60]}...")


def _shown(ids: Sequence[str]) -> str:
    more = len(ids) - SHOWN
    return ", ".join(ids[:SHOWN]) + (f" and {more} others" if more > 0 else "")
