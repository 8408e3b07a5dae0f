"""Contenders beside the paper's Figure 4, and correlated with CLIPs by pattern."""

import polars as pl
import pytest
from clipblind.matching.inherited import clips, inherited

from clipblind.grading.figure4 import against_figure4
from clipblind.ground.errors import UserError
from clipblind.ground.patterns import NINE
from clipblind.ground.stats import wilson
from clipblind.ground.tables.answers import VERDICTS
from clipblind.ground.tables.matching import MATCHES
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


def test_a_row_that_figure_4_has_not_is_one_sentence():
    with pytest.raises(UserError, match=r"contender\.a\.row='Llava' is nobody .* LLaVA-1\.5"):
        against_figure4(scores(("a", "mmvp", 180, 60)), {"a": "Llava"})


def test_the_clips_are_the_papers_as_far_as_there_are_any():
    three = {"a": "OpenAI ViT-L-14 336", "b": "DFN ViT-H-14 224", "c": "EVA01 ViT-g-14 224"}
    assert clips(three) == ["a", "c"]
    assert clips({"b": "DFN ViT-H-14 224", "own": ""}) == ["b", "own"]


def matches(right):
    rows = [
        (f"{pattern}/{k}", pattern, k < right[i], True)
        for i, pattern in enumerate(NINE)
        for k in range(15)
    ]
    return pl.DataFrame(rows, schema=dict(MATCHES.columns), orient="row")


def verdicts(right, pairs=15, patterns=NINE):
    rows = [
        (f"{p}/{k}/{side}", f"{p}/{k}", benchmark, p, "a",
         "correct" if (k < right[i]) == (benchmark == "mmvp") else "incorrect", "")
        for i, p in enumerate(patterns)
        for k in range(pairs)
        for side in range(2)
        for benchmark in ("mmvp", "mmvp_corrected")
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=dict(VERDICTS.columns), orient="row")


def test_the_correlation_is_that_of_the_means_by_pattern_and_published_labels():
    first, second = (1, 2, 8, 3, 3, 12, 5, 1, 6), (3, 2, 6, 3, 1, 12, 7, 3, 4)
    own = (4, 2, 9, 5, 1, 9, 8, 3, 2)
    encoders = {"x": "OpenAI ViT-L-14 224", "y": "EVA01 ViT-g-14 224"}
    found = inherited(
        {"x": matches(first), "y": matches(second)},
        {"a": verdicts(own)},
        encoders,
        {"a": "GPT-4V"},
        seed=3,
    )
    (row,) = found.to_dicts()
    mean = [(a + b) / 2 for a, b in zip(first, second, strict=True)]
    expected = pl.DataFrame({"x": mean, "y": own}).select(pl.corr("x", "y")).item()
    assert row["pearson"] == pytest.approx(expected)
    assert row["low"] < row["pearson"] < row["high"] and 0 < row["p"] <= row["p_holm"] <= 1
    assert (row["encoder"], row["patterns"], row["paper"]) == ("x+y", 9, 0.31)


def test_fewer_than_four_patterns_have_no_correlation_and_unnamed_pairs_don_t_count():
    few = verdicts((1, 5, 9, 3), patterns=(*NINE[:3], ""))
    found = inherited({"x": matches(range(9))}, {"a": few}, {"x": ""}, {"a": ""}, seed=3)
    (row,) = found.to_dicts()
    assert row["patterns"] == 3 and row["pearson"] != row["pearson"] and row["paper"] is None


def test_contenders_that_all_lack_patterns_give_a_table_all_the_same():
    nameless = verdicts((1,), patterns=("",))
    found = inherited({"x": matches(range(9))}, {"a": nameless}, {"x": ""}, {"a": ""}, seed=3)
    assert found["patterns"].to_list() == [0]
