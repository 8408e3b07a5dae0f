"""CSV files that people hand in: found columns, whole rows, and one clear sentence where not."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from clipblind.ground.errors import UserError

LARGEST: Final = 1 << 28  # bytes
SHOWN: Final = 100  # characters of a header in a message

Row = dict[str, str]


def read_sheet(
    path: Path, columns: Mapping[str, Sequence[str]], optional: Sequence[str] = ()
) -> list[Row]:
    """The rows of a CSV in UTF-8, in their order, empty lines left out.

    Case and outer space of column names don't count; columns that aren't asked for are passed over.

    Args:
        path: the file.
        columns: each wanted column with other names that it may go by.
        optional: which of them may be missing; they are empty then.

    Returns:
        For each row the wanted columns' texts.

    Raises:
        UserError: if the file is missing, empty, no CSV in UTF-8, lacks a column, or has a row of
            more or fewer cells than its header.
    """
    reader = csv.reader(io.StringIO(_text(path), newline=""), strict=True)
    try:
        header = [cell.strip().lower() for cell in next(reader, [])]
        places = _places(path, header, columns, optional)
        rows = []
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                raise UserError(
                    f"{path}, line {reader.line_num}, has {len(cells)} cells where its header has"
                    f" {len(header)}; put texts with commas or line breaks in quotes."
                )
            rows.append({name: "" if at is None else cells[at] for name, at in places.items()})
    except csv.Error as error:
        raise UserError(f"{path}, line {reader.line_num}, is no CSV ({error}); mend it.") from None
    if not rows:
        raise UserError(f"{path} has a header but no rows; fill it.")
    return rows


def _places(
    path: Path, header: list[str], columns: Mapping[str, Sequence[str]], optional: Sequence[str]
) -> dict[str, int | None]:
    places: dict[str, int | None] = {}
    for name, others in columns.items():
        found = [header.index(n.lower()) for n in (name, *others) if n.lower() in header]
        if not found and name not in optional:
            shown = ", ".join(filter(None, header))[:SHOWN] or "none"
            wanted = ", ".join(n for n in columns if n not in optional)
            raise UserError(
                f"{path} has no column {name!r} (its columns: {shown}); it must be a CSV with the"
                f" columns {wanted}."
            )
        places[name] = found[0] if found else None
    return places


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise UserError(f"{path} is missing; name a CSV that is there.") from None
    except OSError as error:
        said = (error.strerror or str(error)).lower()
        raise UserError(f"{path} can't be read ({said}); name a CSV.") from None
    if not data.strip():
        raise UserError(f"{path} is empty; it must be a CSV with a header and rows.")
    if len(data) > LARGEST:
        raise UserError(f"{path} is larger than {LARGEST >> 20} MiB; name another file.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UserError(f"{path} is no text in UTF-8; save it as a CSV in UTF-8.") from None
    if "\0" in text:
        raise UserError(f"{path} is no CSV, for it holds zero bytes; save it as a CSV in UTF-8.")
    return text
