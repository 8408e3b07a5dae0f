"""The plan follows from the data: sketches where they rule pairs out, products where they don't."""

import numpy as np
import pytest

from clipblind.mining.join import search
from clipblind.mining.kernel import builds, kernel_named
from clipblind.mining.plan import make_plan
from clipblind.mining.question import ask
from clipblind.mining.sketch import radius_of
from clipblind.mining.synthetic import draw
from tests.mining import oracle


def _plan(probe, above, **how):
    return make_plan(probe, radius_of(above, 1.0), builds()[0], **how)


def test_embeddings_like_clips_are_searched_by_the_cascade():
    probe, _ = draw(20_000)
    plan = _plan(probe, 0.95)
    assert plan.method == "cascade"
    assert plan.seconds["dense"] > 20 * plan.seconds["cascade"]
    assert plan.left["probe"] < plan.left["middle"] <= plan.left["prefix"] < 0.01


def test_isotropic_embeddings_at_a_low_threshold_are_searched_by_products():
    probe, _ = oracle.isotropic(5000, 1, 512)
    plan = _plan(probe, 0.3)
    assert plan.method == "dense"
    assert plan.left["prefix"] > 0.9


def test_few_rows_are_not_worth_an_index():
    assert _plan(draw(1000)[0], 0.95).method == "dense"
    assert search(ask(*draw(1000), 0.95, 0.6, kernel_named())).cascade is None


def test_a_method_that_is_asked_for_is_taken():
    probe, _ = oracle.isotropic(4000, 1)
    assert _plan(probe, 0.1, method="cascade").method == "cascade"
    assert _plan(draw(4000)[0], 0.95, method="dense").method == "dense"


def test_the_share_that_a_sample_tells_of_is_that_of_all_pairs():
    probe, _ = oracle.narrow(6000, 1)
    told = _plan(probe, 0.95).left["probe"]
    true = len(oracle.brute_force(probe, probe, 0.95, 2.0)) / (6000 * 5999 / 2)
    assert true / 2 < told < 2 * true


def test_the_generator_has_the_statistics_it_promises():
    probe, reference = draw(4000, seed=2)
    assert np.abs(np.linalg.norm(probe, axis=1) - 1).max() < 1e-5
    cosines = (probe @ probe.T)[np.triu_indices(4000, 1)]
    assert cosines.mean() == pytest.approx(0.55, abs=0.03)
    assert 1e-6 < (cosines > 0.95).mean() < 1e-4
    spectrum = np.linalg.eigvalsh(np.cov(probe.T))[::-1]
    shares = spectrum.cumsum() / spectrum.sum()
    assert 0.5 < shares[31] < 0.65 and 0.75 < shares[127] < 0.85
    pairs = oracle.brute_force(probe, reference, 0.95, 0.6)
    assert 0 < len(pairs) < (cosines > 0.95).sum()


def test_the_generator_draws_the_same_again():
    for a, b in zip(draw(500, seed=3), draw(500, seed=3), strict=True):
        np.testing.assert_array_equal(a, b)
