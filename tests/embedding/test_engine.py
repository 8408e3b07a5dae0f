"""Embedding real images: order, workers, batches, lack of memory, images that can't be read."""

import dataclasses
import io
import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from clipblind.embedding import engine as embedding
from clipblind.embedding.engine import Batcher, embed_images, no_embeddings
from clipblind.embedding.files import read_embeddings
from clipblind.encoders.base import LoadedEncoder, unit
from clipblind.ground.errors import UserError
from clipblind.ground.tables.pool import CHECKED, LISTED
from clipblind.pools.checking import check_part
from clipblind.pools.decoding import Undecodable, decode_image
from clipblind.pools.sources import list_sources
from clipblind.study.settings.encoder import Embedding
from clipblind.study.settings.pool import Files
from tests.workflow.shrunken import clip

SIDE = 16


def jpeg(seed):
    rng = np.random.default_rng(seed)
    image = Image.fromarray(rng.integers(0, 256, (4, 4, 3), dtype=np.uint8)).resize((40, 30))
    written = io.BytesIO()
    image.save(written, "JPEG")
    return written.getvalue()


class Stored:
    """Images in memory; some can't be read."""

    def __init__(self, count, bad=()):
        self.data = {f"i{k:03}": jpeg(k) for k in range(count)}
        self.bad = set(bad)

    def bytes_of(self, image_id):
        if image_id in self.bad:
            raise Undecodable("cut short")
        return self.data[image_id]


def encoder(fits=10**9, error=None):
    """A linear encoder; more than `fits` images at once are too many."""
    torch.manual_seed(0)
    model = nn.Linear(3 * SIDE * SIDE, 8).requires_grad_(False)
    seen = []

    def preprocess(image):
        pixels = np.asarray(image.resize((SIDE, SIDE)), np.float32).transpose(2, 0, 1)
        return torch.from_numpy(pixels / 255)

    def embed(pixels):
        if len(pixels) > fits:
            raise error or torch.OutOfMemoryError("CUDA out of memory")
        seen.append(len(pixels))
        return unit(model(pixels.flatten(1)))

    made = LoadedEncoder(
        name="e", model=model, image_size=SIDE, feature="f", width=8, num_patches=1,
        preprocess=preprocess, embed_images=embed, patch_tokens=lambda pixels, layer: pixels,
    )  # fmt: skip
    return made, seen


def run(stored, made, *, batch=8, workers=0):
    return embed_images(
        made, list(stored.data), stored, Embedding(workers=workers), Batcher.of(batch)
    )


def test_rows_come_in_the_order_of_ids_with_unit_norm():
    stored = Stored(37)
    made, seen = encoder()
    ids, rows, lost = run(stored, made)
    assert ids == list(stored.data) and not lost and max(seen) == 8
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)
    alone = [run(Stored(37), made, batch=1)[1]]
    assert np.abs(rows - alone[0]).max() < 1e-6


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_workers_change_no_byte(workers):
    made, _ = encoder()
    reference = run(Stored(50, ["i007"]), made)
    found = run(Stored(50, ["i007"]), made, workers=workers)
    assert found[0] == reference[0] and found[2] == reference[2] == {"i007": "cut short"}
    assert found[1].tobytes() == reference[1].tobytes()


def test_a_batch_put_together_while_another_is_computed_changes_no_byte(monkeypatch):
    stored = Stored(50, ["i007"])
    reference = run(stored, encoder()[0])
    monkeypatch.setattr(embedding, "_turns", lambda held: ThreadPoolExecutor(1))
    for workers in (0, 2):
        found = run(stored, encoder()[0], workers=workers)
        assert found[0] == reference[0] and found[1].tobytes() == reference[1].tobytes()
    fits, seen = encoder(fits=5)
    halved = run(stored, fits, batch=32)
    assert len(halved[0]) == 49 and max(seen) <= 4
    with pytest.raises(UserError, match="Memory runs out over a single image"):
        run(stored, encoder(fits=0)[0])


def test_at_most_two_batches_wait_for_the_model(monkeypatch):
    """One that is computed and one that is next: memory doesn't grow with a slow model."""
    monkeypatch.setattr(embedding, "_turns", lambda held: ThreadPoolExecutor(1))
    made, seen = encoder()

    def slow(pixels):
        time.sleep(0.02)
        return made.embed_images(pixels)

    class Counted(Stored):
        asked = 0

        def bytes_of(self, image_id):
            self.asked += 1
            assert self.asked - sum(seen) <= 2 * 16 + 16  # and those of one hand-over
            return super().bytes_of(image_id)

    stored = Counted(160)
    run(stored, dataclasses.replace(made, embed_images=slow), batch=16)
    assert sum(seen) == 160


def test_a_worker_decodes_only_when_the_model_rests(monkeypatch):
    class Recorded(Stored):
        def bytes_of(self, image_id):
            done.append("decoded")
            return super().bytes_of(image_id)

    def let_go(_):
        done.append("waited")
        decoded.held.value = len(done) < 3

    done, stored = [], Recorded(1)
    decoded = embedding._Decoded(encoder()[0], ["i000"], stored)
    model = embedding._Alone(decoded.held)
    assert model.submit(lambda: decoded.held.value).result() == 1 and decoded.held.value == 0
    with pytest.raises(ZeroDivisionError):
        model.submit(lambda: 1 / 0)
    assert decoded.held.value == 0
    monkeypatch.setattr(embedding.time, "sleep", let_go)
    decoded.held.value = 1
    assert decoded[0][0] == "i000"
    assert done == ["waited", "waited", "waited", "decoded"]


def test_a_worker_whose_run_was_killed_over_a_batch_does_not_wait_for_ever(monkeypatch):
    monkeypatch.setattr(embedding, "LONGEST_HOLD", 0.02)
    decoded = embedding._Decoded(encoder()[0], ["i000"], Stored(1))
    decoded.held.value = 1
    assert decoded[0][0] == "i000"


@pytest.mark.parametrize("size", [1, 5, 8, 16, 21])
def test_batches_are_cut_from_what_waits_in_its_order(size):
    parts = [torch.arange(a, b).float()[:, None] for a, b in ((0, 3), (3, 4), (4, 16), (16, 21))]
    batch, left = embedding._take(parts, size)
    assert batch.flatten().tolist() == list(range(size))
    assert [v for part in left for v in part.flatten().tolist()] == list(range(size, 21))


@pytest.mark.parametrize(
    "error", [torch.OutOfMemoryError("x"), RuntimeError("can't allocate memory: you tried 9 GB")]
)
def test_a_batch_too_large_is_halved_until_it_fits_and_nothing_is_lost(error):
    made, seen = encoder(fits=5, error=error)
    ids, rows, _ = run(Stored(40), made, batch=32)
    assert len(ids) == 40 and sum(seen) == 40 and max(seen) == 4
    assert np.abs(rows - run(Stored(40), encoder()[0])[1]).max() < 1e-6


def test_a_single_image_too_large_is_said_in_a_sentence():
    with pytest.raises(UserError, match="Memory runs out over a single image"):
        run(Stored(3), encoder(fits=0)[0])


def test_another_fault_is_not_taken_for_memory():
    made, _ = encoder(fits=0, error=RuntimeError("shapes differ"))
    with pytest.raises(RuntimeError, match="shapes differ"):
        run(Stored(3), made)


def test_batches_grow_while_it_pays():
    batcher = Batcher(32, growing=True)
    sizes = []
    for _ in range(8):
        sizes.append(batcher.size)
        # twice the images take 1.5 times as long up to 128, and then twice as long
        batcher.went(batcher.size, batcher.size**0.585 if batcher.size <= 128 else batcher.size)
    assert max(sizes) >= 256 and not batcher.growing and batcher.size in (128, 256)
    fixed = Batcher.of(8)
    fixed.went(8, 1e-3)
    assert fixed.size == 8


@pytest.mark.parametrize("error", [ValueError, ZeroDivisionError, RuntimeError, OverflowError])
@pytest.mark.parametrize("workers", [0, 1])
def test_a_picture_that_preprocessing_refuses_stops_no_other(error, workers):
    """Qwen-VL-Series-Finetune 133, as an encoder's processor may do it."""
    stored, (made, _) = Stored(9), encoder()
    usual, refused = made.preprocess, decode_image(stored.bytes_of("i004")).tobytes()

    def choosy(image):
        if image.tobytes() == refused:
            raise error("aspect ratio\nmust be smaller than 200")
        return usual(image)

    kept, rows, lost = run(stored, dataclasses.replace(made, preprocess=choosy), workers=workers)
    assert len(kept) == len(rows) == 8 and "i004" not in kept
    said = "the encoder's preprocessing refuses it (aspect ratio must be smaller than 200)"
    assert lost == {"i004": said}


def test_images_that_cannot_be_read_stop_nothing():
    stored = Stored(10, [f"i00{k}" for k in range(10)])
    ids, rows, lost = run(stored, encoder()[0])
    assert ids == [] and len(lost) == 10 and len(rows) == 0
    assert no_embeddings(encoder()[0])[1].shape == (0, 8)


@pytest.fixture(scope="module")
def part(tmp_path_factory):
    """A listed and checked part of 300 images, and a tiny CLIP to embed it with."""
    folder = tmp_path_factory.mktemp("part")
    (folder / "pics").mkdir()
    for k in range(300):
        (folder / f"pics/{k:03}.jpg").write_bytes(jpeg(k))
    listed = list_sources({"own": Files(kind="folder", path="pics")}, folder)
    LISTED.write(listed, folder / "0.parquet")
    CHECKED.write(check_part(listed, 0, 1)[0], folder / "checked.parquet")
    clip(folder / "model", seed=0, quick_gelu=False)
    return folder


def command(part, out, saved=8192, **embedding):
    """The verb as a rule calls it, with so many images in a chunk that is kept."""
    encoder_ = {"loader": "open_clip", "source": "tiny", "text": True}
    cfg = json.dumps({"encoder": encoder_, "embedding": {"batch": 16, "workers": 1, **embedding}})
    code = f"import clipblind.cli as c, clipblind.embedding.job as e; e.SAVED = {saved}; c.app()"
    return [
        *(sys.executable, "-c", code, "encoder", "work", "--name", "tiny", "--cfg", cfg),
        *("--listed", str(part / "0.parquet"), "--checked", str(part / "checked.parquet")),
        *("--folder", str(part / "model"), "--embeddings", str(out)),
        *("--devices", str(out / "devices")),
    ]


def test_a_killed_run_goes_on_and_ends_with_the_same_bytes(part, tmp_path):
    whole, torn = tmp_path / "whole", tmp_path / "torn"
    for folder in (whole, torn):
        (folder / ".partial").mkdir(parents=True)
    subprocess.run(command(part, whole, saved=32), cwd=whole, check=True, capture_output=True)
    running = subprocess.Popen(command(part, torn, saved=32), cwd=torn, start_new_session=True)
    while len(list(torn.glob(".partial/embed-*/*.arrow"))) < 2 and running.poll() is None:
        time.sleep(0.01)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    kept = {p.name: p.stat().st_mtime_ns for p in torn.glob(".partial/embed-*/0*.arrow")}
    assert kept and not (torn / "0.arrow").exists()
    done = subprocess.run(
        command(part, torn, saved=32), cwd=torn, check=True, capture_output=True, text=True
    )
    assert "done before" in done.stderr
    ids, rows = read_embeddings([torn / "0.arrow"])
    assert (torn / "0.arrow").read_bytes() == (whole / "0.arrow").read_bytes()
    assert len(ids) == 300 and rows.shape == (300, 24)
    made = json.loads((whole / "0.json").read_text())
    assert (made["feature"], made["precision"]) == ("projected class embedding", "float32")


def test_an_image_that_vanished_is_one_sentence(part, tmp_path):
    gone = part / "pics/123.jpg"
    data = gone.read_bytes()
    gone.unlink()
    try:
        done = subprocess.run(command(part, tmp_path), cwd=tmp_path, capture_output=True, text=True)
    finally:
        gone.write_bytes(data)
    assert done.returncode == 1
    assert "own/123.jpg could be read when it was checked, but not now" in done.stderr
    assert "Traceback" not in done.stderr
