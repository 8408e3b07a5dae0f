"""Embeddings on disk: ids and unit-norm float32 vectors in one Arrow file."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from clipblind.ground.errors import UserError
from clipblind.ground.files import atomic_path
from clipblind.ground.tables.table import read_frame
from clipblind.ground.vectors import check_rows


def write_embeddings(ids: Sequence[str], vectors: np.ndarray, path: Path) -> None:
    """Write `image_id` and `embedding` (a fixed-size list of float32).

    Args:
        ids: N image ids.
        vectors: float32 `[N, D]`, rows of unit norm.
        path: the `.arrow` file to write.

    Raises:
        UserError: if a row is not of unit norm.
    """
    check_rows(vectors, f"file {path}")
    column = pl.Series("embedding", vectors, dtype=pl.Array(pl.Float32, vectors.shape[1]))
    with atomic_path(path) as partial:
        named = pl.Series("image_id", list(ids), dtype=pl.String)
        pl.DataFrame([named, column]).write_ipc(partial)


def read_embeddings(paths: Sequence[Path]) -> tuple[list[str], np.ndarray]:
    """Read and join shards.

    Returns:
        The ids, sorted, and float32 `[N, D]` in their order.

    Raises:
        UserError: if a file is missing, damaged, of another shape or repeats an id.
    """
    frames = [read_frame(path) for path in paths]
    for path, frame in zip(paths, frames, strict=True):
        kind = frame.schema.get("embedding")
        if not isinstance(kind, pl.Array) or frame.schema.get("image_id") != pl.String:
            raise UserError(f"{path} holds no embeddings: its columns are {frame.columns}.")
        if kind != frames[0].schema["embedding"]:
            raise UserError(f"{path} and {paths[0]} hold embeddings of different widths.")
        check_rows(frame["embedding"].to_numpy(), f"file {path}")
    joined = pl.concat(frames).sort("image_id")
    if joined["image_id"].is_duplicated().any():
        raise UserError(f"An image id is repeated among {', '.join(map(str, paths))}.")
    return joined["image_id"].to_list(), joined["embedding"].to_numpy()
