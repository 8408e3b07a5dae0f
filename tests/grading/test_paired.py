"""Contenders are compared over the same pairs, benchmark by benchmark."""

import polars as pl
import pytest

from clipblind.grading.paired import compare_contenders
from clipblind.ground.stats import holm, mcnemar, paired_difference
from clipblind.ground.tables.answers import VERDICTS
from clipblind.ground.tables.scores import PAIRED


def _verdicts(rights, benchmark="mined"):
    """One contender's verdicts: a pair's two, by a letter for each pair.

    `r`: both correct; `w`: one incorrect; `u`: one unscored.
    """
    second = {"r": "correct", "w": "incorrect", "u": "unscored"}
    rows = []
    for n, letter in enumerate(rights):
        pair = f"{benchmark}-{n:02}"
        for i, verdict in enumerate(("correct", second[letter])):
            rows.append((f"{pair}/{i}", pair, benchmark, "state", "a", verdict, "", "certain"))
    return pl.DataFrame(rows, schema=dict(VERDICTS.columns), orient="row")


def test_two_contenders_are_compared_by_the_pairs_that_only_one_gets_right():
    compared = {"first": _verdicts("rrrrrrrrww"), "second": _verdicts("rrwwwwwwrw")}
    (row,) = compare_contenders(compared).to_dicts()
    assert (row["first"], row["second"], row["benchmark"]) == ("first", "second", "mined")
    assert (row["cases"], row["only_first"], row["only_second"]) == (10, 6, 1)
    expected = paired_difference(6, 1, 10)
    assert row["difference"] == pytest.approx(0.5)
    assert (row["low"], row["high"]) == (expected.low, expected.high)
    # 2 (1 + 7) / 2^7
    assert row["p"] == row["p_holm"] == pytest.approx(16 / 128)


def test_a_pair_with_an_unscored_verdict_is_not_right():
    compared = {"first": _verdicts("rrrr"), "second": _verdicts("uuuu")}
    (row,) = compare_contenders(compared).to_dicts()
    assert (row["only_first"], row["only_second"], row["difference"]) == (4, 0, 1)


def test_pairs_are_joined_by_their_ids():
    first = _verdicts("rwrwrwrwww")
    shuffled = first.sample(fraction=1, shuffle=True, seed=3)
    (row,) = compare_contenders({"first": first, "second": shuffled}).to_dicts()
    assert (row["only_first"], row["only_second"], row["p"]) == (0, 0, 1)


def test_only_pairs_that_both_were_asked_about_are_compared():
    compared = {"first": _verdicts("rrrrr"), "second": _verdicts("www")}
    (row,) = compare_contenders(compared).to_dicts()
    assert (row["cases"], row["difference"]) == (3, 1)


def test_p_values_are_corrected_over_all_comparisons_of_one_benchmark_and_no_other():
    mined = {"a": "rrrrrrrr", "b": "wwwwwwww", "c": "rrrrrrww"}
    twins = {"a": "rrrrrrww", "b": "wwwwwwrr", "c": "rwrwrwrw"}
    compared = {
        name: pl.concat([_verdicts(mined[name]), _verdicts(twins[name], "twins")]) for name in mined
    }
    table = compare_contenders(compared)
    assert [tuple(row) for row in table.select("benchmark", "first", "second").rows()] == [
        (benchmark, *two) for benchmark in ("mined", "twins") for two in ("ab", "ac", "bc")
    ]
    for benchmark, counts in (
        ("mined", [(8, 0), (2, 0), (0, 6)]),
        ("twins", [(6, 2), (3, 1), (1, 3)]),
    ):
        found = table.filter(pl.col("benchmark") == benchmark)
        assert found.select("only_first", "only_second").rows() == counts
        assert found["p_holm"].to_list() == pytest.approx(holm([mcnemar(*c) for c in counts]))


def test_the_table_is_written_and_read_as_it_is(tmp_path):
    table = compare_contenders({"a": _verdicts("rrrr"), "b": _verdicts("wwww")})
    PAIRED.write(table, tmp_path / "paired.csv")
    assert (
        PAIRED.read(tmp_path / "paired.csv").drop("low", "high").equals(table.drop("low", "high"))
    )


@pytest.mark.parametrize("alone", [{}, {"a": _verdicts("rrww")}])
def test_a_contender_alone_is_compared_with_nothing(alone):
    table = compare_contenders(alone)
    assert table.is_empty()
    assert table.schema == dict(PAIRED.columns)
