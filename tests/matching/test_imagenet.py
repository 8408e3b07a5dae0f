"""Zero-shot accuracy on ImageNet against an encoder whose every embedding is known."""

import polars as pl
import pytest
import torch

from clipblind.encoders.base import LoadedEncoder, unit
from clipblind.ground.errors import UserError
from clipblind.ground.stats import wilson
from clipblind.ground.tables.matching import IMAGENET
from clipblind.ground.tables.pool import LISTED
from clipblind.matching.imagenet import IMAGENET_CLASSNAMES, class_embeddings, zero_shot_imagenet

# synsets in their order, with the names that CLIP's authors gave them
TENCH, GOLDFISH, CHIHUAHUA, TISSUE = 0, 1, 151, 999
SYNSETS = {TENCH: "n01440764", GOLDFISH: "n01443537", CHIHUAHUA: "n02085620", TISSUE: "n15075141"}
DIM = 1000


@pytest.fixture(scope="module")
def oracle():
    """Embeds a text as the axis of the class that it names, and a little of its template."""
    # the longest first: "great white shark" before "shark"
    names = sorted(enumerate(IMAGENET_CLASSNAMES), key=lambda named: -len(named[1]))
    calls = []

    def vector(text):
        place = next(number for number, name in names if name in text)
        axis = torch.zeros(DIM + 1)
        axis[place], axis[DIM] = 1, len(text) / 100
        return axis

    def embed_texts(texts):
        calls.append(len(texts))
        return unit(torch.stack([vector(text) for text in texts]))

    return calls, LoadedEncoder(
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


def listing(labels):
    rows = [(f"imagenet/{n}", "imagenet", "", "", -1, 1, label) for n, label in enumerate(labels)]
    return pl.DataFrame(rows, schema=dict(LISTED.columns), orient="row")


def looks_like(*classes):
    shown = torch.zeros(len(classes), DIM + 1)
    shown[range(len(classes)), list(classes)] = 1
    return shown.numpy()


def test_a_class_is_the_unit_mean_over_eighty_templates(oracle):
    calls, encoder = oracle
    calls.clear()
    classes = class_embeddings(encoder)
    assert sum(calls) == 80 * 1000 and classes.shape == (1000, DIM + 1)
    assert torch.allclose(classes.norm(dim=1), torch.ones(1000))
    # names stand in the order of synsets
    for place in SYNSETS:
        assert classes[place].argmax() == place


def test_the_accuracy_is_the_share_whose_own_class_is_nearest(oracle):
    listed = listing([SYNSETS[k] for k in (TENCH, GOLDFISH, CHIHUAHUA, TISSUE, TISSUE, TENCH)])
    # in another order than listed, the second shows something else, the last could not be decoded
    order, shown = [4, 3, 2, 1, 0], (TISSUE, TISSUE, CHIHUAHUA, TENCH, TENCH)
    ids = [f"imagenet/{n}" for n in order]
    table = zero_shot_imagenet(oracle[1], listed, ids, looks_like(*shown))
    assert table.schema == pl.Schema(IMAGENET.columns)
    expected = wilson(4, 5)
    assert table.row(0) == ("oracle", 5, 1, 4, expected.value, expected.low, expected.high)


@pytest.mark.parametrize("label", ["", "n02084071"])
def test_images_without_a_synset_of_the_thousand_are_an_error(oracle, label):
    listed = listing([SYNSETS[TENCH], label])
    with pytest.raises(UserError, match=r"1 of 2 images have no synset .* such as imagenet/1"):
        zero_shot_imagenet(oracle[1], listed, ["imagenet/0"], looks_like(TENCH))


def test_images_that_are_not_listed_and_no_images_at_all_are_errors(oracle):
    listed = listing([SYNSETS[TENCH]])
    with pytest.raises(UserError, match="elsewhere is embedded but not listed"):
        zero_shot_imagenet(oracle[1], listed, ["elsewhere"], looks_like(TENCH))
    with pytest.raises(UserError, match="No image of ImageNet is embedded"):
        zero_shot_imagenet(oracle[1], listed, [], looks_like())
