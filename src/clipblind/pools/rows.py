"""Images in the rows of tables: datasets that `save_to_disk` wrote, Parquet, Arrow and Feather.

Of a table only the column of images is read, whatever the others hold.
"""

import json
from bisect import bisect_right
from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib import import_module
from itertools import accumulate
from pathlib import Path
from typing import Any, Final

from clipblind.ground.errors import UserError
from clipblind.ground.files import read_bytes
from clipblind.ground.images import Undecodable, open_image, reasons
from clipblind.pools.signatures import plugin_for

OPEN: Final = 64  # tables that a process keeps open
GROUPS: Final = 2  # groups of rows that it keeps in memory
LOOK: Final = 20  # rows of which the first that isn't empty says what a column holds
TABLES: Final = (".parquet", ".arrow", ".feather", ".ipc")
STATE: Final = "state.json"
"""What `save_to_disk` writes beside the rows."""

Cell = Callable[[int], Any]


def count_rows(path: Path, wanted: str) -> tuple[int, str]:
    """How many rows a table or a dataset on disk has, and which column holds its images.

    Args:
        path: of a table, or of the folder of a dataset without splits.
        wanted: the column; empty: the only one with images.

    Raises:
        UserError: if it can't be read, has no row or no such column, or if several could be meant.
    """
    try:
        rows, columns = _open(str(path))
    except (OSError, ValueError, LookupError, TypeError) as error:
        said = " ".join(str(error).split())[:120].rstrip(".") or type(error).__name__
        what = "a table" if path.is_file() else "a dataset on disk"
        raise UserError(f"{path} can't be read as {what}: {said}.") from error
    if not rows:
        raise UserError(f"{path} holds no row; take it away, or put images into it.")
    return rows, _chosen(path, wanted, columns)


def row_bytes(path: str, member: str) -> bytes:
    """The encoded image in one row.

    Args:
        path: of the table or the dataset.
        member: its column and the row's number, as `member_of` writes them.

    Raises:
        Undecodable: if the row holds none.
        OSError: if it can't be read.
        ValueError: if it has changed since it was opened.
    """
    column, _, row = member.rpartition(":")
    image = _cells(path, column)(int(row))
    if isinstance(image, Mapping):
        if not image.get("bytes") and image.get("path"):
            return _file_of(Path(path), image["path"])
        image = image.get("bytes")
    if not image:
        raise Undecodable("its row holds no image")
    return bytes(image)


def member_of(column: str, row: int) -> str:
    """For `row_bytes`: a place in a table."""
    return f"{column}:{row}"


def _chosen(path: Path, wanted: str, columns: Mapping[str, Any]) -> str:
    if wanted:
        if wanted not in columns:
            raise UserError(f"{path} has no column {wanted!r}; it has {', '.join(columns)}.")
        return wanted
    kinds = {name: _kind(path, name, column) for name, column in columns.items()}
    images = [name for name, kind in kinds.items() if kind == "image"]
    if len(images) > 1:
        raise UserError(
            f"{path} has several columns of images ({', '.join(images)}); name one by `column`"
            " of the pool's source."
        )
    if images:
        return images[0]
    if lists := [name for name, kind in kinds.items() if kind == "list"]:
        raise UserError(
            f"{path} holds lists of images in its column {lists[0]}; make every image a row of its"
            " own."
        )
    raise UserError(f"{path} has no column of images among {', '.join(columns)}.")


def _kind(path: Path, name: str, column: Any) -> str:
    """`image`, `list` of images, or nothing."""
    said = str(column)
    if "Image(" in said:  # a feature of datasets
        return "image" if said.startswith("Image(") else "list"
    if "struct<" in said and "bytes: " in said:
        return "image" if said.startswith("struct<") else "list"
    if said not in ("binary", "large_binary", "binary_view"):
        return ""
    cell = _cells(str(path), name)
    found = next(
        (data for row in range(min(LOOK, _open(str(path))[0])) if (data := cell(row))), b""
    )
    try:
        with reasons(), open_image(found):
            return "image"
    except Undecodable:
        return "image" if plugin_for(found) else ""


@lru_cache(maxsize=OPEN)
def _open(path: str) -> tuple[int, dict[str, Any]]:
    """The number of rows, and the columns with their types."""
    if Path(path).is_dir():
        dataset = _saved(path)
        return len(dataset), dict(dataset.features)
    if path.endswith(".parquet"):
        file = _parquet(path)
        return file.metadata.num_rows, {c.name: c.type for c in file.schema_arrow}
    reader = _arrow(path)
    # metadata alone: the column with the least in it would do, but none may be odd
    return _length(path), {c.name: c.type for c in reader.schema}


@lru_cache(maxsize=OPEN)
def _cells(path: str, column: str) -> Cell:
    """What gives the cell of a row."""
    if Path(path).is_dir():
        dataset = _saved(path)
        if "Image(" in str(dataset.features[column]):
            from datasets import Image

            dataset = dataset.cast_column(column, Image(decode=False))
        dataset = dataset.select_columns([column])
        files = [Path(known["filename"]) for known in dataset.cache_files]
        return _unchanged(files, lambda row: dataset[row][column])
    if path.endswith(".parquet"):
        return _cells_of_parquet(path, column)
    cells = _arrow_table(path, column)
    return _unchanged([Path(path)], lambda row: cells[row].as_py())


def _cells_of_parquet(path: str, column: str) -> Cell:
    metadata = _parquet(path).metadata
    sizes = [metadata.row_group(n).num_rows for n in range(metadata.num_row_groups)]
    starts = [0, *accumulate(sizes)]

    @lru_cache(maxsize=GROUPS)
    def group(number: int) -> Any:
        return _parquet(path).read_row_group(number, columns=[column]).column(0)

    def cell(row: int) -> Any:
        number = bisect_right(starts, row) - 1
        return group(number)[row - starts[number]].as_py()

    return cell


def _unchanged(files: list[Path], cell: Cell) -> Cell:
    """Cells of files that are mapped into memory: to read past a new end kills the process."""
    sizes = {file: file.stat().st_size for file in files}

    def checked(row: int) -> Any:
        for file, size in sizes.items():
            if file.stat().st_size != size:
                raise ValueError("its file is cut short or has changed since it was opened")
        return cell(row)

    return checked


def _saved(folder: str) -> Any:
    """A dataset that `save_to_disk` wrote."""
    datasets = _installed("datasets", folder)
    state = json.loads(read_text(Path(folder) / STATE))
    if state.get("_data_files") == []:  # which the package can't load
        raise UserError(f"{folder} holds no row; take it away, or put images into it.")
    return datasets.load_from_disk(folder)


def read_text(path: Path) -> str:
    """A small regular file, in UTF-8."""
    return read_bytes(path, path.stat().st_size).decode()


@lru_cache(maxsize=OPEN)
def _parquet(path: str) -> Any:
    return _installed("pyarrow.parquet", path).ParquetFile(path, memory_map=False)


def _arrow(path: str, column: int | None = None) -> Any:
    """A reader of an Arrow file, which pandas and polars write, or a stream, which datasets do."""
    arrow, ipc = _installed("pyarrow", path), _installed("pyarrow.ipc", path)
    how = ipc.IpcReadOptions(included_fields=None if column is None else [column])
    mapped = arrow.memory_map(path)
    try:
        return ipc.open_file(mapped, options=how)
    except arrow.ArrowInvalid:
        mapped.seek(0)
        return ipc.open_stream(mapped, options=how)


def _arrow_table(path: str, column: str) -> Any:
    schema = _arrow(path).schema
    return _arrow(path, schema.get_field_index(column)).read_all().column(column)


def _length(path: str) -> int:
    return int(_arrow(path, 0).read_all().num_rows)


def _installed(module: str, path: str) -> Any:
    try:
        return import_module(module)
    except ImportError as error:
        raise UserError(
            f"{path} is read by the package {module.partition('.')[0]}, which isn't installed; run"
            ' `pip install "clipblind[corpora]"`.'
        ) from error


def _file_of(place: Path, path: str) -> bytes:
    """A file that a table refers to, which may name anything: only those beside it are read."""
    folder = (place if place.is_dir() else place.parent).resolve()
    file = (folder / path).resolve()
    if not file.is_relative_to(folder):
        raise Undecodable("its row names a file outside the dataset's folder")
    if not file.is_file():
        raise Undecodable("its row names no regular file")
    return read_bytes(file, file.stat().st_size)
