"""The VLM study's scores against cases worked by hand."""

import math
import random

import numpy as np
import polars as pl
import pytest
import torch

from clipblind.encoders.base import LoadedEncoder
from clipblind.ground.factors import FACTOR_OF_PATTERN, FACTORS, change, sample_scene
from clipblind.ground.tables.answers import VERDICTS
from clipblind.ground.tables.matching import CORRELATION, MATCHES
from clipblind.matching.scores import correlate, score_matches
from clipblind.matching.twins import image_to_text, match_twins, text_to_image
from clipblind.matching.zero_shot import name_factors, zero_shot

# image by text: rows are images, columns are texts
RIGHT_BOTH_WAYS = [[0.9, 0.1], [0.2, 0.8]]
SAME_IMAGE_FOR_BOTH_TEXTS = [[0.9, 0.8], [0.2, 0.1]]
SAME_TEXT_FOR_BOTH_IMAGES = [[0.9, 0.2], [0.8, 0.3]]
SWAPPED = [[0.1, 0.9], [0.8, 0.2]]
TIED = [[0.5, 0.5], [0.5, 0.5]]


@pytest.mark.parametrize(
    ("similarity", "by_text", "by_image"),
    [
        (RIGHT_BOTH_WAYS, True, True),
        (SAME_IMAGE_FOR_BOTH_TEXTS, False, False),
        (SAME_TEXT_FOR_BOTH_IMAGES, True, False),
        (SWAPPED, False, False),
        (TIED, False, False),
    ],
)
def test_a_pair_is_right_only_if_both_choices_are(similarity, by_text, by_image):
    pairs = torch.tensor([similarity])
    assert text_to_image(pairs).tolist() == [by_text]
    assert image_to_text(pairs).tolist() == [by_image]


def test_the_official_score_is_the_softmax_rule():
    pairs = torch.randn(200, 2, 2, generator=torch.Generator().manual_seed(0))
    chance = (100 * pairs).softmax(dim=1)
    expected = (chance[:, 0, 0] > 0.5) & ~(chance[:, 0, 1] > 0.5)
    assert torch.equal(text_to_image(pairs), expected)


def test_guessing_independently_is_right_in_a_quarter_of_the_pairs():
    pairs = torch.randn(20000, 2, 2, generator=torch.Generator().manual_seed(1))
    assert text_to_image(pairs).float().mean().item() == pytest.approx(0.25, abs=0.01)


def _oracle(sees):
    """An encoder of texts that knows the words of some factors, and images to go with it."""
    words = {}

    def vector_of(text):
        total = np.zeros(64, np.float32)
        for word in text.split():
            if word in sees:
                index = words.setdefault(word, len(words))
                total[index] = 1
        total[63] = 0.1
        return total / np.linalg.norm(total)

    def embed_texts(texts):
        return torch.from_numpy(np.stack([vector_of(text) for text in texts]))

    return vector_of, LoadedEncoder(
        name="oracle",
        model=torch.nn.Identity(),
        image_size=1,
        feature="",
        width=0,
        num_patches=0,
        preprocess=lambda _: torch.empty(0),
        embed_images=lambda pixels: pixels,
        patch_tokens=lambda pixels, _: pixels,
        embed_texts=embed_texts,
    )


def _twins(pairs=6):
    rng = random.Random(0)
    scenes, rows = {}, []
    for pattern, factor in FACTOR_OF_PATTERN.items():
        for n in range(pairs):
            a, b = f"{pattern}{n}a", f"{pattern}{n}b"
            scenes[a] = sample_scene(rng)
            scenes[b] = change(scenes[a], [factor], rng)
            rows.append((f"{pattern}-{n}", pattern, a, b))
    columns = ("pair_id", "pattern", "image_a", "image_b")
    return scenes, pl.DataFrame(rows, schema=columns, orient="row")


def test_an_encoder_that_sees_colour_alone_is_right_on_colour_alone():
    vector_of, oracle = _oracle(set(FACTORS["colour"].values))
    scenes, twins = _twins()
    images = {name: vector_of(scene.colour) for name, scene in scenes.items()}
    matches = match_twins(oracle, twins, scenes, images, prefix="a photo of ", seed=0)
    scores = score_matches("oracle", 64, 1.0, matches)
    official = scores.filter(pl.col("direction") == "text_to_image")
    by_pattern = dict(official.select("pattern", "accuracy").iter_rows())
    assert by_pattern.pop("average") == pytest.approx(1 / 9)
    assert by_pattern.pop("colour") == 1
    assert set(by_pattern.values()) == {0}


def _pictures(count, seen):
    """Scenes by id, and images in which one factor shows."""
    vector_of, oracle = _oracle(set(FACTORS[seen].values))
    rng = random.Random(1)
    scenes = {f"i{n:03}": sample_scene(rng) for n in range(count)}
    images = {name: vector_of(getattr(scene, seen)) for name, scene in scenes.items()}
    return oracle, scenes, images


def test_zero_shot_accuracy_is_full_for_what_is_seen_and_chance_for_the_rest():
    oracle, scenes, images = _pictures(200, "colour")
    named = name_factors(oracle, scenes, images, prefix="", seed=0)
    table = zero_shot("oracle", named, {"colour": 0.5})
    rows = {row["factor"]: row for row in table.iter_rows(named=True)}
    assert rows["colour"]["accuracy"] == 1
    assert (rows["colour"]["mention_rate"], rows["letter"]["mention_rate"]) == (0.5, 0)
    for factor in ("facing", "letter", "view"):
        assert rows[factor]["low"] - 0.1 < rows[factor]["chance"] < rows[factor]["high"] + 0.1


def test_every_picture_is_asked_about_every_factor_and_keeps_its_id():
    oracle, scenes, images = _pictures(30, "colour")
    # one picture is not what its scene says
    wrong = next(name for name, scene in scenes.items() if scene.colour != "red")
    red = next(name for name, scene in scenes.items() if scene.colour == "red")
    images[wrong] = images[red]
    named = name_factors(oracle, scenes, images, prefix="a photo of ", seed=0)
    assert named.group_by("factor").len()["len"].to_list() == [30] * len(FACTORS)
    colour = named.filter(pl.col("factor") == "colour")
    assert colour.filter(~pl.col("right"))["image_id"].to_list() == [wrong]


def test_the_order_of_scenes_and_images_changes_nothing():
    oracle, scenes, images = _pictures(30, "colour")
    turned = [dict(reversed(given.items())) for given in (scenes, images)]
    expected = name_factors(oracle, scenes, images, prefix="", seed=0)
    assert name_factors(oracle, *turned, prefix="", seed=0).equals(expected)


def _matches(rights):
    """For each pattern, so many of ten twins matched."""
    rows = [(f"{p}-{n}", p, n < right, False) for p, right in rights.items() for n in range(10)]
    return pl.DataFrame(rows, schema=dict(MATCHES.columns), orient="row")


def _verdicts(rights, benchmark="twins"):
    """For each pattern, so many of ten pairs answered right."""
    rows = [
        (
            f"{p}-{n}/{i}",
            f"{p}-{n}",
            benchmark,
            p,
            "a",
            "correct" if n < right or i else "incorrect",
            "",
        )
        for p, right in rights.items()
        for n in range(10)
        for i in range(2)
    ]
    return pl.DataFrame(rows, schema=dict(VERDICTS.columns), orient="row")


RISING = {pattern: n + 1 for n, pattern in enumerate(FACTOR_OF_PATTERN)}
FALLING = {pattern: 9 - n for n, pattern in enumerate(FACTOR_OF_PATTERN)}


def test_correlation_is_taken_over_patterns_and_joined_by_name():
    answered = _verdicts(dict(reversed(RISING.items())))
    (row,) = correlate(
        {"clip": _matches(RISING)}, {"llava": answered}, {"llava": ["clip"]}, 0
    ).to_dicts()
    assert (row["contender"], row["encoder"], row["patterns"]) == ("llava", "clip", 9)
    assert [row[key] for key in ("pearson", "low", "high")] == pytest.approx([1, 1, 1])
    assert row["p"] == row["p_holm"] < 0.001


def test_contenders_are_correlated_on_the_twins_alone():
    both = pl.concat([_verdicts(RISING), _verdicts(FALLING, "mined"), _verdicts(FALLING, "random")])
    (row,) = correlate(
        {"clip": _matches(RISING)}, {"llava": both}, {"llava": ["clip"]}, 0
    ).to_dicts()
    assert row["pearson"] == pytest.approx(1)


def test_each_contender_is_correlated_with_each_of_its_towers():
    matches = {"web": _matches(RISING), "told": _matches(dict.fromkeys(RISING, 10))}
    verdicts = {"two": _verdicts(RISING), "one": _verdicts(FALLING), "none": _verdicts(RISING)}
    table = correlate(matches, verdicts, {"two": ["web", "told"], "one": ["web"]}, 0)
    assert table.select("contender", "encoder").rows() == [
        ("one", "web"), ("two", "told"), ("two", "web"),
    ]  # fmt: skip
    falling, constant, rising = table.to_dicts()
    assert (falling["pearson"], rising["pearson"]) == pytest.approx((-1, 1))
    # one of the three is undefined, so the others are corrected for being two
    assert all(math.isnan(constant[key]) for key in ("pearson", "low", "high", "p", "p_holm"))
    assert rising["p_holm"] == pytest.approx(2 * rising["p"])


def test_no_contender_with_a_tower_gives_an_empty_table():
    assert correlate({"web": _matches(RISING)}, {}, {}, 0).schema == dict(CORRELATION.columns)
