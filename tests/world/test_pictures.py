"""Packed pictures, read back and listed as a source."""

import io
import json
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from clipblind.commands import pool as verbs
from clipblind.ground.errors import UserError
from clipblind.ground.tables.pool import LISTED
from clipblind.pools.corpus import Corpus
from clipblind.pools.tars import list_shards
from clipblind.study.compose import compose
from clipblind.world.pictures import Pictures, write_shard

CONF = Path(__file__).parents[2] / "conf"


def _png(colour, size=8):
    encoded = io.BytesIO()
    Image.new("RGB", (size, size), colour).save(encoded, "PNG")
    return encoded.getvalue()


@pytest.fixture
def shard(tmp_path):
    path = tmp_path / "search-0.tar"
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


def test_the_same_pictures_make_the_same_tar_whoever_packs_it(shard, tmp_path):
    again = tmp_path / "again.tar"
    write_shard([("search-1", _png("red")), ("search-0", _png("blue", 16))], again)
    assert again.read_bytes() == shard.read_bytes()
    with tarfile.open(shard) as packed:
        members = packed.getmembers()
    assert [m.name for m in members] == ["search-1.png", "search-0.png"]
    assert {(m.mtime, m.uid, m.gid, m.uname, m.mode) for m in members} == {(0, 0, 0, "", 0o644)}


def test_a_world_is_listed_as_any_other_source(shard, tmp_path):
    world = compose(CONF, "smoke").pool.model_dump(mode="json")["sources"]
    cfg = json.dumps({"sources": world, "parts": 2})
    given = ["--root", "../..", "--shard", str(shard), "--out", str(tmp_path / "parts")]
    given += ["--rejected", str(tmp_path / "rejected.parquet")]
    did = CliRunner().invoke(verbs.app, ["list", "--cfg", cfg, *given])
    assert did.exit_code == 0, did.output
    listed = LISTED.read_all([tmp_path / f"parts/{part}.parquet" for part in (0, 1)])
    assert listed.select("image_id", "source", "path").rows() == [
        ("search-0", "world", str(shard)),
        ("search-1", "world", str(shard)),
    ]
    assert Corpus(listed).bytes_of("search-0") == _png("blue", 16)


def test_shards_that_are_missing_or_empty_are_one_sentence(tmp_path):
    with pytest.raises(UserError, match=r"search-0\.tar is missing; run the rule"):
        list_shards([tmp_path / "search-0.tar"])
    write_shard([], tmp_path / "search-0.tar")
    with pytest.raises(UserError, match="hold no picture"):
        list_shards([tmp_path / "search-0.tar"])


def test_a_missing_image_is_one_sentence(shard):
    with pytest.raises(UserError, match=r"Image search-9 is in none of .*search-0\.tar"):
        Pictures([shard]).open("search-9")


def test_bytes_that_are_no_picture_are_one_sentence(tmp_path):
    path = tmp_path / "search-0.tar"
    write_shard([("search-0", b"not a picture")], path)
    with pytest.raises(UserError, match="Image search-0 can't be decoded"):
        Pictures([path]).open("search-0")
