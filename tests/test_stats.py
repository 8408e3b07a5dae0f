"""Intervals and correlations against scipy and against numbers known from elsewhere."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from clipblind.stats import pearson, wilson


def test_wilson_gives_the_interval_the_papers_facts_state_for_60_of_150():
    interval = wilson(60, 150)
    assert (round(interval.low, 3), round(interval.high, 3)) == (0.325, 0.480)


@given(st.integers(1, 500), st.floats(0, 1))
def test_wilson_agrees_with_scipy(trials, share):
    successes = round(share * trials)
    expected = scipy_stats.binomtest(successes, trials).proportion_ci(0.95, method="wilson")
    found = wilson(successes, trials)
    assert found.low == pytest.approx(expected.low, abs=1e-12)
    assert found.high == pytest.approx(expected.high, abs=1e-12)


def test_a_share_of_nothing_is_no_number():
    assert math.isnan(wilson(0, 0).value)


def test_pearson_agrees_with_scipy():
    x, y = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [2.0, 1.0, 4.0, 3.0, 7.0, 5.0]
    expected = scipy_stats.pearsonr(x, y)
    found = pearson(x, y)
    assert found.value == pytest.approx(expected.statistic)
    bounds = expected.confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((bounds.low, bounds.high))


def test_pearson_of_a_line_is_one_and_of_a_constant_is_no_number():
    assert pearson([1, 2, 3, 4], [2, 4, 6, 8]).value == pytest.approx(1)
    assert math.isnan(pearson([1, 2, 3, 4], [5, 5, 5, 5]).value)
    assert math.isnan(pearson([1, 2, 3], [1, 2, 4]).value)
