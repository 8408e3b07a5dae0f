"""Small copies of pictures, for figures and pages."""

import io
from typing import Final

import polars as pl

from clipblind.ground.tables.world import SHARD
from clipblind.pools.corpus import Corpus
from clipblind.pools.decoding import decode_image

SIDE: Final = 224  # pixels of the longer side


def thumbnails(listed: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """The pictures of some pairs, at most `SIDE` pixels long.

    Args:
        listed: the table `LISTED`; it holds all images of the pairs.
        pairs: the table `PAIRS`.

    Returns:
        The table `SHARD`, sorted by id.

    Raises:
        UserError: if an image has vanished or changed since it was listed.
    """
    wanted = sorted({*pairs["image_a"], *pairs["image_b"]})
    corpus = Corpus(listed.filter(pl.col("image_id").is_in(wanted)))
    packed = []
    for image_id in wanted:
        picture = decode_image(corpus.bytes_of(image_id))
        picture.thumbnail((SIDE, SIDE))
        written = io.BytesIO()
        picture.save(written, "PNG")
        packed.append((image_id, written.getvalue()))
    return pl.DataFrame(packed, schema=dict(SHARD.columns), orient="row")
