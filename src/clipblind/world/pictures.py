"""Packed pictures: writing shards, and reading pictures back by id."""

import io
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from clipblind.ground.errors import UserError
from clipblind.ground.files import atomic_path, read_bytes
from clipblind.ground.images import Undecodable, open_image, reasons
from clipblind.pools.tars import list_shards


def write_shard(pictures: Iterable[tuple[str, bytes]], path: Path) -> None:
    """Pack (image id, PNG bytes) into a tar, as webdataset lays it out: `<image id>.png`.

    The same pictures make the same bytes: members have no time and no owner.
    """
    with (
        atomic_path(path) as partial,
        tarfile.open(partial, "w", format=tarfile.USTAR_FORMAT) as tar,
    ):
        for image_id, png in pictures:
            member = tarfile.TarInfo(f"{image_id}.png")
            member.size, member.mode, member.mtime = len(png), 0o644, 0
            tar.addfile(member, io.BytesIO(png))


class Pictures:
    """Pictures of some shards, decoded when asked for by id.

    Args:
        shards: tars that `write_shard` made.

    Raises:
        UserError: if a shard is missing, is no tar, or if they hold no picture.
    """

    def __init__(self, shards: Iterable[Path]) -> None:
        shards = list(shards)
        self._from = ", ".join(map(str, shards))
        columns = ("image_id", "path", "size", "offset")
        self._places = {
            image_id: place for image_id, *place in list_shards(shards).select(columns).iter_rows()
        }

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def png(self, image_id: str) -> bytes:
        """The stored bytes of one picture.

        Raises:
            UserError: if no shard holds it, or its shard has changed since.
        """
        if image_id not in self._places:
            raise UserError(f"Image {image_id} is in none of {self._from}.")
        path, size, offset = self._places[image_id]
        try:
            return read_bytes(Path(path), size, offset)
        except (OSError, ValueError) as error:
            raise UserError(
                f"Image {image_id} can't be read from {self._from}: {error}."
            ) from error

    def open(self, image_id: str) -> Image.Image:
        """One picture, decoded, in RGB.

        Raises:
            UserError: if no shard holds it, or its bytes are no picture.
        """
        png = self.png(image_id)
        try:
            with reasons(), open_image(png) as opened:
                return opened.convert("RGB")
        except Undecodable as error:
            raise UserError(f"Image {image_id} can't be decoded: {error}.") from error

    def stack(self, ids: Sequence[str], size: int) -> np.ndarray:
        """Pictures as uint8 `[N, 3, size, size]`, resized (bicubic) where need be."""
        stacked = np.empty((len(ids), 3, size, size), np.uint8)
        for i, image_id in enumerate(ids):
            picture = self.open(image_id)
            if picture.size != (size, size):
                picture = picture.resize((size, size), Image.Resampling.BICUBIC)
            stacked[i] = np.asarray(picture).transpose(2, 0, 1)
        return stacked
