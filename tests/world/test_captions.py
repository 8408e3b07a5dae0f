"""Captions say only what is true, as often as the policy has it, in words of their own."""

import random

import pytest

from clipblind.ground.factors import FACTORS, sample_scene, with_value
from clipblind.world.captions import caption, describe, statement, vocabulary

VALUES = [(name, value) for name, factor in FACTORS.items() for value in factor.values]


def _scenes(count):
    rng = random.Random(0)
    return [sample_scene(rng) for _ in range(count)]


def test_every_word_of_every_caption_is_in_the_vocabulary():
    words, rng = set(vocabulary()), random.Random(1)
    everything = dict.fromkeys(FACTORS, 0.5)
    for scene in _scenes(2000):
        assert set(caption(scene, everything, rng).split()) <= words


def test_a_caption_that_names_nothing_tells_nothing():
    for one, other in zip(_scenes(50), reversed(_scenes(50)), strict=True):
        assert describe(one, set(), random.Random(2)) == describe(other, set(), random.Random(2))


@pytest.mark.parametrize("factor", FACTORS)
def test_a_factor_that_is_not_named_does_not_change_the_caption(factor):
    named = set(FACTORS) - {factor}
    for scene in _scenes(20):
        for value in FACTORS[factor].values:
            changed = with_value(scene, factor, value)
            told, retold = (describe(s, named, random.Random(3)) for s in (scene, changed))
            assert told == retold


@pytest.mark.parametrize("factor", FACTORS)
def test_a_factor_that_is_named_can_be_told_apart_in_every_wording(factor):
    for seed in range(10):
        said = {
            statement(with_value(_scenes(1)[0], factor, value), factor, random.Random(seed))
            for value in FACTORS[factor].values
        }
        assert len(said) == len(FACTORS[factor].values)


def test_no_two_factors_share_the_words_that_tell_their_values_apart():
    owners = {}
    scene = _scenes(1)[0]
    for factor in FACTORS:
        said = []
        for value in FACTORS[factor].values:
            changed = with_value(scene, factor, value)
            texts = {describe(changed, {factor}, random.Random(s)) for s in range(20)}
            said.append({word for text in texts for word in text.split()})
        telling = set.union(*said) - set.intersection(*said) - {"a"}
        for word in telling:
            assert owners.setdefault(word, factor) == factor, word


def test_factors_are_named_as_often_as_the_policy_says():
    rng = random.Random(4)
    said = [caption(scene, {"hat": 0.35}, rng) for scene in _scenes(4000)]
    words = {"hat", "hatted", "bareheaded"}
    share = sum(bool(words & set(text.split())) for text in said) / 4000
    assert share == pytest.approx(0.35, abs=0.03)


def test_absences_are_named_too():
    bare = with_value(_scenes(1)[0], "hat", "without")
    told = {describe(bare, {"hat"}, random.Random(seed)) for seed in range(20)}
    assert any("without a hat" in text for text in told)
    plain = with_value(bare, "coat", "plain")
    assert "plain" in describe(plain, {"coat"}, random.Random(0)).split()
