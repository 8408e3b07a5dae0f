"""What is committed under results/ holds what every run must hold."""

from pathlib import Path

import polars as pl
import pytest

from clipblind.controls.shuffled import ACCURACY, DIFFERENCE
from clipblind.ground.factors import FACTOR_OF_PATTERN
from clipblind.ground.tables.controls import BASELINES, NUMBERS, SHUFFLED
from clipblind.ground.tables.matching import MATCH_SCORES, VARIANTS

RESULTS = Path(__file__).parents[2] / "results"
STUDIES = ("world",)


@pytest.mark.parametrize("study", STUDIES)
def test_contenders_without_eyes_score_what_theory_says_on_every_benchmark(study):
    table = BASELINES.read(RESULTS / study / "controls/baselines.csv")
    assert set(table["benchmark"]) == {"mined", "random", "twins"}
    assert table["contender"].n_unique() == 3
    assert table["inside"].all()


@pytest.mark.parametrize("study", STUDIES)
def test_with_answers_permuted_every_effect_vanishes(study):
    table = SHUFFLED.read(RESULTS / study / "controls/shuffled.csv")
    differences = table.filter(pl.col("effect") == DIFFERENCE)
    assert differences["mean"].abs().max() < 0.01
    assert ((differences["low"] < 0) & (differences["high"] > 0)).all()
    # chance for two independent answers, however often each option was chosen
    accuracies = table.filter(pl.col("effect") == ACCURACY)
    assert accuracies["mean"].is_between(0.2, 0.26).all()


@pytest.mark.parametrize("study", STUDIES)
def test_every_pattern_has_sixty_twins_in_both_directions(study):
    table = MATCH_SCORES.read(RESULTS / study / "matching/scores.csv")
    patterns = table.filter(pl.col("pattern").is_in(list(FACTOR_OF_PATTERN)))
    assert patterns["pairs"].min() >= 60
    assert patterns["direction"].n_unique() == 2


def test_the_scaling_study_has_its_axes():
    table = VARIANTS.read(RESULTS / "world/matching/variants.csv")
    assert {"base", "captions", "size", "resolution", "images"} <= set(table["axis"])


def test_three_seeds_were_run():
    assert NUMBERS.read(RESULTS / "world_seeds/seeds/numbers.csv")["seed"].n_unique() >= 3
