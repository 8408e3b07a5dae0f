"""MMVP is read as published: by index, whole copies alone, and labels as asked for."""

import csv
import json
import re
import sys
from pathlib import Path

import polars as pl
import pytest
import yaml
from PIL import Image

from clipblind.benchmark import labels
from clipblind.benchmark.chance import always_first, guessing
from clipblind.benchmark.export import export_mmvp
from clipblind.benchmark.labels import label_sets
from clipblind.benchmark.mmvp import read_mmvp
from clipblind.benchmark.published_files import spell
from clipblind.grading.scores import score
from clipblind.ground.errors import UserError
from clipblind.ground.tables.benchmark import QUESTIONS
from clipblind.ground.tables.pool import LISTED
from clipblind.pools.corpus import Corpus
from clipblind.pools.decoding import decode_image
from clipblind.printed import table
from clipblind.world.pictures import Pictures, write_shard
from tests.grading.asked import graded
from tests.workflow.shrunken import jpeg, mmvp

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT.parent / "shared/reference/mmvp_questions.csv"
HEADER = ["Index", "Question", "Options", "Correct Answer"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A whole copy: 150 invented questions, 300 images."""
    folder = tmp_path_factory.mktemp("whole") / "MMVP"
    mmvp(folder)
    return folder


@pytest.fixture
def copy(whole, tmp_path):
    """A copy that a test may spoil; its images are links."""
    folder = tmp_path / "MMVP"
    (folder / "MMVP Images").mkdir(parents=True)
    (folder / "Questions.csv").write_bytes((whole / "Questions.csv").read_bytes())
    for image in (whole / "MMVP Images").iterdir():
        (folder / "MMVP Images" / image.name).symlink_to(image)
    return folder


def rows_of(folder):
    with (folder / "Questions.csv").open(newline="") as file:
        return list(csv.reader(file))


def write_rows(folder, rows, encoding="utf-8"):
    with (folder / "Questions.csv").open("w", newline="", encoding=encoding) as file:
        csv.writer(file).writerows(rows)


def test_rows_go_by_index_whatever_their_order(whole, copy):
    header, *rows = rows_of(copy)
    # as a listing of files would have them: 1, 10, 100, 101
    write_rows(copy, [header, *sorted(rows, key=lambda row: row[0])])
    read, turned = read_mmvp(whole), read_mmvp(copy)
    assert turned.questions.equals(read.questions) and turned.digest == read.digest
    assert read.questions["question_id"].to_list() == [f"mmvp/{n:03}" for n in range(1, 301)]
    assert read.questions.row(11, named=True) == {
        "question_id": "mmvp/012",
        "pair_id": "mmvp/011-012",
        "benchmark": "mmvp",
        "pattern": "",
        "image_id": "mmvp/012",
        "question": "Is square 6 red or blue?",
        "option_a": "Red",
        "option_b": "Blue",
        "answer": "b",
    }


def test_every_question_has_the_image_of_its_own_number(whole):
    read = read_mmvp(whole)
    corpus = Corpus(read.images)
    for index, image_id in enumerate(read.questions["image_id"], 1):
        assert corpus.bytes_of(image_id) == jpeg(1000 + index)


@pytest.mark.parametrize("name", ["MMVP_Images", "mmvp images", "MMVP_images"])
def test_the_folder_of_images_may_be_spelt_otherwise(copy, name):
    (copy / "MMVP Images").rename(copy / name)
    assert len(read_mmvp(copy).images) == 300


def test_marks_spaces_case_and_a_small_l_in_the_header_change_nothing(whole, copy):
    header, *rows = rows_of(copy)
    spaced = [[f" {cell.replace(' ', '  ')}\t" for cell in row] for row in rows]
    for first in ("Index", "lndex", " index "):
        write_rows(copy, [[first, *header[1:]], *spaced, ["", " "]], encoding="utf-8-sig")
        read = read_mmvp(copy)
        assert read.questions.equals(read_mmvp(whole).questions)
        assert read.digest == read_mmvp(whole).digest


@pytest.mark.parametrize("column", [1, 2, 3])
def test_the_digest_is_of_every_cell(whole, copy, column):
    header, *rows = rows_of(copy)
    first, second = rows[:2]
    first[column] = first[column].replace("red", "green").replace("Red", "Green").replace("a", "b")
    second[column] = {1: first[1], 2: first[2], 3: "(a)"}[column]
    if column == 2:
        first[2] = second[2] = "(a) Green (b) Blue"
    write_rows(copy, [header, *rows])
    assert read_mmvp(copy).digest != read_mmvp(whole).digest


def test_a_layout_with_other_questions_is_read_without_images(tmp_path):
    asked = [
        [i, "Lit or not?", "(a) lit (b) not", "(a)" if i in (1, 4) else "(b)"] for i in (1, 2, 3, 4)
    ]
    write_rows(tmp_path, [HEADER, *asked])
    read = read_mmvp(tmp_path, images=False, name="own")
    assert read.questions["answer"].to_list() == ["a", "b", "b", "a"]
    assert read.questions["pair_id"].to_list() == ["own/001-002"] * 2 + ["own/003-004"] * 2
    assert read.images.is_empty() and read.images.schema == pl.Schema(LISTED.columns)


def test_of_any_number_of_pairs_none_may_be_torn(tmp_path):
    torn = {(1, 2, 3): "3 of 4 rows, an odd number", (1, 2, 5, 999999999): "3 and 4 are missing"}
    for indices, said in torn.items():
        write_rows(tmp_path, [HEADER, *([i, "q", "(a) x (b) y", "(a)"] for i in indices)])
        with pytest.raises(UserError, match=said):
            read_mmvp(tmp_path, images=False)


def test_an_export_is_read_back(tmp_path):
    ids = ("p/1", "p/2", "q/1", "q/2")
    write_shard([(image, jpeg(n)) for n, image in enumerate(ids)], tmp_path / "search-0.tar")
    written = pl.DataFrame(
        {
            "question_id": ids,
            "pair_id": ["p", "p", "q", "q"],
            "benchmark": "mined",
            "pattern": "",
            "image_id": ids,
            "question": ["Which, then?"] * 2 + ['Is it "lit"?'] * 2,
            "option_a": ["left"] * 2 + ["Yes"] * 2,
            "option_b": ["right"] * 2 + ["No"] * 2,
            "answer": ["b", "a", "a", "b"],
        },
        schema=dict(QUESTIONS.columns),
    )
    folder = tmp_path / "export"
    pictures = Pictures([tmp_path / "search-0.tar"])
    export_mmvp(written, pictures, folder / "Questions.csv", folder / "MMVP Images")
    read = read_mmvp(folder)
    same = ["question", "option_a", "option_b", "answer"]
    assert read.questions.select(same).equals(written.select(same))
    corpus = Corpus(read.images)
    assert {decode_image(corpus.bytes_of(i)).size for i in corpus.ids} == {(224, 224)}


@pytest.fixture
def as_mmvp(whole, monkeypatch):
    """The invented questions in MMVP's place, which is known by what it asks."""
    asked = read_mmvp(whole, images=False).questions.gather_every(2)
    texts = asked.select("question", "option_a", "option_b").iter_rows()
    digests = (labels._text_digest(2 * pair + 1, row) for pair, row in enumerate(texts))
    monkeypatch.setattr(labels, "TEXTS", "".join(digests))


def test_corrections_of_mmvps_labels_are_refused_where_it_asks_other_questions(whole):
    with pytest.raises(UserError, match=r"asks other questions than MMVP.*labels=original"):
        read_mmvp(whole, images=False, labels="corrected")


def test_corrected_labels_swap_the_pairs_of_the_issues_and_no_others(whole, as_mmvp):
    original, corrected = (read_mmvp(whole, labels=w).questions for w in ("original", "corrected"))
    changed = original.filter(original["answer"] != corrected["answer"])
    assert changed["question_id"].to_list() == ["mmvp/099", "mmvp/100", "mmvp/279", "mmvp/280"]
    by_pair = corrected.group_by("pair_id").agg(pl.col("answer").n_unique())
    assert by_pair["answer"].unique().to_list() == [2]
    assert table("mmvp_label_corrections")["Index"].to_list() == [99, 100, 279, 280]


def test_a_copy_that_was_corrected_already_is_not_swapped_back(copy, as_mmvp):
    header, *rows = rows_of(copy)
    rows[98][3], rows[99][3] = rows[99][3], rows[98][3]
    write_rows(copy, [header, *rows])
    with pytest.raises(UserError, match=r"row 99 is not answered \(a\)"):
        read_mmvp(copy, labels="corrected")
    assert read_mmvp(copy).questions["answer"][98] == "b"


@pytest.mark.skipif(not PUBLISHED.exists(), reason="MMVP's own questions are not here")
class TestPublishedQuestions:
    """The real table; its images are stood in for."""

    @pytest.fixture
    def real(self, tmp_path):
        (tmp_path / "MMVP_Images").mkdir()
        (tmp_path / "Questions.csv").write_bytes(PUBLISHED.read_bytes())
        for index in range(1, 301):
            shade = Image.new("RGB", (8, 8), (index % 256, index // 256, 0))
            shade.save(tmp_path / "MMVP_Images" / f"{index}.jpg")
        return tmp_path

    def test_it_is_whole_and_the_one_that_the_settings_expect(self, real):
        expected = yaml.safe_load((ROOT / "conf/benchmark/mmvp.yaml").read_text())["mmvp"]
        read = read_mmvp(real, count=expected["count"], digest=expected["digest"])
        assert read.questions["pair_id"].n_unique() == 150 and len(read.images) == 300
        assert list(label_sets(read.questions)) == ["mmvp", "mmvp_corrected"]
        options = read.questions.select("pair_id", "option_a", "option_b").unique().rows()
        yes_no = [pair for pair, *both in options if {o.lower() for o in both} == {"yes", "no"}]
        assert len(yes_no) == 61

    def test_odd_rows_are_a_and_a_constant_answer_gets_half_and_no_pair(self, real):
        questions = read_mmvp(real, images=False).questions
        assert questions["answer"].to_list() == ["a", "b"] * 150
        for answer in ("(a)", "(b)"):
            verdicts = graded(questions, dict.fromkeys(questions["question_id"], answer))
            published = verdicts.filter(pl.col("benchmark") == "mmvp")
            scores = score(published).row(0, named=True)
            assert (scores["question_accuracy"], scores["pair_accuracy"]) == (0.5, 0.0)
            assert (scores["questions"], scores["pairs"], scores["unscored"]) == (300, 150, 0)
        assert (guessing(questions), always_first(questions)) == ((0.25, 0.5), (0.0, 0.5))


def drop_rows(*indices):
    def spoil(folder):
        header, *rows = rows_of(folder)
        write_rows(folder, [header, *(row for row in rows if int(row[0]) not in indices)])

    return spoil


def set_cell(index, column, value):
    def spoil(folder):
        rows = rows_of(folder)
        rows[index][column] = value
        write_rows(folder, rows)

    return spoil


def drop_images(*indices):
    def spoil(folder):
        for index in indices:
            (folder / "MMVP Images" / f"{index}.jpg").unlink()

    return spoil


def put_image(index, data):
    def spoil(folder):
        (folder / "MMVP Images" / f"{index}.jpg").unlink()
        (folder / "MMVP Images" / f"{index}.jpg").write_bytes(data)

    return spoil


def put_table(data):
    return lambda folder: (folder / "Questions.csv").write_bytes(data)


POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"
BAD = {
    "no folder": (lambda folder: folder.rename(folder.with_name("gone")), "There is no folder"),
    "no table": (lambda folder: (folder / "Questions.csv").unlink(), r"Questions\.csv is missing"),
    "a header alone": (put_table(",".join(HEADER).encode()), "has no rows"),
    "an empty table": (put_table(b""), "is empty"),
    "another table": (put_table(b"Question ID,Type,Statement\n1,Text,a\n"), "no column 'Index'"),
    "other signs between cells": (put_table(b"Index|Question\n1|a\n"), "no column 'Index'"),
    "not UTF-8": (put_table(b"Index,Question\n1,caf\xe9\n"), "is not UTF-8"),
    "a pointer for a table": (put_table(POINTER), "pointer of Git LFS in place of the table"),
    "cut short": (
        put_table(b"Index,Question,Options,Correct Answer\n1,Is\n"),
        "line 2, has 2 cells where its header has 4: it is cut short",
    ),
    "an odd number of rows": (
        drop_rows(300),
        "299 of 300 rows, an odd number where two make a pair: 300 is missing",
    ),
    "pairs missing": (
        drop_rows(5, 6, 20, *range(101, 201)),
        "197 of 300 rows, an odd number where two make a pair: 5, 6, 20 and 101 to 200 are",
    ),
    "too many rows": (
        lambda folder: write_rows(folder, [*rows_of(folder), [301, "q", "(a) x (b) y", "(a)"]]),
        "not among the 300 published: 301",
    ),
    "a row twice": (
        lambda folder: write_rows(folder, [*rows_of(folder), rows_of(folder)[7]]),
        "repeats Index 7",
    ),
    "no index": (set_cell(4, 0, "four"), "line 5: Index is 'four', no whole number"),
    "a pair of two questions": (set_cell(12, 1, "Is it?"), "rows 11 and 12 are a pair, but ask"),
    "a pair of other options": (set_cell(12, 2, "(a) Blue (b) Red"), "rows 11 and 12 are a pair"),
    "a pair of one answer": (set_cell(12, 3, "(a)"), r"rows 11 and 12 .* same answer, \(a\)"),
    "options unlike MMVP's": (set_cell(3, 2, "A. Red B. Blue"), "the options of row 3 don't read"),
    "an answer that is none": (set_cell(3, 3, "Red"), "the answer of row 3 is 'Red'"),
    "no images": (
        lambda folder: (folder / "MMVP Images").rename(folder / "pictures"),
        r"no folder 'MMVP Images' of images \(its folders: pictures\)",
    ),
    "images missing": (
        drop_images(3, 7, 8, 9, 300),
        "has 295 of 300 images: 3, 7 to 9 and 300 are missing",
    ),
    "an image cut short": (
        put_image(17, jpeg(1017)[:500]),
        r"17\.jpg can't be used \((cut short|damaged)",
    ),
    "a page for an image": (
        put_image(17, b"<html>moved</html>"),
        r"17\.jpg .*\(not an image but a page",
    ),
    "a pointer for an image": (put_image(17, POINTER), r"17\.jpg is a pointer of Git LFS"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_copy_is_one_sentence_on_the_command_line(copy, name, monkeypatch, capsys):
    spoil, expected = BAD[name]
    spoil(copy)
    said = refused(copy, monkeypatch, capsys)
    assert re.search(expected, said), said


def test_another_copy_is_refused_and_told_how_to_use_it(copy, monkeypatch, capsys):
    said = refused(copy, monkeypatch, capsys, digest="0123456789abcdef")
    own = read_mmvp(copy, images=False).digest
    assert "another copy of MMVP" in said and f"benchmark.mmvp.digest={own} to use yours" in said


def refused(folder, monkeypatch, capsys, digest=""):
    """What `clipblind benchmark write` says of a copy that it refuses; it writes nothing."""
    from clipblind.cli import app

    names = ("questions.parquet", "images.parquet", "benchmarks.csv")
    out, images, benchmarks = (folder.parent / name for name in names)
    entry = {"kind": "mmvp", "path": folder.name, "count": 150, "digest": digest}
    cfg = json.dumps({"seed": 0, "benchmark": {"mmvp": entry}})
    options = ["--cfg", cfg, "--out", out, "--images", images, "--benchmarks", benchmarks]
    monkeypatch.chdir(folder.parent)
    monkeypatch.setattr(sys, "argv", ["clipblind", "benchmark", "write", *map(str, options)])
    with pytest.raises(SystemExit) as ended:
        app()
    said = capsys.readouterr().err
    assert ended.value.code == 1
    assert not (out.exists() or images.exists() or benchmarks.exists())
    assert said.startswith("clipblind: ") and said.count("\n") == 1 and said.endswith(".\n")
    return said


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ([4], "4"),
        ([5, 4], "4 and 5"),
        ([1, 2, 3], "1 to 3"),
        ([1, 3, 5, 6, 7, 9], "1, 3, 5 to 7 and 9"),
        (range(1, 40, 2), "1, 3, 5, 7, 9, 11, 13, 15 and others (20 in all)"),
    ],
)
def test_numbers_are_spelt_by_their_ranges(numbers, words):
    assert spell(numbers) == words
