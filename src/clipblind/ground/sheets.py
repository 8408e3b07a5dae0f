"""The one reader of tables that people hand in: CSV, TSV, JSON lines, workbooks of a spreadsheet.

What a file holds decides how it is read, not its name. What can't be one table is refused in one
sentence with its line: rows that are torn, columns of one name, several sheets.
"""

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any, Final

from clipblind.ground.errors import UserError

LARGEST: Final = 1 << 28  # bytes
UNPACKED: Final = 1 << 30  # bytes of a workbook, which is a zip
SHOWN: Final = 100  # characters of a header or a cell in a message
BOOKS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # .xlsx, .xls
UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
POINTER: Final = b"version https://git-lfs"
SIGNS: Final = {",": "comma", "\t": "tab", ";": "semicolon"}

Row = dict[str, str]
Cells = list[Any]


@dataclass(frozen=True)
class Sheet:
    """A table as it was written.

    Attributes:
        path: where it was read.
        kind: `CSV`, `TSV`, `JSON lines` or `workbook`.
        columns: as written, outer space aside; those without a name are left out.
        rows: column to value, empty rows left out. Values are texts but in JSON, where they are
            what JSON says, and in workbooks: texts, numbers, truth values, dates.
        lines: for each row its line in a text, its row in a workbook.
        is_ended: whether a text ends with a line break, as a file that was written whole does.
    """

    path: Path
    kind: str
    columns: tuple[str, ...]
    rows: tuple[dict[str, Any], ...]
    lines: tuple[int, ...]
    is_ended: bool = True

    def column(self, *names: str) -> str | None:
        """The column that goes by one of these names, the first of them that is there.

        Case and spaces don't count.
        """
        plain = {plain_name(column): column for column in self.columns}
        return next((plain[p] for n in names if (p := plain_name(n)) in plain), None)


def read_table(path: Path) -> Sheet:
    """Read a person's table.

    Args:
        path: CSV (commas, semicolons), TSV, JSON lines, a JSON list of objects, .xlsx or .xls.

    Raises:
        UserError: if the file is missing, empty, too large, cut short as far as that can be seen,
            in another encoding than UTF-8, of several sheets, or names two columns alike.
    """
    data = _bytes(path)
    if data.startswith(BOOKS):
        return _workbook(path, data)
    text = _decoded(path, data)
    begins = text.lstrip()[:1]
    if begins in ("{", "["):
        return _of_objects(path, text, _lines if begins == "{" else _listed)
    return _separated(path, text)


def read_sheet(
    path: Path, columns: Mapping[str, Sequence[str]], optional: Sequence[str] = ()
) -> list[Row]:
    """The wanted columns of a person's table, its rows in their order.

    Case and outer space of column names don't count; columns that aren't asked for are passed over.

    Args:
        path: the file.
        columns: each wanted column with other names that it may go by.
        optional: which of them may be missing; they are empty then.

    Returns:
        For each row the wanted columns' texts.

    Raises:
        UserError: as `read_table` does, or if a column or all rows are missing.
    """
    sheet = read_table(path)
    places = {name: sheet.column(name, *others) for name, others in columns.items()}
    for name, place in places.items():
        if place is None and name not in optional:
            wanted = ", ".join(n for n in columns if n not in optional)
            raise no_column(sheet, name, f"it must be a table with the columns {wanted}")
    require_rows(sheet)
    return [
        {name: "" if at is None else text_of(row.get(at)) for name, at in places.items()}
        for row in sheet.rows
    ]


def require_rows(sheet: Sheet) -> None:
    """Refuse a table without rows.

    Raises:
        UserError: if there are none.
    """
    if not sheet.rows:
        raise UserError(f"{sheet.path} has a header but no rows; fill it.")


def no_column(sheet: Sheet, name: str, cure: str) -> UserError:
    """The sentence for a column that is missing: which there are, and what to do."""
    shown = ", ".join(column.lower() for column in sheet.columns)[:SHOWN] or "none"
    return UserError(f"{sheet.path} has no column {name!r} (its columns: {shown}); {cure}.")


def plain_name(name: str) -> str:
    """A column's name without what doesn't count: case, spaces and underscores between words."""
    return "_".join(name.lower().replace("_", " ").split())


def text_of(value: Any) -> str:
    """A cell as text; whole numbers without a fraction, truth values as spreadsheets show them."""
    if value is None:
        return ""
    if isinstance(value, str):
        # JSON may hold halves of a character, which no file in UTF-8 can
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def mangled(value: Any) -> str:
    """What a spreadsheet may have made of a text, in words; empty if it is likely none.

    A spreadsheet takes (1) for -1, 1 for a number, Yes for TRUE, 1-2 for a date, and keeps nothing
    of what was written.

    Args:
        value: of a cell; of a text that is saved from a spreadsheet, the text.
    """
    text = text_of(value).strip()
    if isinstance(value, date | time | timedelta):
        return f"{text}, a date"
    if isinstance(value, bool) or text in ("TRUE", "FALSE"):
        return f"{text.upper()}, which may have been a word such as Yes"
    if text.startswith("-") and text[1:].removesuffix(".0").isdigit():
        return f"{text}, which may have been ({text[1:].removesuffix('.0')})"
    if text.startswith("#") and text.rstrip("!?").isupper():
        return f"{text}, an error of a formula"
    return ""


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise UserError(f"{path} is missing; name a table that is there.") from None
    except OSError as error:
        said = (error.strerror or str(error)).lower()
        raise UserError(f"{path} can't be read ({said}); name a CSV.") from None
    if not data.strip():
        raise UserError(f"{path} is empty; it must be a table with a header and rows.")
    if len(data) > LARGEST:
        raise UserError(f"{path} is larger than {LARGEST >> 20} MiB; name another file.")
    if data.startswith(POINTER):
        raise UserError(
            f"{path} is a pointer of Git LFS in place of the table; run `git lfs pull` there."
        )
    return data


def _decoded(path: Path, data: bytes) -> str:
    if data.startswith(UTF16):
        raise UserError(
            f"{path} is text in UTF-16, as spreadsheets save their Unicode text; save it as a CSV"
            " in UTF-8."
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        cut = error.reason == "unexpected end of data"
        said = "ends amid a character, so it is cut short" if cut else f"is not UTF-8 (line {line})"
        cure = "get the whole file" if cut else "save it as text in UTF-8"
        raise UserError(f"{path} {said}; {cure}.") from None
    if "\0" in text:
        raise UserError(
            f"{path} is no table, for it holds zero bytes, as text in UTF-16 does; save it as a CSV"
            " in UTF-8."
        )
    return text


def _separated(path: Path, text: str) -> Sheet:
    """CSV and its like. The header says which sign stands between cells."""
    csv.field_size_limit(LARGEST)  # of the process; its own limit is 128 KiB a cell
    sign = _sign(path, text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=sign, strict=True)
    rows, lines = list[Cells](), list[int]()
    try:
        header = next(reader, [])
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            spare = cells[len(header) :]
            if len(cells) < len(header) or any(cell.strip() for cell in spare):
                raise UserError(
                    f"{path}, line {reader.line_num}, has {len(cells)} cells where its header has"
                    f" {len(header)}: it is cut short, or a text with a {SIGNS[sign]} or a line"
                    " break lacks its quotes; mend it."
                )
            rows.append(cells)
            lines.append(reader.line_num)
    except csv.Error as error:
        said = "a quote is never closed, so it may be cut short" if _is_end(error) else str(error)
        raise UserError(f"{path}, line {reader.line_num}, is no CSV ({said}); mend it.") from None
    kind = "TSV" if sign == "\t" else "CSV"
    return _sheet(path, kind, header, rows, lines, text.endswith(("\n", "\r")))


def _is_end(error: csv.Error) -> bool:
    return "unexpected end of data" in str(error)


def _sign(path: Path, text: str) -> str:
    """What stands between the header's cells: what the file's name promises, if it is there."""
    header = text.split("\n", 1)[0]
    promised = "\t" if path.suffix.lower() in (".tsv", ".tab") else ","
    return next((sign for sign in (promised, *SIGNS) if sign in header), promised)


def _of_objects(path: Path, text: str, objects: Any) -> Sheet:
    columns, rows, lines = dict[str, None](), list[dict[str, Any]](), list[int]()
    for line, row in objects(path, text):
        if not isinstance(row, dict):
            raise UserError(f"{path}, line {line}, is no JSON object; write one for each row.")
        rows.append({name.strip(): value for name, value in row.items()})
        columns |= dict.fromkeys(rows[-1])
        lines.append(line)
    _require_unlike(path, list(columns))
    ended = text.endswith(("\n", "\r"))
    return Sheet(path, "JSON lines", tuple(columns), tuple(rows), tuple(lines), ended)


def _lines(path: Path, text: str) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                yield number, json.loads(line, object_pairs_hook=_object)
            except (ValueError, RecursionError) as error:
                raise UserError(
                    f"{path}, line {number}, is no whole JSON object ({_shortly(error)}): it is cut"
                    " short or damaged; mend it."
                ) from None


def _listed(path: Path, text: str) -> Iterator[tuple[int, Any]]:
    try:
        whole = json.loads(text, object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        raise UserError(
            f"{path} is no whole JSON list ({_shortly(error)}): it is cut short or damaged; mend"
            " it."
        ) from None
    yield from enumerate(whole, 1)


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    row = dict(pairs)
    if len(row) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"it names {twice!r} twice")
    return row


def _shortly(error: Exception) -> str:
    return str(error).split(": line ", 1)[0][:SHOWN].lower() or "nested too deeply"


def _workbook(path: Path, data: bytes) -> Sheet:
    """The only sheet of a workbook that holds anything."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        _require_small(path, data)
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        filled = {n: c for n in book.sheet_names if (c := _grid(book.get_sheet_by_name(n)))}
    except (CalamineError, zipfile.BadZipFile, OSError, ValueError) as error:
        raise UserError(
            f"{path} can't be read as a workbook ({_shortly(error)}): it is cut short, damaged or"
            " locked; save it anew, or as CSV in UTF-8."
        ) from None
    if len(filled) > 1:
        raise UserError(
            f"{path} holds several sheets ({', '.join(filled)}); save the one that is meant in a"
            " file of its own."
        )
    if not filled:
        raise UserError(f"{path} is empty; it must be a table with a header and rows.")
    header, *rows = next(iter(filled.values()))
    kept = [(at, cells) for at, cells in enumerate(rows, 2) if any(_is_filled(c) for c in cells)]
    names = [text_of(cell) for cell in header]
    return _sheet(path, "workbook", names, [c for _, c in kept], [at for at, _ in kept])


def _grid(sheet: Any) -> list[Cells]:
    """All cells of a sheet; none where all are empty."""
    grid: list[Cells] = sheet.to_python(skip_empty_area=True)
    return grid if any(_is_filled(cell) for cells in grid for cell in cells) else []


def _is_filled(cell: Any) -> bool:
    return bool(text_of(cell).strip())


def _require_small(path: Path, data: bytes) -> None:
    if not data.startswith(BOOKS[0]):
        return
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        size = sum(part.file_size for part in packed.infolist())
    if size > UNPACKED:
        raise UserError(f"{path} unpacks to more than {UNPACKED >> 20} MiB; save it as CSV.")


def _sheet(
    path: Path,
    kind: str,
    header: Iterable[str],
    rows: Iterable[Cells],
    lines: Iterable[int],
    is_ended: bool = True,
) -> Sheet:
    names = [name.strip() for name in header]
    _require_unlike(path, names)
    named = [
        {name: cell for name, cell in zip(names, cells, strict=False) if name} for cells in rows
    ]
    columns = tuple(name for name in names if name)
    return Sheet(path, kind, columns, tuple(named), tuple(lines), is_ended)


def _require_unlike(path: Path, names: Sequence[str]) -> None:
    """Refuse two columns of one name: which of them is meant, nobody can say."""
    first: dict[str, tuple[int, str]] = {}
    for at, name in enumerate(names, 1):
        before, written = first.setdefault(plain_name(name), (at, name))
        if name and before != at:
            raise UserError(
                f"{path} has two columns of one name, {written!r} (column {before}) and {name!r}"
                f" (column {at}); keep the one that is meant, or rename the other."
            )
