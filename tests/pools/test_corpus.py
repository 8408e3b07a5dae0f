"""Sources of every kind, listed, read back and checked."""

import io
import json
import os
import pickle
import tarfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image
from typer.testing import CliRunner

from clipblind.commands import pool as verbs
from clipblind.ground.errors import UserError
from clipblind.ground.tables.pool import CHECKED, DUPLICATES, LISTED, REJECTED
from clipblind.pools.checking import check_part
from clipblind.pools.corpus import Corpus
from clipblind.pools.decoding import Undecodable, decode_image
from clipblind.pools.sources import list_sources, parts_of
from clipblind.study.settings.pool import Files


def jpeg(seed, side=(40, 30)):
    rng = np.random.default_rng(seed)
    image = Image.fromarray(rng.integers(0, 256, (4, 4, 3), dtype=np.uint8)).resize(side)
    written = io.BytesIO()
    image.save(written, "JPEG")
    return written.getvalue()


def tar(path, members):
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as packed:
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            packed.addfile(member, io.BytesIO(data))


def both_from(kind, path, root, **how):
    """The images of a source, and what shows at once that it can't be used."""
    return list_sources({"own": Files(kind=kind, path=str(path), **how)}, root)


def listed_from(kind, path, root, **how):
    return both_from(kind, path, root, **how)[0]


def test_a_folder_is_listed_whole_and_read_back(tmp_path):
    names = ["a.jpg", "deep/er/b.JPG", "no_suffix", "tüv –\n new line.png", "wrong.gif"]
    for seed, name in enumerate(names):
        (tmp_path / "pics" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "pics" / name).write_bytes(jpeg(seed))
    for beside in ("notes.txt", "meta.json", ".DS_Store", ".hidden/c.jpg"):
        (tmp_path / "pics" / beside).parent.mkdir(exist_ok=True)
        (tmp_path / "pics" / beside).write_bytes(jpeg(0))
    (tmp_path / "pics/loop").symlink_to(tmp_path / "pics")
    (tmp_path / "pics/dead.jpg").symlink_to(tmp_path / "nowhere")
    listed, unlisted = both_from("folder", "pics", tmp_path)
    assert set(listed["image_id"]) == {f"own/{n}" for n in names}
    corpus = pickle.loads(pickle.dumps(Corpus(listed)))
    assert [corpus.bytes_of(f"own/{n}") for n in names] == [jpeg(k) for k in range(len(names))]
    good, bad = check_part(listed, 0, 2)
    assert len(good) == len(names) and bad.is_empty()
    assert unlisted["image_id"].to_list() == ["own/dead.jpg"]
    assert "No such file" in unlisted["reason"][0]


def test_a_file_that_changed_since_is_not_taken_for_the_old_one(tmp_path):
    (tmp_path / "a.jpg").write_bytes(jpeg(0))
    (tmp_path / "b.jpg").write_bytes(jpeg(1))
    corpus = Corpus(listed_from("folder", tmp_path, tmp_path))
    packed = tmp_path / "x.tar"
    tar(packed, {"a.jpg": jpeg(0), "b.jpg": jpeg(1)})
    in_tar = Corpus(listed_from("webdataset", packed, tmp_path))
    packed.write_bytes(packed.read_bytes()[:1000])
    (tmp_path / "b.jpg").unlink()
    with pytest.raises(Undecodable, match="No such file"):
        corpus.bytes_of("own/b.jpg")
    with pytest.raises(Undecodable, match="changed"):
        in_tar.bytes_of("own/x.tar/b.jpg")


@pytest.mark.parametrize("tree", ["{split}", "ILSVRC/Data/CLS-LOC/{split}"])
def test_imagenets_trees(tmp_path, tree):
    train, val = (tmp_path / tree.format(split=split) for split in ("train", "val"))
    for synset in ("n01", "n02"):
        (train / synset).mkdir(parents=True)
        (train / synset / f"{synset}_1.JPEG").write_bytes(jpeg(1))
    val.mkdir()
    for k in (1, 2):
        (val / f"ILSVRC2012_val_0000000{k}.JPEG").write_bytes(jpeg(k))
    solution = "ImageId,PredictionString\nILSVRC2012_val_00000001,n02 1 2 3 4\n"
    (tmp_path / "LOC_val_solution.csv").write_text(solution)
    listed = listed_from("imagenet", tmp_path, tmp_path)
    assert listed["image_id"].to_list() == [f"own/train/n0{k}/n0{k}_1.JPEG" for k in (1, 2)]
    assert listed["label"].to_list() == ["n01", "n02"]
    held = listed_from("imagenet", tmp_path, tmp_path, split="val")
    assert held["label"].to_list() == ["n02", ""]


def test_tars_are_read_in_place(tmp_path):
    shards = tmp_path / "shards"
    tar(shards / "0.tar", {"0.jpg": jpeg(0), "0.json": b"{}", "../evil.png": jpeg(1)})
    tar(shards / "deep/1.tar", {"x/1.webp": jpeg(2), "1.txt": b"said"})
    listed = listed_from("webdataset", shards, tmp_path)
    assert sorted(listed["image_id"]) == [
        *("own/0.tar/../evil.png", "own/0.tar/0.jpg", "own/deep/1.tar/x/1.webp"),
    ]
    corpus = Corpus(listed)
    assert corpus.bytes_of("own/0.tar/../evil.png") == jpeg(1)
    assert corpus.bytes_of("own/deep/1.tar/x/1.webp") == jpeg(2)
    assert not (tmp_path / "evil.png").exists()


def test_of_a_tar_that_is_cut_short_the_rest_is_kept(tmp_path):
    tar(tmp_path / "0.tar", {f"{k}.jpg": jpeg(k, (200, 200)) for k in range(6)})
    whole = (tmp_path / "0.tar").read_bytes()
    (tmp_path / "0.tar").write_bytes(whole[: len(whole) // 2])
    good, bad = check_part(listed_from("webdataset", tmp_path, tmp_path), 0, 1)
    assert len(good) >= 2 and len(good) + len(bad) < 6


def test_a_dataset_on_disk(tmp_path):
    from datasets import Dataset, DatasetDict, Features, Value
    from datasets import Image as Column

    rows = {
        "said": ["a", "b", "c"],
        "picture": [{"bytes": jpeg(k), "path": None} for k in range(3)],
    }
    made = Dataset.from_dict(rows, Features({"said": Value("string"), "picture": Column()}))
    made.save_to_disk(tmp_path / "one")
    DatasetDict({"train": made, "test": made.select([0])}).save_to_disk(tmp_path / "split")
    corpus = Corpus(listed_from("huggingface", "one", tmp_path))
    assert [corpus.bytes_of(i) for i in corpus.ids] == [jpeg(k) for k in range(3)]
    assert len(listed_from("huggingface", "split", tmp_path, split="test")) == 1
    with pytest.raises(UserError, match="no split 'val'; it has test, train"):
        listed_from("huggingface", "split", tmp_path, split="val")
    made.remove_columns("picture").save_to_disk(tmp_path / "none")
    with pytest.raises(UserError, match="no column of images"):
        listed_from("huggingface", "none", tmp_path)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("folder", "holds no image"),
        ("imagenet", "is no ImageNet"),
        ("webdataset", "holds no image"),
        ("huggingface", "can't be read as a dataset"),
        ("laion", "holds no image"),
    ],
)
def test_what_a_source_is_not_is_said_in_a_sentence(tmp_path, kind, said):
    with pytest.raises(UserError, match=r"The source own isn't at .*nowhere; .+\."):
        listed_from(kind, "nowhere", tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match=said):
        listed_from(kind, "empty", tmp_path)


def test_compressed_tars_are_refused(tmp_path):
    (tmp_path / "0.tar.gz").write_bytes(b"gz")
    with pytest.raises(UserError, match="unpack it"):
        listed_from("webdataset", tmp_path, tmp_path)


def test_the_first_by_id_are_kept_and_parts_hold_all_once(tmp_path):
    for k in range(11):
        (tmp_path / f"{k:02}.jpg").write_bytes(jpeg(k))
    listed = listed_from("folder", tmp_path, tmp_path, limit=10)
    assert listed["image_id"][-1] == "own/09.jpg"
    parts = parts_of(listed, 4)
    assert [len(part) for part in parts] == [2, 3, 2, 3]
    assert pl.concat(parts).equals(listed)
    assert sum(len(part) for part in parts_of(listed.head(2), 5)) == 2


def test_the_verbs_list_check_and_gather(tmp_path):
    (tmp_path / "pics").mkdir()
    for k in (0, 1, 2, 0):
        (tmp_path / f"pics/{len(list((tmp_path / 'pics').iterdir()))}.jpg").write_bytes(jpeg(k))
    (tmp_path / "pics/bad.jpg").write_bytes(b"<html>")
    run, parts = CliRunner(), tmp_path / "parts"
    cfg = json.dumps({"sources": {"own": {"kind": "folder", "path": "pics"}}, "parts": 2})
    outs = ["--out", str(parts), "--rejected", str(tmp_path / "rejected/listing.parquet")]
    did = run.invoke(verbs.app, ["list", "--cfg", cfg, "--root", str(tmp_path), *outs])
    assert did.exit_code == 0, did.output
    files = {"checked": [], "rejected": []}
    for part in (0, 1):
        for key, found in files.items():
            found.append(str(tmp_path / key / f"{part}.parquet"))
        outs = ["--out", files["checked"][part], "--rejected", files["rejected"][part]]
        listed = ["--listed", str(parts / f"{part}.parquet"), "--part", str(part)]
        assert run.invoke(verbs.app, ["check", *listed, *outs]).exit_code == 0
    given = [f"--{key}={path}" for key, paths in files.items() for path in paths]
    outs = [
        f"--{name}={tmp_path / name}.parquet" for name in ("images", "all-rejected", "duplicates")
    ]
    assert run.invoke(verbs.app, ["gather", "--cfg", '{"near": 3}', *given, *outs]).exit_code == 0
    images = CHECKED.read(tmp_path / "images.parquet")
    assert len(images) == 4 and set(images["width"]) == {40} and set(images["part"]) == {0, 1}
    assert REJECTED.read(tmp_path / "all-rejected.parquet")["reason"].to_list() == [
        "not an image but a page (HTML)"
    ]
    repeated = DUPLICATES.read(tmp_path / "duplicates.parquet")
    assert repeated.row(0, named=True) == {
        "image_id": "own/3.jpg", "first": "own/0.jpg", "kind": "exact", "bits": 0,
    }  # fmt: skip
    assert LISTED.read(Path(parts / "0.parquet")).height == 2


def test_sizes_are_those_of_the_upright_image(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    decode_image(jpeg(0)).save(tmp_path / "turned.jpg", exif=exif)
    good, _ = check_part(listed_from("folder", tmp_path, tmp_path), 0, 1)
    assert good.select("width", "height").row(0) == (30, 40)


def test_pipes_and_names_that_are_no_text_are_passed_over(tmp_path):
    (tmp_path / "pics").mkdir()
    (tmp_path / "pics/a.jpg").write_bytes(jpeg(0))
    os.mkfifo(tmp_path / "pics/pipe.jpg")
    assert listed_from("folder", "pics", tmp_path)["image_id"].to_list() == ["own/a.jpg"]
    with pytest.raises(UserError, match="neither a folder nor a file"):
        listed_from("webdataset", "pics/pipe.jpg", tmp_path)
    with tarfile.open(tmp_path / "x.tar", "w", format=tarfile.GNU_FORMAT) as packed:
        for name in ("b\udcff.jpg", "c.jpg"):
            member = tarfile.TarInfo(name)
            member.size = len(jpeg(0))
            packed.addfile(member, io.BytesIO(jpeg(0)))
    assert listed_from("webdataset", "x.tar", tmp_path)["image_id"].to_list() == ["own/x.tar/c.jpg"]


def test_another_table_of_labels_and_a_file_for_a_dataset_are_sentences(tmp_path):
    (tmp_path / "val").mkdir()
    (tmp_path / "val/a.jpg").write_bytes(jpeg(0))
    (tmp_path / "LOC_val_solution.csv").write_text("image,label\na,n01\n")
    with pytest.raises(UserError, match="ImageId and PredictionString"):
        listed_from("imagenet", ".", tmp_path, split="val")
    with pytest.raises(UserError, match="is a file"):
        listed_from("huggingface", "val/a.jpg", tmp_path)


def test_listed_paths_name_no_machine_where_the_source_lies_in_the_project(tmp_path, monkeypatch):
    (tmp_path / "pics").mkdir()
    (tmp_path / "pics/a.jpg").write_bytes(jpeg(0))
    job = tmp_path / "results/study"
    job.mkdir(parents=True)
    monkeypatch.chdir(job)
    listed = listed_from("folder", "pics", Path("../.."))
    assert listed["path"].to_list() == ["../../pics/a.jpg"]
    assert Corpus(listed).bytes_of("own/a.jpg") == jpeg(0)
    outside = listed_from("folder", tmp_path / "pics", Path("../.."))
    assert outside["path"].to_list() == [str(tmp_path / "pics/a.jpg")]
