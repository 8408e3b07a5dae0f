"""The VLM study's scores against cases worked by hand."""

import random

import numpy as np
import polars as pl
import pytest
import torch

from clipblind.encoders.base import LoadedEncoder
from clipblind.pools.world.factors import FACTOR_OF_PATTERN, FACTORS, change, sample_scene
from clipblind.vlm.matching import image_to_text, match_twins, text_to_image
from clipblind.vlm.scores import correlate, score_matches
from clipblind.vlm.zero_shot import zero_shot

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


def test_zero_shot_accuracy_is_full_for_what_is_seen_and_chance_for_the_rest():
    vector_of, oracle = _oracle(set(FACTORS["colour"].values))
    rng = random.Random(1)
    scenes = [sample_scene(rng) for _ in range(200)]
    images = np.stack([vector_of(scene.colour) for scene in scenes])
    table = zero_shot(oracle, scenes, images, {"colour": 0.5}, prefix="", seed=0)
    rows = {row["factor"]: row for row in table.iter_rows(named=True)}
    assert rows["colour"]["accuracy"] == 1
    assert rows["colour"]["mention_rate"] == 0.5
    for factor in ("facing", "letter", "view"):
        assert rows[factor]["low"] - 0.1 < rows[factor]["chance"] < rows[factor]["high"] + 0.1


def test_correlation_is_taken_over_patterns_and_joined_by_name():
    patterns = list(FACTOR_OF_PATTERN)
    vlm = pl.DataFrame(
        {
            "encoder": "clip",
            "direction": "text_to_image",
            "pattern": patterns,
            "accuracy": [n / 10 for n in range(9)],
        }
    )
    answered = pl.DataFrame(
        {
            "benchmark": "twins",
            "contender": "llava",
            "pattern": patterns[::-1],
            "pair_accuracy": [n / 20 for n in range(9)][::-1],
        }
    )
    (row,) = correlate(vlm, answered, {"llava": ["clip"]}).to_dicts()
    assert row["pearson"] == pytest.approx(1)
    assert row["patterns"] == 9
