"""Contenders hold the tables' numbers, on any benchmark; Figure 4 stands beside MMVP only."""

import pytest

from clipblind.figures import draw_figure
from clipblind.figures.parts.style import ORANGE
from clipblind.ground.tables.scores import AGAINST_FIGURE4
from clipblind.printed import figure4
from tests.figures.made_up.looks import words_of
from tests.figures.made_up.of_paper import ANSWERERS
from tests.figures.made_up.tables import SHARP, given, write

ORDER = ["people", "mine", "llava", "constant"]


def test_dots_rings_and_strokes_stand_at_the_tables_shares(drawn):
    (axes,) = (a for a in drawn("contenders", "ten").axes if a.axison)
    dots = [line for line in axes.lines if line.get_marker() == "o"]
    filled = [float(d.get_xdata()[0]) for d in dots if d.get_markerfacecolor() == d.get_color()]
    hollow = [float(d.get_xdata()[0]) for d in dots if d.get_markerfacecolor() != d.get_color()]
    assert filled == pytest.approx([ANSWERERS[name][0] / 150 for name in ORDER], abs=1e-6)
    assert hollow == pytest.approx([ANSWERERS[name][1] / 150 for name in ORDER], abs=1e-6)
    strokes = [float(x.get_xdata()[0]) for x in axes.lines if x.get_color() == ORANGE]
    printed = dict(figure4().iter_rows())
    others = [s for m, s in printed.items() if m not in ("LLaVA-1.5", "Human", "Random")]
    assert strokes == pytest.approx([printed["LLaVA-1.5"], *others])


def test_contenders_come_best_first_and_systems_nobody_asked_after_them(drawn):
    words = words_of(drawn("contenders", "ten"))
    shown = [w for w in words if w in ("people", "LLaVA-1.5 13B", "constant", "Gemini", "LLaVA")]
    assert shown == ["people", "LLaVA-1.5 13B", "constant", "Gemini", "LLaVA"]
    assert "38/150" in words and "25.3 %" in words and "24.7" in words
    assert "3/150" not in words, "both orders are another way of counting"
    assert not any("Human" in word for word in words), "people were asked"


def test_people_that_nobody_asked_are_named_as_a_share_of_questions(studies, tmp_path):
    none = write(AGAINST_FIGURE4, [], tmp_path / "against.csv")
    inputs = {**given("contenders", studies("ten")), "figure4": none}
    words = words_of(draw_figure("contenders", inputs, SHARP))
    assert "Human (questions)" in words and "95.7" in words and "Random" not in words


def test_each_benchmark_has_its_block_its_chance_and_no_controls_among_them(drawn):
    words = words_of(drawn("contenders", "mixed"))
    heads = [word for word in words if "(n = " in word]
    assert heads == ["mined pairs (n = 200)", "MMVP (n = 150)", "own (n = 12)"]
    guessing = [word for word in words if word.startswith("independent guessing")]
    assert guessing == ["independent guessing: 25 %"] * 2 + ["independent guessing: 12.5 %"]
    assert words.count("Figure 4") == 1 and "5/12" in words


def test_without_mmvp_nothing_of_the_paper_stands_beside(drawn):
    said = " ".join(words_of(drawn("contenders", "full")))
    assert "Gemini" not in said and "Figure 4" not in said and "corrected" not in said


def test_an_interval_over_the_pairs_of_one_training_is_called_that(drawn):
    assert "over the pairs of one training each" in " ".join(words_of(drawn("contenders", "full")))
    assert "training" not in " ".join(words_of(drawn("contenders", "ten")))
