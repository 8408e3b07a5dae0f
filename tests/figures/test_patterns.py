"""Contenders by pattern: on twins, on MMVP, and CLIP's own row above them."""

import pytest

from clipblind.figures import draw_figure
from clipblind.ground.patterns import NINE
from clipblind.ground.tables.matching import MATCH_SCORES
from tests.figures.made_up.looks import words_of
from tests.figures.made_up.of_paper import ANSWERERS, PAIRS_OF, TEN
from tests.figures.made_up.tables import SHARP, given


def test_patterns_have_their_number_of_pairs_and_unnamed_ones_are_left_out(drawn):
    words = words_of(drawn("patterns", "ten"))
    heads = [f"{pattern}, {pairs}" for pattern, pairs in PAIRS_OF.items()]
    assert [w for w in words if w in heads] == heads
    assert sum(", " in w and w.rsplit(", ")[-1].isdigit() for w in words) == len(NINE)


def test_clips_row_is_the_mean_of_the_encoders_that_were_correlated_with(drawn, studies):
    figure = drawn("patterns", "ten")
    assert "mean of 2 encoders" in words_of(figure)
    (cells,) = (a for a in figure.axes if len(a.texts) > 20)
    scores = MATCH_SCORES.read(studies("ten")["matching"][0]).filter(direction="text_to_image")
    means = {
        pattern: scores.filter(pattern=pattern)
        .filter(scores.filter(pattern=pattern)["encoder"].is_in(TEN[:2]))["accuracy"]
        .mean()
        for pattern in NINE
    }
    # cells are drawn column by column, and CLIP's is the first of each
    each = 1 + 2 * len(ANSWERERS)
    assert [text.get_text() for text in cells.texts[::each]] == [
        f"{100 * means[pattern]:.0f}" for pattern in NINE
    ]


def test_without_matching_there_is_no_row_of_clip(studies):
    inputs = given("patterns", studies("ten"))
    bare = {key: inputs[key] for key in ("patterns", "benchmarks", "made")}
    words = words_of(draw_figure("patterns", bare, SHARP))
    assert not any("CLIP" in word for word in words)


def test_in_a_world_twins_are_shown_and_mined_pairs_are_not(drawn):
    words = words_of(drawn("patterns", "full"))
    assert "thing" not in words and "orientation" in words
    assert any("twin pairs (60 pairs a pattern)" in word for word in words)


@pytest.mark.parametrize(
    "head", ["twin pairs (60 pairs a pattern)", "MMVP (4 to 28 pairs a pattern)"]
)
def test_a_mixed_study_has_a_table_for_each_benchmark(head, drawn):
    assert head in words_of(drawn("patterns", "mixed"))
