"""MMVP-VLM is read and scored as published."""

import csv
import json
import math
import random
import re
import sys
from types import SimpleNamespace

import polars as pl
import pytest
import torch

from clipblind.encoders.base import LoadedEncoder, unit
from clipblind.ground.errors import UserError
from clipblind.ground.tables.matching import MATCHES
from clipblind.matching.official import match_pairs, official_matches, read_mmvp_vlm
from clipblind.matching.scores import score_matches
from clipblind.printed import PATTERNS
from tests.workflow.shrunken import clip, jpeg, mmvp_vlm

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


def rows_of(folder):
    with (folder / "Questions.csv").open(newline="") as file:
        return list(csv.reader(file))


def write_rows(folder, rows, encoding="utf-8"):
    with (folder / "Questions.csv").open("w", newline="", encoding=encoding) as file:
        csv.writer(file).writerows(rows)


def literally(similarity, scale):
    """The official rule in plain loops: softmax over two images, image 1 iff p > 0.5."""
    right = []
    for pair in similarity:
        picked = []
        for text in (0, 1):
            logits = [scale * pair[image][text] for image in (0, 1)]
            shares = [math.exp(logit - max(logits)) for logit in logits]
            picked.append(1 if shares[0] / sum(shares) > 0.5 else 2)
        right.append(picked == [1, 2])
    return right


@pytest.mark.parametrize("scale", [1.0, 14.3, 100.0])
def test_the_score_is_the_official_rule_to_the_letter_ties_included(scale):
    rng = random.Random(0)
    # a coarse grid, so that many texts find both images equally near
    pairs = [[[rng.randint(0, 4) / 8 for _ in "ab"] for _ in "ab"] for _ in range(3000)]
    fine = [[[rng.uniform(-1, 1) for _ in "ab"] for _ in "ab"] for _ in range(3000)]
    tied = sum(pair[0][text] == pair[1][text] for pair in pairs for text in (0, 1))
    assert tied > 500
    for similarity in (pairs, fine):
        found = official_matches(torch.tensor(similarity, dtype=torch.float64)).tolist()
        assert found == literally(similarity, scale)


def test_a_tie_goes_to_the_second_image_as_in_the_official_code():
    first_sure_second_tied = torch.tensor([[[0.9, 0.5], [0.1, 0.5]]])
    both_tied = torch.full((1, 2, 2), 0.5)
    assert official_matches(first_sure_second_tied).tolist() == [True]
    assert official_matches(both_tied).tolist() == [False]


def test_a_pair_of_one_picture_scores_nothing_in_any_batch(tiny, copy):
    encoder, _ = tiny
    for number in range(1, 271, 2):
        first, second = (
            next((copy / "MLLM_VLM Images").rglob(f"{n}.jpg")) for n in (number, number + 1)
        )
        second.unlink()
        second.write_bytes(first.read_bytes())
    for batch in (1, 7, 64):
        matches = match_pairs(encoder, read_mmvp_vlm(copy), prefix=PREFIX, batch=batch)
        assert not matches["text_to_image"].any() and not matches["image_to_text"].any()


def test_batch_size_and_order_of_rows_change_nothing(tiny, whole, copy):
    encoder, _ = tiny
    header, *rows = rows_of(copy)
    # pairs torn apart, second images first, patterns mixed
    random.Random(0).shuffle(rows)
    write_rows(copy, [header, *rows])
    expected = match_pairs(encoder, read_mmvp_vlm(whole), prefix=PREFIX)
    for folder in (whole, copy):
        for batch in (1, 7, 64):
            items = read_mmvp_vlm(folder)
            found = match_pairs(encoder, items[::-1], prefix=PREFIX, batch=batch)
            assert found.equals(expected)
    assert 0 < expected["text_to_image"].sum() < 135


def test_the_pattern_is_taken_from_the_type_and_not_from_the_row(whole, copy, tiny):
    header, *rows = rows_of(copy)
    # Text (ids 211 to 240) and Color (151 to 180) trade names and folders
    trade = {"Text": "Color", "Color": "Text"}
    write_rows(copy, [header, *([n, trade.get(kind, kind), said] for n, kind, said in rows)])
    images = copy / "MLLM_VLM Images"
    for old, new in (("Text", "x"), ("Color", "Text"), ("x", "Color")):
        (images / old).rename(images / new)
    matches = match_pairs(tiny[0], read_mmvp_vlm(copy), prefix=PREFIX)
    patterns = dict(matches.select("pair_id", "pattern").iter_rows())
    assert patterns["mmvp_vlm/151-152"] == "text" and patterns["mmvp_vlm/211-212"] == "colour"
    assert set(matches["pattern"].value_counts()["count"]) == {15}


def test_the_odd_id_is_image_1_and_each_image_has_its_own_statement(whole):
    items = read_mmvp_vlm(whole)
    assert [item.number for item in items] == list(range(1, 271))
    for item in items:
        kind = next(p.type for p in PATTERNS if p.name == item.pattern)
        assert item.statement == f"square {item.number} of {kind}"
        assert item.image.read_bytes() == jpeg(2000 + item.number)


def test_what_is_embedded_is_the_prefix_and_the_statement(whole):
    said = []
    by_number = {}

    def embed_texts(texts):
        said.extend(texts)
        numbers = [int(re.search(r"square (\d+) ", text)[1]) for text in texts]
        return torch.stack([by_number[n] for n in numbers])

    items = read_mmvp_vlm(whole)
    generator = torch.Generator().manual_seed(0)
    for item in items:
        by_number[item.number] = unit(torch.randn(16, generator=generator))
    shown = iter(items)
    oracle = LoadedEncoder(
        name="oracle",
        model=torch.nn.Identity(),
        image_size=48,
        feature="",
        width=0,
        num_patches=0,
        preprocess=lambda image: torch.tensor([float(next(shown).number)]),
        embed_images=lambda batch: torch.stack([by_number[int(n)] for n in batch.flatten()]),
        patch_tokens=lambda batch, _: batch,
        embed_texts=embed_texts,
    )
    matches = match_pairs(oracle, items, prefix=PREFIX)
    assert matches["text_to_image"].all() and matches["image_to_text"].all()
    assert said == [f"{PREFIX}{item.statement}" for item in items]
    scores = score_matches("oracle", 48, 1.0, matches)
    assert scores["accuracy"].unique().to_list() == [1.0]
    assert scores.filter(pl.col("pattern") == "average")["pairs"].unique().to_list() == [135]


def test_both_directions_are_those_of_the_embeddings(tiny, whole):
    """Against embeddings of each image and text on its own, multiplied by hand."""
    from PIL import Image

    encoder, _ = tiny
    items = read_mmvp_vlm(whole)
    matches = match_pairs(encoder, items, prefix=PREFIX, batch=32)
    for number, found in zip(range(0, 270, 2), matches.iter_rows(named=True), strict=True):
        both = items[number : number + 2]
        images = [
            encoder.embed_images(encoder.preprocess(Image.open(i.image).convert("RGB"))[None])[0]
            for i in both
        ]
        texts = [encoder.embed_texts([PREFIX + i.statement])[0] for i in both]
        cosine = [[float(image @ text) for text in texts] for image in images]
        assert found["text_to_image"] == literally([cosine], 100)[0]
        assert found["image_to_text"] == (
            cosine[0][0] > cosine[0][1] and cosine[1][1] > cosine[1][0]
        )


@pytest.mark.parametrize(
    "name", ["MMVP_VLM_Images", "MLLM_VLM_Images", "MMVP VLM Images", "mllm_vlm images"]
)
def test_the_folder_of_images_may_be_spelt_otherwise(copy, name):
    (copy / "MLLM_VLM Images").rename(copy / name)
    (copy / name / "Camera Perspective").rename(copy / name / "Camera_Perspective")
    assert len(read_mmvp_vlm(copy)) == 270


def test_marks_and_spaces_in_the_table_change_nothing(whole, copy):
    header, *rows = rows_of(copy)
    spaced = [[f" {cell.replace(' ', '  ')} " for cell in row] for row in rows]
    write_rows(copy, [[f" {cell}" for cell in header], *spaced], encoding="utf-8-sig")
    read, expected = read_mmvp_vlm(copy), read_mmvp_vlm(whole)
    known = [(i.number, i.pattern, i.statement) for i in expected]
    assert [(i.number, i.pattern, i.statement) for i in read] == known


def test_an_encoder_without_a_text_tower_is_refused(whole):
    blind = SimpleNamespace(name="dinov2", embed_texts=None)
    with pytest.raises(UserError, match="dinov2 has no text tower"):
        match_pairs(blind, read_mmvp_vlm(whole), prefix=PREFIX)


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
def test_a_bad_copy_is_one_sentence_on_the_command_line(copy, tiny, name, monkeypatch, capsys):
    spoil, expected = BAD[name]
    spoil(copy)
    ended, said = official(copy, tiny[1], monkeypatch, capsys)
    assert ended == 1 and not (copy.parent / "pairs.parquet").exists()
    sentence = said[said.index("clipblind: ") :]
    assert sentence.count("\n") == 1 and sentence.endswith(".\n") and "Traceback" not in said
    assert re.search(expected, sentence), sentence


def test_another_copy_is_refused_and_told_how_to_use_it(copy, tiny, monkeypatch, capsys):
    ended, said = official(copy, tiny[1], monkeypatch, capsys, digest="0123456789abcdef")
    assert ended == 1
    own = re.search(r"vlm\.digest=(\w{16}) to use yours", said)[1]
    assert official(copy, tiny[1], monkeypatch, capsys, digest=own)[0] == 0
    assert len(MATCHES.read(copy.parent / "pairs.parquet")) == 135


def official(folder, model, monkeypatch, capsys, digest=""):
    """Exit status and standard error of `clipblind vlm official`."""
    from clipblind.cli import app

    encoder = {"loader": "open_clip", "source": "tiny", "text": True}
    cfg = json.dumps({"prefix": PREFIX, "digest": digest, "encoder": encoder})
    options = ["--name", "tiny", "--cfg", cfg, "--benchmark", folder, "--folder", model]
    options += ["--pairs", folder.parent / "pairs.parquet", "--scores", folder.parent / "s.csv"]
    monkeypatch.chdir(folder.parent)
    monkeypatch.setattr(sys, "argv", ["clipblind", "vlm", "official", *map(str, options)])
    with pytest.raises(SystemExit) as ended:
        app()
    return ended.value.code, capsys.readouterr().err
