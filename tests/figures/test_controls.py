"""Every contender on every benchmark, in the colours that all figures give them."""

from clipblind.figures.parts.style import BLUE, GREEN, ORANGE, PURPLE, VERMILION
from tests.figures.made_up.looks import dots_of, words_of
from tests.figures.made_up.of_world import MAKES


def test_each_contender_has_a_dot_for_each_benchmark(drawn):
    colours = [colour for colour, _ in dots_of(drawn("controls", "full"))]
    assert colours == [VERMILION, BLUE, GREEN] * (len(MAKES) + 3)
    words = words_of(drawn("controls", "full"))
    assert {"mined pairs (n = 200)", "random pairs (n = 300)", "twin pairs (n = 540)"} <= {*words}
    assert "independent guessing, 25 %" in words


def test_benchmarks_of_other_kinds_stand_beside_them_and_other_readings_do_not(drawn):
    figure = drawn("controls", "mixed")
    words = words_of(figure)
    assert "MMVP (n = 150)" in words and "own (n = 12)" in words
    assert not any("corrected" in word or "circular" in word for word in words)
    assert "independent guessing, 12.5 %, 25 %" in words
    colours = [colour for colour, _ in dots_of(figure)]
    assert colours.count(ORANGE) == colours.count(PURPLE) == 4
