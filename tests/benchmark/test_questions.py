"""Questions in MMVP's form: same question and options for both images, opposite answers."""

import random
from collections import Counter

import polars as pl
import pytest

from clipblind.benchmark.from_truth import pattern_of, random_pairs, write_questions
from clipblind.benchmark.wording import WORDINGS, ask, prompt, words
from clipblind.ground.factors import FACTORS, change, sample_scene
from clipblind.ground.tables.benchmark import QUESTIONS


@pytest.fixture(scope="module")
def world():
    """Scenes by id, and pairs of near-twins that differ in one or two factors."""
    rng = random.Random(0)
    scenes, pairs = {}, []
    for n in range(300):
        scenes[f"a{n}"] = sample_scene(rng)
        scenes[f"b{n}"] = change(scenes[f"a{n}"], rng.sample(sorted(FACTORS), 2), rng)
        pairs.append((f"pair-{n:03d}", f"a{n}", f"b{n}"))
    return scenes, pairs


@pytest.fixture(scope="module")
def questions(world):
    scenes, pairs = world
    return write_questions("mined", pairs, scenes, seed=0)


def test_the_table_has_two_rows_a_pair_and_keeps_its_schema(questions, tmp_path):
    QUESTIONS.write(questions, tmp_path / "q.parquet")
    assert len(questions) == 600
    assert questions["question_id"].n_unique() == 600


def test_a_pair_shares_question_and_options_and_has_opposite_answers(questions):
    for _, rows in questions.group_by("pair_id"):
        assert rows.select("question", "option_a", "option_b").n_unique() == 1
        assert sorted(rows["answer"]) == ["a", "b"]
        assert rows["image_id"].n_unique() == 2


def test_the_answer_is_what_the_scene_shows(questions, world):
    scenes, _ = world
    factor_of = {pattern_of(name): name for name in FACTORS}
    for row in questions.iter_rows(named=True):
        factor = factor_of[row["pattern"]]
        true = WORDINGS[factor].option(getattr(scenes[row["image_id"]], factor))
        assert row[f"option_{row['answer']}"] == true


def test_neither_id_nor_order_tells_the_answer(questions):
    first = questions.filter(pl.col("question_id").str.ends_with("/1"))
    share = (first["answer"] == "a").mean()
    assert share == pytest.approx(0.5, abs=0.09)
    from_a = first.filter(pl.col("image_id").str.starts_with("a"))
    assert len(from_a) / len(first) == pytest.approx(0.5, abs=0.09)


def test_patterns_are_as_even_as_the_pairs_allow(questions):
    counts = Counter(questions["pattern"].to_list()).values()
    assert max(counts) - min(counts) <= 12


def test_wording_varies(questions):
    per_pattern = questions.group_by("pattern").agg(pl.col("question").n_unique())
    assert per_pattern["question"].min() >= 2


def test_a_pair_of_equal_scenes_gives_no_question():
    scene = sample_scene(random.Random(1))
    assert write_questions("mined", [("p", "a", "b")], {"a": scene, "b": scene}, 0).is_empty()


def test_no_pairs_give_an_empty_table(tmp_path):
    QUESTIONS.write(write_questions("mined", [], {}, 0), tmp_path / "q.parquet")


def test_random_pairs_repeat_no_image():
    pairs = random_pairs("random", [f"i{n}" for n in range(50)], 20, seed=0)
    images = [image for _, *both in pairs for image in both]
    assert len(set(images)) == 40
    assert [pair for pair, *_ in pairs[:2]] == ["random-0000", "random-0001"]


def test_every_random_benchmark_draws_pairs_of_its_own():
    ids = [f"i{n}" for n in range(50)]
    one, other = (random_pairs(name, ids, 20, seed=0) for name in ("random", "more"))
    assert not {pair for pair, *_ in one} & {pair for pair, *_ in other}
    assert [both for _, *both in one] != [both for _, *both in other]


@pytest.mark.parametrize("factor", FACTORS)
def test_no_two_options_of_a_question_read_alike(factor):
    options = [WORDINGS[factor].option(value) for value in FACTORS[factor].values]
    assert len({option.lower() for option in options}) == len(options)


def test_every_word_of_every_prompt_is_in_the_contenders_vocabulary():
    known, rng = set(words()), random.Random(2)
    for name, factor in FACTORS.items():
        for _ in range(20):
            true, other = rng.sample(factor.values, 2)
            asked = ask(name, true, other, rng)
            text = prompt(asked.question, asked.option_a, asked.option_b)
            for sign in "?():":
                text = text.replace(sign, f" {sign} ")
            assert set(text.split()) <= known
