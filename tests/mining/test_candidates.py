"""Thresholds at quantiles, and candidates under ids."""

import numpy as np
import pytest

from clipblind.mining import cosine_quantile
from clipblind.mining.candidates import mine_candidates
from clipblind.study.settings.mining import Mining


def _rows(n, width, seed):
    rows = np.random.default_rng(seed).normal(size=(n, width))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def _mining(**changes):
    settings = {
        "probe": "clip",
        "reference": "dino",
        "thresholds": "quantile",
        "probe_above": 0.95,
        "reference_below": 0.6,
        "probe_quantile": 0.9,
        "reference_quantile": 0.5,
        "selection": {"pairs": 10, "per_image": 1, "per_background": 1},
    }
    return Mining.model_validate(settings | changes)


@pytest.mark.parametrize("share", [0.001, 0.5, 0.9, 0.999, 1])
def test_a_quantile_is_that_of_all_pairs_to_within_a_bin(share):
    rows = _rows(300, 8, 0)
    cosines = (rows @ rows.T)[np.triu_indices(300, 1)]
    found = cosine_quantile(rows, share)
    assert found == pytest.approx(np.quantile(cosines, share), abs=3e-3)
    assert (cosines < found).mean() >= share - 1e-9


def test_pairs_carry_ids_and_both_counts_are_told():
    probe, reference = _rows(50, 6, 0), _rows(50, 6, 1)
    ids = [f"search-{i:03d}" for i in range(50)]
    pairs, summary = mine_candidates(ids, probe, reference, _mining())
    assert summary["used"] == summary["quantile"]
    assert summary["quantile"]["pairs"] == len(pairs) > 0
    assert summary["cosine"]["probe_above"] == 0.95
    assert summary["all_pairs"] == 50 * 49 // 2
    first = pairs.row(0, named=True)
    assert first["pair_id"] == f"{first['image_a']}+{first['image_b']}"
    assert first["image_a"] < first["image_b"]


def test_the_papers_thresholds_are_used_where_the_configuration_says_so():
    probe, reference = _rows(50, 2, 0), _rows(50, 6, 1)
    pairs, summary = mine_candidates(
        [str(i) for i in range(50)], probe, reference, _mining(thresholds="cosine")
    )
    assert summary["used"] == summary["cosine"]
    assert pairs["cos_probe"].min() > 0.95
    assert pairs["cos_reference"].max() < 0.6
