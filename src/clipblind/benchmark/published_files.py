"""Reading a benchmark as somebody published it: its table, its folders of numbered images.

Copies differ in spelling (byte-order marks, `lndex`, underscores for spaces), which is put up with,
and some are cut short or were cloned without their images, which is refused with what is missing.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Final

from clipblind.ground.errors import UserError
from clipblind.ground.files import read_bytes
from clipblind.ground.images import Undecodable
from clipblind.ground.sheets import no_column, read_table, text_of
from clipblind.pools.checking import prove

FILE: Final = "Questions.csv"
SUFFIXES: Final = (".jpg", ".jpeg", ".png")  # the published one first
NUMBER: Final = re.compile(r"[0-9]{1,9}")
POINTER: Final = b"version https://git-lfs"
ROWS: Final = "rows"
SHOWN: Final = 8  # of what is missing, ranges of numbers

Row = dict[str, str]


def read_rows(
    folder: Path, columns: Mapping[str, tuple[str, ...]], number: str
) -> dict[int, tuple[str, ...]]:
    """The rows of a folder's `Questions.csv` by their own numbers, in numeric order.

    Args:
        folder: of the benchmark, as published.
        columns: column to other spellings of it; spaces and case never count.
        number: which of them numbers the rows.

    Returns:
        The other columns' texts, in the order of `columns`, each with single spaces.

    Raises:
        UserError: if the table is missing, is no such table, or repeats a number.
    """
    path = folder / FILE
    rows: dict[int, tuple[str, ...]] = {}
    repeated = Counter[int]()
    for line, row in _records(path, columns):
        index = row.pop(number)
        if not NUMBER.fullmatch(index):
            raise UserError(
                f"{path}, line {line}: {number} is {index[:40]!r}, no whole number; get"
                " another copy."
            )
        repeated[int(index)] += 1
        rows[int(index)] = tuple(row.values())
    if twice := [index for index, count in repeated.items() if count > 1]:
        raise UserError(f"{path} repeats {number} {spell(twice)}; get another copy.")
    return dict(sorted(rows.items()))


def require_numbers(path: Path, found: Iterable[int], wanted: int, what: str) -> None:
    """Refuse a table or folder that lacks some of the numbers from 1, or has others.

    Raises:
        UserError: which are missing, or which are too many.
    """
    expected, had = set(range(1, wanted + 1)), set(found)
    if missing := expected - had:
        odd = ", an odd number where two make a pair" if what == ROWS and len(had) % 2 else ""
        raise UserError(
            f"{path} has {len(had & expected)} of {wanted} {what}{odd}: {spell(missing)}"
            f" {'is' if len(missing) == 1 else 'are'} missing; get a whole copy."
        )
    if extra := had - expected:
        raise UserError(
            f"{path} has {what} that are not among the {wanted} published: {spell(extra)}; get"
            " another copy."
        )


def find_folder(parent: Path, *names: str) -> Path:
    """A folder by any of its names, whatever the case and with underscores or spaces.

    Raises:
        UserError: if there is none.
    """
    wanted = {_plain(name): rank for rank, name in reversed([*enumerate(names)])}
    found = [path for path in sorted(parent.iterdir()) if path.is_dir()]
    known = [path for path in found if _plain(path.name) in wanted]
    if not known:
        beside = ", ".join(path.name for path in found) or "none at all"
        raise UserError(
            f"{parent} has no folder {names[0]!r} of images (its folders: {beside}); get a whole"
            " copy."
        )
    return min(known, key=lambda path: wanted[_plain(path.name)])


def number_images(folder: Path) -> dict[int, Path]:
    """The images of a folder by the numbers that they are named by."""
    found: dict[int, Path] = {}
    for suffix in SUFFIXES:
        for path in sorted(folder.iterdir()):
            if path.suffix.lower() == suffix and NUMBER.fullmatch(path.stem):
                found.setdefault(int(path.stem), path)
    return found


def read_image(path: Path) -> bytes:
    """An encoded image that can be decoded.

    Raises:
        UserError: if it can't.
    """
    try:
        data = read_bytes(path, path.stat().st_size)
        if data.startswith(POINTER):
            raise UserError(
                f"{path} is a pointer of Git LFS in place of the image; run `git lfs pull` there,"
                " or get the files another way."
            )
        prove(data)
    except OSError as error:
        raise UserError(f"{path} can't be read: {error.strerror}.") from error
    except ValueError as error:
        raise UserError(f"{path} can't be read: {error}.") from error
    except Undecodable as error:
        raise UserError(f"{path} can't be used ({error}); get a whole copy.") from error
    return data


def spell(numbers: Iterable[int]) -> str:
    """Numbers in words: `3, 7 to 9 and 12`; of many ranges, the first few and how many in all."""
    ordered = sorted(numbers)
    starts = [ordered[0], *(b for a, b in pairwise(ordered) if b - a > 1)]
    ends = [*(a for a, b in pairwise(ordered) if b - a > 1), ordered[-1]]
    ranges = [
        str(a) if a == b else f"{a} to {b}" if b - a > 1 else f"{a}, {b}"
        for a, b in zip(starts, ends, strict=True)
    ]
    if len(ranges) > SHOWN:
        return f"{', '.join(ranges[:SHOWN])} and others ({len(ordered)} in all)"
    *first, last = ", ".join(ranges).split(", ")
    return f"{', '.join(first)} and {last}" if first else last


def _records(path: Path, columns: Mapping[str, tuple[str, ...]]) -> Iterable[tuple[int, Row]]:
    """Line numbers and rows, blank lines left out."""
    if not path.parent.is_dir():
        raise UserError(f"There is no folder {path.parent}; get the benchmark, or name its folder.")
    sheet = read_table(path)
    places = {}
    for column, others in columns.items():
        place = sheet.column(column, *others)
        if place is None:
            raise no_column(sheet, column, "get the published table")
        places[column] = place
    for line, row in zip(sheet.lines, sheet.rows, strict=True):
        yield line, {c: " ".join(text_of(row.get(p)).split()) for c, p in places.items()}


def _plain(name: str) -> str:
    return "".join(name.lower().replace("_", " ").split())
