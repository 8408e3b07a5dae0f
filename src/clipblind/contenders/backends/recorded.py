"""Answers that were taken by hand or by others, from a CSV with `question_id` and `answer`."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final

from clipblind.contenders.protocol import Ask, Given, Identity, Keep, Reply
from clipblind.ground.errors import UserError
from clipblind.ground.files import digest
from clipblind.study.settings.contenders import Recorded

COLUMNS: Final = ("question_id", "answer")
NOTHING: Final = "no answer was recorded"
SHOWN: Final = 3  # ids in a message


class RecordedBackend:
    """Somebody's answers, read once.

    Args:
        name: of the contender.
        settings: where they are, if `path` doesn't say.
        path: the file.

    Raises:
        UserError: if the file is missing or no such table.
    """

    keep: ClassVar = Keep.NEVER

    def __init__(self, name: str, settings: Recorded, path: Path | None = None) -> None:
        self._name, self._path = name, path or Path(settings.answers)
        text = _text(self._path)
        self._rows, self._digest = read_answers(text, self._path), digest(text)

    @property
    def identity(self) -> Identity:
        """Its name, and a digest of the answers as revision."""
        return {"kind": "recorded", "name": self._name, "revision": self._digest}

    def answer(self, asks: Sequence[Ask]) -> Iterator[tuple[Ask, Reply]]:
        """Look every ask up; an empty answer is none, with that as its fault.

        Raises:
            UserError: if rows are unknown, doubled or missing, or exchanged options are asked for.
        """
        if any(ask.order != "ab" for ask in asks):
            raise UserError(
                f"{self._path} holds answers to the published order of options; set orders:"
                f" published for {self._name}."
            )
        said = match_answers(self._rows, [ask.question_id for ask in asks], self._path)
        for ask in asks:
            text = said[ask.question_id]
            yield ask, Reply(text) if text.strip() else Reply("", NOTHING)


def load(name: str, settings: Recorded, given: Given) -> RecordedBackend:
    """See `clipblind.contenders.backends.load`; the folder is the file."""
    return RecordedBackend(name, settings, given.folder)


def read_answers(text: str, path: Path) -> list[tuple[str, str]]:
    """The rows of a CSV of answers, as (question id, answer), in their order.

    Args:
        text: of the file.
        path: named in messages.

    Raises:
        UserError: if columns are missing or a row is cut short.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        return _rows(reader, path)
    except csv.Error as error:
        raise UserError(f"{path}, line {reader.line_num} is no CSV ({error}); mend it.") from None


def match_answers(
    rows: Iterable[tuple[str, str]], questions: Iterable[str], path: Path
) -> dict[str, str]:
    """Answers by question id; ids may be the benchmark's own, or bare numbers as MMVP's index.

    Args:
        rows: of `read_answers`, in any order.
        questions: the ids of all questions.
        path: named in messages.

    Raises:
        UserError: if rows are unknown, doubled or missing; an empty answer must have its row.
    """
    known, rows = list(dict.fromkeys(questions)), list(rows)
    ours = our_ids(known)
    if unknown := [given for given, _ in rows if given not in ours]:
        raise UserError(
            f"{path} answers {_shown(unknown)}, which the benchmark has no question for; its ids"
            f" are like {known[0]}."
        )
    counts = Counter(ours[given] for given, _ in rows)
    if twice := [question for question, count in counts.items() if count > 1]:
        raise UserError(f"{path} answers {_shown(twice)} more than once; keep one row for each.")
    if missing := [question for question in known if question not in counts]:
        raise UserError(
            f"{path} has no row for {_shown(missing)}; add one for each, with an empty answer where"
            " there was none."
        )
    return {ours[given]: answer for given, answer in rows}


def our_ids(questions: Sequence[str]) -> dict[str, str]:
    """The ids of a benchmark by what a file may call them: themselves, or the number they end in.

    Where several end in one number, it stands for none of them.
    """
    numbered = [(end[0], id_) for id_ in questions if (end := re.search(r"[0-9]+$", id_))]
    counts = Counter(int(number) for number, _ in numbered)
    alone = {number: id_ for number, id_ in numbered if counts[int(number)] == 1}
    bare = {str(int(number)): id_ for number, id_ in alone.items()}
    return alone | bare | {id_: id_ for id_ in questions}


def _rows(reader: Any, path: Path) -> list[tuple[str, str]]:
    header = [cell.strip().lower() for cell in next(reader, [])]
    if absent := [column for column in COLUMNS if column not in header]:
        shown = ", ".join(filter(None, header))[:100] or "none"
        raise UserError(
            f"{path} has no column {absent[0]!r} (its columns: {shown}); give it the columns"
            " question_id and answer."
        )
    places = [header.index(column) for column in COLUMNS]
    rows = []
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            raise UserError(
                f"{path}, line {reader.line_num} has {len(cells)} cells and not {len(header)}; mend"
                " the row (an answer with commas needs quotes)."
            )
        question_id, answer = (cells[place] for place in places)
        rows.append((question_id.strip(), answer))
    return rows


def _shown(ids: Sequence[str]) -> str:
    more = len(ids) - SHOWN
    return ", ".join(ids[:SHOWN]) + (f" and {more} others" if more > 0 else "")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise UserError(f"{path} is missing; put the recorded answers there.") from None
    except UnicodeDecodeError:
        raise UserError(f"{path} is not UTF-8; save it so.") from None
    except OSError as error:
        raise UserError(f"{path} can't be read: {error.strerror}.") from error
