"""Zero-shot accuracy is full for what an encoder sees, and chance for the rest."""

import random

import polars as pl

from clipblind.ground.factors import FACTORS, sample_scene
from clipblind.matching.zero_shot import name_factors, zero_shot
from tests.matching.oracle import oracle, scenes_of


def _pictures(count, seen):
    """Scenes by id, and images in which one factor shows."""
    vector_of, encoder = oracle(set(FACTORS[seen].values))
    rng = random.Random(1)
    scenes = {f"i{n:03}": sample_scene(rng) for n in range(count)}
    images = {name: vector_of(getattr(scene, seen)) for name, scene in scenes.items()}
    return encoder, scenes, images


def test_zero_shot_accuracy_is_full_for_what_is_seen_and_chance_for_the_rest():
    encoder, scenes, images = _pictures(200, "colour")
    named = name_factors(encoder, scenes_of(scenes), images, prefix="", seed=0)
    table = zero_shot("oracle", named, {"colour": 0.5})
    rows = {row["factor"]: row for row in table.iter_rows(named=True)}
    assert rows["colour"]["accuracy"] == 1
    assert (rows["colour"]["mention_rate"], rows["letter"]["mention_rate"]) == (0.5, 0)
    for factor in ("facing", "letter", "view"):
        assert rows[factor]["low"] - 0.1 < rows[factor]["chance"] < rows[factor]["high"] + 0.1


def test_every_picture_is_asked_about_every_factor_and_keeps_its_id():
    encoder, scenes, images = _pictures(30, "colour")
    # one picture is not what its scene says
    wrong = next(name for name, scene in scenes.items() if scene.colour != "red")
    red = next(name for name, scene in scenes.items() if scene.colour == "red")
    images[wrong] = images[red]
    named = name_factors(encoder, scenes_of(scenes), images, prefix="a photo of ", seed=0)
    assert named.group_by("factor").len()["len"].to_list() == [30] * len(FACTORS)
    colour = named.filter(pl.col("factor") == "colour")
    assert colour.filter(~pl.col("right"))["image_id"].to_list() == [wrong]


def test_the_order_of_scenes_and_images_changes_nothing():
    encoder, scenes, images = _pictures(30, "colour")
    turned = scenes_of(scenes).reverse(), dict(reversed(images.items()))
    expected = name_factors(encoder, scenes_of(scenes), images, prefix="", seed=0)
    assert name_factors(encoder, *turned, prefix="", seed=0).equals(expected)


def test_how_often_captions_named_a_factor_is_unknown_of_encoders_from_elsewhere():
    encoder, scenes, images = _pictures(5, "colour")
    named = name_factors(encoder, scenes_of(scenes), images, prefix="", seed=0)
    assert zero_shot("oracle", named, {})["mention_rate"].to_list() == [None] * len(FACTORS)
