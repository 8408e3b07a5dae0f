"""The sweep over shares, and what is not on it."""

from clipblind.figures import draw_figure
from clipblind.figures.mixtures import split
from clipblind.ground.tables.answers import MADE
from clipblind.ground.tables.scores import NAMED_SCORES
from tests.figures.made_up.looks import words_of
from tests.figures.made_up.of_world import BASELINES, MAKES, made
from tests.figures.made_up.tables import SMALL, given, write


def test_a_curve_over_shares_holds_what_differs_in_share_alone(tmp_path):
    rows = MADE.read(made(tmp_path, [*MAKES])[0]).to_dicts()
    curve, others = split(rows)
    assert [row["share"] for row in curve] == [0, 0.25, 0.5, 0.625, 0.75, 0.875, 1]
    assert [row["contender"] for row in others] == [
        "I-MoF", "CLIP twice", "CLIP, 2x steps", "reference, 2x steps", "A-MoF .75, 2x steps",
        "I-MoF, 2x steps", "CLIP, raw", "A-MoF .75, raw", "I-MoF, raw", "CLIP, layer -2",
        "told CLIP", "swap CLIP",
    ]  # fmt: skip
    assert split([]) == ([], [])


def test_contenders_off_the_curve_tell_tokens_and_steps(drawn):
    words = words_of(drawn("mixtures", "full"))
    assert "16 tokens, 900 steps" in words
    assert words.count("32") == 3 and words.count("1800") == 4
    assert not set(BASELINES) & set(words)


def test_of_random_pairs_the_often_named_factors_are_shown_where_they_are_known(
    studies, drawn, tmp_path
):
    words = words_of(drawn("mixtures", "full"))
    assert "random pairs, often-named factors (n = 200)" in words
    inputs = given("mixtures", studies("full"))
    inputs["named"] = write(NAMED_SCORES, [], tmp_path / "named.csv")
    assert "random pairs (n = 300)" in words_of(draw_figure("mixtures", inputs, SMALL))


def test_in_a_mixed_study_small_llavas_alone_are_shown(drawn):
    words = words_of(drawn("mixtures", "mixed"))
    assert "I-MoF" in words and "LLaVA-1.5 13B" not in words
