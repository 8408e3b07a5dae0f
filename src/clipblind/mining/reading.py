"""Embeddings of people's own: `.npy`, `.parquet` and `.arrow`, with or without ids."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from clipblind.ground.errors import UserError
from clipblind.ground.vectors import UNIT_TOLERANCE

TABLES: Final = (".parquet", ".arrow")
IDS: Final = ("image_id", "id")
CHUNK: Final = 65536


@dataclass(frozen=True)
class Embeddings:
    """What a file holds.

    Attributes:
        path: where from.
        ids: of the rows, String or integers; none if the file names none.
        rows: float32 `[N, D]`, of unit norm.
    """

    path: Path
    ids: pl.Series | None
    rows: np.ndarray


def read_file(path: Path, *, normalise: bool = False) -> Embeddings:
    """Read embeddings.

    `.npy`: an array [N, D]. Tables: one column of lists of numbers, and ids in `image_id` or `id`,
    if there are any. Half precision is always normalised again.

    Args:
        path: the file.
        normalise: divide rows by their norms, where they are not 1.

    Raises:
        UserError: if it is missing, damaged, of another shape, or rows are not of unit norm.
    """
    if path.suffix == ".npy":
        ids, rows = None, _array(path)
    elif path.suffix in TABLES:
        ids, rows = _table(path)
    else:
        raise UserError(f"{path} is of no known kind: .npy, .parquet or .arrow is wanted.")
    if rows.ndim != 2 or rows.dtype.kind != "f" or (len(rows) and not rows.shape[1]):
        raise UserError(
            f"{path} holds {rows.dtype} of shape {list(rows.shape)}; rows [N, D] of floating-point"
            " numbers are wanted."
        )
    return Embeddings(path, ids, _unit(rows, path, normalise or rows.dtype == np.float16))


def matched(probe: Embeddings, reference: Embeddings) -> tuple[pl.Series | None, np.ndarray]:
    """The probe's ids, and the reference's rows in the probe's order.

    Raises:
        UserError: if the two don't hold the same images.
    """
    ids, others = probe.ids, reference.ids
    if (ids is None) != (others is None):
        named, bare = (probe, reference) if others is None else (reference, probe)
        raise UserError(
            f"{named.path} names its rows and {bare.path} doesn't, so they can't be matched;"
            " give both ids or neither."
        )
    if len(probe.rows) != len(reference.rows):
        raise UserError(
            f"{probe.path} has {len(probe.rows)} rows and {reference.path}"
            f" {len(reference.rows)}; both must embed the same images."
        )
    if ids is None or others is None:
        return None, reference.rows
    if ids.dtype != others.dtype:
        raise UserError(
            f"The ids of {probe.path} are {ids.dtype} and those of {reference.path} {others.dtype};"
            " make them alike."
        )
    if ids.equals(others, check_names=False):
        return ids, reference.rows
    order = pl.DataFrame({"id": ids}).join(
        pl.DataFrame({"id": others}).with_row_index("row"), on="id", how="left",
        maintain_order="left",
    )["row"]  # fmt: skip
    if order.null_count():
        lacking = ids.filter(order.is_null())
        raise UserError(
            f"{len(lacking)} ids of {probe.path} are not in {reference.path}, such as"
            f" {lacking[0]!r}; both must embed the same images."
        )
    return ids, reference.rows[order.to_numpy()]


def _array(path: Path) -> np.ndarray:
    try:
        rows: np.ndarray = np.load(path, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError:
        raise UserError(f"{path} is missing.") from None
    except (ValueError, OSError, EOFError) as error:
        # numpy takes what isn't its own for a pickle, and says how to load that
        said = "text, or pickled objects" if "pickle" in str(error) else error
        raise UserError(f"{path} is no array that numpy can read ({said}).") from None
    if not isinstance(rows, np.ndarray):
        raise UserError(f"{path} is no array that numpy can read (an archive of arrays).")
    return rows


def _table(path: Path) -> tuple[pl.Series | None, np.ndarray]:
    if not path.is_file():
        raise UserError(f"{path} is missing.")
    try:
        frame = pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_ipc(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        said = " ".join(str(error).split())[:120]
        raise UserError(f"{path} can't be read ({said}); it is damaged or cut short.") from None
    vectors = [n for n, kind in frame.schema.items() if isinstance(kind, pl.Array | pl.List)]
    named = [n for n in vectors if n == "embedding"] or vectors
    if len(named) != 1:
        raise UserError(
            f"{path} has {len(vectors)} columns of vectors ({', '.join(vectors) or 'none'}); one is"
            " wanted, or one named embedding."
        )
    column = frame[named[0]]
    if isinstance(column.dtype, pl.List):
        widths = column.list.len()
        if column.null_count() or widths.n_unique() > 1:
            raise UserError(f"{path}: the rows of {named[0]} are not all of one length.")
        column = column.list.to_array(int(widths[0]) if len(widths) else 0)
    if column.null_count() or column.explode().null_count():
        raise UserError(f"{path}: {named[0]} has missing values.")
    names = [name for name in IDS if name in frame.columns]
    if not names:
        return None, column.to_numpy()
    ids = frame[names[0]]
    if ids.dtype != pl.String and not ids.dtype.is_integer():
        raise UserError(f"{path}: ids in {names[0]} must be texts or integers, not {ids.dtype}.")
    if ids.is_duplicated().any() or ids.null_count():
        again = ids.filter(ids.is_duplicated())
        fault = "some are missing" if ids.null_count() else f"{again[0]!r} is repeated"
        raise UserError(f"{path}: ids in {names[0]} must be unique, but {fault}.")
    return ids, column.to_numpy()


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
