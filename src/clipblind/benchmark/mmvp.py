"""MMVP as published: `Questions.csv` beside a folder of images, or its layout with own questions.

Pair p is rows 2p - 1 and 2p, with one question and opposite answers. Rows go by their index, in
numeric order; images by the number in their name. Position joins nothing: other copies list images
as 1, 10, 100, 101.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import polars as pl

from clipblind.benchmark.ids import index_of
from clipblind.benchmark.labels import asks_as_mmvp
from clipblind.benchmark.published_files import (
    FILE,
    ROWS,
    find_folder,
    number_images,
    read_image,
    read_rows,
    require_numbers,
)
from clipblind.ground.errors import UserError
from clipblind.ground.files import digest as digest_of
from clipblind.ground.tables.benchmark import QUESTIONS
from clipblind.ground.tables.pool import LISTED
from clipblind.printed import table

NAME: Final = "mmvp"
IMAGES: Final = ("MMVP Images", "Images")
# some copies begin the first column's name with a small L
COLUMNS: Final = {"Index": ("lndex",), "Question": (), "Options": (), "Correct Answer": ("Answer",)}
OPTIONS: Final = re.compile(r"\(a\) ?(?P<a>.+?) ?\(b\) ?(?P<b>.+)", re.IGNORECASE)
ANSWER: Final = re.compile(r"\(?([ab])\)?", re.IGNORECASE)
DIGITS: Final = 3  # of the numbers in ids, at least

Labels = Literal["original", "corrected"]


@dataclass(frozen=True)
class Row:
    """One row of `Questions.csv`; `options` as written, `answer` "a" or "b"."""

    question: str
    options: str
    option_a: str
    option_b: str
    answer: str


@dataclass(frozen=True)
class MmvpFolder:
    """A folder that was read.

    Attributes:
        questions: the table `QUESTIONS`; nobody published which pattern a question shows, so
            `pattern` is empty.
        images: the table `LISTED`, one row a question; empty if images weren't asked for.
        digest: of the rows as they are written, white space aside.
        unpaired: why its questions make no pairs (`pair_id` is null then); empty if they do.
    """

    questions: pl.DataFrame
    images: pl.DataFrame
    digest: str
    unpaired: str = ""


def read_mmvp(
    folder: Path,
    *,
    images: bool = True,
    count: int | None = None,
    labels: Labels = "original",
    digest: str = "",
    name: str = NAME,
    alone: bool = False,
) -> MmvpFolder:
    """Read MMVP, or another benchmark in its layout.

    Args:
        folder: holds `Questions.csv` and, if images are asked for, `MMVP Images`.
        images: whether the images must be there, one for each row, and decode.
        count: pairs that there must be; none: any number.
        labels: as published, or with the corrections of MMVP's issues 14 and 30, which swap two
            pairs.
        digest: what the rows' digest must be; empty: not checked.
        name: what the benchmark goes by in results; ids begin with it.
        alone: whether a benchmark without opposite pairs (POPE, say) is read, too: one where fewer
            than half of rows 2p - 1 and 2p ask one question with opposite answers.

    Raises:
        UserError: if the copy is partial (what is missing), wrong, or another one than `digest`
            says.
    """
    path = folder / FILE
    rows, unpaired = _read(path, count, alone)
    if not unpaired:
        _check_pairs(path, rows)
    own = digest_of(*(cell for index, row in rows.items() for cell in _cells(index, row)))
    if digest and digest != own:
        raise UserError(
            f"{path} is another copy of MMVP than the one expected (its digest is {own}, not"
            f" {digest}); get that one, or set benchmark.{name}.digest={own} to use yours."
        )
    answers = {index: row.answer for index, row in rows.items()}
    if labels == "corrected":
        answers |= _corrections(path, _table(rows, answers, name), name)
    listed = _list_images(folder, list(rows), name) if images else []
    questions = _table(rows, answers, name, is_paired=not unpaired)
    images_of = pl.DataFrame(listed, schema=dict(LISTED.columns), orient="row")
    return MmvpFolder(questions, images_of, own, unpaired)


def _read(path: Path, count: int | None, alone: bool) -> tuple[dict[int, Row], str]:
    """The rows by their index, and why they make no pairs."""
    written = read_rows(path.parent, COLUMNS, "Index")
    if not written:
        raise UserError(f"{path} has no rows; get a whole copy.")
    unpaired = _unpaired(written) if alone and not count else ""
    odd = 0 if unpaired else len(written) % 2
    require_numbers(path, written, 2 * count if count else len(written) + odd, ROWS)
    rows = {}
    for index, (question, options, answer) in written.items():
        both, letter = OPTIONS.fullmatch(options), ANSWER.fullmatch(answer)
        if not both:
            raise UserError(f"{path}: the options of row {index} don't read '(a) X (b) Y'.")
        if not letter:
            raise UserError(f"{path}: the answer of row {index} is {answer!r}, not (a) or (b).")
        rows[index] = Row(question, options, both["a"], both["b"], letter[1].lower())
    return rows, unpaired


def _unpaired(written: Mapping[int, tuple[str, ...]]) -> str:
    couples = len(written) // 2
    opposite = 0
    for index in range(1, 2 * couples, 2):
        first, second = written.get(index, ()), written.get(index + 1, ())
        opposite += bool(first) and first[:2] == second[:2] and first[2] != second[2]
    if couples and 2 * opposite >= couples:
        return ""
    return (
        f"{opposite} of {couples} couples of rows (1 and 2, 3 and 4, ...) ask one question with"
        " opposite answers, so only single questions are scored"
    )


def _check_pairs(path: Path, rows: Mapping[int, Row]) -> None:
    for index in range(1, len(rows), 2):
        first, second = rows[index], rows[index + 1]
        if (first.question, first.options) != (second.question, second.options):
            fault = "ask different questions, or with different options"
        elif first.answer == second.answer:
            fault = f"have the same answer, ({first.answer})"
        else:
            continue
        raise UserError(
            f"{path}: rows {index} and {index + 1} are a pair, but {fault}; only one question with"
            " opposite answers on two images can be asked so far: get another copy, or mend it."
        )


def _cells(index: int, row: Row) -> tuple[str, ...]:
    return (str(index), row.question, row.options, f"({row.answer})")


def _corrections(path: Path, questions: pl.DataFrame, name: str) -> dict[int, str]:
    """The answers that other people found to be swapped; refused where they seem mended."""
    if not asks_as_mmvp(questions):
        raise UserError(
            f"{path} asks other questions than MMVP, so the corrections of its labels are not for"
            f" it; set benchmark.{name}.labels=original."
        )
    answers = dict(zip(index_of(questions) or (), questions["answer"], strict=True))
    corrected = {}
    wanted = table("mmvp_label_corrections").select("Index", "original", "corrected")
    for index, original, mended in wanted.iter_rows():
        if f"({answers.get(index)})" != original:
            raise UserError(
                f"{path}: row {index} is not answered {original}, as it was published, so its"
                f" correction doesn't apply; set benchmark.{name}.labels=original for this copy."
            )
        corrected[index] = mended.strip("()")
    return corrected


def _table(
    rows: Mapping[int, Row], answers: Mapping[int, str], name: str, is_paired: bool = True
) -> pl.DataFrame:
    """One question a row.

    MMVP answers (a) to every odd index, so ids with the index in them tell the answer. They key
    tables alone: no model and no judge is ever shown one.
    """
    ids = _ids(name, rows)
    made = [
        {
            "question_id": ids[index],
            "pair_id": _pair_id(ids, index) if is_paired else None,
            "benchmark": name,
            "pattern": "",
            "image_id": ids[index],
            "question": row.question,
            "option_a": row.option_a,
            "option_b": row.option_b,
            "answer": answers[index],
        }
        for index, row in rows.items()
    ]
    return pl.DataFrame(made, schema=dict(QUESTIONS.columns))


def _pair_id(ids: Mapping[int, str], index: int) -> str:
    first = index - (index + 1) % 2
    return f"{ids[first]}-{ids[first + 1].rpartition('/')[2]}"


def _list_images(
    folder: Path, indices: list[int], name: str
) -> list[tuple[str, str, str, str, int, int, str]]:
    place = find_folder(folder, *IMAGES)
    numbered = number_images(place)
    require_numbers(place, numbered.keys() & set(indices), len(indices), "images")
    return [
        (id_, name, str(numbered[index]), "", -1, len(read_image(numbered[index])), "")
        for index, id_ in _ids(name, indices).items()
    ]


def _ids(name: str, indices: Iterable[int]) -> dict[int, str]:
    """Ids of one width, so that texts sort as numbers do."""
    indices = list(indices)
    width = max(DIGITS, len(str(max(indices, default=0))))
    return {index: f"{name}/{index:0{width}}" for index in indices}
