"""The choice of pairs keeps to its caps and says what it dropped."""

from collections import Counter

import polars as pl
import pytest

from clipblind.mining.selection import (
    KEPT,
    OVER_BACKGROUND,
    OVER_IMAGE,
    OVER_TARGET,
    REPEATS,
    select_pairs,
)
from clipblind.study.settings.mining import Selection


def _pairs(pairs):
    return pl.DataFrame(
        [(f"{a}+{b}", a, b, 0.97, 0.4) for a, b in pairs],
        schema=["pair_id", "image_a", "image_b", "cos_probe", "cos_reference"],
        orient="row",
    )


def test_no_image_is_in_more_pairs_than_allowed():
    pairs = _pairs([("hub", f"x{i}") for i in range(20)])
    chosen, fates = select_pairs(pairs, {}, Selection(pairs=9, per_image=3, per_background=1), 0)
    assert len(chosen) == 3
    assert fates == {KEPT: 3, OVER_IMAGE: 17, OVER_BACKGROUND: 0, OVER_TARGET: 0}


def test_no_background_is_shown_in_more_than_its_share_of_the_wanted_pairs():
    pairs = _pairs([(f"a{i}", f"b{i}") for i in range(40)])
    backgrounds = {f"{s}{i}": "snow" if i < 35 else "beach" for s in "ab" for i in range(40)}
    selection = Selection(pairs=20, per_image=1, per_background=0.5)
    chosen, fates = select_pairs(pairs, backgrounds, selection, 0)
    shown = Counter(backgrounds[image] for image in chosen["image_a"])
    assert shown == {"snow": 10, "beach": 5}
    assert fates[OVER_BACKGROUND] == 25


@pytest.mark.parametrize("seed", [0, 1])
def test_every_candidate_has_one_fate_and_the_choice_is_the_seeds(seed):
    pairs = _pairs([(f"a{i}", f"b{i}") for i in range(30)])
    selection = Selection(pairs=12, per_image=1, per_background=1)
    chosen, fates = select_pairs(pairs, {}, selection, seed)
    again, _ = select_pairs(pairs.sample(fraction=1, shuffle=True), {}, selection, seed)
    assert sum(fates.values()) == 30
    assert len(chosen) == fates[KEPT] == 12
    assert chosen.equals(again)
    assert not chosen.equals(select_pairs(pairs, {}, selection, seed + 7)[0])


def test_no_candidates_give_no_pairs():
    chosen, _ = select_pairs(
        _pairs([("a", "b")]).clear(), {}, Selection(pairs=5, per_image=1, per_background=1), 0
    )
    assert chosen.is_empty()


def test_pairs_with_an_image_that_repeats_another_are_passed_over():
    pairs = _pairs([("a", "b"), ("c", "d"), ("e", "f"), ("g", "h")])
    selection = Selection(pairs=9, per_image=1, per_background=1)
    chosen, fates = select_pairs(pairs, {}, selection, 0, {"d", "g"})
    assert chosen["pair_id"].to_list() == ["a+b", "e+f"]
    assert fates[REPEATS] == 2
