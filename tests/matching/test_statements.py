"""Twins with statements: what an encoder sees, it matches, and nothing else."""

import polars as pl
import pytest

from clipblind.ground.factors import FACTOR_OF_PATTERN, FACTORS
from clipblind.matching.match import match
from clipblind.matching.scores import score_matches
from clipblind.matching.statements import statement_couples
from clipblind.world.scenes import twin_pairs
from tests.matching.oracle import oracle, twins


def test_an_encoder_that_sees_colour_alone_is_right_on_colour_alone():
    vector_of, encoder = oracle(set(FACTORS["colour"].values))
    shown, table = twins()
    images = {name: vector_of(scene.colour) for name, scene in shown.items()}
    couples = statement_couples(table, images, 6, seed=0)
    matches = match(encoder, "statements", couples, "a photo of ")
    scores = score_matches("oracle", 64, 1.0, matches)
    official = scores.filter(pl.col("direction") == "text_to_image")
    by_pattern = dict(official.select("pattern", "accuracy").iter_rows())
    assert by_pattern.pop("average") == pytest.approx(1 / 9)
    assert by_pattern.pop("colour") == 1
    assert set(by_pattern.values()) == {0} and set(by_pattern) == {*FACTOR_OF_PATTERN} - {"colour"}
    assert scores["benchmark"].unique().to_list() == ["statements"]


def test_couples_are_the_pairs_that_questions_are_asked_about():
    shown, table = twins()
    couples = statement_couples(table, dict.fromkeys(shown), 4, seed=0)
    pairs = twin_pairs(table, 4)
    assert [(c.pair_id, c.pattern) for c in couples] == pairs.select("pair_id", "pattern").rows()


def test_each_picture_has_the_statement_that_is_true_of_it():
    shown, table = twins()
    pairs = {row[0]: row[1:] for row in twin_pairs(table, 6).iter_rows()}
    for couple in statement_couples(table, dict.fromkeys(shown), 6, seed=0):
        pattern, *images = pairs[couple.pair_id]
        assert couple.texts[0] != couple.texts[1]
        for image, text in zip(images, couple.texts, strict=True):
            if FACTOR_OF_PATTERN[pattern] == "colour":
                assert shown[image].colour in text.split()


def test_the_seed_decides_the_wording():
    shown, table = twins()
    texts = [
        [c.texts for c in statement_couples(table, dict.fromkeys(shown), 6, seed=seed)]
        for seed in (0, 0, 1)
    ]
    assert texts[0] == texts[1] != texts[2]
