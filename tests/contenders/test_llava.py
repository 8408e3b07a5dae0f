"""A contender answers each question alone, and a killed run asks nothing twice."""

import io
import random

import polars as pl
import pytest
import torch
from clipblind.contenders.llava import Llava
from PIL import Image

from clipblind.benchmark.from_truth import write_questions
from clipblind.encoders.base import LoadedEncoder
from clipblind.ground.factors import FACTORS, change, sample_scene
from clipblind.ground.tables.answers import ANSWERS
from clipblind.mof.training import train_contender
from clipblind.study.settings.contenders import Mof
from clipblind.study.settings.training import LanguageModel, MofRecipe, Schedule
from clipblind.world.draw import png
from clipblind.world.pictures import Pictures, write_shard


def _tower(calls):
    def patch_tokens(pixels, layer):
        calls.append(len(pixels))
        return torch.nn.functional.avg_pool2d(pixels, 8).flatten(2).transpose(1, 2)

    def preprocess(image):
        raw = torch.frombuffer(bytearray(image.resize((16, 16)).tobytes()), dtype=torch.uint8)
        return raw.view(16, 16, 3).permute(2, 0, 1).float() / 255

    return LoadedEncoder(
        name="pixels",
        model=torch.nn.Identity(),
        image_size=16,
        feature="",
        width=3,
        num_patches=4,
        preprocess=preprocess,
        embed_images=lambda pixels: pixels,
        patch_tokens=patch_tokens,
    )


@pytest.fixture(scope="module")
def school(tmp_path_factory):
    """A contender trained for a few steps, its pictures and its questions."""
    folder = tmp_path_factory.mktemp("school")
    rng = random.Random(0)
    scenes = {f"i{n}": sample_scene(rng) for n in range(12)}
    pairs = []
    for n in range(12):
        scenes[f"t{n}"] = change(scenes[f"i{n}"], [rng.choice(sorted(FACTORS))], rng)
        pairs.append((f"p{n:02d}", f"i{n}", f"t{n}"))
    shard = folder / "search-0.parquet"
    write_shard([(name, png(scene, 32)) for name, scene in scenes.items()], shard)
    recipe = MofRecipe(
        language_model=LanguageModel(
            config={
                "model_type": "llama",
                "hidden_size": 16,
                "intermediate_size": 32,
                "num_hidden_layers": 1,
                "num_attention_heads": 2,
                "num_key_value_heads": 2,
            }
        ),
        questions=3,
        adapter_width=16,
        standardise=True,
        schedule=Schedule(steps=6, batch=4, learning_rate=1e-2),
    )
    contender = Mof(kind="llava", label="x", towers=("pixels",), train=recipe)
    pictures = Pictures([shard])
    curve = train_contender(
        contender,
        recipe,
        [_tower([])],
        pictures,
        list(scenes.items()),
        folder / "model",
        seed=0,
        checkpoint=folder / "checkpoint.pt",
        label="x",
    )
    assert curve["step"][-1] == 6
    return folder / "model", pictures, write_questions("mined", pairs, scenes, seed=0)


def test_every_question_gets_an_answer(school, tmp_path):
    folder, pictures, questions = school
    answers = Llava(folder, [_tower([])]).answer(questions, pictures, tmp_path, "x")
    ANSWERS.write(answers, tmp_path / "a.parquet")
    assert answers["question_id"].to_list() == sorted(questions["question_id"])


def test_an_answer_does_not_depend_on_the_other_questions(school, tmp_path):
    folder, pictures, questions = school
    llava = Llava(folder, [_tower([])])
    (tmp_path / "all").mkdir()
    together = dict(llava.answer(questions, pictures, tmp_path / "all", "x").iter_rows())
    for row in range(0, len(questions), 5):
        work = tmp_path / str(row)
        work.mkdir()
        (alone,) = llava.answer(questions[row : row + 1], pictures, work, "x").iter_rows()
        assert together[alone[0]] == alone[1]


def test_batches_that_a_killed_run_saved_are_not_asked_again(school, tmp_path):
    folder, pictures, questions = school
    calls = []
    llava = Llava(folder, [_tower(calls)])
    first = llava.answer(questions, pictures, tmp_path, "x")
    asked = len(calls)
    saved = sorted(tmp_path.glob("answers-*.parquet"))
    saved[-1].unlink()
    assert llava.answer(questions, pictures, tmp_path, "x").equals(first)
    assert len(calls) == asked + 1


def test_the_model_sees_the_image(school):
    folder, pictures, _ = school
    llava = Llava(folder, [_tower([])])
    ids = torch.tensor([[2, 5, 7]])
    one, other = (
        llava.model(ids, [llava.towers[0].patch_tokens(llava.towers[0].preprocess(p)[None], -1)])
        for p in (pictures.open("i0"), Image.open(io.BytesIO(pictures.png("t1"))).convert("RGB"))
    )
    assert not torch.allclose(one, other)


def test_no_questions_give_no_answers(school, tmp_path):
    folder, pictures, questions = school
    assert Llava(folder, [_tower([])]).answer(questions.clear(), pictures, tmp_path, "x").is_empty()


def test_a_missing_image_is_one_sentence(school, tmp_path):
    from clipblind.ground.errors import UserError

    folder, pictures, questions = school
    asked = questions[:1].with_columns(image_id=pl.lit("nowhere"))
    with pytest.raises(UserError, match="Image nowhere is in none of"):
        Llava(folder, [_tower([])]).answer(asked, pictures, tmp_path, "x")
