"""Zero missed, zero extra: every way of searching finds what float64 brute force finds."""

import os
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clipblind.ground.errors import UserError
from clipblind.mining import blind_pairs
from clipblind.mining.join import search
from clipblind.mining.kernel import builds, kernel_named
from clipblind.mining.question import ask
from tests.mining import oracle

EXHAUSTIVE = "CLIPBLIND_EXHAUSTIVE"
MAKERS: dict[str, Callable[[int, int], tuple[np.ndarray, np.ndarray]]] = {
    "clip-like": oracle.clip_like,
    "narrow": oracle.narrow,
    "isotropic": oracle.isotropic,
    "cliques": oracle.cliques,
    "exact copies": oracle.exact_copies,
    "flat": oracle.flat,
    "planted": oracle.planted(0.95),
}


def _found(probe, reference, above, below, **how):
    question = ask(probe, reference, above, below, kernel_named(how.pop("kernel", "auto")))
    ready = search(question, how.get("threads", 1), how.pop("method", None))
    steps = list(ready.run(how.get("threads", 1)))
    assert sum(step.decided for step in steps) == ready.pairs
    pairs = np.concatenate([np.empty(0, np.int64), *(s.i * len(probe) + s.j for s in steps)])
    assert len(np.unique(pairs)) == len(pairs), "a pair was found twice"
    return np.sort(pairs)


@pytest.mark.parametrize("kernel", builds())
@pytest.mark.parametrize("above", [0.1, 0.8, 0.95, 0.999])
@pytest.mark.parametrize("name", MAKERS)
def test_the_cascade_finds_what_brute_force_finds(name, above, kernel):
    # a low threshold finds most of all pairs
    probe, reference = MAKERS[name](401 if above < 0.5 else 1201, 3)
    for below in (0.6, 2.0):
        expected = oracle.brute_force(probe, reference, above, below)
        found = _found(probe, reference, above, below, kernel=kernel, method="cascade")
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("name", ["clip-like", "cliques", "exact copies"])
def test_what_is_hard_at_larger_sizes(name):
    probe, reference = MAKERS[name](9001, 5)
    expected = oracle.brute_force(probe, reference, 0.95, 0.6)
    assert len(expected) > 200
    for kernel in builds():
        found = _found(probe, reference, 0.95, 0.6, kernel=kernel, method="cascade")
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("above", [0.8, 0.95, 0.999])
def test_three_thousand_pairs_planted_within_rounding_of_the_threshold(above):
    probe, reference = oracle.planted(above)(6000, 1)
    expected = oracle.brute_force(probe, reference, above, 2.0)
    twins = expected % 6000 - expected // 6000 == 3000
    assert 1000 < twins.sum() < 2000
    for method in ("cascade", "dense"):
        np.testing.assert_array_equal(_found(probe, reference, above, 2.0, method=method), expected)


@pytest.mark.parametrize("rows", [0, 1, 2, 3, 15, 16, 17, 33, 65, 257])
@pytest.mark.parametrize("width", [1, 8, 31, 32, 33, 100, 512, 1536])
def test_odd_sizes_and_widths(rows, width):
    rng = np.random.default_rng(rows * width)
    centre = rng.normal(size=width)
    probe = oracle.unit(0.3 * rng.normal(size=(rows, width)) + centre)
    reference = oracle.unit(rng.normal(size=(rows, 5)))
    for above in (0.3, 0.9):
        expected = oracle.brute_force(probe, reference, above, 0.5)
        for kernel in builds():
            for method in ("cascade", "dense"):
                found = _found(probe, reference, above, 0.5, kernel=kernel, method=method)
                np.testing.assert_array_equal(found, expected)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 2**32 - 1),
    rows=st.integers(0, 400),
    width=st.integers(1, 80),
    groups=st.integers(1, 30),
    noise=st.floats(1e-6, 2),
    above=st.floats(-1, 1),
    below=st.floats(-1, 2),
    kernel=st.sampled_from(builds()),
)
def test_any_data_and_any_thresholds(seed, rows, width, groups, noise, above, below, kernel):
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(groups, width))[rng.integers(groups, size=rows)]
    probe = oracle.unit(centres + noise * rng.normal(size=(rows, width)) + 1e-9)
    reference = oracle.unit(rng.normal(size=(rows, 3)))
    expected = oracle.brute_force(probe, reference, above, below)
    found = _found(probe, reference, above, below, kernel=kernel, method="cascade")
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("above", [-1e10, -5.0, -1.0, 0.0, 1.0, 1.0010001754845137, 5.0])
@pytest.mark.parametrize("width", [1, 2, 40])
def test_thresholds_that_no_cosine_or_every_cosine_passes(above, width):
    """Norms are at the edge of what is allowed, and rows in one small cone beside one outlier."""
    rng = np.random.default_rng(width)
    probe = oracle.unit(np.ones((60, width)) + 1e-5 * rng.normal(size=(60, width)))
    probe[0] *= -1
    probe *= np.float32(1.0005)
    reference = oracle.unit(rng.normal(size=(60, 3)))
    for below in (0.5, 2.0):
        expected = oracle.brute_force(probe, reference, above, below)
        for kernel in builds():
            for method in ("cascade", "dense"):
                found = _found(probe, reference, above, below, kernel=kernel, method=method)
                np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("above", [np.nan, np.inf, -np.inf])
def test_a_threshold_that_is_no_number_is_one_sentence(above):
    with pytest.raises(UserError, match="must be numbers"):
        ask(*oracle.isotropic(5, 1), above, 0.5, kernel_named())


def test_every_kernel_method_and_number_of_threads_gives_the_same_bytes():
    probe, reference = oracle.clip_like(5000, 2)
    frames = [
        blind_pairs(probe, reference, 0.9, 0.6, threads=threads, method=method, kernel=kernel)
        for threads in (1, 3)
        for method in ("cascade", "dense")
        for kernel in builds()
    ]
    assert len(frames[0]) > 100
    for other in frames[1:]:
        assert other.equals(frames[0])


def test_steps_come_in_the_same_order_whatever_the_number_of_threads():
    probe, reference = oracle.clip_like(5000, 2)
    question = ask(probe, reference, 0.9, 0.6, kernel_named())
    ready = search(question, method="cascade")
    alone, together = ([(s.i, s.j) for s in ready.run(threads)] for threads in (1, 4))
    assert len(alone) == len(together)
    for (i, j), (other_i, other_j) in zip(alone, together, strict=True):
        np.testing.assert_array_equal(i, other_i)
        np.testing.assert_array_equal(j, other_j)


def test_the_generator_at_12_500():
    probe, reference = oracle.draw(12_500, seed=4)
    expected = oracle.brute_force(probe, reference, 0.95, 0.6)
    np.testing.assert_array_equal(_found(probe, reference, 0.95, 0.6, threads=2), expected)


@pytest.mark.skipif(EXHAUSTIVE not in os.environ, reason=f"minutes long; set {EXHAUSTIVE}=1")
@pytest.mark.parametrize("rows", [25_000, 50_000, 100_000])
def test_the_generator_at_larger_sizes(rows):
    probe, reference = oracle.draw(rows, seed=6)
    expected = oracle.brute_force(probe, reference, 0.95, 0.6)
    for kernel in builds():
        if kernel != "portable":
            found = _found(probe, reference, 0.95, 0.6, kernel=kernel, threads=2)
            np.testing.assert_array_equal(found, expected)
