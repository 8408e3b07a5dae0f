"""Contenders on MMVP beside the paper's Figure 4."""

import polars as pl
import pytest

from clipblind.grading.figure4 import against_figure4
from clipblind.ground.errors import UserError
from clipblind.ground.stats import wilson
from clipblind.ground.tables.scores import BENCHMARK_SCORES


def scores(*rows):
    whole = [
        {"contender": name, "benchmark": benchmark, "questions": 300, "pairs": 150,
         "question_accuracy": questions / 300, "pair_accuracy": pairs / 150, "low": 0.0,
         "high": 1.0, "unscored": 0}
        for name, benchmark, questions, pairs in rows
    ]  # fmt: skip
    return pl.DataFrame(whole, schema=dict(BENCHMARK_SCORES.columns))


def test_pairs_by_published_labels_are_set_beside_the_printed_share():
    table = scores(("a", "mmvp", 180, 37), ("a", "mmvp_corrected", 200, 90))
    (row,) = against_figure4(table, {"a": "LLaVA-1.5"}).to_dicts()
    ours = wilson(37, 150)
    assert (row["of"], row["cases"], row["accuracy"]) == ("pairs", 150, 37 / 150)
    assert (row["low"], row["high"], row["paper"]) == (ours.low, ours.high, 0.247)
    assert row["inside"] and row["difference"] == pytest.approx(37 / 150 - 0.247)


def test_of_people_it_is_questions():
    (row,) = against_figure4(scores(("h", "mmvp", 285, 10)), {"h": "Human"}).to_dicts()
    assert (row["of"], row["cases"], row["accuracy"]) == ("questions", 300, 0.95)
    assert row["inside"]


def test_a_share_outside_the_interval_is_outside():
    table = against_figure4(scores(("a", "mmvp", 180, 60)), {"a": "mini-GPT4"})
    assert table["inside"].to_list() == [False]


def test_contenders_without_a_row_or_without_scores_are_left_out():
    table = scores(("a", "mmvp", 180, 60))
    assert against_figure4(table, {"a": "", "b": "Bard"}).is_empty()


def test_only_mmvp_is_set_beside_the_paper():
    table = scores(("a", "own", 180, 60), ("a", "mmvp_circular", 180, 60))
    assert against_figure4(table, {"a": "LLaVA-1.5"}).is_empty()


def test_a_row_that_figure_4_has_not_is_one_sentence():
    with pytest.raises(UserError, match=r"contender\.a\.row='Llava' is nobody .* LLaVA-1\.5"):
        against_figure4(scores(("a", "mmvp", 180, 60)), {"a": "Llava"})
