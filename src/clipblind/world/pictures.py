"""Packed pictures: writing shards, and reading pictures back by id."""

import io
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from clipblind.ground.errors import UserError
from clipblind.ground.files import atomic_path
from clipblind.pools.corpus import Corpus
from clipblind.pools.decoding import Undecodable, decode_image
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
        self._corpus = Corpus(list_shards(shards))
        self._known = frozenset(self._corpus.ids)

    def __iter__(self) -> Iterator[str]:
        return iter(self._corpus.ids)

    def __len__(self) -> int:
        return len(self._corpus)

    def png(self, image_id: str) -> bytes:
        """The stored bytes of one picture.

        Raises:
            UserError: if no shard holds it, or its shard has changed since.
        """
        if image_id not in self._known:
            raise UserError(f"Image {image_id} is in none of {self._from}.")
        try:
            return self._corpus.bytes_of(image_id)
        except Undecodable as error:
            raise UserError(
                f"Image {image_id} can't be read from {self._from}: {error}."
            ) from error

    def open(self, image_id: str) -> Image.Image:
        """One picture, decoded, in RGB.

        Raises:
            UserError: if no shard holds it, or its bytes are no picture.
        """
        try:
            return decode_image(self.png(image_id))
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
