"""Benchmarks in a table of one's own."""

import pytest
from PIL import Image

from clipblind.benchmark.readers import Material, read_benchmarks
from clipblind.ground.errors import UserError
from clipblind.patterns.person import read_patterns
from clipblind.study.settings.benchmark import PairSheet

HEADER = "image_a,image_b,question,option_a,option_b,pair_id,pattern\n"
ROWS = (
    "cat.png,sub/dog (2).png,Which way?,left,right,,orientation\n"
    'sub/dog (2).png,cat.png,"Open, or closed?",Open,Closed,door,state\n'
)


def _read(folder, table=HEADER + ROWS):
    (folder / "sub").mkdir(exist_ok=True)
    for colour, name in (("red", "cat.png"), ("blue", "sub/dog (2).png")):
        Image.new("RGB", (8, 8), colour).save(folder / name)
    (folder / "pairs.csv").write_text(table)
    entry = PairSheet(kind="pair_sheet", path=str(folder))
    return read_benchmarks({"own": entry}, Material(seed=0, root=folder.parent))


def test_each_row_is_a_pair_whose_images_show_opposite_answers(tmp_path):
    read = _read(tmp_path)
    columns = ("question_id", "pair_id", "image_id", "option_b", "answer")
    assert read.questions.select(columns).rows() == [
        ("own/0001/1", "own/0001", "own/cat.png", "right", "a"),
        ("own/0001/2", "own/0001", "own/sub/dog (2).png", "right", "b"),
        ("door/1", "door", "own/sub/dog (2).png", "Closed", "a"),
        ("door/2", "door", "own/cat.png", "Closed", "b"),
    ]
    assert read.images["path"].to_list() == [
        str(tmp_path / name) for name in ("cat.png", "sub/dog (2).png")
    ]
    first = read.benchmarks.row(0, named=True)
    assert (first["pairs"], first["questions"], first["chance"]) == (2, 4, 0.25)


def test_the_same_table_names_the_patterns(tmp_path):
    questions = _read(tmp_path).questions
    table = HEADER + ROWS.replace("right,,", "right,own/0001,")
    (tmp_path / "pairs.csv").write_text(table)
    found = read_patterns(tmp_path / "pairs.csv", questions)
    assert found["pattern"].to_list() == ["state", "orientation"]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("cat.png,gone.png,Q,x,y,,", "row 1: there is no image .*gone.png"),
        ("cat.png,../other.png,Q,x,y,,", "row 1: ../other.png lies outside"),
        ("cat.png,/etc/passwd,Q,x,y,,", "row 1: /etc/passwd lies outside"),
        ("cat.png,sub/dog (2).png,Q,x,X,,", "row 1: both options are 'x'"),
        ("cat.png,cat.png,Q,x,y,,", "row 1: both images are 'cat.png'"),
        ("cat.png,sub/dog (2).png, ,x,y,,", "row 1: question is empty"),
        ("cat.png,pairs.csv,Q,x,y,,", "pairs.csv can't be used"),
        (ROWS.replace("right,,", "right,door,").strip(), "row 2: the pair door stands in row 1"),
    ],
)
def test_a_row_that_cannot_be_asked_is_refused(tmp_path, row, told):
    with pytest.raises(UserError, match=told):
        _read(tmp_path, HEADER + row + "\n")
