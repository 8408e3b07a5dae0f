"""The contact sheet of chosen pairs, from small copies of their pictures."""

import pytest

from clipblind.figures import draw_figure
from clipblind.ground.errors import UserError
from clipblind.ground.tables.world import SHARD
from tests.figures.made_up.looks import words_of
from tests.figures.made_up.tables import SMALL, given, write


def test_pictures_stand_side_by_side_with_both_cosines(drawn):
    figure = drawn("blind_pairs", "small")
    assert [len(axes.images) for axes in figure.axes] == [1, 1]
    assert figure.axes[0].images[0].get_array().shape == (16, 16, 3)
    assert {"probe 0.990", "reference 0.200"} <= set(words_of(figure))


def test_a_picture_that_is_not_there_is_told(studies, tmp_path):
    inputs = given("blind_pairs", studies("small"))
    inputs["pictures"] = write(SHARD, [], tmp_path / "pictures.parquet")
    with pytest.raises(UserError, match="lacks the picture a; make it anew"):
        draw_figure("blind_pairs", inputs, SMALL)
