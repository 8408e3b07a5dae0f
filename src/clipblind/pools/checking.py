"""Which listed images can be used, and what is known of each."""

import hashlib
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import polars as pl
from PIL import Image

from clipblind.ground.progress import track
from clipblind.ground.tables.pool import CHECKED, REJECTED
from clipblind.ground.threads import in_order
from clipblind.pools.corpus import Corpus
from clipblind.pools.decoding import Undecodable, decode_image

HASHED: Final = (9, 8)  # columns and rows of the small grey picture that is hashed
# Neighbours that differ by less, on average, are a flat picture, whose hash means nothing.
FLAT: Final = 1.0
NO_HASH: Final = 0


def check_part(listed: pl.DataFrame, part: int, threads: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Decode every image of a part.

    Args:
        listed: the table `LISTED`.
        part: its number.
        threads: images at a time; Pillow's decoders leave Python's lock alone.

    Returns:
        The tables `CHECKED` and `REJECTED`, both in the order of the listing.
    """
    corpus = Corpus(listed)
    good, bad = [], []

    def look(image_id: str) -> tuple[Any, ...] | str:
        try:
            data = corpus.bytes_of(image_id)
            image = decode_image(data)
        except Undecodable as error:
            return str(error)
        return (*image.size, hashlib.sha256(data).hexdigest(), perceptual_hash(image))

    with track(f"check part {part}", len(corpus)) as advance:
        found: Iterator[tuple[Any, ...] | str] = in_order(threads, look, corpus.ids)
        for row, seen in zip(listed.iter_rows(named=True), found, strict=True):
            if isinstance(seen, str):
                bad.append([row[key] for key in ("image_id", "source", "path", "member")] + [seen])
            else:
                good.append((row["image_id"], row["source"], part, *seen))
            advance("")
    return (
        pl.DataFrame(good, schema=dict(CHECKED.columns), orient="row"),
        pl.DataFrame(bad, schema=dict(REJECTED.columns), orient="row"),
    )


def perceptual_hash(image: Image.Image) -> int:
    """The difference hash: 64 signs of steps from left to right in an 8 x 9 grey picture.

    Copies that were scaled or encoded anew differ in few bits or none. A flat picture has no steps
    to speak of, and gets 0, which is near to nothing (see `duplicates`).

    Args:
        image: RGB.
    """
    small = image.convert("L").resize(HASHED, Image.Resampling.BOX, reducing_gap=None)
    grey = np.asarray(small).astype(np.int16)
    steps = grey[:, 1:] - grey[:, :-1]
    if np.abs(steps).mean() < FLAT:
        return NO_HASH
    return int(np.packbits(steps > 0).view(">u8")[0])
