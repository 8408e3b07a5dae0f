"""`clipblind score`: other people's answers, graded from two files and nothing else."""

import csv
import random
import subprocess
import sys

import polars as pl
import pytest

from clipblind.grading.standalone import grade_files
from clipblind.ground.errors import UserError
from clipblind.ground.tables.answers import VERDICTS
from clipblind.ground.tables.scores import BENCHMARK_SCORES, PAIRED, PATTERN_SCORES

OPTIONS = (("Open", "Closed"), ("Yes", "No"), ("Two", "Three"), ("Left", "Right"))


@pytest.fixture
def benchmark(tmp_path):
    """Four pairs in MMVP's layout, without images; odd rows answer (a)."""
    folder = tmp_path / "layout"
    folder.mkdir()
    rows = ["Index,Question,Options,Correct Answer"]
    for pair, (a, b) in enumerate(OPTIONS):
        for side, answer in ((1, "(a)"), (2, "(b)")):
            rows.append(f"{2 * pair + side},What is on picture {pair}?,(a) {a} (b) {b},{answer}")
    (folder / "Questions.csv").write_text("\n".join(rows) + "\n")
    return folder


def _write(path, said, header=("question_id", "answer")):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(said)
    return path


def _right(index):
    return OPTIONS[(index - 1) // 2][(index - 1) % 2]


def test_free_text_in_any_order_is_graded_and_unscored_shown(benchmark, tmp_path):
    said = [(index, f"I think it's {_right(index).lower()}.") for index in range(1, 9)]
    said[2:4] = [(3, "I can't tell."), (4, "")]
    random.Random(0).shuffle(said)
    graded = grade_files([_write(tmp_path / "ours.csv", said)], benchmark)
    (row,) = graded.scores.to_dicts()
    assert (row["contender"], row["questions"], row["pairs"]) == ("ours", 8, 4)
    assert (row["question_accuracy"], row["pair_accuracy"], row["unscored"]) == (0.75, 0.75, 2)
    assert row["questions_right"] == 6
    assert 0 < row["questions_low"] < 0.75 < row["questions_high"] < 1
    assert sorted(graded.unscored["reason"]) == ["empty", "refused"]


def test_ids_may_be_numbers_or_the_benchmarks_own_under_mmvps_header(benchmark, tmp_path):
    bare = _write(tmp_path / "bare.csv", [(i, _right(i)) for i in range(1, 9)], ("Index", "Answer"))
    own = _write(tmp_path / "own.csv", [(f"mmvp/{i:03d}", _right(i)) for i in range(1, 9)])
    scores = grade_files([bare, own], benchmark).scores
    assert scores["pair_accuracy"].to_list() == [1.0, 1.0]


def test_answers_to_exchanged_options_are_read_as_they_were_seen(benchmark, tmp_path):
    said = [(i, "ab", "a" if i % 2 else "b") for i in range(1, 9)]
    said += [(i, "ba", "b" if i % 2 else "a") for i in range(1, 7)]
    said += [(7, "ba", "a"), (8, "ba", "a")]
    path = _write(tmp_path / "both.csv", said, ("question_id", "order", "answer"))
    scores = grade_files([path], benchmark).scores
    assert dict(scores.select("benchmark", "pair_accuracy").iter_rows()) == {
        "mmvp": 1.0,
        "mmvp_circular": 0.75,
    }


def test_several_files_are_compared_over_the_same_pairs(benchmark, tmp_path):
    good = _write(tmp_path / "good.csv", [(i, _right(i)) for i in range(1, 9)])
    flat = _write(tmp_path / "flat.csv", [(i, "(a)") for i in range(1, 9)])
    (row,) = grade_files([good, flat], benchmark).paired.to_dicts()
    assert (row["first"], row["second"], row["cases"]) == ("good", "flat", 4)
    assert (row["only_first"], row["only_second"], row["p"]) == (4, 0, 0.125)


def test_patterns_of_a_person_give_scores_by_pattern(benchmark, tmp_path):
    answers = _write(tmp_path / "a.csv", [(i, "(a)" if i > 2 else _right(i)) for i in range(1, 9)])
    patterns = _write(
        tmp_path / "p.csv",
        [(1, "sc"), (3, "Text"), (6, "quantity"), (7, "od")],
        ("Index", "category"),
    )
    table = grade_files([answers], benchmark, patterns=patterns).patterns
    assert dict(table.select("pattern", "pair_accuracy").iter_rows()) == {
        **{"state": 1.0, "text": 0.0, "quantity": 0.0, "orientation": 0.0}
    }


def test_corrected_labels_are_mmvps_alone(benchmark, tmp_path):
    answers = _write(tmp_path / "a.csv", [(i, "(a)") for i in range(1, 9)])
    with pytest.raises(UserError, match="not MMVP as published"):
        grade_files([answers], benchmark, labels="corrected")
    with pytest.raises(UserError, match="--labels new is none of both, original, corrected"):
        grade_files([answers], benchmark, labels="new")


WHOLE = [(index, "(a)") for index in range(1, 9)]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "a.csv is empty"),
        ("question_id,answer\n", "has a header but no rows"),
        ("id,said\n1,a\n", "no column 'question_id' (its columns: id, said)"),
        ("question_id,text\n1,a\n", "no column 'answer'"),
        ("question_id,answer\n1,yes, it is\n", "line 2, has 3 cells where its header has 2"),
        ('question_id,answer\n1,"yes\n', "is no CSV"),
        ("question_id,answer\n" + "".join(f"{i},a\n" for i in range(1, 8)), "no row for mmvp/008"),
        ("question_id,answer\n" + "".join(f"{i},a\n" for i in range(1, 10)), "answers 9, which"),
        ("question_id,answer\n1,a\n" + "".join(f"{i},a\n" for i in range(1, 9)), "more than once"),
        ("question_id,answer,order\n1,a,up\n", "order is 'up'"),
    ],
)
def test_a_file_that_is_wrong_is_one_sentence(benchmark, tmp_path, text, sentence):
    path = tmp_path / "a.csv"
    path.write_text(text)
    with pytest.raises(UserError) as raised:
        grade_files([path], benchmark)
    assert sentence in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n\x00\xff", "café".encode("utf-16")])
def test_a_file_that_is_no_text_is_one_sentence(benchmark, tmp_path, data):
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    with pytest.raises(UserError, match=r"UTF-8"):
        grade_files([path], benchmark)


def test_two_files_of_one_name_and_files_that_are_missing_are_one_sentence(benchmark, tmp_path):
    (tmp_path / "other").mkdir()
    one, two = (_write(folder / "a.csv", WHOLE) for folder in (tmp_path, tmp_path / "other"))
    with pytest.raises(UserError, match="would go by one name, a"):
        grade_files([one, two], benchmark)
    with pytest.raises(UserError, match=r"none\.csv is missing"):
        grade_files([tmp_path / "none.csv"], benchmark)
    with pytest.raises(UserError, match="can't be read"):
        grade_files([tmp_path], benchmark)


def test_a_benchmark_with_an_odd_number_of_rows_is_one_sentence(benchmark, tmp_path):
    table = benchmark / "Questions.csv"
    table.write_text("\n".join(table.read_text().splitlines()[:-1]) + "\n")
    answers = _write(tmp_path / "a.csv", WHOLE)
    with pytest.raises(UserError, match="8") as raised:
        grade_files([answers], benchmark)
    assert "\n" not in str(raised.value)


def test_the_command_prints_scores_chance_and_reasons_and_writes_tables(benchmark, tmp_path):
    one = _write(tmp_path / "one.csv", [(i, _right(i) if i < 8 else "hm") for i in range(1, 9)])
    two = _write(tmp_path / "two.csv", WHOLE)
    out = tmp_path / "out"
    done = _command("score", one, two, "--benchmark", benchmark, "--out", out)
    assert done.returncode == 0, done.stderr
    assert "3/4 75.0" in done.stdout
    assert "7/8 87.5" in done.stdout
    assert "25.0" in done.stdout
    assert "one: 1 question is unscored: names neither option (such as mmvp/008)" in done.stdout
    assert len(BENCHMARK_SCORES.read(out / "scores.csv")) == 2
    assert len(PAIRED.read(out / "paired.csv")) == 1
    assert len(VERDICTS.read(out / "verdicts" / "one.csv")) == 8
    assert not (out / "patterns.csv").exists()


def test_a_mistake_ends_the_command_with_status_1_and_no_trace(benchmark, tmp_path):
    done = _command("score", tmp_path / "none.csv", "--benchmark", benchmark)
    assert done.returncode == 1
    assert done.stderr.startswith("clipblind: ")
    assert len(done.stderr.strip().splitlines()) == 1


def test_the_command_starts_without_torch(benchmark, tmp_path):
    path = _write(tmp_path / "a.csv", WHOLE)
    code = (
        "import sys; from clipblind.cli import app\n"
        f"sys.argv = ['clipblind', 'score', {str(path)!r}, '--benchmark', {str(benchmark)!r}]\n"
        "try: app()\n"
        "except SystemExit: pass\n"
        "print(sorted({'torch', 'transformers', 'open_clip'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip().splitlines()[-1] == "[]", done.stderr


def _command(*args):
    code = "import sys; from clipblind.cli import app; sys.argv[0] = 'clipblind'; app()"
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, args)], capture_output=True, text=True
    )


def test_scores_by_pattern_are_written_where_patterns_are_given(benchmark, tmp_path):
    answers = _write(tmp_path / "a.csv", WHOLE)
    patterns = _write(tmp_path / "p.csv", [(1, "text")], ("Index", "pattern"))
    out = tmp_path / "out"
    done = _command(
        "score", answers, "--benchmark", benchmark, "--patterns", patterns, "--out", out
    )
    assert done.returncode == 0, done.stderr
    table = PATTERN_SCORES.read(out / "patterns.csv")
    assert table.with_columns(pl.col("pattern").fill_null(""))["pattern"].sort().to_list() == [
        "",
        "text",
    ]
