"""Known answers get their known grades, and the page that shows them says what the command says."""

import random
import re

import polars as pl
import pytest

from clipblind.grading import parse_choice
from clipblind.grading.standalone import grade_files
from clipblind.printed import table

from . import replays

needs_mmvp = pytest.mark.skipif(
    not replays.QUESTIONS.exists(), reason="MMVP's questions are not here (../shared/reference)"
)
FORMS = {
    "letter": lambda letter, text: f"({letter})",
    "capital": lambda letter, text: f"{letter.upper()}.",
    "words": lambda letter, text: text,
    "letter and words": lambda letter, text: f"({letter}) {text}",
    "sentence": lambda letter, text: f"The correct answer is ({letter}) {text}.",
}
OPEN = "–"


@needs_mmvp
def test_figure_3s_printed_answers_get_the_papers_ticks(tmp_path):
    folder, files = replays.figure3(tmp_path / "figure3")
    graded = grade_files(files, folder).verdicts
    answers = table("paper_fig3_answers").join(replays.labelled(), on="Index")
    for model, frame in graded.items():
        of_model = answers.filter(pl.col("model") == model).sort("Index")
        ticks = [
            "correct" if a == b else "incorrect" for a, b in of_model["answer", "label"].rows()
        ]
        assert frame.sort("question_id")["verdict"].to_list() == ticks
    assert len(graded) == 4
    assert len(answers) == 120


@needs_mmvp
@pytest.mark.parametrize("form", FORMS)
def test_every_option_of_mmvp_is_read_in_every_form(form):
    missed = []
    for index, both in replays.options().items():
        for letter, text in zip("ab", both, strict=True):
            if parse_choice(FORMS[form](letter, text), both) != letter:
                missed.append((index, letter))
    assert missed == []


@needs_mmvp
@pytest.mark.parametrize("letter", "ab")
def test_a_constant_answer_is_right_in_half_of_the_questions_and_in_no_pair(tmp_path, letter):
    answers = replays.constant(tmp_path, letter)
    scores = grade_files([answers], replays.mmvp(tmp_path / "mmvp")).scores
    assert scores["benchmark"].to_list() == ["mmvp", "mmvp_corrected"]
    assert scores["question_accuracy"].to_list() == [0.5, 0.5]
    assert scores["pair_accuracy"].to_list() == [0.0, 0.0]


@needs_mmvp
def test_shuffled_rows_change_nothing(tmp_path):
    rng = random.Random(0)
    said = [f"{index},{rng.choice(['(a)', '(b)', 'Yes', 'hm'])}" for index in range(1, 301)]
    texts = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "a.csv").write_text("\n".join(["question_id,answer", *said]) + "\n")
        out = folder / "out"
        replays.printed(
            folder / "a.csv", "--benchmark", replays.mmvp(folder / "mmvp"), "--out", out
        )
        texts.append([(out / n).read_bytes() for n in ("scores.csv", "verdicts/a.csv")])
        rng.shuffle(said)
    assert texts[0] == texts[1]


@needs_mmvp
def test_the_page_shows_what_the_command_prints(tmp_path):
    assert replays.shown() == replays.blocks(tmp_path)


def test_the_pages_traps_are_read_as_the_page_says():
    page = replays.PAGE.read_text(encoding="utf-8")
    rows = re.findall(r"^\| (.+?) \| (.+?) \| (.+?) \| ([ab–]) \|$", page, re.MULTILINE)
    assert len(rows) > 10
    for answer, a, b, read in rows:
        assert (parse_choice(answer, (a, b)) or OPEN) == read, answer
