"""Reading listed images, wherever their bytes lie: in files, in tars, in rows of tables."""

from pathlib import Path
from typing import Final

import polars as pl

from clipblind.ground.files import read_bytes
from clipblind.ground.images import Undecodable
from clipblind.pools.rows import row_bytes

LARGEST: Final = 1 << 30  # bytes of one encoded image
PLACE: Final = ("path", "member", "offset", "size")
"""The columns of `LISTED` that say where an image lies."""

Place = tuple[str, str, int, int]


class Corpus:
    """Images of a listing, by id. May be handed to other processes.

    Args:
        listed: the table `LISTED`.
    """

    def __init__(self, listed: pl.DataFrame) -> None:
        self.ids: list[str] = listed["image_id"].to_list()
        self._places = dict(zip(self.ids, listed.select(PLACE).iter_rows(), strict=True))

    def __len__(self) -> int:
        return len(self.ids)

    def bytes_of(self, image_id: str) -> bytes:
        """The encoded image.

        Raises:
            Undecodable: if its file vanished, changed since it was listed or can't be read.
        """
        return bytes_at(self._places[image_id])


def bytes_at(place: Place) -> bytes:
    """The encoded image at a place.

    Raises:
        Undecodable: as `Corpus.bytes_of` does.
    """
    path, member, offset, size = place
    if size > LARGEST:
        raise Undecodable(f"{size:,} bytes, over a GiB")
    try:
        if offset < 0 and member:
            return row_bytes(path, member)
        return read_bytes(Path(path), size, offset)
    except (OSError, ValueError, LookupError) as error:
        said = getattr(error, "strerror", None) or " ".join(str(error).split())[:100]
        raise Undecodable(f"can't be read: {said}") from None
