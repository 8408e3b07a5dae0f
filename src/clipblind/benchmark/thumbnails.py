"""Small copies of a benchmark's images, small enough that a page holds hundreds."""

import io
from typing import Final

import polars as pl

from clipblind.ground.tables.pool import THUMBNAILS
from clipblind.pools.corpus import Corpus
from clipblind.pools.decoding import decode_image

SIDE: Final = 128  # pixels of the longer side
QUALITY: Final = 72


def make_thumbnails(listed: pl.DataFrame) -> pl.DataFrame:
    """Small copies of listed images.

    Args:
        listed: the table `LISTED`.

    Returns:
        The table `THUMBNAILS`, sorted by id.

    Raises:
        Undecodable: if an image has vanished or changed since it was listed.
    """
    corpus = Corpus(listed)
    made = []
    for image_id in sorted(corpus.ids):
        picture = decode_image(corpus.bytes_of(image_id))
        picture.thumbnail((SIDE, SIDE))
        written = io.BytesIO()
        picture.save(written, "JPEG", quality=QUALITY)
        made.append((image_id, written.getvalue()))
    return pl.DataFrame(made, schema=dict(THUMBNAILS.columns), orient="row")
