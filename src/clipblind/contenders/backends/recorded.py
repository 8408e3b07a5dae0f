"""Answers that were taken by hand or by others, from a file in any layout that is known here."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar, Final

from clipblind.contenders.answer_files import PUBLISHED, Asked, match_answers, read_answers
from clipblind.contenders.protocol import NOT_RECORDED, Ask, Given, Identity, Keep, Reply
from clipblind.ground.errors import UserError
from clipblind.ground.files import digest
from clipblind.study.settings.contenders import Recorded

NOTHING: Final = "no answer was recorded"


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
        self._file = read_answers(self._path)
        said = (part for row in self._file.rows for part in (row.id, row.order, row.answer))
        self._digest = digest(self._file.layout, *said)

    @property
    def identity(self) -> Identity:
        """Its name, and a digest of the answers as revision."""
        return {"kind": "recorded", "name": self._name, "revision": self._digest}

    def answer(self, asks: Sequence[Ask]) -> Iterator[tuple[Ask, Reply]]:
        """Look every ask up; an empty answer is none, with that as its fault.

        A question that the file has no row for was never put to them: its fault says so, and it is
        left out of their scores.

        Raises:
            UserError: if rows are unknown or doubled, or exchanged options are asked for.
        """
        if any(ask.order != PUBLISHED for ask in asks):
            raise UserError(
                f"{self._path} holds answers to the published order of options; set orders:"
                f" published for {self._name}."
            )
        matched = match_answers(self._file, {ask.question_id: Asked(ask.text) for ask in asks})
        print(f"{self._path} is read as {self._file.layout}.", file=sys.stderr)
        for note in matched.notes:
            print(f"{self._path}: {note}.", file=sys.stderr)
        said = matched.answers[PUBLISHED]
        for ask in asks:
            text = said.get(ask.question_id)
            if text is None:
                yield ask, Reply("", NOT_RECORDED)
            else:
                yield ask, Reply(text) if text.strip() else Reply("", NOTHING)


def load(name: str, settings: Recorded, given: Given) -> RecordedBackend:
    """See `clipblind.contenders.backends.load`; the folder is the file."""
    return RecordedBackend(name, settings, given.folder)
