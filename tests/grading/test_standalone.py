"""`clipblind score`: other people's answers, graded from two files and nothing else."""

import csv
import json
import random
import subprocess
import sys

import openpyxl
import polars as pl
import pytest
from typer.testing import CliRunner

from clipblind.cli import command_line
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


# What each tool writes of the same answers; columns are the tools' own
# (tsb0601/MMVP evaluate_mllm.py, VLMEvalKit 512 and 803, lmms-eval's samples).
SAID = {1: "(a) Open", 2: "It is open.", 3: "Yes.", 4: "(b)", 5: "two", 6: "hm", 7: "A", 8: "B"}


def _question(index):
    return f"What is on picture {(index - 1) // 2}?"


def _key(index):
    return "ab"[(index - 1) % 2]


def _script(index):
    a, b = OPTIONS[(index - 1) // 2]
    return {
        "question_id": index,
        "prompt": f"{_question(index)} (a) {a} (b) {b}",
        "answer": f"({_key(index)})",
        "response": SAID[index],
        "answer_id": f"id{index}",
        "model_id": "llava",
    }


def _vlmevalkit(index):
    a, b = OPTIONS[(index - 1) // 2]
    return {
        "index": index - 1,
        "question": _question(index),
        **{"A": a, "B": b, "answer": _key(index).upper()},
        "prediction": SAID[index],
    }


def _lmms_eval(index):
    a, b = OPTIONS[(index - 1) // 2]
    return {
        "doc_id": index - 1,
        "target": _key(index).upper(),
        "filtered_resps": [SAID[index]],
        "doc_hash": "0f",
        "mmvp_accuracy": {"index": index - 1, "pred": SAID[index]},
        "input": f"{_question(index)}\nA. {a}\nB. {b}\nAnswer with the option's letter.",
    }


def _lmms_eval_with_doc(index):
    a, b = OPTIONS[(index - 1) // 2]
    doc = {"Index": index, "Question": _question(index), "Options": f"(a) {a} (b) {b}"}
    kept = {"doc_id": index - 1, "doc": doc, "target": _key(index).upper()}
    return {**kept, "resps": [[SAID[index]]], "filtered_resps": ["cut by a filter"]}


def _plain(index):
    return {"question_id": index, "answer": SAID[index]}


def _save(path, rows):
    """Rows as each format holds them; workbooks as pandas writes them, by openpyxl."""
    table = [list(rows[0]), *(list(row.values()) for row in rows)]
    if path.suffix == ".xlsx":
        book = openpyxl.Workbook()
        for cells in table:
            book.active.append(cells)
        book.save(path)
    elif path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    elif path.suffix == ".json":
        path.write_text(json.dumps(rows))
    else:
        with path.open("w", newline="") as file:
            csv.writer(file, delimiter="\t" if path.suffix == ".tsv" else ",").writerows(table)
    return path


LAYOUTS = {
    "official.jsonl": (_script, "JSON lines of MMVP's own script"),
    "official.csv": (_script, "CSV of MMVP's own script"),
    "kit.xlsx": (_vlmevalkit, "workbook of VLMEvalKit"),
    "kit.tsv": (_vlmevalkit, "TSV of VLMEvalKit"),
    "kit.json": (_vlmevalkit, "JSON lines of VLMEvalKit"),
    "samples_mmvp.jsonl": (_lmms_eval, "JSON lines of lmms-eval"),
    "samples_doc.jsonl": (_lmms_eval_with_doc, "JSON lines of lmms-eval"),
    "plain.csv": (_plain, "CSV of ids and answers"),
    "plain.tsv": (_plain, "TSV of ids and answers"),
    "plain.jsonl": (_plain, "JSON lines of ids and answers"),
    "plain.xlsx": (_plain, "workbook of ids and answers"),
}


def _scored(*args):
    """What `clipblind score` prints; it must end well."""
    done = CliRunner().invoke(command_line("score"), ["score", *map(str, args)])
    assert done.exit_code == 0, done.output or done.exception
    return done.output


def _refused(*args):
    """Why `clipblind score` refuses a file."""
    done = CliRunner().invoke(command_line("score"), ["score", *map(str, args)])
    assert isinstance(done.exception, UserError), done.output
    assert "\n" not in str(done.exception)
    return str(done.exception)


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_layout_gives_the_same_scores_and_is_named(benchmark, tmp_path, name):
    row, layout = LAYOUTS[name]
    indices = list(SAID)
    random.Random(name).shuffle(indices)
    path = _save(tmp_path / name, [row(index) for index in indices])
    out = _scored(path, "--benchmark", benchmark, "--out", tmp_path / "out")
    assert f"read as {layout}" in out
    (score,) = BENCHMARK_SCORES.read(tmp_path / "out/scores.csv").to_dicts()
    # a key taken for the answers would be right in all four pairs
    assert (score["question_accuracy"], score["pair_accuracy"], score["unscored"]) == (0.75, 0.5, 1)


AMBIGUOUS = {
    "answer beside response": ("question_id,answer,response\n1,(a),(b)\n", "beside 'response'"),
    "answer beside prediction": ("question_id,answer,prediction\n1,A,B\n", "beside 'prediction'"),
    "answer beside another word": (
        "question_id,answer,llava says\n1,(a),Closed\n2,(b),Open\n",
        "beside 'llava says'",
    ),
    "answer beside a key": ("Index,Answer,Correct Answer\n1,(b),(a)\n", "'Correct Answer'"),
    "answer beside a label": ("question_id,answer,label\n1,a,a\n", "beside 'label'"),
    "two answers": ("question_id,answer,answer\n1,(a),(b)\n", "'answer' (column 2) and 'answer'"),
    "two answers, spelt apart": ("question_id,Answer,answer \n1,(a),(b)\n", "(column 3)"),
    "an answer twice in an object": ('{"question_id": 1, "answer": "a", "answer": "b"}\n', "twice"),
    "ids from 0 or from 1": ("index,answer\n2,a\n3,b\n", "fits a count from 0 as well as one"),
    "several responses": (
        '{"doc_id": 0, "target": "A", "resps": [["A", "B"]]}\n',
        "line 1, holds 2 responses in resps",
    ),
}


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_what_is_ambiguous_is_refused(benchmark, tmp_path, name):
    text, said = AMBIGUOUS[name]
    (tmp_path / "a.csv").write_text(text)
    assert said in _refused(tmp_path / "a.csv", "--benchmark", benchmark)


def test_parts_of_a_numbering_are_settled_by_what_the_rows_repeat(benchmark, tmp_path):
    for row in (_vlmevalkit, _lmms_eval):
        # 2 and 3 are the third and the fourth question from 0, the second and the third from 1
        path = _save(tmp_path / "part.jsonl", [row(3), row(4)])
        out = _scored(path, "--benchmark", benchmark)
        assert "numbered from 0" in out and "2/2 100.0" in out
    shifted = [{**_vlmevalkit(index), "index": index} for index in (3, 4)]
    out = _scored(_save(tmp_path / "one.jsonl", shifted), "--benchmark", benchmark)
    assert "numbered from 0" not in out and "2/2 100.0" in out


def test_a_file_of_another_benchmark_is_refused(benchmark, tmp_path):
    rows = [{**_script(i), "prompt": "Is it raining? (a) Yes (b) No"} for i in SAID]
    said = _refused(_save(tmp_path / "a.jsonl", rows), "--benchmark", benchmark)
    assert "asks 'Is it raining?' under the id 1" in said
    rows = [{**_script(i), "answer": f"({'ba'[(i - 1) % 2]})"} for i in SAID]
    said = _refused(_save(tmp_path / "b.jsonl", rows), "--benchmark", benchmark)
    assert "has another key than the benchmark for 8 of 8" in said
    rows = [{**_vlmevalkit(i), **dict(zip("BA", OPTIONS[(i - 1) // 2], strict=True))} for i in SAID]
    said = _refused(_save(tmp_path / "c.jsonl", rows), "--benchmark", benchmark)
    assert "in the other order" in said


def test_a_key_that_was_corrected_is_told_and_the_benchmarks_counts(benchmark, tmp_path):
    rows = [_script(index) for index in SAID]
    rows[0]["answer"], rows[1]["answer"] = rows[1]["answer"], rows[0]["answer"]
    out = _scored(_save(tmp_path / "a.jsonl", rows), "--benchmark", benchmark)
    assert "its key differs from the benchmark's labels in 2 of 8 questions" in " ".join(
        out.split()
    )
    assert "6/8 75.0" in out


def test_a_part_is_scored_for_what_is_there_and_half_a_pair_is_no_pair(benchmark, tmp_path):
    # faults 31: 40 of 300 answers
    path = _write(tmp_path / "part.csv", [(1, "open"), (2, "closed"), (3, "No"), (5, "Two")])
    out = " ".join(_scored(path, "--benchmark", benchmark).split())
    assert "it answers 4 of 8 questions; 4 are missing (mmvp/004, mmvp/006, mmvp/007 and 1" in out
    assert "1/1 100.0" in out and "3/4 75.0" in out and "not among the answers" not in out
    assert "its numbers are taken for the benchmark's own, from 1" in out
    with path.open("a") as file:
        file.write("6,Thr")  # a file that was cut in half
    out = " ".join(_scored(path, "--benchmark", benchmark).split())
    assert "no line break at its end, so it may be cut short" in out


def test_parts_that_share_no_pair_are_not_compared(benchmark, tmp_path):
    one = _write(tmp_path / "one.csv", [(1, "open"), (2, "closed")])
    two = _write(tmp_path / "two.csv", [(5, "two"), (6, "three")])
    graded = grade_files([one, two], benchmark)
    assert graded.paired.is_empty() and graded.scores["pairs"].to_list() == [1, 1]


def test_questions_without_opposite_pairs_are_scored_alone(tmp_path):
    # faults 31: POPE and HallusionBench
    asked = [(i, f"Is there a {what}?", "(a) Yes (b) No", "(b)" if i % 3 else "(a)")
             for i, what in enumerate(("cup", "spoon", "fork", "knife", "bowl"), 1)]  # fmt: skip
    (tmp_path / "pope").mkdir()
    _write(
        tmp_path / "pope/Questions.csv", asked, ("Index", "Question", "Options", "Correct Answer")
    )
    said = [(1, "No, there is none."), (2, "No"), (3, "Yes"), (4, "Yes"), (5, "hm")]
    out = tmp_path / "out"
    path = _write(tmp_path / "a.csv", said)
    printed = _scored(path, "--benchmark", tmp_path / "pope", "--out", out)
    assert "3/5 60.0" in printed and "NaN" not in printed and "nan" not in printed
    assert "0 of 2 couples of rows" in " ".join(printed.split())
    (score,) = BENCHMARK_SCORES.read(out / "scores.csv").to_dicts()
    assert (score["pairs"], score["pair_accuracy"], score["questions"]) == (0, None, 5)


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
def test_what_a_spreadsheet_left_of_an_answer_is_told(benchmark, tmp_path, name):
    # faults 29: (1) becomes -1, Yes becomes TRUE
    rows = [{"question_id": i, "answer": SAID[i]} for i in SAID]
    rows[2]["answer"], rows[4]["answer"] = True, -1
    if name == "a.csv":
        rows[2]["answer"] = "TRUE"
    out = " ".join(_scored(_save(tmp_path / name, rows), "--benchmark", benchmark).split())
    assert "2 answers are as a spreadsheet leaves them (line 4: TRUE, which may have been" in out
