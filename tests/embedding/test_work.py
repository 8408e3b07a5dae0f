"""All the work of an encoder in one process, as the rule calls it, on a tiny rendered world."""

import json

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from clipblind import encoders
from clipblind.commands import encoder as verbs
from clipblind.embedding.files import read_embeddings
from clipblind.ground.tables.controls import PROBES
from clipblind.ground.tables.matching import MATCH_SCORES, MATCHES, NAMED, ZERO_SHOT
from clipblind.ground.tables.pool import CHECKED, LISTED
from clipblind.ground.tables.world import SCENES
from clipblind.pools.checking import check_part
from clipblind.pools.tars import list_shards
from clipblind.study.settings.encoder import Encoder
from clipblind.study.settings.training import ClipRecipe, Schedule, SimclrRecipe, VisionTower
from clipblind.world.captions import vocabulary
from clipblind.world.clip_training import train_clip
from clipblind.world.draw import png
from clipblind.world.pictures import write_shard
from clipblind.world.scenes import sample_split, scene_of
from clipblind.world.simclr_training import train_simclr

TOWER = VisionTower(image_size=32, patch=16, width=32, layers=2, heads=2, stem_width=4)
SCHEDULE = Schedule(steps=2, batch=4, learning_rate=1e-3)
SPLITS = {
    "search": {"search_images": 40, "near_twin_share": 0.5},
    "heldout": {"heldout_images": 6},
    "twins": {"twin_pairs": 1},
}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A folder with scenes, shards, a pool in two parts, and two trained encoders."""
    folder = tmp_path_factory.mktemp("world")
    for split, sizes in SPLITS.items():
        scenes = sample_split(split, sizes, 0)
        SCENES.write(scenes, folder / f"scenes/{split}.parquet")
        rows = scenes.iter_rows(named=True)
        shown = [(row["image_id"], png(scene_of(row), 32)) for row in rows]
        write_shard(shown, folder / f"shards/{split}-0.tar")
    listed = list_shards([folder / "shards/search-0.tar"])
    for part, some in enumerate((listed.head(23), listed.tail(17))):
        LISTED.write(some, folder / f"parts/{part}.parquet")
        CHECKED.write(check_part(some, part, 1)[0], folder / f"checked/{part}.parquet")
    images = np.random.default_rng(0).integers(0, 256, (8, 3, 32, 32), dtype=np.uint8)
    how = {"seed": 0, "checkpoint": folder / "checkpoint.pt", "label": "x"}
    train_clip(CLIP.train, images, ["a cat"] * 8, vocabulary(), folder / "encoders/clip", **how)
    how["checkpoint"].unlink(missing_ok=True)
    train_simclr(REFERENCE.train, images, folder / "encoders/reference", **how)
    return folder


CLIP = Encoder(
    loader="open_clip",
    text=True,
    train=ClipRecipe(
        objective="clip",
        captions="web",
        vision=TOWER,
        embed_dim=16,
        text_width=16,
        context_length=16,
        schedule=SCHEDULE,
    ),
)
REFERENCE = Encoder(
    loader="transformers",
    train=SimclrRecipe(
        objective="simclr",
        vision=TOWER,
        temperature=0.2,
        smallest_crop=0.6,
        hue=0.3,
        grey=0.2,
        schedule=SCHEDULE,
    ),
)


def do(world, out, name, entry, *wanted, **embedding):
    """Run the verb over all parts; `wanted` are further options, each with a file of that name."""
    cfg = {
        "seed": 0,
        "encoder": entry.model_dump(mode="json"),
        "embedding": embedding,
        "prefix": "a photo of ",
        "benchmark": {"statements": {"kind": "statements"}} if entry.text else {},
        "policy": {"kind": 1.0},
        "twin_pairs": 1,
    }
    given = ["--name", name, "--cfg", json.dumps(cfg), "--folder", str(world / "encoders" / name)]
    for part in (0, 1):
        given += ["--listed", str(world / f"parts/{part}.parquet")]
        given += ["--checked", str(world / f"checked/{part}.parquet")]
    given += [f"--scenes={world / 'scenes' / split}.parquet" for split in SPLITS]
    given += [f"--shard={world / 'shards' / split}-0.tar" for split in ("twins", "heldout")]
    given += [f"--{option}={out / file}" for option, file in wanted]
    done = CliRunner().invoke(verbs.app, ["work", *given, "--embeddings", str(out)])
    assert done.exit_code == 0, done.output


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_one_process_loads_an_encoder_once_and_does_all_its_work(world, tmp_path, monkeypatch):
    loaded = []
    load = encoders.check
    monkeypatch.setattr(encoders, "check", lambda *it: (loaded.append(it), load(*it)))
    texts = [("matches", "m.parquet"), ("scores", "s.csv"), ("named", "n.parquet")]
    do(world, tmp_path, "clip", CLIP, *texts, ("factors", "f.csv"), ("probes", "p.csv"))
    assert len(loaded) == 1
    ids, rows = read_embeddings([tmp_path / "0.arrow", tmp_path / "1.arrow"])
    assert ids == [f"search-{k:06}" for k in range(40)]
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    made = json.loads((tmp_path / "1.json").read_text())
    assert (made["encoder"], made["precision"], made["image_size"]) == ("clip", "float32", 32)
    matches = MATCHES.read(tmp_path / "m.parquet")
    assert len(matches) == 9 and set(matches["benchmark"]) == {"statements"}
    assert set(MATCH_SCORES.read(tmp_path / "s.csv")["encoder"]) == {"clip"}
    named = NAMED.read(tmp_path / "n.parquet")
    assert set(named["image_id"]) == {f"heldout-{k:06}" for k in range(6)}
    assert ZERO_SHOT.read(tmp_path / "f.csv").filter(factor="kind")["mention_rate"].item() == 1
    probes = PROBES.read(tmp_path / "p.csv")
    assert set(probes.select("fitted_on", "images").rows()) == {(40, 6)}
    assert not list((tmp_path / ".partial").glob("embed-*")), "nothing unfinished is left"


def test_an_encoder_without_texts_is_embedded_and_probed(world, tmp_path):
    do(world, tmp_path, "reference", REFERENCE, ("probes", "p.csv"))
    ids, rows = read_embeddings([tmp_path / "0.arrow", tmp_path / "1.arrow"])
    assert len(ids) == 40 and rows.shape == (40, 32)
    assert set(PROBES.read(tmp_path / "p.csv")["encoder"]) == {"reference"}


def test_how_many_go_at_once_changes_no_more_than_rounding(world, tmp_path):
    for batch in (2, 3):
        do(world, tmp_path / str(batch), "clip", CLIP, batch=batch)
    two, three = (pl.read_ipc(tmp_path / f"{batch}/0.arrow") for batch in (2, 3))
    assert two["image_id"].equals(three["image_id"])
    assert np.allclose(two["embedding"].to_numpy(), three["embedding"].to_numpy(), atol=1e-6)


def test_what_was_embedded_before_the_work_was_stopped_is_not_embedded_again(
    world, tmp_path, monkeypatch
):
    from clipblind.controls import probes
    from clipblind.embedding import job

    def stop(*_):
        raise RuntimeError("stopped")

    with monkeypatch.context() as patched:
        patched.setattr(probes, "probe_factors", stop)
        with pytest.raises(AssertionError):
            do(world, tmp_path, "clip", CLIP, ("probes", "p.csv"))
    assert len(list((tmp_path / ".partial").glob("embed-clip-*"))) == 3
    monkeypatch.setattr(job, "embed_images", stop)
    do(world, tmp_path, "clip", CLIP, ("probes", "p.csv"))
    assert len(PROBES.read(tmp_path / "p.csv")) > 0
