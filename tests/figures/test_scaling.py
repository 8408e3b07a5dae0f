"""Encoders by pattern: trained ones by what they change, released ones above the paper's."""

import numpy as np
import polars as pl
from matplotlib.colors import to_hex
from matplotlib.patches import Polygon

from clipblind.figures import draw_figure
from clipblind.figures.parts.style import INK
from clipblind.ground.tables.matching import MATCH_SCORES
from tests.figures.made_up.looks import words_of
from tests.figures.made_up.of_paper import LATER, MODELS, TEN, described, of_models, printed_cells
from tests.figures.made_up.of_world import CLIPS
from tests.figures.made_up.tables import SHARP, given


def test_variants_stand_after_the_base_and_say_what_they_change(drawn):
    figure = drawn("scaling", "full")
    words = words_of(figure)
    assert [word for word in words if word in CLIPS] == [
        "clip_web", "clip_told", "clip_swap", "clip_few", "clip_half", "clip_long", "clip_wide",
        "clip_narrow", "clip_deep", "clip_32px", "clip_fine",
    ]  # fmt: skip
    assert words.count("changes captions") == 2 and words.count("the base") == 1
    strong = [t.get_text() for t in figure.texts if t.get_color() == INK]
    assert {"told", "swap", "2.5 k"} <= set(strong) and "web" not in strong


def test_cells_that_differ_from_the_base_are_marked_and_the_mark_explained(drawn):
    figure = drawn("scaling", "full")
    marks = [p for axes in figure.axes for p in axes.patches if isinstance(p, Polygon)]
    tips = [np.sign(p.get_xy()[2, 1] - p.get_xy()[0, 1]) for p in marks]
    assert sorted(tips) == [-1, 1], "up for orientation, down for colour; the axis points down"
    said = " ".join(words_of(figure))
    assert "better or worse than clip_web" in said and "no mark: not told apart" in said
    assert "better or worse" not in " ".join(words_of(drawn("scaling", "small")))


def test_cells_hold_our_shares_intervals_and_the_papers(studies, drawn):
    (cells,) = (a for a in drawn("scaling", "one").axes if len(a.texts) > 20)
    found = [text.get_text() for text in cells.texts]
    scores = MATCH_SCORES.read(studies("one")["matching"][0])
    official = scores.filter(direction="text_to_image").to_dicts()
    other = scores.filter(direction="image_to_text", pattern="average").to_dicts()
    paper = [share for row, _, share in printed_cells() if row == MODELS[TEN[0]][1]]

    def own(row):
        bounds = f"{100 * row['low']:.0f}\N{EN DASH}{100 * row['high']:.0f}"
        return [f"{100 * row['accuracy']:.0f}", bounds]

    expected = [
        words
        for row, printed in zip(official, paper, strict=True)
        for words in (*own(row), f"{100 * printed:.0f}")
    ]
    assert found == [*expected, *own(other[0])]


def test_models_stand_as_in_the_paper_and_others_after_them(drawn):
    words = words_of(drawn("scaling", "all"))
    labels = [MODELS[name][0] for name in (*TEN, *LATER)]
    assert [word for word in words if word in labels] == labels
    assert words.count("not in Table 1") == len(LATER)


def test_a_measured_imagenet_stands_out_from_the_papers(drawn):
    figure = drawn("scaling", "all")
    ink = {t.get_text(): to_hex(t.get_color()) for t in figure.texts}
    assert ink["74.0"] == ink["paper 75.5"] == ink["SigLIP SO400M, 384 px"] != ink["76.6"]
    assert words_of(figure).count("paper") == 8, "of ten, two were measured"
    assert "dark where measured" in " ".join(words_of(figure))
    missing = words_of(drawn("scaling", "ten"))
    assert missing.count("paper") == 10 and "75.5" in missing
    assert "this run did not measure it" in " ".join(missing)


def test_a_mixed_study_has_a_table_for_each_benchmark_and_the_paper_beside_one(drawn):
    words = words_of(drawn("scaling", "mixed"))
    assert "twins with statements" in words and "MMVP-VLM" in words
    notes = [word for word in words if word.startswith("pairs right")]
    assert ["in the strip the paper's" in note for note in notes] == [False, True]


def test_an_encoder_without_a_label_goes_by_its_name(studies, tmp_path):
    inputs = given("scaling", studies("one"))
    inputs["variants"] = described(tmp_path, TEN[:1], {TEN[0]: {"label": None}})
    assert TEN[0] in words_of(draw_figure("scaling", inputs, SHARP))


def test_pairs_that_were_never_asked_are_not_drawn(tmp_path):
    inputs = of_models(tmp_path, TEN[:2])
    none = MATCH_SCORES.read(inputs["matching"][0]).with_columns(pairs=pl.lit(0, pl.Int64))
    MATCH_SCORES.write(none, inputs["matching"][0])
    for name in ("scaling", "scale", "against_paper"):
        assert not draw_figure(name, given(name, inputs), SHARP).axes
