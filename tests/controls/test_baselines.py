"""Baselines are held against theory, and a scoring that favours them is found out."""

import numpy as np
import polars as pl
import pytest
from scipy.stats import binom

from clipblind.controls.baselines import check_baselines
from clipblind.ground.stats import wilson
from clipblind.ground.tables.benchmark import BENCHMARKS
from clipblind.ground.tables.controls import BASELINES
from clipblind.ground.tables.scores import BENCHMARK_SCORES

KINDS = {"coin": "random", "a": "constant", "blind": "text_only", "llava": "mof"}


def _scores(*rights):
    """Rows of contender, benchmark, right pairs, pairs."""
    rows = []
    for contender, benchmark, right, pairs in rights:
        share = wilson(right, pairs)
        shares = (share.value, share.low, share.high)
        rows.append((benchmark, contender, 2 * pairs, 0.5, pairs, *shares, 0, 2 * pairs, 0))
    return pl.DataFrame(rows, schema=dict(BENCHMARK_SCORES.columns), orient="row")


def _benchmarks(chances):
    rows = [(name, "mmvp", name, 9, 18, chance, 0.5) for name, chance in chances.items()]
    return pl.DataFrame(rows, schema=dict(BENCHMARKS.columns), orient="row")


def _checked(*rights, chance=0.25):
    table = check_baselines(
        _scores(*rights), _benchmarks({benchmark: chance for _, benchmark, *_ in rights}), KINDS
    )
    assert table.schema == dict(BASELINES.columns)
    return table.to_dicts()


def test_what_theory_expects_is_inside():
    (row,) = _checked(("coin", "mined", 50, 200))
    assert (row["right"], row["expected"], row["inside"]) == (50, 0.25, True)
    # a standard deviation of sqrt(200 / 4 * 3 / 4) = 6.1
    assert (row["lowest"], row["highest"]) == (38, 62)


@pytest.mark.parametrize(("right", "inside"), [(37, False), (38, True), (62, True), (63, False)])
def test_a_coin_is_outside_just_beyond_its_range(right, inside):
    (row,) = _checked(("coin", "mined", right, 200))
    assert row["inside"] is inside


@pytest.mark.parametrize("contender", ["a", "blind"])
@pytest.mark.parametrize(("right", "inside"), [(0, True), (1, False)])
def test_who_says_the_same_twice_may_get_no_pair_at_all(contender, right, inside):
    (row,) = _checked((contender, "mined", right, 200))
    assert (row["expected"], row["lowest"], row["highest"]) == (0, 0, 0)
    assert row["inside"] is inside


def test_who_sees_is_not_held_against_theory():
    assert _checked(("llava", "mined", 190, 200)) == []


def test_each_benchmark_has_its_own_range_wider_as_there_are_several():
    alone = _checked(("coin", "mined", 50, 200))
    several = _checked(*(("coin", b, 50, 200) for b in ("twins", "mined", "random")))
    assert [row["benchmark"] for row in several] == ["mined", "random", "twins"]
    assert several[0]["lowest"] < alone[0]["lowest"] < alone[0]["highest"] < several[0]["highest"]
    beyond = 0.025 / 3
    assert several[0]["lowest"] == binom.ppf(beyond, 200, 0.25)


def test_a_benchmark_without_pairs_has_no_range():
    assert [row["benchmark"] for row in _checked(("coin", "twins", 3, 9))] == ["twins"]
    empty = _scores(("coin", "twins", 3, 9)).with_columns(pairs=pl.lit(0, pl.Int64))
    assert check_baselines(empty, _benchmarks({"twins": 0.25}), KINDS).is_empty()


@pytest.mark.parametrize("chance", [0.25, 0.125, 1 / 16])
def test_what_guessing_gets_comes_from_the_benchmark(chance):
    (row,) = _checked(("coin", "own", round(160 * chance), 160), chance=chance)
    assert (row["expected"], row["inside"]) == (chance, True)
    assert row["highest"] == binom.ppf(0.975, 160, chance)
    (row,) = _checked(("coin", "own", 40, 160), chance=chance)
    assert row["inside"] is (chance == 0.25)


def test_a_benchmark_whose_chance_nobody_tells_is_left_out():
    scores = _scores(("coin", "own", 9, 40), ("coin", "odd", 9, 40))
    table = check_baselines(scores, _benchmarks({"own": 0.25}), KINDS)
    assert table["benchmark"].to_list() == ["own"]


def test_a_fair_coin_is_inside_on_all_benchmarks_at_least_19_times_in_20():
    drawn = np.random.default_rng(0).binomial(150, 0.25, size=(300, 3))
    inside = [
        all(
            row["inside"]
            for row in _checked(*(("coin", f"b{i}", n, 150) for i, n in enumerate(run)))
        )
        for run in drawn.tolist()
    ]
    assert 0.95 <= np.mean(inside) < 1
