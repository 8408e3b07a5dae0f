"""Verdicts and scores: unscored is never right, never dropped."""

import random

import polars as pl
import pytest

from clipblind.benchmark.chance import always_first, guessing
from clipblind.contenders.protocol import NOT_RECORDED
from clipblind.grading.choices import choose
from clipblind.grading.scores import by_naming, right_pairs, score, score_all
from clipblind.grading.verdicts import grade
from clipblind.ground.stats import wilson
from clipblind.ground.tables.scores import BENCHMARK_SCORES

from .asked import baseline, graded, questions, replies


def _questions(pairs):
    rows = []
    for n in range(pairs):
        first = "ab"[n % 2]
        for number, answer in ((1, first), (2, "ba"[n % 2])):
            pair = f"p{n:03d}"
            asked = ("mined", "state", f"i{n}{number}", "Is it open or closed?", "open", "closed")
            rows.append((f"{pair}/{number}", pair, *asked, answer))
    columns = ("question_id", "pair_id", "benchmark", "pattern", "image_id", "question")
    columns += ("option_a", "option_b", "answer")
    return pl.DataFrame(rows, schema=columns, orient="row")


def test_a_pair_counts_only_if_both_answers_are_right():
    questions = _questions(2)
    said = {"p000/1": "open", "p000/2": "It is closed.", "p001/1": "(b)", "p001/2": "(b)"}
    (row,) = score(graded(questions, said)).to_dicts()
    assert (row["questions"], row["question_accuracy"]) == (4, 0.75)
    assert (row["pairs"], row["pair_accuracy"]) == (2, 0.5)


def test_unscored_and_missing_answers_keep_the_denominators_and_are_shown():
    questions = _questions(3)
    said = {"p000/1": "open", "p000/2": "closed", "p001/1": "I can't tell.", "p001/2": ""}
    verdicts = graded(questions, said)
    (row,) = score(verdicts).to_dicts()
    assert (row["questions"], row["pairs"], row["unscored"]) == (6, 3, 4)
    assert row["pair_accuracy"] == pytest.approx(1 / 3)
    unscored = verdicts.filter(pl.col("verdict") == "unscored")
    assert unscored["choice"].null_count() == 4
    assert (unscored["reason"] != "").all()
    assert unscored.filter(pl.col("pair_id") == "p002")["reason"].to_list() == ["no answer"] * 2


def test_the_interval_is_wilsons_over_pairs():
    questions = _questions(40)
    (row,) = score(graded(questions, baseline("constant", questions))).to_dicts()
    expected = wilson(0, 40)
    assert (row["low"], row["high"]) == (expected.low, expected.high)


def test_shuffled_answers_change_nothing():
    questions = _questions(20)
    said = baseline("random", questions, seed=3)
    shuffled = dict(random.Random(1).sample(sorted(said.items()), len(said)))
    assert list(shuffled) != list(said)
    assert graded(questions, said).equals(graded(questions, shuffled))


def test_the_constant_answer_scores_half_of_the_questions_and_no_pair():
    questions = _questions(60)
    (row,) = score(graded(questions, baseline("constant", questions))).to_dicts()
    assert (row["question_accuracy"], row["pair_accuracy"]) == (0.5, 0.0)
    assert always_first(questions) == (0.0, 0.5)


def test_random_answers_score_what_theory_says():
    questions = _questions(2000)
    (row,) = score(graded(questions, baseline("random", questions))).to_dicts()
    assert guessing(questions) == (0.25, 0.5)
    assert row["question_accuracy"] == pytest.approx(0.5, abs=0.03)
    assert row["low"] < 0.25 < row["high"]


@pytest.mark.parametrize("columns", [["benchmark"], ["benchmark", "pattern"]])
def test_scores_can_be_grouped(columns):
    questions = _questions(4)
    questions = pl.concat(
        [
            questions,
            questions.with_columns(
                pl.format("t{}", "question_id").alias("question_id"),
                pl.format("t{}", "pair_id").alias("pair_id"),
                benchmark=pl.lit("twins"),
            ),
        ]
    )
    table = score(graded(questions, baseline("constant", questions)), columns)
    assert table["benchmark"].to_list() == ["mined", "twins"]
    assert table["pairs"].to_list() == [4, 4]


def test_verdicts_are_split_by_how_often_captions_name_what_is_asked_about():
    questions = _questions(5).with_columns(
        pattern=pl.Series(p for p in ("presence", "kind", "state", "colour", "thing") for _ in "12")
    )
    verdicts = graded(questions, baseline("constant", questions))
    # kind is no pattern, so its questions go by the factor's own name
    named = by_naming(verdicts, ("kind", "hat", "colour"), ["mined"])
    assert by_naming(verdicts, ("kind",), ["twins"]).is_empty()
    assert by_naming(verdicts, (), ["mined"]).is_empty()
    often = named.filter(pl.col("named") == "often")["pattern"].unique().sort().to_list()
    seldom = named.filter(pl.col("named") == "seldom")["pattern"].unique().sort().to_list()
    assert (often, seldom) == (["colour", "kind", "presence"], ["state", "thing"])
    assert score(named, ["named"])["pairs"].to_list() == [3, 2]


def test_right_pairs_are_told_by_benchmark_and_id():
    questions = _questions(3)
    said = {"p000/1": "open", "p000/2": "closed", "p001/1": "(b)", "p002/1": "(a)", "p002/2": "(a)"}
    right = right_pairs(graded(questions, said))
    expected = [(f"p00{n}", n == 0) for n in range(3)]
    assert right.select("pair_id", "right").rows() == expected


def test_what_was_never_put_to_a_contender_is_left_out_and_half_a_pair_is_no_pair():
    # faults 31: recorded answers to a part of a benchmark, in a study
    asked = questions(3)
    said = [(q, "ab", f"({a})") for q, a in asked.select("question_id", "answer").iter_rows()]
    part = [*said[:2], ("mmvp/003", "ab", "!no answer was recorded"), said[3], said[4]]
    part += [("mmvp/006", "ab", f"!{NOT_RECORDED}")]
    graded = grade(asked, choose(asked, replies(*part)))
    assert len(graded) == 6  # the table stays whole
    row = score(graded).row(0, named=True)
    assert (row["questions"], row["pairs"], row["unscored"]) == (5, 2, 1)
    assert (row["question_accuracy"], row["pair_accuracy"]) == (0.8, 0.5)
    assert right_pairs(graded)["pair_id"].to_list() == ["mmvp/001-002", "mmvp/003-004"]
    none = grade(asked, choose(asked, replies(*((q, "ab", f"!{NOT_RECORDED}") for q, *_ in said))))
    assert score_all({"nobody": none}, BENCHMARK_SCORES).is_empty()
    left = [(q, "ab", f"!{NOT_RECORDED}") for q, *_ in said[1:]]
    half = grade(asked, choose(asked, replies(said[0], *left)))
    (row,) = score_all({"one": half}, BENCHMARK_SCORES).to_dicts()
    assert (row["questions"], row["pairs"], row["pair_accuracy"]) == (1, 0, None)
