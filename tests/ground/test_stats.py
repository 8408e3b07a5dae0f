"""Intervals and tests against scipy, published examples and simulations of their promises."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from clipblind.ground.stats import correlate_shares, holm, mcnemar, paired_difference, wilson

COUNTS = st.integers(0, 200)


def test_wilson_gives_the_interval_the_papers_facts_state_for_60_of_150():
    interval = wilson(60, 150)
    assert (round(interval.low, 3), round(interval.high, 3)) == (0.325, 0.480)


@settings(deadline=None)
@given(st.integers(1, 500), st.floats(0, 1))
def test_wilson_agrees_with_scipy(trials, share):
    successes = round(share * trials)
    expected = scipy_stats.binomtest(successes, trials).proportion_ci(0.95, method="wilson")
    found = wilson(successes, trials)
    assert found.low == pytest.approx(expected.low, abs=1e-12)
    assert found.high == pytest.approx(expected.high, abs=1e-12)


def test_a_share_of_nothing_is_no_number():
    assert math.isnan(wilson(0, 0).value)


@settings(deadline=None)
@given(COUNTS, COUNTS)
def test_mcnemars_exact_test_is_the_binomial_test_of_a_fair_coin(only_first, only_second):
    differing = only_first + only_second
    expected = scipy_stats.binomtest(only_first, differing).pvalue if differing else 1.0
    assert mcnemar(only_first, only_second) == pytest.approx(expected, rel=1e-9)


# Fagerland, Lydersen and Laake 2014, "Recommended tests and confidence intervals for paired
# binomial proportions": 1 + 1 + 7 + 12 patients before and after a transplantation
def test_the_published_example_has_its_published_p_value_and_interval():
    assert mcnemar(1, 7) == pytest.approx(0.0703, abs=5e-5)
    found = paired_difference(1, 7, 21)
    rounded = [round(x, 3) for x in (found.value, found.low, found.high)]
    assert rounded == [-0.286, -0.493, -0.029]


@settings(deadline=None)
@given(COUNTS, COUNTS, COUNTS)
def test_a_difference_and_its_reverse_mirror_each_other(only_first, only_second, others):
    cases = only_first + only_second + others
    if not cases:
        return
    one = paired_difference(only_first, only_second, cases)
    other = paired_difference(only_second, only_first, cases)
    assert (one.value, one.low, one.high) == pytest.approx((-other.value, -other.high, -other.low))
    assert -1 <= one.low <= one.high <= 1


def test_the_interval_of_a_difference_covers_it_in_about_95_of_100_runs():
    rng = np.random.default_rng(0)
    drawn = rng.multinomial(80, [0.3, 0.25, 0.05, 0.4], size=4000)
    found = [paired_difference(first, second, 80) for _, first, second, _ in drawn]
    covered = np.mean([i.low <= 0.2 <= i.high for i in found])
    assert 0.935 < covered < 0.975


def test_a_difference_over_no_cases_is_no_number():
    assert math.isnan(paired_difference(0, 0, 0).value)


def test_holm_gives_the_textbooks_numbers_in_the_order_given():
    # p.adjust(c(.01, .04, .03, .005), "holm") in R
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_holm_never_makes_a_p_value_smaller_nor_changes_their_order(p_values):
    corrected = holm(p_values)
    assert all(raw <= found <= 1 for raw, found in zip(p_values, corrected, strict=True))
    assert min(corrected) == min(1, len(p_values) * min(p_values))
    in_order = [found for _, found in sorted(zip(p_values, corrected, strict=True))]
    assert in_order == sorted(in_order)


def test_holm_keeps_false_findings_among_many_to_one_in_twenty():
    rng = np.random.default_rng(0)
    false = [min(holm(rng.random(10).tolist())) < 0.05 for _ in range(2000)]
    assert 0.03 < np.mean(false) < 0.07


def _cases(*shares, of=20):
    return [np.arange(of) < round(share * of) for share in shares]


RISING = _cases(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


def test_the_same_cases_correlate_fully_in_every_resample():
    found = correlate_shares(RISING, RISING, resamples=500, seed=0)
    interval = found.interval
    assert (interval.value, interval.low, interval.high) == pytest.approx((1, 1, 1))
    assert 1 / 501 <= found.p <= 2 / 501


def test_falling_shares_correlate_negatively_and_as_unlikely_by_chance():
    found = correlate_shares(RISING, RISING[::-1], resamples=500, seed=0)
    assert found.interval.value == pytest.approx(-1)
    assert found.interval.high < 0
    assert 1 / 501 <= found.p <= 2 / 501


def test_shares_without_relation_do_not_correlate():
    first, second = _cases(0.2, 0.2, 0.8, 0.8) * 2, _cases(0.3, 0.7, 0.3, 0.7) * 2
    found = correlate_shares(first, second, resamples=500, seed=0)
    assert found.interval.value == pytest.approx(0)
    assert found.interval.low < -0.2 < 0.2 < found.interval.high
    assert found.p > 0.9


def test_pearsons_correlation_is_scipys():
    rng = np.random.default_rng(3)
    first, second = ([rng.random(30) < p for p in rng.random(9)] for _ in range(2))
    found = correlate_shares(first, second, resamples=50, seed=0).interval.value
    shares = ([cases.mean() for cases in side] for side in (first, second))
    assert found == pytest.approx(scipy_stats.pearsonr(*shares).statistic)


def test_the_seed_decides_interval_and_p_value():
    rng = np.random.default_rng(3)
    first, second = ([rng.random(30) < p for p in rng.random(9)] for _ in range(2))
    one, again, other = (
        correlate_shares(first, second, resamples=50, seed=seed) for seed in (0, 0, 1)
    )
    assert one == again != other


@pytest.mark.parametrize(
    ("first", "second"), [(RISING[:3], RISING[:3]), (RISING, _cases(*[0.5] * 9)), ([], [])]
)
def test_too_few_patterns_or_shares_all_alike_have_no_correlation(first, second):
    found = correlate_shares(first, second, resamples=50, seed=0)
    assert math.isnan(found.interval.value) and math.isnan(found.p)


def _measured(rng, correlation, cases):
    """Nine patterns whose true shares are related, each measured on cases of its own."""
    normal = rng.multivariate_normal([0, 0], [[1, correlation], [correlation, 1]], size=9)
    true = scipy_stats.norm.cdf(normal).T
    return [[rng.random(n) < p for p in side] for side, n in zip(true, cases, strict=True)]


def test_the_interval_covers_the_correlation_of_measured_shares():
    # 0.863: Pearson's r of shares measured on 60 cases each, over 200,000 such patterns
    covered = 0
    for run in range(60):
        sides = _measured(np.random.default_rng(run), 0.9, (60, 61))
        interval = correlate_shares(*sides, resamples=150, seed=run).interval
        covered += interval.low <= 0.863 <= interval.high
    assert covered >= 52


def test_p_values_of_unrelated_shares_are_spread_evenly():
    found = []
    for run in range(120):
        sides = _measured(np.random.default_rng(run), 0.0, (20, 21))
        found.append(correlate_shares(*sides, resamples=99, seed=run).p)
    assert scipy_stats.kstest(found, "uniform").pvalue > 0.01
    assert np.mean(np.array(found) <= 0.05) < 0.1
