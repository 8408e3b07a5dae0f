"""Intervals and correlations against numbers known from elsewhere."""

import math

import pytest

from clipblind.stats import pearson, wilson


def test_wilson_gives_the_interval_the_paper_page_states_for_60_of_150():
    interval = wilson(60, 150)
    assert (round(interval.low, 3), round(interval.high, 3)) == (0.325, 0.480)


@pytest.mark.parametrize(("right", "low"), [(0, 0.0), (10, 0.722)])
def test_wilson_keeps_to_the_unit_interval(right, low):
    interval = wilson(right, 10)
    assert 0 <= interval.low <= interval.value <= interval.high <= 1
    assert interval.low == pytest.approx(low, abs=5e-4)


def test_a_share_of_nothing_is_no_number():
    assert math.isnan(wilson(0, 0).value)


def test_pearson_of_a_line_is_one_and_of_a_constant_is_no_number():
    assert pearson([1, 2, 3, 4], [2, 4, 6, 8]).value == pytest.approx(1)
    assert math.isnan(pearson([1, 2, 3, 4], [5, 5, 5, 5]).value)


def test_pearson_agrees_with_fishers_interval_by_hand():
    x, y = [1, 2, 3, 4, 5, 6], [2, 1, 4, 3, 7, 5]
    found = pearson(x, y)
    z, half = math.atanh(found.value), 1.959964 / math.sqrt(len(x) - 3)
    assert found.low == pytest.approx(math.tanh(z - half), abs=1e-6)
    assert found.high == pytest.approx(math.tanh(z + half), abs=1e-6)
