"""Which listed images can be used, and what is known of each."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from PIL import Image

from clipblind.ground.guarded import SECONDS, Broken, guarded
from clipblind.ground.images import Undecodable
from clipblind.ground.progress import track
from clipblind.ground.tables.pool import CHECKED, REJECTED
from clipblind.ground.threads import in_order
from clipblind.pools.corpus import PLACE, Place, bytes_at
from clipblind.pools.decoding import decode_image

HASHED: Final = (9, 8)  # columns and rows of the small grey picture that is hashed
# Neighbours that differ by less, on average, are a flat picture, whose hash means nothing.
FLAT: Final = 1.0
NO_HASH: Final = 0
COMMON: Final = 4  # reasons that a sentence names


Facts = tuple[int, int, str, int]  # width, height, SHA-256, perceptual hash


def check_part(
    listed: pl.DataFrame, part: int, threads: int, seconds: int = SECONDS
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Decode every image of a part, in processes that a hostile one may crash or hold up.

    Args:
        listed: the table `LISTED`.
        part: its number.
        threads: images at a time, each in a process.
        seconds: of processor time that an image may take.

    Returns:
        The tables `CHECKED` and `REJECTED`, both in the order of the listing.
    """
    good, bad = [], []
    look = partial(_look, seconds=seconds)
    places: Iterator[Place] = listed.select(PLACE).iter_rows()
    with track(f"check part {part}", len(listed)) as advance:
        found: Iterator[Facts | str] = in_order(threads, look, places)
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


def describe_loss(rejected: pl.DataFrame, folder: Path) -> str:
    """A sentence on a pool of which no image can be used.

    Args:
        rejected: the table `REJECTED`.
        folder: where it can be looked at.
    """
    reasons = Counter(reason.partition(": ")[0] for reason in rejected["reason"])
    full = {reason.partition(": ")[0]: reason for reason in reversed(rejected["reason"].to_list())}
    said = "; ".join(f"{count:,}: {full[short]}" for short, count in reasons.most_common(COMMON))
    more = f"; and {len(reasons) - COMMON} other reasons" if len(reasons) > COMMON else ""
    return (
        f"Not one of the pool's {len(rejected):,} images can be used ({said}{more}); mend them, or"
        f" name another pool. Each is listed with its reason in {folder}."
    )


def facts_of(place: Place) -> Facts | str:
    """What is known of one image, or why it can't be used."""
    try:
        data = bytes_at(place)
        image = decode_image(data)
    except Undecodable as error:
        return str(error)
    return (*image.size, hashlib.sha256(data).hexdigest(), perceptual_hash(image))


def prove(data: bytes) -> None:
    """See that an encoded image can be decoded, in a process that it may crash or hold up.

    Raises:
        Undecodable: if it can't be.
    """
    content = hashlib.sha256(data).digest()
    if content in _proven:  # two benchmarks may share their images
        return
    try:
        guarded(_decode_only, data)
    except Broken as error:
        raise Undecodable(f"can't be decoded: {error}") from None
    _proven.add(content)


_proven = set[bytes]()


def _decode_only(data: bytes) -> None:
    decode_image(data)


def _look(place: Place, seconds: int) -> Facts | str:
    try:
        found: Facts | str = guarded(facts_of, place, seconds)
    except Broken as error:
        return f"can't be decoded: {error}"
    return found


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
