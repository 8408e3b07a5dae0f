"""The export has MMVP's published layout."""

import csv
import io

import polars as pl
import pytest
from PIL import Image

from clipblind.benchmark.export import export_mmvp
from clipblind.world.pictures import Pictures, write_shard


@pytest.fixture
def exported(tmp_path):
    def png(colour):
        encoded = io.BytesIO()
        Image.new("RGB", (64, 64), colour).save(encoded, "PNG")
        return encoded.getvalue()

    colours = {"i1": "red", "i2": "blue", "i3": "lime", "i4": "black"}
    shard = tmp_path / "search-0.tar"
    write_shard([(name, png(colour)) for name, colour in colours.items()], shard)
    rows = [
        ("q/1", "q", "i3", 'Is it "lit"?', "Yes", "No", "b"),
        ("p/2", "p", "i2", "Which, then?", "left", "right", "a"),
        ("p/1", "p", "i1", "Which, then?", "left", "right", "b"),
        ("q/2", "q", "i4", 'Is it "lit"?', "Yes", "No", "a"),
    ]
    columns = ("question_id", "pair_id", "image_id", "question", "option_a", "option_b", "answer")
    questions = pl.DataFrame(rows, schema=columns, orient="row")
    table, folder = tmp_path / "Questions.csv", tmp_path / "MMVP Images"
    export_mmvp(questions, Pictures([shard]), table, folder)
    return table, folder


def test_columns_and_rows_are_mmvps(exported):
    rows = list(csv.DictReader(exported[0].open()))
    assert list(rows[0]) == ["Index", "Question", "Options", "Correct Answer"]
    assert [tuple(row.values()) for row in rows] == [
        ("1", "Which, then?", "(a) left (b) right", "(b)"),
        ("2", "Which, then?", "(a) left (b) right", "(a)"),
        ("3", 'Is it "lit"?', "(a) Yes (b) No", "(b)"),
        ("4", 'Is it "lit"?', "(a) Yes (b) No", "(a)"),
    ]


def test_picture_n_belongs_to_row_n_and_is_224_square(exported):
    shown = []
    for index in range(1, 5):
        picture = Image.open(exported[1] / f"{index}.jpg")
        assert picture.size == (224, 224)
        shown.append(picture.getpixel((100, 100)))
    nearest = [max("rgb", key=dict(zip("rgb", p, strict=True)).get) for p in shown]
    assert nearest[:3] == ["r", "b", "g"]
    assert max(shown[3]) < 10
