"""MiniGPT-4 against a plain computation of it, and what is refused."""

import json
import shutil

import pytest

import clipblind.models.torchvision  # noqa: F401  # isort: skip
import torch
from transformers import AutoImageProcessor, AutoTokenizer

from clipblind.contenders.backends import load, minigpt4
from clipblind.ground.errors import UserError
from clipblind.pools.decoding import decode_image
from clipblind.study.settings.contenders import MiniGpt4
from tests.contenders import checkpoints
from tests.contenders.asked import answers, asks

FILE = "pretrained_minigpt4_7b.pth"
BEFORE = (
    "Give the following image: <Img>ImageContent</Img>. You will be able to see the image once I"
    " provide it to you. Please answer my questions.###Human: <Img>"
)


def backend(folder, **given):
    entry = {"source": "nobody/blip2", "language_model": "nobody/vicuna", "projection": FILE}
    return load("mini", MiniGpt4(kind="minigpt4", **entry, **given), folder)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The folder, and BLIP-2, projection and language model as they were saved."""
    folder = tmp_path_factory.mktemp("minigpt4")
    return folder, *checkpoints.save_minigpt4(folder)


@pytest.fixture
def copy(made, tmp_path):
    """The same in a folder of this test's own."""
    return shutil.copytree(made[0], tmp_path / "copy")


@torch.inference_mode()
def plainly(ask, folder, blip2, projection, language):
    """One answer, token by token, from the saved parts and nothing of the back-end."""
    pixels = AutoImageProcessor.from_pretrained(folder / "blip2", backend="pil")(
        decode_image(ask.image()), return_tensors="pt"
    ).pixel_values
    seen = blip2.vision_model(pixels).last_hidden_state
    read = blip2.qformer(query_embeds=blip2.query_tokens, encoder_hidden_states=seen)
    image = projection(read.last_hidden_state)
    tokenizer = AutoTokenizer.from_pretrained(folder / "language_model")
    after = f"</Img> {ask.text}###Assistant:"
    first = tokenizer(BEFORE, return_tensors="pt").input_ids
    second = tokenizer(after, return_tensors="pt", add_special_tokens=False).input_ids
    words = language.get_input_embeddings()
    row, said = torch.cat([words(first), image, words(second)], dim=1), []
    while len(said) < ask.decoding.max_new_tokens:
        token = language(inputs_embeds=row, use_cache=False).logits[0, -1].argmax()
        said.append(int(token))
        if said[-1] == tokenizer.eos_token_id or "###" in tokenizer.decode(said):
            break
        row = torch.cat([row, words(token[None, None])], dim=1)
    text = tokenizer.decode(said, skip_special_tokens=True)
    return text.split("###")[0].split("Assistant:")[-1].strip(), len(said)


def test_answers_are_those_of_a_plain_computation_one_by_one(made):
    for ask, reply in backend(made[0], batch=7).answer(asks()):
        assert (reply.text, reply.tokens_out) == plainly(ask, *made), ask.question_id


def test_an_answer_ends_where_the_next_turn_begins(copy):
    model = backend(copy, batch=3)
    last = model.segments(asks()[0])[-1][-1]
    yes, two, one, no = model.tokenizer.convert_tokens_to_ids(["Y", "##", "#", "N"])
    _speak(model.model.language, {last: yes, yes: two, two: one, one: no})
    for _, reply in model.answer(asks()[:3]):
        assert (reply.text, reply.tokens_out) == ("Y", 3)


def _speak(language, script):
    """Have a Llama say after each token of a script the next one, whatever came before."""
    with torch.no_grad():
        for layer in language.model.layers:
            layer.self_attn.o_proj.weight.zero_()
            layer.mlp.down_proj.weight.zero_()
        language.model.norm.weight.fill_(1.0)
        words = torch.nn.functional.normalize(language.model.embed_tokens.weight, dim=-1)
        language.lm_head.weight.zero_()
        for token, following in script.items():
            language.lm_head.weight[following] += words[token]


def test_parts_of_a_sharded_blip2_do_without_its_language_model(made, copy):
    folder, blip2, *_ = made
    shutil.rmtree(copy / "blip2")
    blip2.save_pretrained(copy / "blip2", max_shard_size="20KB")
    shutil.copy(folder / "blip2" / "preprocessor_config.json", copy / "blip2")
    index = (copy / "blip2" / "model.safetensors.index.json").read_text()
    needed = {
        file
        for key, file in json.loads(index)["weight_map"].items()
        if key.startswith(minigpt4.PARTS)
    }
    shards = {path.name for path in (copy / "blip2").glob("*.safetensors")}
    assert shards - needed
    for name in shards - needed:
        (copy / "blip2" / name).unlink()
    assert answers(backend(copy), asks()) == answers(backend(folder), asks())


def test_a_projection_that_is_not_there_says_who_keeps_it(copy):
    (copy / FILE).unlink()
    with pytest.raises(UserError, match=rf"has no {FILE} .* README of Vision-CAIR/MiniGPT-4"):
        backend(copy)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"llama_proj.weight": torch.zeros(32, 32)}, "lacks llama_proj.bias"),
        (
            {
                "llama_proj.weight": torch.zeros(32, 32),
                "llama_proj.bias": torch.zeros(32),
                "llama_model.lora_A": torch.zeros(1),
            },
            "holds besides llama_model.lora_A",
        ),
        (
            {"llama_proj.weight": torch.zeros(64, 32), "llama_proj.bias": torch.zeros(64)},
            "makes vectors of 64 from 32, but its language model wants 32",
        ),
    ],
)
def test_a_projection_of_another_model_is_refused(copy, state, said):
    torch.save({"model": state}, copy / FILE)
    with pytest.raises(UserError, match=said):
        list(backend(copy).answer(asks()))


def test_a_projection_that_would_run_code_is_refused(copy):
    class Harm:
        def __reduce__(self):
            return (print, ("harm",))

    torch.save({"model": Harm()}, copy / FILE)
    with pytest.raises(UserError, match="The model mini can't be loaded from"):
        list(backend(copy).answer(asks()))


@pytest.mark.parametrize("file", ["blip2/config.json", "language_model/model.safetensors"])
def test_a_missing_file_names_fetch(copy, file):
    (copy / file).unlink()
    with pytest.raises(UserError, match="`clipblind fetch` gets it"):
        backend(copy)


def test_identity_changes_with_each_of_its_parts(made, copy):
    whole = backend(made[0]).identity
    assert backend(copy, batch=1).identity == whole
    for file in (f"{FILE}", "blip2/config.json", "language_model/generation_config.json"):
        before = (copy / file).read_bytes()
        (copy / file).write_bytes(before + b" ")
        assert backend(copy).identity != whole, file
        (copy / file).write_bytes(before)


def test_a_tokenizer_of_sentencepiece_alone_gives_sentencepiece_s_own_ids(copy):
    own = checkpoints.save_sentencepiece(copy / "language_model")
    model, (ask, *_) = backend(copy), asks()
    before, after = model.segments(ask)
    assert before == [own.bos_id(), *own.encode(BEFORE)]
    assert after == own.encode(f"</Img> {ask.text}###Assistant:")
    assert model.tokenizer.decode(after) == f"</Img> {ask.text}###Assistant:"
    assert all(isinstance(said, str) for said in answers(model, [ask]).values())
