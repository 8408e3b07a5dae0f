"""A pool with all that public reports found in one: told row by row, and the good ones embedded."""

import json
import os
import tarfile
from pathlib import Path

import numpy as np
import polars as pl
from typer.testing import CliRunner

from clipblind.commands import pool as verbs
from clipblind.embedding.engine import Batcher, embed_images
from clipblind.ground.tables.pool import CHECKED, LISTED, REJECTED
from clipblind.pools.corpus import Corpus
from clipblind.study.settings.encoder import Embedding
from tests.embedding.test_engine import encoder, jpeg
from tests.pools import test_strangers as strangers

GOOD = {
    "pics/plain.jpg": jpeg(0),
    "pics/text over 1 MiB.png": strangers.METADATA["text over 1 MiB"],
    "pics/hex EXIF.png": strangers.METADATA["hex EXIF that is none"],
    "pics/wrong sum.png": strangers.METADATA["a wrong sum of a text"],
    "pics/12 bits.tif": strangers.encoded(strangers.GREY["16 bits to 4095"], "TIFF"),
    "pics/float.tif": strangers.encoded(strangers.GREY["float to 1"], "TIFF"),
}
BAD = {
    "pics/loop.jpg": (strangers.POSTSCRIPT, "PostScript"),
    "pics/thin.png": (strangers.encoded(strangers.Image.new("L", (5000, 1))), "too thin"),
    "pics/alone.heic": (strangers.HEIC, "pillow-heif"),
    "pics/unknown.tif": (strangers.UNKNOWN["float to 2"][0], "none is known to be white"),
    "pics/12 bit colours.png": (strangers.DEEP_RGB, "upper 4 are empty"),
}


def test_a_pool_with_every_bad_image_ends_in_one_run(tmp_path, monkeypatch):
    """The four verbs' work, in a pool of a folder and of tars, as the rules call them."""
    for name, data in GOOD.items() | {name: data for name, (data, _) in BAD.items()}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/pics/caf\xe9.jpg")).write_bytes(jpeg(1))
    os.mkfifo(tmp_path / "pics/pipe.jpg")
    tars = tmp_path / "tars"
    tars.mkdir()
    with tarfile.open(tars / "twice.tar", "w") as tar:
        for name in ("a.jpg", "b.jpg", "a.jpg"):
            (tmp_path / "one").write_bytes(jpeg(len(tar.members) + 2))
            tar.add(tmp_path / "one", name)
    whole = (tars / "twice.tar").read_bytes()
    (tars / "torn.tar").write_bytes(whole[:1800])  # in the first image
    (tars / "page.tar").write_bytes(b"<!doctype html>" + b" " * 999)
    monkeypatch.chdir(tmp_path)

    sources = {
        "own": {"kind": "folder", "path": "pics"},
        "tars": {"kind": "webdataset", "path": "tars"},
    }
    cfg = json.dumps({"sources": sources, "parts": 1})
    verb("list", "--cfg", cfg, "--root", ".", "--out", "parts", "--rejected", "listing.parquet")
    verb("check", "--listed", "parts/0.parquet", "--part=0", "--threads=2", "--out=0.parquet",
         "--rejected=bad.parquet")  # fmt: skip
    verb("gather", "--cfg", '{"near": null}', "--checked=0.parquet", "--rejected=listing.parquet",
         "--rejected=bad.parquet", "--images=images.parquet", "--all-rejected=rejected.parquet",
         "--duplicates=duplicates.parquet")  # fmt: skip

    listed, images = LISTED.read(Path("parts/0.parquet")), CHECKED.read(Path("images.parquet"))
    expected = {f"own/{name[5:]}" for name in GOOD} | {
        "tars/twice.tar/a.jpg",
        "tars/twice.tar/b.jpg",
    }
    assert set(images["image_id"]) == expected
    said = dict(REJECTED.read(Path("rejected.parquet")).select("image_id", "reason").iter_rows())
    for name, (_, reason) in BAD.items():
        assert reason in said.pop(f"own/{name[5:]}")
    assert "isn't UTF-8" in said.pop("own/caf\\xe9.jpg") and "pipe" in said.pop("own/pipe.jpg")
    assert "a.jpg stands twice in tars/twice.tar" in said.pop("tars/twice.tar/a.jpg#2")
    assert "no tar archive" in said.pop("tars/page.tar")
    assert "cut short" in said.pop("tars/torn.tar/a.jpg")
    ((place, reason),) = said.items()
    assert place.startswith("tars/torn.tar@") and "can't be read" in reason

    made, ids = encoder()[0], images["image_id"].to_list()
    how = Embedding(workers=0)
    kept, rows, lost = embed_images(made, ids, Corpus(listed), how, Batcher.of(4))
    assert kept == ids and not lost
    assert np.allclose(np.linalg.norm(rows, axis=1), 1) and len(np.unique(rows, axis=0)) >= 5


def test_a_pool_of_heic_alone_is_an_error_that_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pics").mkdir()
    for k in range(3):
        (tmp_path / f"pics/{k}.heic").write_bytes(strangers.HEIC)
    cfg = json.dumps({"sources": {"own": {"kind": "folder", "path": "pics"}}, "parts": 1})
    verb("list", "--cfg", cfg, "--root", ".", "--out", "parts", "--rejected", "rejected/l.parquet")
    verb("check", "--listed", "parts/0.parquet", "--part=0", "--out=0.parquet",
         "--rejected=rejected/0.parquet")  # fmt: skip
    files = ["--images=i.parquet", "--all-rejected=r.parquet", "--duplicates=d.parquet"]
    given = ["--rejected=rejected/0.parquet", "--rejected=rejected/l.parquet"]
    did = CliRunner().invoke(
        verbs.app, ["gather", "--cfg", '{"near": null}', "--checked=0.parquet", *given, *files]
    )
    assert did.exit_code == 1
    assert "Not one of the pool's 3 images can be used (3: HEIC" in str(did.exception)
    assert "pip install pillow-heif" in str(did.exception) and not Path("i.parquet").exists()
    kept = pl.concat([REJECTED.read(path) for path in Path("rejected").iterdir()])
    assert len(kept) == 3


def verb(*given):
    did = CliRunner().invoke(verbs.app, [*given])
    assert did.exit_code == 0, (did.output, did.exception)
