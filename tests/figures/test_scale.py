"""Accuracy by pattern over scale: panels by what is known, of trained and of released encoders."""

import pytest

from clipblind.figures import draw_figure
from clipblind.ground.patterns import AVERAGE, NINE
from clipblind.ground.tables.matching import MATCH_SCORES
from tests.figures.made_up.looks import words_of
from tests.figures.made_up.of_paper import MODELS, TEN, described, printed_cells
from tests.figures.made_up.of_world import of_clips
from tests.figures.made_up.tables import SHARP, given

ROWS = [AVERAGE, *NINE]
TITLES = ("Parameters", "Input", "Pictures", "Pairs seen", "Zero-shot", "ImageNet")


def panels_of(figure):
    return [axes for axes in figure.axes if axes.axison]


def heights(axes, fill):
    lines = [line for line in axes.lines if line.get_marker() == "o"]
    return sorted(float(line.get_ydata()[0]) for line in lines if line.get_fillstyle() == fill)


def test_the_base_belongs_to_every_axis_and_axes_grow_to_the_right(drawn):
    figure = drawn("scale", "full")
    ticks = [axes.get_xticklabels() for axes in panels_of(figure)]
    shown = [[t.get_text() for t in sorted(row, key=lambda t: t.get_position())] for row in ticks]
    assert [row for row in shown if row] == [
        ["0.12", "0.39", "0.66", "0.80"],
        ["32\n16", "64\n16", "64\n64"],
        ["2.5 k", "10 k", "20 k"],
        ["96 k", "288 k"],
    ]
    bold = [t.get_text() for row in ticks for t in row if t.get_fontweight() == "bold"]
    assert bold == ["0.39", "64\n16", "20 k", "96 k"]


def test_along_a_measure_trained_encoders_differ_in_it_alone(drawn):
    first = panels_of(drawn("scale", "full"))[:: len(ROWS)]
    assert [len(heights(axes, "full")) for axes in first] == [4, 3, 3, 2]


def test_what_all_encoders_have_alike_is_left_out(tmp_path):
    inputs = of_clips(tmp_path, ["clip_web", "clip_told", "clip_few"])
    words = words_of(draw_figure("scale", given("scale", inputs), SHARP))
    assert [title for title in TITLES if title in words] == ["Pictures"]
    inputs = of_clips(tmp_path, ["clip_web", "clip_told"])
    alone = words_of(draw_figure("scale", given("scale", inputs), SHARP))
    assert "There are no two encoders of another scale." in alone


def test_panels_hold_a_dot_on_its_interval_and_a_ring_for_each_model(studies, drawn):
    figure = drawn("scale", "ten")
    assert [t for t in TITLES if t in words_of(figure)] == [
        "Parameters", "Input", "Pairs seen", "ImageNet",
    ]  # fmt: skip
    scores = MATCH_SCORES.read(studies("ten")["matching"][0]).filter(direction="text_to_image")
    for i, axes in enumerate(panels_of(figure)):
        row = ROWS[i % len(ROWS)]
        ours = sorted(scores.filter(pattern=row)["accuracy"])
        paper = sorted(share for _, pattern, share in printed_cells() if pattern == row)
        assert heights(axes, "full") == pytest.approx(ours)
        assert heights(axes, "none") == pytest.approx(paper)


def test_lines_join_only_models_that_differ_along_the_axis(drawn):
    joins = []
    for axes in panels_of(drawn("scale", "ten"))[:: len(ROWS)]:
        wide = axes.get_xlim()[1]
        across = [line.get_xdata() for line in axes.lines if len(line.get_xdata()) == 2]
        # the guessing line lies across the whole panel, in units of its own
        joins.append(sum(0 < abs(b - a) < 1 or 1 < abs(b - a) <= wide for a, b in across))
    assert joins == [1, 3, 0, 0]


def test_models_of_which_a_measure_is_unknown_are_named_beneath(studies, tmp_path):
    inputs = given("scale", studies("ten"))
    inputs["variants"] = described(tmp_path, TEN, {"dfn_378": {"samples_m": None}})
    figure = draw_figure("scale", inputs, SHARP)
    assert any("Pairs seen: DFN H/14, 378 px" in word for word in words_of(figure))
    shown = [len(heights(axes, "full")) for axes in panels_of(figure)[:: len(ROWS)]]
    assert shown == [10, 10, 9, 10]
    silent = {name: {"samples_m": None} for name in TEN}
    inputs["variants"] = described(tmp_path, TEN, silent)
    assert "Pairs seen" not in words_of(draw_figure("scale", inputs, SHARP))


def test_a_measured_imagenet_is_where_its_encoder_stands(drawn):
    ticks = [t.get_text() for t in panels_of(drawn("scale", "all"))[-1].get_xticklabels()]
    assert "74.0" in ticks, "measured, where the paper prints 75.5"
    words = " ".join(words_of(drawn("scale", "all")))
    assert f"ImageNet: {MODELS['openai_b16'][0]}" in words


def test_a_mixed_study_has_a_block_for_each_benchmark(drawn):
    words = words_of(drawn("scale", "mixed"))
    assert [w for w in words if w in ("twins with statements", "MMVP-VLM")] == [
        "twins with statements", "MMVP-VLM",
    ]  # fmt: skip
    assert words.count("Parameters") == 2
