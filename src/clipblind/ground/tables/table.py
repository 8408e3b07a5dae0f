"""The schema of every table on disk; reading and writing check it.

A table is a polars frame in Parquet (`.parquet`), Arrow (`.arrow`) or, for small results that
people and git read, CSV. Every row is keyed by ids; nothing is joined by position.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from clipblind.ground.errors import UserError
from clipblind.ground.files import atomic_path

CSV_DIGITS = 6


@dataclass(frozen=True)
class Table:
    """A named set of typed columns.

    Attributes:
        name: used in messages.
        columns: column name to data type, in the order on disk.
        later: columns that tables written by earlier versions lack; read as empty there.
    """

    name: str
    columns: Mapping[str, pl.DataType | type[pl.DataType]]
    later: tuple[str, ...] = ()

    def write(self, frame: pl.DataFrame, path: Path) -> None:
        """Write a frame atomically, its columns in the table's order.

        Raises:
            ValueError: if columns or types differ from the table's (a fault of the program).
        """
        ordered = frame.select(list(self.columns))
        self._check(ordered, path, ValueError)
        with atomic_path(path) as partial:
            if path.suffix == ".parquet":
                ordered.write_parquet(partial, compression="zstd")
            elif path.suffix == ".arrow":
                ordered.write_ipc(partial)
            else:
                ordered.write_csv(partial, float_precision=CSV_DIGITS)

    def read(self, path: Path) -> pl.DataFrame:
        """Read a frame.

        Raises:
            UserError: if the file is missing, cut short or of another table.
        """
        frame = self._filled(read_frame(path, self.columns))
        self._check(frame, path, UserError)
        return frame.select(list(self.columns))

    def read_all(self, paths: Sequence[Path]) -> pl.DataFrame:
        """Read several files as one frame, in their order.

        Raises:
            UserError: as `read` does.
        """
        return pl.concat([self.read(path) for path in paths])

    def _filled(self, frame: pl.DataFrame) -> pl.DataFrame:
        missing = [name for name in self.later if name not in frame.columns]
        empty = [
            pl.lit("" if self.columns[name] == pl.String else None, self.columns[name]).alias(name)
            for name in missing
        ]
        return frame.with_columns(empty)

    def _check(self, frame: pl.DataFrame, path: Path, error: type[Exception]) -> None:
        for column, wanted in self.columns.items():
            found = frame.schema.get(column)
            if found != wanted:
                raise error(
                    f"{path} is no table of {self.name}: {column} is {found}, not {wanted}."
                )


def write_csv(frame: pl.DataFrame, path: Path) -> None:
    """Write a frame as CSV, atomically, floats with six digits."""
    with atomic_path(path) as partial:
        frame.write_csv(partial, float_precision=CSV_DIGITS)


def read_frame(
    path: Path, columns: Mapping[str, pl.DataType | type[pl.DataType]] | None = None
) -> pl.DataFrame:
    """Read Parquet, Arrow or CSV by its suffix.

    Raises:
        UserError: if the file is missing or can't be read.
    """
    try:
        if path.suffix == ".parquet":
            return pl.read_parquet(path, glob=False)
        if path.suffix == ".arrow":
            return pl.scan_ipc(path, glob=False).collect()
        data = path.read_bytes()
        _require_whole(path, data)
        return pl.read_csv(data, schema_overrides=dict(columns or {}))
    except FileNotFoundError:
        raise UserError(f"{path} is missing; run the rule that makes it.") from None
    except (pl.exceptions.PolarsError, OSError) as error:
        said = " ".join(str(error).split())
        raise UserError(
            f"{path} can't be read ({said[:120]}); it is damaged or cut short:"
            " delete it and run again."
        ) from error


def _require_whole(path: Path, data: bytes) -> None:
    """Refuse a CSV that is cut short: every line of ours ends, and has all its cells.

    Polars fills what a cut row lacks with nulls.
    """
    fault = "" if data.endswith(b"\n") else "its last line has no end"
    try:
        csv.field_size_limit(max(csv.field_size_limit(), len(data)))
        rows = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
        width = len(next(rows, []))
        if short := next((rows.line_num for row in rows if row and len(row) != width), 0):
            fault = fault or f"line {short} has not the {width} cells of its header"
    except (csv.Error, UnicodeDecodeError) as error:
        fault = fault or str(error)
    if fault:
        raise UserError(
            f"{path} can't be read ({fault}); it is damaged or cut short: delete it and run again."
        )
