"""A small LLaVA answers each question alone, as its greedy continuation, and none twice."""

import hashlib
import random
import shutil
from pathlib import Path

import pytest
import torch
from transformers import PreTrainedTokenizerFast

from clipblind.benchmark.from_truth import write_questions
from clipblind.benchmark.wording import WORDINGS, prompt
from clipblind.contenders.backends import load, mof
from clipblind.contenders.prompts import put
from clipblind.contenders.protocol import Unanswered
from clipblind.contenders.questions import make_asks
from clipblind.contenders.run import ask_all
from clipblind.encoders.base import LoadedEncoder
from clipblind.ground.errors import UserError
from clipblind.ground.factors import FACTORS, change, sample_scene
from clipblind.mof.model import MofForConditionalGeneration
from clipblind.mof.training import train_contender
from clipblind.pools.decoding import Undecodable
from clipblind.study.compose import compose
from clipblind.study.settings.contenders import Decoding, Mof
from clipblind.study.settings.encoder import Encoder
from clipblind.study.settings.training import LanguageModel, MofRecipe, Schedule
from clipblind.world.draw import png
from clipblind.world.pictures import Pictures, write_shard

torch.set_num_threads(1)  # as every job has

CONF = Path(__file__).parents[2] / "conf"
TOWER = Encoder(loader="timm", source="pixels")
RECIPE = MofRecipe(
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
SEEING = Mof(kind="mof", towers=("pixels",), train=RECIPE)
TEXT_ONLY = Mof(kind="text_only", image=False, train=RECIPE)


def tower(seen):
    """An encoder whose patches are pixels; it counts the images that go through it."""

    def patch_tokens(pixels, layer):
        seen.extend(range(len(pixels)))
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
def world_prompt():
    return compose(CONF, "world", "contender=[constant]").prompt["world"]


@pytest.fixture(scope="module")
def school(tmp_path_factory):
    """Contenders trained for a few steps, their pictures, and questions about them."""
    folder = tmp_path_factory.mktemp("school")
    rng = random.Random(0)
    scenes = {f"i{n}": sample_scene(rng) for n in range(12)}
    pairs = []
    for n in range(12):
        scenes[f"t{n}"] = change(scenes[f"i{n}"], [rng.choice(sorted(FACTORS))], rng)
        # each picture is asked about twice
        pairs += [(f"{of}{n:02d}", f"i{n}", f"t{n}") for of in "pq"]
    shard = folder / "search-0.tar"
    write_shard([(name, png(scene, 32)) for name, scene in scenes.items()], shard)
    pictures = Pictures([shard])
    for name, settings in (("seeing", SEEING), ("text_only", TEXT_ONLY)):
        train_contender(
            settings,
            RECIPE,
            [tower([])] if settings.towers else [],
            pictures,
            list(scenes.items()),
            folder / name,
            seed=0,
            checkpoint=folder / f"{name}.pt",
            label=name,
        )
        _make_talkative(folder / name)
    (folder / "pixels").mkdir()
    (folder / "pixels/weights").write_text("of a tower")
    return folder, pictures, write_questions("mined", pairs, scenes, seed=0)


def _make_talkative(folder):
    """Large random weights: answers that differ with every picture and every question."""
    model = MofForConditionalGeneration.from_pretrained(folder)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.6)
    model.save_pretrained(folder)


class Shown:
    """The school's pictures, as a benchmark's images are had."""

    def __init__(self, pictures):
        self._pictures = pictures

    def bytes_of(self, image_id):
        return self._pictures.png(image_id)


@pytest.fixture
def seen(monkeypatch):
    """Counts images that go through the tower, which any name loads."""
    counted = []
    monkeypatch.setattr(mof, "load_encoder", lambda *_: tower(counted))
    return counted


@pytest.fixture
def asks(school, world_prompt):
    _, pictures, questions = school
    return make_asks(questions, world_prompt, "both", Shown(pictures))


@pytest.fixture
def unseen(school, world_prompt):
    """The same questions without their pictures."""
    return make_asks(school[2], world_prompt, "published", None)


def backend(folder, settings=SEEING, name="seeing", at=None):
    return load(name, settings, at or folder / name, 0, {"pixels": (TOWER, folder / "pixels")})


def answers(backend, asks):
    return {(ask.question_id, ask.order): reply.text for ask, reply in backend.answer(asks)}


def test_the_prompt_is_what_it_learned_to_read_byte_for_byte(world_prompt):
    for factor, wording in WORDINGS.items():
        first, second = (wording.option(value) for value in FACTORS[factor].values[:2])
        for question in wording.questions:
            assert put(world_prompt, question, first, second) == prompt(question, first, second)
    assert world_prompt.system == ""
    assert world_prompt.decoding == Decoding(temperature=0.0, max_new_tokens=8)


def test_an_answer_is_the_greedy_continuation_of_image_and_words(school, seen, asks):
    folder, pictures, questions = school
    images = dict(questions.select("question_id", "image_id").iter_rows())
    said = answers(backend(folder), asks)
    assert len(said) == len(asks) == 2 * len(questions) and len(set(said.values())) > len(asks) / 3
    model = MofForConditionalGeneration.from_pretrained(folder / "seeing").eval()
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder / "seeing")
    for ask in asks[::7]:
        image = pictures.open(images[ask.question_id])
        eye = tower([])
        tokens = eye.patch_tokens(eye.preprocess(image)[None], -1).half().float()
        ids = [tokenizer.bos_token_id, *tokenizer(ask.text).input_ids]
        start = len(ids)
        while len(ids) < start + 8 and ids[-1] != tokenizer.eos_token_id:
            with torch.inference_mode():
                ids.append(int(model(torch.tensor([ids]), [tokens])[0, -1].argmax()))
        expected = tokenizer.decode(ids[start:], skip_special_tokens=True)
        assert said[ask.question_id, ask.order] == expected


def test_an_answer_does_not_depend_on_the_other_questions(school, seen, asks):
    together = answers(backend(school[0]), asks)
    alone = backend(school[0], SEEING.model_copy(update={"batch": 1}))
    assert answers(alone, asks[::-5]) == {
        key: together[key] for key in ((ask.question_id, ask.order) for ask in asks[::-5])
    }


def test_only_asks_of_one_length_share_a_batch(school, seen, asks, monkeypatch):
    model, shapes = backend(school[0]), []
    answer = model.model.answer
    monkeypatch.setattr(
        model.model, "answer", lambda ids, *a, **k: shapes.append(ids.shape) or answer(ids, *a, **k)
    )
    answers(model, asks)
    lengths = {len(model.encode(ask)) for ask in asks}
    assert {length for _, length in shapes} == lengths and len(lengths) > 1
    assert sum(count for count, _ in shapes) == len(asks) and max(n for n, _ in shapes) <= 64


def test_an_image_goes_through_the_tower_once_however_many_questions_there_are(school, seen, asks):
    answers(backend(school[0]), asks)
    assert len(seen) == len({ask.image_sha256 for ask in asks}) < len(asks) / 3


def test_features_beyond_what_is_kept_are_computed_again(school, seen, asks, monkeypatch):
    whole = answers(backend(school[0]), asks)
    seen.clear()
    monkeypatch.setattr(mof, "KEPT", 100)  # bytes: of four images
    assert answers(backend(school[0]), asks) == whole
    assert len({ask.image_sha256 for ask in asks}) < len(seen) < len(asks)


def test_what_was_answered_is_in_the_ledger_and_nothing_is_loaded_for_it(
    school, seen, asks, tmp_path, monkeypatch
):
    first = ask_all(backend(school[0]), asks, tmp_path, "ask")
    monkeypatch.setattr(mof, "load_encoder", None)
    monkeypatch.setattr(mof.MofForConditionalGeneration, "from_pretrained", None)
    assert ask_all(backend(school[0]), asks, tmp_path, "ask") == first
    once = [reply for reply in first if reply.tokens_in is not None]  # the others are alike
    assert len(once) > 50 and all(r.tokens_in > 4 and 0 < r.tokens_out <= 8 for r in once)


def test_a_killed_run_asks_nothing_twice(school, seen, asks, tmp_path):
    class Killed(mof.MofBackend):
        def answer(self, asks):
            for number, each in enumerate(super().answer(asks)):
                if number == 20:
                    raise KeyboardInterrupt
                yield each

    towers = {"pixels": (TOWER, school[0] / "pixels")}
    with pytest.raises(KeyboardInterrupt):
        ask_all(Killed("seeing", SEEING, school[0] / "seeing", towers), asks, tmp_path, "ask")
    later, asked = backend(school[0]), []
    answer = later.answer
    later.answer = lambda asks: asked.extend(asks) or answer(asks)
    ask_all(later, asks, tmp_path, "ask")
    whole = {ask.key(later.identity) for ask in asks}
    assert len(asked) == len(whole) - 20


def test_the_model_sees_the_image(school, seen, asks):
    model = backend(school[0])
    pictured = {ask.image_sha256 for ask in asks}
    same = [ask for ask in asks if ask.text == asks[0].text]
    others = [
        next(ask for ask in asks if ask.image_sha256 == sha256)
        for sha256 in sorted(pictured - {ask.image_sha256 for ask in same})
    ]
    words = torch.tensor([model.encode(asks[0])])
    eye = tower([])

    def logits(ask):
        image = mof.batches.decode_image(ask.image())
        return model.model(words, [eye.patch_tokens(eye.preprocess(image)[None], -1)])

    assert not torch.allclose(logits(asks[0]), logits(others[0]))


def test_a_contender_of_words_alone_takes_no_image(school, unseen, asks):
    blind = backend(school[0], TEXT_ONLY, "text_only")
    said = answers(blind, unseen)
    assert len(said) == len(unseen)
    by_text = {}
    for ask in unseen:  # one question, one answer, whatever the picture was
        assert (
            by_text.setdefault(ask.text, said[ask.question_id, "ab"]) == said[ask.question_id, "ab"]
        )
    with pytest.raises(UserError, match="text_only has no towers and takes no images; ask it with"):
        answers(blind, asks)


def test_one_with_towers_may_be_asked_without_the_image(school, unseen):
    assert len(answers(backend(school[0]), unseen)) == len(unseen)


def test_sampled_answers_are_the_same_in_any_order(school, seen, world_prompt):
    folder, pictures, questions = school
    decoding = Decoding(temperature=1.5, max_new_tokens=8)
    drawn = world_prompt.model_copy(update={"decoding": decoding})
    asks = make_asks(questions[:6], drawn, "published", Shown(pictures), seed=1)
    said = answers(backend(folder), asks)
    assert answers(backend(folder), asks[::-2]).items() <= said.items()
    others = make_asks(questions[:6], drawn, "published", Shown(pictures), seed=2)
    assert answers(backend(folder), others) != said


def test_no_questions_give_no_answers(school, seen):
    assert answers(backend(school[0]), []) == {}


def test_an_image_that_is_gone_leaves_its_question_open_and_no_other(school, seen, asks):
    def gone():
        raise Undecodable("its file is gone")

    broken = [asks[0].__class__(**{**vars(asks[0]), "image": gone}), *asks[2:6]]
    said = []
    with pytest.raises(Unanswered, match="its file is gone"):
        said.extend(backend(school[0]).answer(broken))
    found = backend(school[0]).answer(broken)
    with pytest.raises(Unanswered):
        said.extend(iter(found))


def test_one_that_was_not_trained_or_has_no_tower_named_is_one_sentence(school, tmp_path):
    with pytest.raises(UserError, match=r"config\.json is missing: train the contender first\."):
        backend(tmp_path)
    with pytest.raises(UserError, match="is fed by pixels, whose files were not named; give"):
        load("seeing", SEEING, school[0] / "seeing")


def test_the_identity_is_of_its_own_weights_and_of_its_towers_and_of_nothing_else(school, tmp_path):
    shutil.copytree(school[0], tmp_path, dirs_exist_ok=True)
    whole = backend(school[0]).identity
    assert {key: whole[key] for key in ("kind", "name")} == {"kind": "mof", "name": "seeing"}
    assert str(school[0]) not in str(whole)
    told = {"batch": 3, "label": "An eye", "prompt": "official", "row": "LLaVA"}
    assert backend(tmp_path, SEEING.model_copy(update=told)).identity == whole
    (tmp_path / "pixels/weights").write_text("of another tower")
    other = backend(tmp_path).identity
    assert other["revision"] != whole["revision"]
    weights = tmp_path / "seeing/model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    revisions = {whole["revision"], other["revision"], backend(tmp_path).identity["revision"]}
    assert len(revisions) == 3


def test_the_digest_of_an_image_is_of_its_bytes(school, asks):
    assert all(hashlib.sha256(a.image()).hexdigest() == a.image_sha256 for a in asks)
