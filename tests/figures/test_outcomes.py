"""Pairs by how many of their questions are right."""

import pytest

from clipblind.figures import draw_figure
from clipblind.figures.outcomes import OUTCOMES
from clipblind.ground.tables.scores import BENCHMARK_SCORES
from tests.figures.made_up.looks import words_of
from tests.figures.made_up.of_world import of_contenders
from tests.figures.made_up.tables import SMALL, given, write


def _scored(contender, question_accuracy, pair_accuracy, benchmark="mined", questions=20):
    row = {"benchmark": benchmark, "contender": contender, "pairs": 10, "unscored": 0}
    accuracies = {"question_accuracy": question_accuracy, "pair_accuracy": pair_accuracy}
    return row | accuracies | {"questions": questions, "low": 0.0, "high": 1.0}


def _bars(figure):
    """Colour to width of each bar of the only panel, in their order."""
    (axes,) = (axes for axes in figure.axes if axes.patches and axes.axison)
    return [bar.get_width() for bar in axes.patches]


@pytest.mark.parametrize(
    ("questions", "pairs", "outcomes"),
    [
        (0.5, 0.0, (0, 1, 0)),  # answers both pictures alike
        (0.5, 0.5, (0.5, 0, 0.5)),
        (0.65, 0.35, (0.35, 0.6, 0.05)),
        (1.0, 1.0, (1, 0, 0)),
        (0.0, 0.0, (0, 0, 1)),
    ],
)
def test_a_bar_is_parted_by_both_one_and_none(tmp_path, questions, pairs, outcomes):
    inputs = of_contenders(tmp_path, ["a"], [])
    rows = [_scored("a", questions, pairs)]
    inputs["scores"] = write(BENCHMARK_SCORES, rows, tmp_path / "own.csv")
    figure = draw_figure("outcomes", given("outcomes", inputs), SMALL)
    assert _bars(figure) == pytest.approx(outcomes)
    assert set(OUTCOMES) <= set(words_of(figure))


def test_a_benchmark_of_other_than_two_questions_a_pair_is_left_out(tmp_path):
    inputs = of_contenders(tmp_path, ["a"], [])
    rows = [_scored("a", 0.5, 0.2, questions=30)]
    inputs["scores"] = write(BENCHMARK_SCORES, rows, tmp_path / "own.csv")
    figure = draw_figure("outcomes", given("outcomes", inputs), SMALL)
    assert "No benchmark has pairs of two questions." in words_of(figure)
