"""One way of matching, one tie rule, against cases worked by hand."""

import random

import numpy as np
import pytest
import torch

from clipblind.encoders.base import LoadedEncoder, unit
from clipblind.ground.tables.matching import MATCHES
from clipblind.matching.match import Couple, image_to_text, match, text_to_image
from tests.matching.official import literally
from tests.workflow.shrunken import picture

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


@pytest.mark.parametrize("scale", [1.0, 14.3, 100.0])
def test_the_score_is_the_official_rule_to_the_letter_ties_included(scale):
    rng = random.Random(0)
    # a coarse grid, so that many texts find both images equally near
    pairs = [[[rng.randint(0, 4) / 8 for _ in "ab"] for _ in "ab"] for _ in range(3000)]
    fine = [[[rng.uniform(-1, 1) for _ in "ab"] for _ in "ab"] for _ in range(3000)]
    tied = sum(pair[0][text] == pair[1][text] for pair in pairs for text in (0, 1))
    assert tied > 500
    for similarity in (pairs, fine):
        found = text_to_image(torch.tensor(similarity, dtype=torch.float64)).tolist()
        assert found == literally(similarity, scale)
        turned = [[*zip(*pair, strict=True)] for pair in similarity]
        other = image_to_text(torch.tensor(similarity, dtype=torch.float64)).tolist()
        assert other == literally(turned, scale)


def test_a_tie_goes_to_the_second_image_as_in_the_official_code():
    first_sure_second_tied = torch.tensor([[[0.9, 0.5], [0.1, 0.5]]])
    both_tied = torch.full((1, 2, 2), 0.5)
    assert text_to_image(first_sure_second_tied).tolist() == [True]
    assert text_to_image(both_tied).tolist() == [False]


def test_in_the_other_direction_a_tie_goes_to_the_second_text():
    first_sure_second_tied = torch.tensor([[[0.9, 0.1], [0.5, 0.5]]])
    assert image_to_text(first_sure_second_tied).tolist() == [True]
    first_tied_second_sure = torch.tensor([[[0.5, 0.5], [0.1, 0.9]]])
    assert image_to_text(first_tied_second_sure).tolist() == [False]


def _oracle(calls):
    """Texts are numbers, images the red of their first pixel; both are points on a circle."""

    def embed_texts(texts):
        calls.append(len(texts))
        angles = torch.tensor([float(text.removeprefix("a ")) for text in texts])
        return torch.stack([angles.cos(), angles.sin()], 1)

    def embed_images(pixels):
        calls.append(len(pixels))
        return unit(torch.stack([pixels.cos(), pixels.sin()], 1))

    return LoadedEncoder(
        name="oracle",
        model=torch.nn.Identity(),
        image_size=1,
        feature="",
        width=0,
        num_patches=0,
        preprocess=lambda image: torch.tensor(image.getpixel((0, 0))[0] / 100),
        embed_images=embed_images,
        patch_tokens=lambda pixels, _: pixels,
        embed_texts=embed_texts,
    )


@pytest.fixture
def files(tmp_path):
    """Two pictures, and the embeddings that the oracle has of them."""
    paths, vectors = [], []
    for n in range(2):
        image = picture(n)
        paths.append(tmp_path / f"{n}.png")
        image.save(paths[-1])
        angle = np.float32(image.getpixel((0, 0))[0] / 100)
        vectors.append(np.array([np.cos(angle), np.sin(angle)], np.float32))
    return paths, vectors


def test_files_and_embeddings_that_exist_are_matched_alike(files):
    paths, vectors = files
    angles = [str(float(np.arctan2(v[1], v[0]))) for v in vectors]
    pairs = [("right", (0, 1)), ("swapped", (1, 0))]
    tables = []
    for images in (paths, vectors, [paths[0], vectors[1]]):
        couples = [
            Couple(name, "text", (images[0], images[1]), (angles[a], angles[b]))
            for name, (a, b) in pairs
        ]
        tables.append(match(_oracle([]), "own", couples, "a "))
    assert tables[0].equals(tables[1]) and tables[0].equals(tables[2])
    assert tables[0].schema == dict(MATCHES.columns)
    assert tables[0].rows() == [
        ("own", "right", "text", True, True),
        ("own", "swapped", "text", False, False),
    ]


def test_what_is_the_same_twice_is_embedded_once_and_embeddings_not_at_all(files):
    paths, vectors = files
    calls = []
    couples = [Couple(str(n), "text", (paths[0], paths[1]), ("1", "2")) for n in range(5)]
    match(_oracle(calls), "own", couples, "a ")
    assert calls == [1, 1, 1, 1]
    calls.clear()
    match(_oracle(calls), "own", [Couple("0", "text", (vectors[0], vectors[1]), ("1", "2"))], "")
    assert calls == [1, 1]
