"""Packed pictures: writing shards, and reading pictures back by id."""

import hashlib
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import polars as pl
from PIL import Image, ImageOps

from clipblind.ground.errors import UserError
from clipblind.ground.tables.world import SHARD

# Pillow refuses pictures of twice this
Image.MAX_IMAGE_PIXELS = 100_000_000


def write_shard(pictures: Iterable[tuple[str, bytes]], path: Path) -> None:
    """Pack (image id, PNG bytes) into one Parquet file."""
    rows = list(pictures)
    SHARD.write(pl.DataFrame(rows, schema=dict(SHARD.columns), orient="row"), path)


def index_shards(shards: Sequence[Path]) -> pl.DataFrame:
    """The table `IMAGES` over shards named `<split>-<number>.parquet`."""
    rows = []
    for path in shards:
        for image_id, png in SHARD.read(path).iter_rows():
            width, height = decode(png, image_id).size
            name, split = path.stem, path.stem.rpartition("-")[0]
            rows.append((image_id, split, name, width, height, hashlib.sha256(png).hexdigest()))
    columns = ("image_id", "split", "shard", "width", "height", "sha256")
    frame = pl.DataFrame(rows, schema=columns, orient="row")
    return frame.cast({"width": pl.Int32, "height": pl.Int32})


def decode(encoded: bytes, image_id: str) -> Image.Image:
    """One picture in RGB, upright by its EXIF orientation.

    Raises:
        UserError: if the bytes are no picture, are cut short or have over 200 million pixels.
    """
    try:
        return ImageOps.exif_transpose(Image.open(io.BytesIO(encoded))).convert("RGB")
    except (OSError, Image.DecompressionBombError) as error:
        raise UserError(f"Image {image_id} can't be decoded: {error}.") from error


class Pictures:
    """Pictures of some shards, decoded when asked for by id.

    Args:
        shards: packed files.
    """

    def __init__(self, shards: Iterable[Path]) -> None:
        self._png: dict[str, bytes] = {}
        self._from = [str(path) for path in shards]
        for path in self._from:
            self._png.update(SHARD.read(Path(path)).iter_rows())

    def __iter__(self) -> Iterator[str]:
        return iter(self._png)

    def __len__(self) -> int:
        return len(self._png)

    def png(self, image_id: str) -> bytes:
        """The stored bytes of one picture.

        Raises:
            UserError: if no shard holds it.
        """
        if image_id not in self._png:
            raise UserError(f"Image {image_id} is in none of {', '.join(self._from)}.")
        return self._png[image_id]

    def open(self, image_id: str) -> Image.Image:
        """One picture, decoded, in RGB.

        Raises:
            UserError: if no shard holds it, or its bytes are no picture.
        """
        return decode(self.png(image_id), image_id)

    def stack(self, ids: Sequence[str], size: int) -> np.ndarray:
        """Pictures as uint8 `[N, 3, size, size]`, resized (bicubic) where need be."""
        stacked = np.empty((len(ids), 3, size, size), np.uint8)
        for i, image_id in enumerate(ids):
            picture = self.open(image_id)
            if picture.size != (size, size):
                picture = picture.resize((size, size), Image.Resampling.BICUBIC)
            stacked[i] = np.asarray(picture).transpose(2, 0, 1)
        return stacked
