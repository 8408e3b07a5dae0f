"""The join is exact: it finds what float64 brute force finds, nothing less, nothing more."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipblind.ground.errors import UserError
from clipblind.mining import blind_pairs, dense


def _unit(rows):
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return rows.astype(np.float32)


def _embeddings(n, width, seed, clusters=0):
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(n, width))
    if clusters:
        rows = 0.25 * rows + rng.normal(size=(clusters, width))[rng.integers(clusters, size=n)]
    return _unit(rows)


def _brute_force(probe, reference, above, below):
    cos_probe = probe.astype(np.float64) @ probe.astype(np.float64).T
    cos_reference = reference.astype(np.float64) @ reference.astype(np.float64).T
    i, j = np.nonzero(np.triu((cos_probe > above) & (cos_reference < below), 1))
    return set(zip(i.tolist(), j.tolist(), strict=True))


def _found(frame):
    return set(frame.select("i", "j").iter_rows())


@pytest.mark.parametrize("n", [0, 1, 2, 3, 100, 257])
@pytest.mark.parametrize(("above", "below"), [(0.9, 0.3), (0.2, 0.9), (-1, 1), (0.999, -0.5)])
def test_it_finds_what_brute_force_finds(monkeypatch, n, above, below):
    monkeypatch.setattr(dense, "BLOCK", 64)
    probe, reference = _embeddings(n, 16, 0, clusters=5), _embeddings(n, 24, 1)
    frame = blind_pairs(probe, reference, above, below)
    assert _found(frame) == _brute_force(probe, reference, above, below)


def test_pairs_planted_within_rounding_of_the_threshold_are_decided_in_float64():
    rng = np.random.default_rng(2)
    n, width, above = 400, 512, 0.95
    base = _unit(rng.normal(size=(n, width))).astype(np.float64)
    other = rng.normal(size=(n, width))
    other -= (other * base).sum(1, keepdims=True) * base
    other /= np.linalg.norm(other, axis=1, keepdims=True)
    cosine = above + rng.choice([-1, 1], n) * 10.0 ** rng.uniform(-8, -3, n)
    twin = cosine[:, None] * base + np.sqrt(1 - cosine**2)[:, None] * other
    probe = _unit(np.concatenate([base, twin]))
    reference = _embeddings(2 * n, 32, 3)
    frame = blind_pairs(probe, reference, above, 1)
    expected = _brute_force(probe, reference, above, 1)
    assert 100 < len(expected) < 300
    assert _found(frame) == expected


def test_cosines_are_those_of_the_stored_rows_and_rows_come_sorted():
    probe, reference = _embeddings(60, 8, 0, clusters=2), _embeddings(60, 8, 1)
    frame = blind_pairs(probe, reference, 0.5, 0.5)
    assert frame.equals(frame.sort("i", "j"))
    assert frame.schema == {
        "i": pl.UInt32,
        "j": pl.UInt32,
        "cos_probe": pl.Float64,
        "cos_reference": pl.Float64,
    }
    for i, j, cos_probe, cos_reference in frame.iter_rows():
        assert i < j
        assert cos_probe == pytest.approx(probe[i].astype(float) @ probe[j].astype(float))
        assert cos_reference == pytest.approx(reference[i].astype(float) @ reference[j])


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(2, 40), st.floats(-1, 1), st.floats(-1, 1))
def test_which_image_comes_first_does_not_matter(seed, n, above, below):
    probe, reference = _embeddings(n, 4, seed), _embeddings(n, 4, seed + 1)
    order = np.random.default_rng(seed).permutation(n)
    straight = _found(blind_pairs(probe, reference, above, below))
    shuffled = _found(blind_pairs(probe[order], reference[order], above, below))
    mapped = {tuple(sorted((int(order[i]), int(order[j])))) for i, j in shuffled}
    assert mapped == straight


@pytest.mark.parametrize(
    ("probe", "reference", "said"),
    [
        (_embeddings(3, 4, 0) * 2, _embeddings(3, 4, 0), "Row 0 of the probe's .* norm 2"),
        (_embeddings(3, 4, 0), np.full((3, 4), np.nan, np.float32), "Row 0 of the reference's"),
        (_embeddings(3, 4, 0).astype(np.float64), _embeddings(3, 4, 0), "float32 rows"),
        (_embeddings(3, 4, 0), _embeddings(4, 4, 0), "3 rows and the reference 4"),
        (np.zeros((2, 4), np.float32), _embeddings(2, 4, 0), "norm 0, not 1"),
    ],
)
def test_wrong_embeddings_are_one_sentence(probe, reference, said):
    with pytest.raises(UserError, match=said) as caught:
        blind_pairs(probe, reference, 0.5, 0.5)
    assert "\n" not in str(caught.value)
