"""A linear probe finds what an embedding holds, and only that."""

import random
from dataclasses import asdict, replace

import numpy as np
import polars as pl
import pytest

from clipblind.controls.probes import probe_factors
from clipblind.ground.factors import FACTORS, sample_scene
from clipblind.ground.tables.controls import PROBES
from clipblind.ground.tables.world import SCENES

HELD = ("colour", "facing")


def _scenes(count, seed):
    rng = random.Random(seed)
    return [sample_scene(rng) for _ in range(count)]


def _codes(scenes, factor, width, seed=0):
    """A random vector for each value of a factor, `[scenes, width]`."""
    values = FACTORS[factor].values
    codes = np.random.default_rng(seed).normal(size=(len(values), width))
    return codes[[values.index(getattr(scene, factor)) for scene in scenes]]


def _embeddings(scenes, held, noise, seed):
    rows = noise * np.random.default_rng(seed).normal(size=(len(scenes), 16))
    for n, factor in enumerate(held):
        rows += _codes(scenes, factor, 16, seed=n + 100)
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def _probe(fit, images, test, test_images):
    """The table for searched and held-out scenes with their embeddings."""
    rows, vectors = [], {}
    for split, scenes, shown in (("search", fit, images), ("heldout", test, test_images)):
        for n, (scene, vector) in enumerate(zip(scenes, shown, strict=True)):
            name = f"{split}-{n:06}"
            rows.append({"image_id": name, "split": split, "twin_of": None, **asdict(scene)})
            vectors[name] = vector
    return probe_factors("clip", pl.DataFrame(rows, schema=dict(SCENES.columns)), vectors)


def _probed(held, noise=0.1):
    fit, test = _scenes(600, 1), _scenes(400, 2)
    images = (_embeddings(fit, held, noise, 3), _embeddings(test, held, noise, 4))
    return _probe(fit, images[0], test, images[1])


@pytest.fixture(scope="module")
def probed():
    return {row["factor"]: row for row in _probed(HELD).iter_rows(named=True)}


@pytest.mark.parametrize("factor", HELD)
def test_what_the_embedding_holds_is_read(probed, factor):
    assert probed[factor]["accuracy"] > 0.97


@pytest.mark.parametrize("factor", [f for f in FACTORS if f not in HELD])
def test_what_the_embedding_lacks_is_guessed(probed, factor):
    row = probed[factor]
    assert row["low"] - 0.04 < row["chance"] < row["high"] + 0.04


def test_every_factor_is_told_with_its_pictures_and_chance(probed, tmp_path):
    assert list(probed) == list(FACTORS)
    row = probed["count"]
    assert (row["encoder"], row["fitted_on"], row["images"]) == ("clip", 600, 400)
    assert row["chance"] == pytest.approx(1 / 3)
    PROBES.write(_probed(()), tmp_path / "probes.csv")


def test_information_in_noise_is_read_in_part():
    noisy = {row["factor"]: row["accuracy"] for row in _probed(HELD, 1.5).iter_rows(named=True)}
    assert 1 / 6 + 0.1 < noisy["colour"] < 0.9


def test_what_no_plane_separates_is_not_read():
    """Two dimensions whose product's sign is the factor: there, but not for a linear probe."""

    def crossed(scenes, seed):
        signs = np.random.default_rng(seed).choice((-1.0, 1.0), size=len(scenes))
        facing = np.array([1.0 if s.facing == "leftwards" else -1.0 for s in scenes])
        return np.stack([signs, signs * facing], axis=1).astype(np.float32) / 2**0.5

    fit, test = _scenes(600, 1), _scenes(400, 2)
    table = _probe(fit, crossed(fit, 3), test, crossed(test, 4))
    (accuracy,) = [r["accuracy"] for r in table.iter_rows(named=True) if r["factor"] == "facing"]
    assert accuracy < 0.6


def test_the_same_embeddings_give_the_same_table(probed):
    assert {row["factor"]: row for row in _probed(HELD).iter_rows(named=True)} == probed


def _alike(scenes, seed):
    """Embeddings as encoders give them: some factors loud, others hardly there, all of it alike."""
    rng = np.random.default_rng(seed)
    rows = 0.02 * rng.normal(size=(len(scenes), 64))
    rows += (
        0.15 * rng.normal(size=(len(scenes), 20)) @ np.random.default_rng(9).normal(size=(20, 64))
    )
    for n, (factor, loud) in enumerate(zip(FACTORS, np.geomspace(2, 0.01, 12), strict=True)):
        rows += loud * _codes(scenes, factor, 64, seed=n + 100)
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def test_another_processors_last_digits_change_no_cell():
    """Ten times as much as a float32 of another machine differs."""
    fit, test = _scenes(2000, 1), _scenes(1000, 2)
    images = (_alike(fit, 3), _alike(test, 4))
    expected = _probe(fit, images[0], test, images[1])
    assert expected["accuracy"].n_unique() > 3
    rng = np.random.default_rng(5)
    for digit, same in ((1e-6, True), (0.1, False)):
        other = [(i * (1 + digit * rng.normal(size=i.shape))).astype(np.float32) for i in images]
        assert _probe(fit, other[0], test, other[1]).equals(expected) is same


def test_pictures_that_are_not_embedded_do_not_count():
    fit, test = _scenes(50, 1), _scenes(30, 2)
    images = (_embeddings(fit, HELD, 0.1, 3), _embeddings(test, HELD, 0.1, 4))
    rows = [
        {"image_id": f"{split}-{n}", "split": split, "twin_of": None, **asdict(scene)}
        for split, scenes in (("search", fit), ("heldout", test), ("twins", test))
        for n, scene in enumerate(scenes)
    ]
    scenes = pl.DataFrame(rows, schema=dict(SCENES.columns))
    vectors = {f"search-{n}": vector for n, vector in enumerate(images[0][:40])}
    vectors |= {f"heldout-{n}": vector for n, vector in enumerate(images[1][:20])}
    vectors |= {f"twins-{n}": vector for n, vector in enumerate(images[1])}
    table = probe_factors("clip", scenes, vectors)
    assert table.select("fitted_on", "images").unique().rows() == [(40, 20)]


def test_a_factor_with_one_value_in_a_tiny_pool_is_no_crash():
    scenes = [replace(scene, hat="with") for scene in _scenes(40, 1)]
    rows = np.random.default_rng(0).normal(size=(40, 8)).astype(np.float32)
    table = _probe(scenes, rows, scenes, rows)
    assert table.filter(pl.col("factor") == "hat")["accuracy"].item() == 1
