"""Places along a short axis: near where they belong, and never on each other."""

from itertools import pairwise

import pytest

from clipblind.figures.parts.spread import Group, spread


@pytest.mark.parametrize("many", [2, 10, 60])
def test_dots_of_one_place_are_spread_within_the_panel(many: int) -> None:
    groups = [Group(224.0, many - many // 5, 0.4), Group(384.0, many // 5 or 1, 0.4)]
    places = [at for group in spread(groups, wide=1.5, step=0.075) for at in group]
    assert places == sorted(places)
    assert places[0] >= 0 and places[-1] <= 1.5
    least = min(0.075, 1.38 / len(places))
    assert all(b - a > 0.99 * least for a, b in pairwise(places))


def test_ticks_get_room_for_their_words_where_there_is_enough() -> None:
    groups = [Group(0.0, 1, 0.3), Group(0.01, 1, 0.3), Group(1.0, 1, 0.3)]
    (one,), (two,), (three,) = spread(groups, wide=1.5, step=0.07)
    assert two - one >= 0.34 - 1e-9 and three - two >= 0.34 - 1e-9
    (one,), (two,), (three,) = spread(groups, wide=0.6, step=0.07)
    assert 0.07 - 1e-9 <= two - one < 0.34


def test_a_place_alone_is_in_the_middle() -> None:
    assert spread([Group(7.0, 1, 0.1)], wide=1.5, step=0.07) == [[pytest.approx(0.75)]]
