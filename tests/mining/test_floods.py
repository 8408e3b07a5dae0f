"""Floods of near-duplicates are searched as one row, and nothing is lost by it."""

import numpy as np
import pytest

from clipblind.mining import cascade as cascade_module
from clipblind.mining import floods
from clipblind.mining.join import search
from clipblind.mining.kernel import builds, kernel_named
from clipblind.mining.question import ask
from tests.mining import oracle


def _flood(rows, copies, noise, seed=0, disagreeing=0.0):
    """Rows of which the first `copies` are near-copies of one picture."""
    rng = np.random.default_rng(seed)
    probe, reference = oracle.clip_like(rows, seed)
    for encoder in (probe, reference):
        near = encoder[0] + noise * oracle.unit(rng.normal(size=(copies, encoder.shape[1])))
        keep = rng.random(copies) < (disagreeing if encoder is reference else 0)
        encoder[:copies] = np.where(keep[:, None], encoder[:copies], oracle.unit(near))
    order = rng.permutation(rows)
    return probe[order], reference[order]


def _searched(probe, reference, above=0.95, below=0.6):
    ready = search(ask(probe, reference, above, below, kernel_named()), method="cascade")
    steps = list(ready.run())
    assert sum(step.decided for step in steps) == ready.pairs
    pairs = np.concatenate([np.empty(0, np.int64), *(s.i * len(probe) + s.j for s in steps)])
    return ready.cascade, np.sort(pairs), sum(step.alike for step in steps)


def test_a_flood_that_both_encoders_see_is_one_row_and_none_of_its_pairs_is_looked_at():
    probe, reference = _flood(4000, 1500, 1e-3)
    cascade, found, alike = _searched(probe, reference)
    assert len(cascade.groups) == 1
    assert len(cascade.index.rows) == 4000 - 1500 + 1
    # 1.1 million pairs of copies are alike to the probe, and were not even decided one by one
    assert alike < 100_000
    np.testing.assert_array_equal(found, oracle.brute_force(probe, reference, 0.95, 0.6))


@pytest.mark.parametrize("noise", [0, 1e-5, 1e-3, 5e-3, 2e-2])
@pytest.mark.parametrize("disagreeing", [0.0, 0.3])
def test_nothing_is_lost_in_a_flood(noise, disagreeing):
    probe, reference = _flood(1500, 600, noise, 1, disagreeing)
    for below in (0.6, 0.99, 0.9999, 2.0):
        _, found, _ = _searched(probe, reference, 0.95, below)
        np.testing.assert_array_equal(
            found, oracle.brute_force(probe, reference, 0.95, below), strict=True
        )


def test_two_floods_on_either_side_of_the_threshold_are_expanded():
    rng = np.random.default_rng(5)
    probe, reference = oracle.clip_like(400, 5)
    first, other = probe[0].astype(float), oracle.unit(rng.normal(size=(1, 768)))[0].astype(float)
    other -= other @ first * first
    second = 0.95 * first + np.sqrt(1 - 0.95**2) * other / np.linalg.norm(other)
    groups = []
    for encoder, centres in ((probe, (first, second)), (reference, reference[:2])):
        noise = 4e-3 * oracle.unit(rng.normal(size=(2, 60, encoder.shape[1])).reshape(120, -1))
        groups.append(oracle.unit(np.repeat(centres, 60, axis=0) + noise))
    probe, reference = (
        np.concatenate(both) for both in zip((probe, reference), groups, strict=True)
    )
    cascade, found, _ = _searched(probe, reference)
    expected = oracle.brute_force(probe, reference, 0.95, 0.6)
    assert len(cascade.groups) == 2
    assert 500 < len(expected) < 3600 + 500
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("kernel", builds())
def test_floods_are_expanded_once_where_a_search_stops_for_want_of_room(monkeypatch, kernel):
    """The output fills up in the midst of a span of many clusters, floods' leaders among them."""
    monkeypatch.setattr(cascade_module, "SPANS", 2)
    monkeypatch.setattr(cascade_module, "ROOM", 0)
    rng = np.random.default_rng(8)
    probe, reference = oracle.isotropic(3000, 8, 64)
    for flood in range(20):
        rows = slice(flood * 50, flood * 50 + 50)
        for encoder in (probe, reference):
            near = encoder[rows.start] + 2e-3 * oracle.unit(rng.normal(size=(50, 64)))
            encoder[rows] = oracle.unit(near)
    question = ask(probe, reference, 0.3, 0.9999999, kernel_named(kernel))
    ready = search(question, method="cascade")
    assert len(ready.cascade.groups) == 20
    steps = list(ready.run())
    assert sum(step.decided for step in steps) == ready.pairs
    pairs = np.concatenate([step.i * 3000 + step.j for step in steps])
    expected = oracle.brute_force(probe, reference, 0.3, 0.9999999)
    np.testing.assert_array_equal(np.sort(pairs), expected)


def test_groups_are_disjoint_and_as_tight_as_they_say():
    probe, reference = oracle.exact_copies(6000, 2)
    prefixes = np.zeros((6000, 32), np.int8)
    prefixes[:, 0] = np.unique(probe[:, 0], return_inverse=True)[1] % 100
    groups = floods.find_groups(probe, reference, prefixes)
    assert len(groups) > 10
    assert len(np.unique(groups.members)) == len(groups.members)
    for group in range(len(groups)):
        rows = groups.members[groups.start[group] : groups.start[group + 1]]
        assert len(rows) >= floods.LEAST
        assert (groups.of[rows] == group).all()
        gaps = probe[rows].astype(float) - probe[rows[0]]
        assert (
            np.linalg.norm(gaps, axis=1).max() <= groups.probe_radius[group] <= floods.NEAR * 1.01
        )
    assert set(groups.searched()) == set(groups.leaders) | set(np.flatnonzero(groups.of < 0))


def test_pairs_within_a_large_group_come_in_pieces(monkeypatch):
    monkeypatch.setattr(floods, "PIECE", 50)
    probe, reference = _flood(300, 100, 0)
    ready = search(ask(probe, reference, 0.95, 0.6, kernel_named()), method="cascade")
    groups = ready.cascade.groups
    pieces = list(groups.pairs_within(0))
    pairs = {tuple(sorted(pair)) for a, b in pieces for pair in zip(a, b, strict=True)}
    assert len(pieces) > 10
    assert len(pairs) == sum(len(a) for a, _ in pieces) == 100 * 99 // 2
