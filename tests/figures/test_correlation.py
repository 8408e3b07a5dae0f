"""A panel a contender, with Pearson's r, its interval, both p values, and the printed r."""

import polars as pl
import pytest

from clipblind.figures import draw_figure
from clipblind.figures.parts.style import BLUE, ORANGE
from clipblind.ground.patterns import NINE
from clipblind.ground.tables.matching import CORRELATION
from tests.figures.made_up.looks import dots_of, words_of
from tests.figures.made_up.of_world import MAKES
from tests.figures.made_up.tables import SHARP, given, write


def test_a_correlation_tells_both_p_values_and_names_the_clip_if_there_are_several(drawn):
    words = words_of(drawn("correlation", "full"))
    assert words.count("p < 0.001; Holm = 0.040") == len(MAKES) + 1
    assert words.count("r = \N{MINUS SIGN}0.50 (\N{MINUS SIGN}0.90 to 0.90)") == len(MAKES) + 1
    assert {"told CLIP with clip_told", "told CLIP with clip_web", "swap CLIP"} <= set(words)
    assert not any(word.startswith("printed") for word in words)


def test_what_does_not_vary_has_no_correlation(studies, tmp_path):
    inputs = given("correlation", studies("full"))
    undefined = CORRELATION.read(inputs["correlation"][0]).with_columns(
        pl.lit(float("nan")).alias(c) for c in ("pearson", "low", "high", "p", "p_holm")
    )
    inputs["correlation"] = write(CORRELATION, undefined.to_dicts(), tmp_path / "undefined.csv")
    words = words_of(draw_figure("correlation", inputs, SHARP))
    assert words.count("r is not defined: no variation") == len(MAKES) + 1
    assert not any(word.startswith("p ") for word in words)


def test_the_papers_r_stands_where_it_is_printed(drawn):
    words = words_of(drawn("correlation", "ten"))
    assert words.count("printed 0.87") == 1 and words.count("r = 0.83 (0.40 to 0.95)") == 3
    assert "the mean of 2 CLIPs matches pictures and texts" in words


def test_a_mean_of_clips_is_a_dot_without_an_interval(drawn):
    figure = drawn("correlation", "ten")
    colours = [colour for colour, _ in dots_of(figure)]
    assert colours.count(ORANGE) == colours.count(BLUE) == 3 * len(NINE)
    panel = next(axes for axes in figure.axes if axes.axison)
    drawn_lines = [x for x in panel.lines if x.get_color() == ORANGE and x.get_marker() != "o"]
    assert all(value != value for line in drawn_lines for value in line.get_xdata())


@pytest.mark.parametrize(
    "head", ["twins with statements beside twin pairs", "MMVP-VLM beside MMVP"]
)
def test_a_mixed_study_has_a_block_for_each_couple_of_benchmarks(head, drawn):
    assert head in words_of(drawn("correlation", "mixed"))
