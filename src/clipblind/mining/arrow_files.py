"""Columns of people's own tables, in Parquet or Arrow, whoever wrote them.

They are read by Arrow's own library: polars refuses a whole table for one column of a type that it
lacks. Only the columns that are asked for are decoded.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

import polars as pl
import pyarrow as pa
from pyarrow import ipc, parquet

from clipblind.ground.errors import UserError
from clipblind.ground.files import require_file

SUFFIXES: Final = (".parquet", ".pq", ".arrow", ".feather", ".ipc")
# how files begin
PARQUET: Final = b"PAR1"
ARROW: Final = b"ARROW1"
FEATHER_1: Final = b"FEA1"
SAID: Final = 120  # letters of the library's words


def schema_of(path: Path) -> pa.Schema:
    """Names and types of a table's columns; nothing is decoded.

    Raises:
        UserError: if it is missing, damaged or of another kind.
    """
    with _opened(path) as (file, begins):
        if begins.startswith(PARQUET):
            return parquet.ParquetFile(file).schema_arrow
        is_file = begins.startswith(ARROW)
        return (ipc.open_file(file) if is_file else ipc.open_stream(file)).schema


def read_columns(path: Path, names: list[str]) -> pl.DataFrame:
    """Some columns of a table, in its order; extension types and categories as what they hold.

    Args:
        path: Parquet, or Arrow as a file (Feather) or as a stream; what it is shows in its bytes.
        names: of columns that occur once.

    Raises:
        UserError: if it is missing, damaged or of another kind.
    """
    schema = schema_of(path)
    places = [place for place, name in enumerate(schema.names) if name in names]
    with _opened(path) as (file, begins):
        if begins.startswith(PARQUET):
            table = parquet.ParquetFile(file).read(columns=names, use_threads=False)
        else:
            options = ipc.IpcReadOptions(included_fields=places, use_threads=False)
            opened = ipc.open_file if begins.startswith(ARROW) else ipc.open_stream
            table = opened(file, options=options).read_all()
        columns = {name: table.column(name) for name in table.column_names if name in names}
        return pl.DataFrame([_series(name, column) for name, column in columns.items()])


def plain(kind: pa.DataType) -> pa.DataType:
    """The type of what a column holds, without what wraps it."""
    if isinstance(kind, pa.BaseExtensionType):
        return plain(kind.storage_type)
    return plain(kind.value_type) if pa.types.is_dictionary(kind) else kind


def is_list(kind: pa.DataType) -> bool:
    """Whether a column holds lists. Of views Arrow 26 makes damaged lists, so they are none."""
    tests = ("list", "large_list", "fixed_size_list")
    return any(getattr(pa.types, f"is_{test}")(kind) for test in tests)


def is_name(kind: pa.DataType) -> bool:
    """Whether a column holds texts or integers."""
    tests = ("string", "large_string", "string_view", "integer")
    return any(getattr(pa.types, f"is_{test}")(kind) for test in tests)


def _series(name: str, column: pa.ChunkedArray) -> pl.Series:
    kind = plain(column.type)
    column = column if column.type == kind else column.cast(kind)
    # an empty one without chunks has no type for polars
    empty = pa.array([], kind)
    return pl.Series(name, pl.from_arrow(column if column.num_chunks else empty))


@contextmanager
def _opened(path: Path) -> Iterator[tuple[IO[bytes], bytes]]:
    """The file and its first bytes; what the library raises as one sentence."""
    require_file(path)
    try:
        with path.open("rb") as file:
            begins = file.read(len(ARROW))
            file.seek(0)
            if begins.startswith(FEATHER_1):
                raise UserError(
                    f"{path} is of Feather's first version, which Arrow no longer writes; write it"
                    " anew, as Parquet."
                )
            yield file, begins
    # some of the library's own are ValueErrors, some are KeyErrors
    except (pa.ArrowException, OSError, ValueError, LookupError) as error:
        said = " ".join(str(error).split())[:SAID]
        raise UserError(f"{path} can't be read ({said}); it is damaged or cut short.") from None
