"""What captions name against what is recognised."""

from tests.figures.made_up.looks import DOWN, UP, words_of
from tests.figures.made_up.of_world import CLIPS


def test_only_clips_that_differ_in_captions_are_set_against_captions(drawn):
    words = words_of(drawn("mention", "full"))
    assert [word for word in words if word in CLIPS] == ["clip_web", "clip_told", "clip_swap"]
    assert [words.count(mark) for mark in (UP, DOWN)] == [1, 1], "facing better, colour worse"
