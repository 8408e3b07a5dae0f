"""Effects beside what is left of them when answers are permuted."""

from clipblind.figures import draw_figure
from clipblind.figures.parts.style import BLUE, MUTED, VERMILION
from tests.figures.made_up.looks import dots_of, words_of
from tests.figures.made_up.of_controls import of_controls
from tests.figures.made_up.of_world import of_contenders
from tests.figures.made_up.tables import SMALL, given


def test_effects_are_told_apart_from_what_permutation_leaves(tmp_path):
    three = ["a", "b", "c"]
    inputs = {**of_controls(tmp_path, [], three), **of_contenders(tmp_path, three, [])}
    figure = draw_figure("shuffled", given("shuffled", inputs), SMALL)
    assert [word for word in words_of(figure) if word.endswith("pairs")] == [
        "mined pairs", "random pairs", "twin pairs",
    ] * 2  # fmt: skip
    dots = dots_of(figure)
    assert set(dots) == {(BLUE, 0.7), (MUTED, 0.25), (VERMILION, 0.1)}
    assert len(dots) == 2 * 3 * 3, "two effects, three benchmarks, three contenders"
