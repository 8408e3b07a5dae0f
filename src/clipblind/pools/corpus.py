"""Reading listed images, wherever their bytes lie: in files, in tars, in Arrow files."""

from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import polars as pl

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
        return Path(image["path"]).read_bytes()
    raise Undecodable("its row holds no image")


@lru_cache(maxsize=OPEN)
def saved_dataset(folder: str) -> tuple[Any, str]:
    """A dataset that `save_to_disk` wrote, its images undecoded, and the name of their column.

    Raises:
        ValueError: if it has no column of images.
    """
    from datasets import Image, load_from_disk

    dataset = load_from_disk(folder)
    column = next((n for n, kind in dataset.features.items() if isinstance(kind, Image)), None)
    if column is None:
        raise ValueError(f"it has no column of images among {', '.join(dataset.features)}")
    return dataset.cast_column(column, Image(decode=False)).select_columns([column]), column
