"""Packed pictures and their index."""

import io

import numpy as np
import pytest
from PIL import Image

from clipblind.ground.errors import UserError
from clipblind.world.pictures import Pictures, index_shards, write_shard


def _png(colour, size=8):
    encoded = io.BytesIO()
    Image.new("RGB", (size, size), colour).save(encoded, "PNG")
    return encoded.getvalue()


@pytest.fixture
def shard(tmp_path):
    path = tmp_path / "search-0.parquet"
    write_shard([("search-1", _png("red")), ("search-0", _png("blue", 16))], path)
    return path


def test_pictures_are_found_by_id_whatever_their_order(shard):
    pictures = Pictures([shard])
    assert pictures.open("search-0").getpixel((0, 0)) == (0, 0, 255)
    assert pictures.open("search-1").getpixel((0, 0)) == (255, 0, 0)


def test_pictures_are_stacked_at_one_size_in_the_order_asked_for(shard):
    stacked = Pictures([shard]).stack(["search-1", "search-0"], 8)
    assert stacked.shape == (2, 3, 8, 8)
    assert stacked.dtype == np.uint8
    assert stacked[0, :, 0, 0].tolist() == [255, 0, 0]
    assert stacked[1, :, 0, 0].tolist() == [0, 0, 255]


def test_the_index_lists_every_picture_with_split_shard_and_size(shard):
    rows = index_shards([shard]).to_dicts()
    assert [(r["image_id"], r["split"], r["shard"], r["width"]) for r in rows] == [
        ("search-1", "search", "search-0", 8),
        ("search-0", "search", "search-0", 16),
    ]


def test_a_missing_image_is_one_sentence(shard):
    with pytest.raises(UserError, match=r"Image search-9 is in none of .*search-0\.parquet"):
        Pictures([shard]).open("search-9")


def test_bytes_that_are_no_picture_are_one_sentence(tmp_path):
    path = tmp_path / "search-0.parquet"
    write_shard([("search-0", b"not a picture")], path)
    with pytest.raises(UserError, match="Image search-0 can't be decoded"):
        Pictures([path]).open("search-0")
