"""Scenes of the world: splits, near-twins, twins."""

from collections import Counter

import polars as pl
import pytest

from clipblind.ground.factors import FACTOR_OF_PATTERN, FACTORS
from clipblind.study.settings.pool import World
from clipblind.world.scenes import sample_split, scene_of, twin_pairs
from clipblind.world.shards import SETTINGS_OF_SPLIT, shard_names, split_sizes

POOL = World(
    kind="world",
    image_size=64,
    shard_images=50,
    encoder_images=120,
    contender_images=60,
    search_images=80,
    near_twin_share=0.5,
    heldout_images=30,
    twin_pairs=4,
    captions={},
)


def _world(pool, seed):
    return pl.concat(
        sample_split(split, {key: getattr(pool, key) for key in keys}, seed)
        for split, keys in SETTINGS_OF_SPLIT.items()
    )


@pytest.fixture(scope="module")
def scenes():
    return _world(POOL, seed=0)


def test_the_world_is_the_same_for_the_same_seed_and_another_for_another(scenes):
    assert scenes.equals(_world(POOL, seed=0))
    assert not scenes.equals(_world(POOL, seed=1))


def test_splits_have_the_sizes_asked_for_and_fill_their_shards(scenes):
    found = dict(Counter(scenes["split"].to_list()))
    assert found == split_sizes(POOL)
    assert shard_names(POOL, "encoder", "heldout") == [
        "encoder-0",
        "encoder-1",
        "encoder-2",
        "heldout-0",
    ]


def test_no_scene_is_in_two_splits(scenes):
    assert not scenes.select(*FACTORS, "nuisance").is_duplicated().any()


def test_near_twins_in_the_search_split_differ_in_one_or_two_factors(scenes):
    rows = {row["image_id"]: row for row in scenes.iter_rows(named=True)}
    twins = [r for r in rows.values() if r["split"] == "search" and r["twin_of"]]
    assert len(twins) == 20
    for row in twins:
        assert len(scene_of(row).differs_from(scene_of(rows[row["twin_of"]]))) in (1, 2)


@pytest.mark.parametrize(("count", "share"), [(7, 1.0), (1, 0.5), (10, 0.0)])
def test_the_search_split_has_its_size_whatever_the_share_of_near_twins(count, share):
    drawn = sample_split("search", {"search_images": count, "near_twin_share": share}, seed=0)
    assert len(drawn) == count
    assert drawn["twin_of"].count() == int(count * share / 2)


def test_every_pattern_has_its_twins_which_differ_in_its_factor_alone(scenes):
    rows = {row["image_id"]: scene_of(row) for row in scenes.iter_rows(named=True)}
    pairs = twin_pairs(scenes, per_pattern=3)
    assert Counter(pairs["pattern"].to_list()) == dict.fromkeys(FACTOR_OF_PATTERN, 3)
    for _, pattern, a, b in pairs.iter_rows():
        assert rows[a].differs_from(rows[b]) == (FACTOR_OF_PATTERN[pattern],)


def test_factors_are_drawn_evenly_and_independently():
    drawn = sample_split("encoder", {"encoder_images": 6000}, seed=3)
    for name, factor in FACTORS.items():
        counts = drawn[name].value_counts(name="n")["n"]
        assert counts.len() == len(factor.values)
        assert counts.min() > 0.85 * 6000 / len(factor.values)
    together = drawn.group_by("facing", "side").len()["len"]
    assert together.min() > 0.9 * 6000 / 4
