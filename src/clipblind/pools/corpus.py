"""Reading listed images, wherever their bytes lie: in files, in tars, in Arrow files."""

from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import polars as pl

from clipblind.ground.errors import UserError
from clipblind.pools.decoding import Undecodable

OPEN: Final = 64  # files a process keeps open
LARGEST: Final = 1 << 30  # bytes of one encoded image


class Corpus:
    """Images of a listing, by id. May be handed to other processes.

    Args:
        listed: the table `LISTED`.
    """

    def __init__(self, listed: pl.DataFrame) -> None:
        self.ids: list[str] = listed["image_id"].to_list()
        columns = ("path", "member", "offset", "size")
        self._places = dict(zip(self.ids, listed.select(columns).iter_rows(), strict=True))

    def __len__(self) -> int:
        return len(self.ids)

    def bytes_of(self, image_id: str) -> bytes:
        """The encoded image.

        Raises:
            Undecodable: if its file vanished, changed since it was listed or can't be read.
        """
        path, member, offset, size = self._places[image_id]
        if size > LARGEST:
            raise Undecodable(f"{size:,} bytes, over a GiB")
        try:
            if offset < 0 and member:
                return row_bytes(path, int(member))
            with Path(path).open("rb") as file:
                file.seek(max(offset, 0))
                data = file.read(size if offset >= 0 else size + 1)
        except (OSError, ValueError) as error:
            said = getattr(error, "strerror", None) or str(error)
            raise Undecodable(f"can't be read: {said}") from None
        if size >= 0 and len(data) != size:
            raise Undecodable("its file is cut short or has changed since it was listed")
        return data


def row_bytes(folder: str, row: int) -> bytes:
    """The encoded image in one row of a dataset that `save_to_disk` wrote.

    Raises:
        Undecodable: if the row holds none.
        OSError: if the dataset can't be read.
    """
    dataset, column = saved_dataset(folder)
    image: dict[str, Any] | None = dataset[row][column]
    if image and image.get("bytes"):
        data: bytes = image["bytes"]
        return data
    if image and image.get("path"):
        return _file_of(Path(folder).resolve(), image["path"])
    raise Undecodable("its row holds no image")


def _file_of(folder: Path, path: str) -> bytes:
    """A file that a dataset refers to, which may name anything: only its own files are read."""
    file = (folder / path).resolve()
    if not file.is_relative_to(folder):
        raise Undecodable("its row names a file outside the dataset's folder")
    if not file.is_file():
        raise Undecodable("its row names no regular file")
    if file.stat().st_size > LARGEST:
        raise Undecodable(f"{file.stat().st_size:,} bytes, over a GiB")
    return file.read_bytes()


@lru_cache(maxsize=OPEN)
def saved_dataset(folder: str) -> tuple[Any, str]:
    """A dataset that `save_to_disk` wrote, its images undecoded, and the name of their column.

    Raises:
        ValueError: if it has no column of images.
        UserError: if the package that reads it isn't installed.
    """
    try:
        from datasets import Image, load_from_disk
    except ImportError as error:
        raise UserError(
            f"{folder} is read by the package datasets, which isn't installed; run"
            ' `pip install "clipblind[corpora]"`.'
        ) from error

    dataset = load_from_disk(folder)
    column = next((n for n, kind in dataset.features.items() if isinstance(kind, Image)), None)
    if column is None:
        raise ValueError(f"it has no column of images among {', '.join(dataset.features)}")
    return dataset.cast_column(column, Image(decode=False)).select_columns([column]), column
