"""What holds over seeds: dots of seeds, and the mean on its interval."""

import pytest

from clipblind.figures import draw_figure
from tests.figures.made_up.looks import words_of
from tests.figures.made_up.of_controls import over_seeds
from tests.figures.made_up.of_world import CLIPS, made
from tests.figures.made_up.tables import SMALL


def test_seeds_are_dots_beside_their_mean_and_no_pair_has_a_place(drawn):
    figure = drawn("seeds", "full")
    words = words_of(figure)
    clips = [word for word in words if word in CLIPS]
    assert clips[:2] == ["clip_wide", "clip_told"], "other mention rates than the first, no others"
    assert clips[2:] == list(CLIPS), "a row for each in the counts of blind pairs"
    assert {"mined pairs", "random pairs", "twin pairs"} <= set(words)
    mined, *_, blind = (axes for axes in figure.axes if axes.axison)
    dots = [line for line in mined.lines if line.get_marker() == "o"]
    assert [list(dots[i].get_xdata()) for i in (0, 1)] == [
        pytest.approx([0.33]), pytest.approx([0.3, 0.33, 0.36]),
    ]  # fmt: skip
    assert blind.get_xticklabels()[0].get_text() == "0"
    least = min(min(line.get_xdata()) for line in blind.lines)
    assert least == blind.get_xticks()[0]


def test_one_seed_alone_has_a_mean_without_an_interval(tmp_path):
    inputs = over_seeds(tmp_path, ["clip_web"], ["CLIP"], seeds=1)
    inputs["made"] = made(tmp_path, ["CLIP"])
    figure = draw_figure("seeds", inputs, SMALL)
    assert any("Seed 0;" in word for word in words_of(figure))
