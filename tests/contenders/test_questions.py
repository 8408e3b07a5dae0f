"""Questions as asks: the study's seed draws other answers where answers are drawn at all."""

import polars as pl

from clipblind.contenders.questions import make_asks
from clipblind.ground.tables.benchmark import QUESTIONS
from clipblind.study.settings.contenders import Decoding, Prompt


def keys(temperature, seed):
    row = ("mmvp/001", "mmvp/001-002", "mmvp", "", "mmvp/001", "Is it open?", "Yes", "No", "a")
    questions = pl.DataFrame([row], schema=dict(QUESTIONS.columns), orient="row")
    decoding = Decoding(temperature=temperature, seed=4)
    prompt = Prompt(version="1", text="{question} {options}", decoding=decoding)
    return [ask.key({"kind": "x"}) for ask in make_asks(questions, prompt, "both", None, seed)]


def test_another_seed_of_the_study_draws_other_answers():
    assert not set(keys(0.2, 0)) & set(keys(0.2, 3))
    assert keys(0.2, 3) == keys(0.2, 3)


def test_greedy_answers_are_not_asked_again_for_another_seed():
    assert keys(0.0, 0) == keys(0.0, 3)
