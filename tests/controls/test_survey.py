"""The survey tells what an encoder sees from what it does not, whatever the reference sees."""

import math
import random
from itertools import combinations

import numpy as np
import pytest

from clipblind.controls import survey as module
from clipblind.controls.survey import survey
from clipblind.ground.factors import FACTORS, sample_scene
from clipblind.ground.tables.controls import DIFFER_RATES, SURVEY
from clipblind.study.settings.mining import Thresholds

SEEN = ("kind", "colour")


def _thresholds(**changes):
    given = {
        "probe": "clip", "reference": "ssl", "thresholds": "cosine", "probe_above": 0.95,
        "reference_below": 0.6, "probe_quantile": 0.99, "reference_quantile": 0.5,
    }  # fmt: skip
    return Thresholds(**given | changes)


def _scenes(count, seed=0):
    rng = random.Random(seed)
    return {f"search-{n:06d}": sample_scene(rng) for n in range(count)}


def _unit_rows(scenes, seen):
    """A dimension for each value of each factor seen; scenes alike in these are one vector."""
    rows = [
        [
            float(getattr(scene, factor) == value)
            for factor in seen
            for value in FACTORS[factor].values
        ]
        for scene in scenes.values()
    ]
    return (np.array(rows) / len(seen) ** 0.5).astype(np.float32)


def _surveyed(scenes, seen=SEEN, reference=("facing",), seed=0, **thresholds):
    counts, rates = survey(
        "clip_web",
        list(scenes),
        _unit_rows(scenes, seen),
        _unit_rows(scenes, reference),
        scenes,
        _thresholds(**thresholds),
        seed,
    )
    assert (counts.schema, rates.schema) == (dict(SURVEY.columns), dict(DIFFER_RATES.columns))
    of = {(row["among"], row["factor"]): row for row in rates.iter_rows(named=True)}
    return {row["thresholds"]: row for row in counts.iter_rows(named=True)}, of


@pytest.fixture(scope="module")
def rates():
    return _surveyed(_scenes(600))[1]


@pytest.mark.parametrize("factor", SEEN)
def test_a_factor_that_is_seen_never_differs_among_similar_pairs(rates, factor):
    row = rates["similar", factor]
    assert row["pairs"] > 3000
    assert (row["differ"], row["rate"], row["low"], row["high"]) == (0, 0, 0, 0)


@pytest.mark.parametrize("factor", [f for f in FACTORS if f not in SEEN])
def test_a_factor_that_is_not_seen_differs_as_often_as_at_large(rates, factor):
    row = rates["similar", factor]
    assert row["low"] < row["at_large"] < row["high"]
    assert row["rate"] == pytest.approx(row["at_large"], abs=0.04)


def test_among_blind_pairs_what_the_reference_sees_always_differs(rates):
    assert rates["blind", "facing"]["rate"] == 1
    assert rates["similar", "facing"]["rate"] == pytest.approx(0.5, abs=0.03)
    assert rates["blind", "colour"]["rate"] == 0


def test_every_count_is_that_of_going_through_all_pairs():
    scenes = _scenes(60)
    counts, rates = _surveyed(scenes, seen=("kind",))
    pairs = list(combinations(scenes.values(), 2))
    similar = [(a, b) for a, b in pairs if a.kind == b.kind]
    blind = [(a, b) for a, b in similar if a.facing != b.facing]
    row = counts["cosine"]
    assert (row["all_pairs"], row["similar_pairs"]) == (len(pairs), len(similar))
    assert row["blind_pairs"] == len(blind)
    for among, found in (("similar", similar), ("blind", blind)):
        for factor in FACTORS:
            row = rates[among, factor]
            differ = sum(getattr(a, factor) != getattr(b, factor) for a, b in found)
            assert (row["pairs"], row["differ"]) == (len(found), differ)
            at_large = sum(getattr(a, factor) != getattr(b, factor) for a, b in pairs) / len(pairs)
            assert row["at_large"] == pytest.approx(at_large)


def test_pairs_are_counted_at_both_kinds_of_threshold_and_rates_taken_at_the_one_set():
    scenes = _scenes(300)
    # cosines are 0, 1/2 or 1, and most are 0: the quantile lets pairs alike in one factor pass
    counts, at_cosine = _surveyed(scenes, thresholds="cosine", probe_quantile=0.5)
    again, at_quantile = _surveyed(scenes, thresholds="quantile", probe_quantile=0.5)
    assert counts == again
    cosine, quantile = counts["cosine"], counts["quantile"]
    assert (cosine["probe_above"], cosine["reference_below"]) == (0.95, 0.6)
    assert quantile["probe_above"] == pytest.approx(0, abs=0.01)
    assert cosine["similar_pairs"] < quantile["similar_pairs"] / 5
    assert at_cosine["similar", "hat"]["pairs"] == cosine["similar_pairs"]
    assert at_quantile["similar", "hat"]["pairs"] == quantile["similar_pairs"]


def test_no_similar_pair_gives_no_rate_but_the_rate_at_large():
    scenes = _scenes(5, seed=1)
    counts, rates = _surveyed(scenes, seen=tuple(FACTORS))
    row = rates["similar", "kind"]
    assert counts["cosine"]["similar_pairs"] == row["pairs"] == 0
    assert all(math.isnan(row[key]) for key in ("rate", "low", "high"))
    assert 0 < row["at_large"] <= 1


def test_the_interval_covers_what_more_pictures_would_give(monkeypatch):
    monkeypatch.setattr(module, "RESAMPLES", 150)
    covered = 0
    for run in range(50):
        row = _surveyed(_scenes(100, seed=run), seen=("kind",), seed=run)[1]["similar", "count"]
        covered += row["low"] <= 2 / 3 <= row["high"]
    assert covered >= 46


def test_more_pictures_narrow_the_interval():
    few, many = (_surveyed(_scenes(n), seen=("kind",))[1]["similar", "hat"] for n in (100, 400))
    assert many["high"] - many["low"] < (few["high"] - few["low"]) / 2


def test_the_seed_decides_the_interval():
    scenes = _scenes(100)
    one, again, other = (_surveyed(scenes, seed=seed)[1]["similar", "hat"] for seed in (0, 0, 1))
    assert one == again
    assert (one["rate"], one["low"]) != (other["rate"], other["low"])


def test_of_a_pool_without_known_scenes_pairs_are_counted_and_nothing_else():
    scenes = _scenes(200)
    rows = _unit_rows(scenes, SEEN), _unit_rows(scenes, ("facing",))
    expected, _ = survey("clip", list(scenes), *rows, scenes, _thresholds(), 0)
    counts, rates = survey("clip", list(scenes), *rows, {}, _thresholds(), 0)
    assert counts.equals(expected) and len(counts) == 2 and counts["similar_pairs"].max() > 500
    assert rates.is_empty() and rates.schema == dict(DIFFER_RATES.columns)


def test_a_large_pool_is_surveyed_at_its_own_kind_of_threshold(monkeypatch):
    from clipblind.mining import candidates

    monkeypatch.setattr(candidates, "BOTH_KINDS", 100)
    scenes = _scenes(200)
    for kind in ("cosine", "quantile"):
        counts, rates = _surveyed(scenes, thresholds=kind)
        assert list(counts) == [kind] and rates
