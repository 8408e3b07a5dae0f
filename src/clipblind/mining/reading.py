"""Embeddings of people's own: arrays, and tables of any writer, with or without ids."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
import pyarrow as pa

from clipblind.ground.errors import UserError
from clipblind.ground.files import require_file
from clipblind.ground.vectors import UNIT_TOLERANCE
from clipblind.mining.arrow_files import (
    SAID,
    SUFFIXES,
    is_list,
    is_name,
    plain,
    read_columns,
    schema_of,
)

ARRAY: Final = ".npy"
TABLES: Final = SUFFIXES
WANTED: Final = ".npy, .parquet or .arrow is wanted"
VECTORS: Final = "embedding"
IDS: Final = ("image_id", "id")  # these come first where several columns would do
CHUNK: Final = 65536
HIDDEN: Final = (".", "_", "cache-")  # of a folder of parts: notes and caches of who wrote it


@dataclass(frozen=True)
class Embeddings:
    """What a file holds.

    Attributes:
        path: where from.
        columns: of texts or integers, each unique in every row, by preference; none if the file
            holds nothing but vectors.
        rows: float32 `[N, D]`, of unit norm.
    """

    path: Path
    columns: tuple[pl.Series, ...]
    rows: np.ndarray

    @property
    def ids(self) -> pl.Series | None:
        """The first column that tells rows apart."""
        return next(iter(self.columns), None)


def read_file(path: Path, *, normalise: bool = False) -> Embeddings:
    """Read embeddings.

    `.npy`: an array [N, D]. Tables: one column of lists of numbers, and every column of texts or
    integers that may be ids. A folder: its parts, `part-2` before `part-10`. Half precision is
    always normalised again.

    Args:
        path: the file, or a folder of files of one kind.
        normalise: divide rows by their norms, where they are not 1.

    Raises:
        UserError: if it is missing, damaged, of another shape, rows are not of unit norm, or a
            table with further columns has none that tells its rows apart.
    """
    parts = _parts(path) if path.is_dir() and path.suffix != ARRAY else [path]
    columns: tuple[pl.Series, ...] = ()
    if parts[0].suffix == ARRAY:
        rows = _joined(path, parts)
    elif parts[0].suffix in TABLES:
        columns, rows = _table(path, parts)
    else:
        raise UserError(f"{path} is of no known kind: {WANTED}.")
    if rows.ndim != 2 or rows.dtype.kind != "f" or (len(rows) and not rows.shape[1]):
        raise UserError(
            f"{path} holds {rows.dtype} of shape {list(rows.shape)}; rows [N, D] of floating-point"
            " numbers are wanted."
        )
    return Embeddings(path, columns, _unit(rows, path, normalise or rows.dtype == np.float16))


def _parts(folder: Path) -> list[Path]:
    found = [path for path in folder.rglob("*") if path.suffix in (ARRAY, *TABLES)]
    parts = [path for path in found if not path.name.startswith(HIDDEN)]
    kinds = sorted({path.suffix for path in parts})
    if len(kinds) != 1:
        held = f"parts of several kinds, {', '.join(kinds)}" if kinds else "no parts"
        raise UserError(f"The folder {folder} holds {held}: {WANTED}, and of one kind.")
    return sorted(parts, key=lambda path: _natural(path.relative_to(folder).as_posix()))


def _natural(name: str) -> list[tuple[str, int]]:
    return [(text, int(number or -1)) for text, number in re.findall(r"(\D*)(\d*)", name)]


def _joined(path: Path, parts: list[Path]) -> np.ndarray:
    if parts == [path]:
        return _array(path)
    try:
        return np.concatenate([_array(part) for part in parts])
    except ValueError as error:
        raise UserError(f"The parts of {path} differ in shape ({error}).") from None


def _array(path: Path) -> np.ndarray:
    require_file(path)
    try:
        rows: np.ndarray = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        # numpy takes what isn't its own for a pickle, and says how to load that
        said = "text, or pickled objects" if "pickle" in str(error) else error
        raise UserError(f"{path} is no array that numpy can read ({said}).") from None
    if not isinstance(rows, np.ndarray):
        raise UserError(f"{path} is no array that numpy can read (an archive of arrays).")
    return rows


def _table(path: Path, parts: list[Path]) -> tuple[tuple[pl.Series, ...], np.ndarray]:
    """The columns that tell rows apart, and the vectors."""
    schema = schema_of(parts[0])
    vectors = _vectors(path, schema)
    named = [f.name for f in schema if is_name(plain(f.type)) and schema.names.count(f.name) == 1]
    frame = _stacked(path, parts, [vectors, *named])
    column = frame[vectors]
    if isinstance(column.dtype, pl.List):
        widths = column.list.len()
        if column.null_count() or widths.n_unique() > 1:
            raise UserError(f"{path}: the rows of {vectors} are not all of one length.")
        column = column.list.to_array(int(widths[0]) if len(widths) else 0)
    if column.null_count() or column.explode().null_count():
        raise UserError(f"{path}: {vectors} has missing values.")
    is_bare = all(f.name not in IDS and is_list(plain(f.type)) for f in schema)
    return () if is_bare else _unique(path, schema, frame.select(named)), column.to_numpy()


def _vectors(path: Path, schema: pa.Schema) -> str:
    """The name of the one column of vectors; lists of anything but such numbers come last."""
    lists = {field.name: plain(field.type) for field in schema if is_list(plain(field.type))}
    floats = [name for name, kind in lists.items() if pa.types.is_floating(kind.value_type)]
    vectors = floats or list(lists)
    named: list[str] = [name for name in vectors if name == VECTORS] or vectors
    if len(named) != 1 or schema.names.count(named[0]) > 1:
        raise UserError(
            f"{path} has {len(vectors)} columns of vectors ({', '.join(vectors) or 'none'}); one is"
            f" wanted, or one named {VECTORS}."
        )
    return named[0]


def _stacked(path: Path, parts: list[Path], names: list[str]) -> pl.DataFrame:
    frames = []
    for part in parts:
        if lacking := sorted(set(names) - set(schema_of(part).names)):
            raise UserError(f"{part} has no column {lacking[0]}, which {parts[0]} has.")
        frames.append(read_columns(part, names).select(names))
    try:
        return pl.concat(frames, how="vertical_relaxed")
    except pl.exceptions.PolarsError as error:
        said = " ".join(str(error).split())[:SAID]
        raise UserError(f"The parts of {path} differ in their columns ({said}).") from None


def _unique(path: Path, schema: pa.Schema, named: pl.DataFrame) -> tuple[pl.Series, ...]:
    """The columns that tell rows apart, those with names of ids first.

    Raises:
        UserError: if there is none.
    """
    first = [name for name in IDS if name in named.columns]
    ordered = [named[name] for name in dict.fromkeys((*first, *named.columns))]
    unique = tuple(c for c in ordered if not c.null_count() and c.n_unique() == len(c))
    if unique:
        return unique
    if other := [name for name in IDS if name in schema.names and name not in named.columns]:
        kind = schema.field(other[0]).type
        raise UserError(f"{path}: ids in {other[0]} must be texts or integers, not {kind}.")
    if not ordered:
        raise UserError(
            f"{path} has further columns, but none of texts or integers that could be ids; add"
            " image_id, or leave the vectors alone."
        )
    column = ordered[0]
    again = column.drop_nulls().filter(column.drop_nulls().is_duplicated())
    fault = "some are missing" if column.null_count() else f"{again[0]!r} is repeated"
    raise UserError(f"{path}: ids in {column.name} must be unique, but {fault}.")


def _unit(rows: np.ndarray, path: Path, normalise: bool) -> np.ndarray:
    """Rows as float32 of unit norm; as they are, if they are."""
    ready = rows.dtype == np.float32 and not normalise
    unit = rows if ready else np.empty(rows.shape, np.float32)
    for start in range(0, len(rows), CHUNK):
        some = np.asarray(rows[start : start + CHUNK])
        wide = some.astype(np.float64) if some.dtype != np.float32 else some
        norms = np.sqrt(np.einsum("nd,nd->n", wide, wide, dtype=np.float64))
        _check(norms, start, path, normalise)
        if not ready:
            unit[start : start + CHUNK] = wide / norms[:, None] if normalise else wide
    return unit


def _check(norms: np.ndarray, start: int, path: Path, normalise: bool) -> None:
    if not np.isfinite(norms).all():
        row = start + int(np.argmin(np.isfinite(norms)))
        raise UserError(f"Row {row} of {path} holds a value that is not finite.")
    if (norms < 1e-6).any():
        raise UserError(f"Row {start + int(np.argmax(norms < 1e-6))} of {path} is zero.")
    wrong = np.abs(norms - 1) > UNIT_TOLERANCE
    if wrong.any() and not normalise:
        row = int(wrong.argmax())
        raise UserError(
            f"Row {start + row} of {path} has norm {norms[row]:.4g}, not 1; pass --normalise."
        )
