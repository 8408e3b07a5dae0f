"""MMVP-VLM is read and scored as published, and folders of any size in its layout."""

import csv
import random
import re
from types import SimpleNamespace

import polars as pl
import pytest
import torch

from clipblind.encoders.base import LoadedEncoder, unit
from clipblind.ground.errors import UserError
from clipblind.matching.match import match
from clipblind.matching.mmvp_vlm import read_mmvp_vlm
from clipblind.matching.scores import score_matches
from clipblind.printed import PATTERNS
from tests.matching.official import literally
from tests.workflow.shrunken import clip, jpeg, mmvp_vlm

NAME, COUNT = "mmvp_vlm", 15
PREFIX = "a photo of "


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A whole copy: 135 invented pairs."""
    folder = tmp_path_factory.mktemp("whole") / "MMVP_VLM"
    mmvp_vlm(folder)
    return folder


@pytest.fixture
def copy(whole, tmp_path):
    """A copy that a test may spoil; its images are links."""
    folder = tmp_path / "MMVP_VLM"
    for image in (whole / "MLLM_VLM Images").rglob("*.jpg"):
        place = folder / image.relative_to(whole)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(image)
    (folder / "Questions.csv").write_bytes((whole / "Questions.csv").read_bytes())
    return folder


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A random CLIP, loaded as real ones are; and its folder."""
    from clipblind.encoders import load_encoder
    from clipblind.study.settings.encoder import Encoder

    torch.set_num_threads(1)  # as a job has it
    folder = tmp_path_factory.mktemp("tiny") / "clip"
    clip(folder, seed=3, quick_gelu=False)
    settings = Encoder(loader="open_clip", source="tiny", text=True)
    return load_encoder("tiny", settings, folder), folder


def read(folder, count=COUNT, digest=""):
    """As the entry `mmvp_vlm` reads it."""
    return read_mmvp_vlm(folder, NAME, count=count, digest=digest)


def items_of(couples):
    """Number, pattern, statement and image of every id."""
    return [
        (n, couple.pattern, text, image)
        for couple in couples
        for n, text, image in zip(
            map(int, couple.pair_id.partition("/")[2].split("-")),
            couple.texts,
            couple.images,
            strict=True,
        )
    ]


def rows_of(folder):
    with (folder / "Questions.csv").open(newline="") as file:
        return list(csv.reader(file))


def write_rows(folder, rows, encoding="utf-8"):
    with (folder / "Questions.csv").open("w", newline="", encoding=encoding) as file:
        csv.writer(file).writerows(rows)


def test_a_pair_of_one_picture_scores_nothing_in_any_batch(tiny, copy):
    encoder, _ = tiny
    for number in range(1, 271, 2):
        first, second = (
            next((copy / "MLLM_VLM Images").rglob(f"{n}.jpg")) for n in (number, number + 1)
        )
        second.unlink()
        second.write_bytes(first.read_bytes())
    for batch in (1, 7, 64):
        matches = match(encoder, NAME, read(copy), PREFIX, batch=batch)
        assert len(matches) == 135
        assert not matches["text_to_image"].any() and not matches["image_to_text"].any()


def test_batch_size_and_order_of_rows_change_nothing(tiny, whole, copy):
    encoder, _ = tiny
    header, *rows = rows_of(copy)
    # pairs torn apart, second images first, patterns mixed
    random.Random(0).shuffle(rows)
    write_rows(copy, [header, *rows])
    expected = match(encoder, NAME, read(whole), PREFIX)
    for folder in (whole, copy):
        for batch in (1, 7, 64):
            found = match(encoder, NAME, read(folder)[::-1], PREFIX, batch=batch)
            assert found.reverse().equals(expected)
    assert 0 < expected["text_to_image"].sum() < 135


def test_the_pattern_is_taken_from_the_type_and_not_from_the_row(whole, copy, tiny):
    header, *rows = rows_of(copy)
    # Text (ids 211 to 240) and Color (151 to 180) trade names and folders
    trade = {"Text": "Color", "Color": "Text"}
    write_rows(copy, [header, *([n, trade.get(kind, kind), said] for n, kind, said in rows)])
    images = copy / "MLLM_VLM Images"
    for old, new in (("Text", "x"), ("Color", "Text"), ("x", "Color")):
        (images / old).rename(images / new)
    matches = match(tiny[0], NAME, read(copy), PREFIX)
    patterns = dict(matches.select("pair_id", "pattern").iter_rows())
    assert patterns["mmvp_vlm/151-152"] == "text" and patterns["mmvp_vlm/211-212"] == "colour"
    assert set(matches["pattern"].value_counts()["count"]) == {15}


def test_the_odd_id_is_image_1_and_each_image_has_its_own_statement(whole):
    items = items_of(read(whole))
    assert [number for number, *_ in items] == list(range(1, 271))
    for number, pattern, statement, image in items:
        kind = next(p.type for p in PATTERNS if p.name == pattern)
        assert statement == f"square {number} of {kind}"
        assert image.read_bytes() == jpeg(2000 + number)


def test_what_is_embedded_is_the_prefix_and_the_statement(whole):
    said = []
    by_number = {}

    def embed_texts(texts):
        said.extend(texts)
        numbers = [int(re.search(r"square (\d+) ", text)[1]) for text in texts]
        return torch.stack([by_number[n] for n in numbers])

    items = items_of(read(whole))
    generator = torch.Generator().manual_seed(0)
    for number, *_ in items:
        by_number[number] = unit(torch.randn(16, generator=generator))
    shown = iter(items)
    oracle = LoadedEncoder(
        name="oracle",
        model=torch.nn.Identity(),
        image_size=48,
        feature="",
        width=0,
        num_patches=0,
        preprocess=lambda image: torch.tensor([float(next(shown)[0])]),
        embed_images=lambda batch: torch.stack([by_number[int(n)] for n in batch.flatten()]),
        patch_tokens=lambda batch, _: batch,
        embed_texts=embed_texts,
    )
    matches = match(oracle, NAME, read(whole), PREFIX)
    assert matches["text_to_image"].all() and matches["image_to_text"].all()
    assert said == [f"{PREFIX}{statement}" for _, _, statement, _ in items]
    scores = score_matches("oracle", 48, 1.0, matches)
    assert scores["accuracy"].unique().to_list() == [1.0]
    assert scores.filter(pl.col("pattern") == "average")["pairs"].unique().to_list() == [135]


def test_both_directions_are_those_of_the_embeddings(tiny, whole):
    """Against embeddings of each image and text on its own, multiplied by hand."""
    from PIL import Image

    encoder, _ = tiny
    couples = read(whole)
    matches = match(encoder, NAME, couples, PREFIX, batch=32)
    for couple, found in zip(couples, matches.iter_rows(named=True), strict=True):
        images = [
            encoder.embed_images(encoder.preprocess(Image.open(i).convert("RGB"))[None])[0]
            for i in couple.images
        ]
        texts = [encoder.embed_texts([PREFIX + text])[0] for text in couple.texts]
        cosine = [[float(image @ text) for text in texts] for image in images]
        assert found["text_to_image"] == literally([cosine], 100)[0]
        assert found["image_to_text"] == literally([[*zip(*cosine, strict=True)]], 100)[0]


@pytest.mark.parametrize(
    "name", ["MMVP_VLM_Images", "MLLM_VLM_Images", "MMVP VLM Images", "mllm_vlm images"]
)
def test_the_folder_of_images_may_be_spelt_otherwise(copy, name):
    (copy / "MLLM_VLM Images").rename(copy / name)
    (copy / name / "Camera Perspective").rename(copy / name / "Camera_Perspective")
    assert len(read(copy)) == 135


def test_marks_and_spaces_in_the_table_change_nothing(whole, copy):
    header, *rows = rows_of(copy)
    spaced = [[f" {cell.replace(' ', '  ')} " for cell in row] for row in rows]
    write_rows(copy, [[f" {cell}" for cell in header], *spaced], encoding="utf-8-sig")
    known = [item[:3] for item in items_of(read(whole))]
    assert [item[:3] for item in items_of(read(copy))] == known


def test_an_encoder_without_a_text_tower_is_refused(whole):
    blind = SimpleNamespace(name="dinov2", embed_texts=None)
    with pytest.raises(UserError, match=r"dinov2 has no text tower .*\.text=false"):
        match(blind, NAME, read(whole), PREFIX)


def drop_rows(*numbers):
    def spoil(folder):
        header, *rows = rows_of(folder)
        write_rows(folder, [header, *(row for row in rows if int(row[0]) not in numbers)])

    return spoil


def set_cell(number, column, value):
    def spoil(folder):
        rows = rows_of(folder)
        rows[number][column] = value
        write_rows(folder, rows)

    return spoil


def other_types(folder):
    header, *rows = rows_of(folder)
    kinds = {1: "State", 2: "State"}
    write_rows(folder, [header, *([n, kinds.get(int(n), kind), said] for n, kind, said in rows)])


def drop_images(*names):
    def spoil(folder):
        for name in names:
            (folder / "MLLM_VLM Images" / name).unlink()

    return spoil


def cut_image(folder):
    path = folder / "MLLM_VLM Images/Color/151.jpg"
    data = path.read_bytes()
    path.unlink()
    path.write_bytes(data[: len(data) // 2])


BAD = {
    "no table": (lambda folder: (folder / "Questions.csv").unlink(), r"Questions\.csv is missing"),
    "MMVP's table": (
        lambda folder: write_rows(folder, [["Index", "Question", "Options", "Correct Answer"]]),
        "no column 'Question ID'",
    ),
    "a row missing": (drop_rows(44), "269 of 270 rows, an odd number .*: 44 is missing"),
    "pairs missing": (drop_rows(*range(241, 271)), "240 of 270 rows: 241 to 270 are missing"),
    "ids from 0": (set_cell(270, 0, "0"), "269 of 270 rows"),
    "an id twice": (set_cell(270, 0, "8"), "repeats Question ID 8"),
    "an unknown type": (set_cell(9, 1, "Lighting"), "row 9 is of the type 'Lighting'; there are"),
    "no statement": (set_cell(9, 2, "  "), "row 9 has no statement"),
    "a pair of two types": (set_cell(9, 1, "Text"), "rows 9 and 10 are a pair, but of the types"),
    "an uneven split": (other_types, "has 28 rows of the type Orientation, not 30"),
    "no images": (
        lambda folder: (folder / "MLLM_VLM Images").rename(folder / "pictures"),
        "no folder 'MLLM_VLM Images' of images",
    ),
    "a type's folder missing": (
        lambda folder: (folder / "MLLM_VLM Images/Text").rename(folder / "elsewhere"),
        "no folder 'Text' of images",
    ),
    "images missing": (
        drop_images("Text/211.jpg", "Text/212.jpg", "Text/213.jpg", "Color/151.jpg"),
        "has 266 of 270 images: 151 and 211 to 213 of Color, Text are missing",
    ),
    "an image cut short": (cut_image, r"151\.jpg can't be used"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_copy_is_one_sentence(copy, tiny, name):
    spoil, expected = BAD[name]
    spoil(copy)
    with pytest.raises(UserError) as raised:
        match(tiny[0], NAME, read(copy), PREFIX)
    sentence = str(raised.value)
    assert "\n" not in sentence and sentence.endswith(".")
    assert re.search(expected, sentence), sentence


def test_another_copy_is_refused_and_told_how_to_use_it(copy):
    with pytest.raises(UserError, match="another copy of MMVP-VLM") as raised:
        read(copy, digest="0123456789abcdef")
    own = re.search(r"benchmark\.mmvp_vlm\.digest=(\w{16}) to use yours", str(raised.value))[1]
    assert len(read(copy, digest=own)) == 135


@pytest.mark.parametrize("pairs", [1, 2, 40])
def test_a_folder_of_any_size_is_read_where_no_count_is_named(copy, tiny, pairs):
    drop_rows(*range(2 * pairs + 1, 271))(copy)
    couples = read_mmvp_vlm(copy, "own", count=None)
    assert [c.pair_id for c in couples[:2]] == ["own/001-002", "own/003-004"][:pairs]
    matches = match(tiny[0], "own", couples, PREFIX)
    assert len(matches) == pairs and matches["benchmark"].unique().to_list() == ["own"]
    scores = score_matches("tiny", 32, 1.0, matches)
    assert scores.filter(pl.col("pattern") == "average")["pairs"].to_list() == [pairs, pairs]
    # patterns that it has no pairs of have no row
    shown = {c.pattern for c in couples}
    assert set(scores["pattern"]) == {*shown, "average"} and len(shown) == -(-pairs // 15)
    with pytest.raises(UserError, match=f"has {2 * pairs} of 270 rows"):
        read(copy)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (drop_rows(*range(2, 271)), "has 1 of 2 rows, an odd number"),
        (drop_rows(3, 4), "has 266 of 268 rows: 3 and 4 are missing"),
        (drop_rows(*range(1, 271)), "has no rows"),
        (drop_images("Color/151.jpg"), "has 269 of 270 images: 151 of Color is missing"),
    ],
)
def test_a_part_is_refused_whatever_the_size(copy, spoil, said):
    spoil(copy)
    with pytest.raises(UserError, match=said):
        read_mmvp_vlm(copy, "own")
