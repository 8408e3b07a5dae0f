"""Each prompt as the model receives it: the decoded token ids, special tokens and all."""

import io
import re
from pathlib import Path

import pytest
from PIL import Image

from clipblind.contenders.backends import load
from clipblind.contenders.backends.batches import Shown
from clipblind.contenders.prompts import put
from clipblind.contenders.protocol import Ask
from clipblind.study.compose import compose
from clipblind.study.settings.contenders import LocalModel, MiniGpt4
from tests.contenders import checkpoints

CONF = Path(__file__).parents[2] / "conf"
QUESTION = ("Is the dog facing left or right?", "Left", "Right")
SYSTEM = (
    "A chat between a curious human and an artificial intelligence assistant. The assistant gives"
    " helpful, detailed, and polite answers to the human's questions."
)
ENTRIES = ("llava15_7b", "llava15_13b", "instructblip_7b", "smolvlm", "qwen25_vl_7b", "minigpt4_7b")


@pytest.fixture(scope="module")
def study():
    """MMVP, asked of every contender that runs on this machine."""
    return compose(CONF, "mmvp", f"contender=[{','.join(ENTRIES)}]")


def ask(prompt, image=True, system=None):
    """The question in the words of a prompt, with a grey image."""
    data = io.BytesIO()
    Image.new("RGB", (28, 28), "grey").save(data, "PNG")
    given = {"image": data.getvalue, "image_sha256": "0"} if image else {}
    system = prompt.system if system is None else system
    return Ask("1", "ab", system, put(prompt, *QUESTION), prompt.decoding, **given)


def received(backend, asked):
    """What a back-end of transformers hands its model, images' many tokens written as one."""
    image = Image.new("RGB", (28, 28), "grey") if asked.image else None
    ids = backend.encode([Shown(asked, image)])["input_ids"][0]
    return re.sub(r"(<image>|<\|image_pad\|>)+", r"\1", backend.processor.decode(ids))


@pytest.fixture(scope="module")
def llava(tmp_path_factory, study):
    folder = tmp_path_factory.mktemp("llava")
    checkpoints.save_llava(folder)
    return load("llava15_7b", study.contender["llava15_7b"], folder)


def test_every_entry_names_its_source_licence_size_and_label(study):
    for name, entry in study.contender.items():
        assert isinstance(entry, LocalModel | MiniGpt4), name
        assert entry.source and entry.licence and entry.megabytes and entry.label, name


def test_the_official_prompt_in_llava_v1(llava, study):
    assert received(llava, ask(study.prompt["official"])) == (
        f"<s> {SYSTEM} USER: <image>\nIs the dog facing left or right? (a) Left (b) Right"
        " ASSISTANT:"
    )


def test_both_sizes_of_llava_are_asked_alike(study):
    small, large = study.contender["llava15_7b"], study.contender["llava15_13b"]
    assert small.chat_template == large.chat_template


def test_the_letter_prompt_in_llava_v1(llava, study):
    assert received(llava, ask(study.prompt["letter"])) == (
        f"<s> {SYSTEM} USER: <image>\nIs the dog facing left or right?\nA. Left\nB. Right\n"
        "Answer with the option's letter from the given choices directly. ASSISTANT:"
    )


def test_a_question_without_its_image_in_llava_v1(llava, study):
    assert received(llava, ask(study.prompt["official"], image=False)) == (
        f"<s> {SYSTEM} USER: Is the dog facing left or right? (a) Left (b) Right ASSISTANT:"
    )


def test_a_prompt_s_own_system_message_stands_in_place_of_llava_v1_s(llava, study):
    asked = ask(study.prompt["official"], image=False, system="Answer in one word.")
    assert received(llava, asked) == (
        "<s> Answer in one word. USER: Is the dog facing left or right? (a) Left (b) Right"
        " ASSISTANT:"
    )


def test_the_minigpt4_prompt_around_its_image(tmp_path, study):
    entry = study.contender["minigpt4_7b"]
    checkpoints.save_minigpt4(tmp_path, entry.projection)
    backend = load("minigpt4_7b", entry, tmp_path)
    segments = backend.segments(ask(study.prompt[entry.prompt]))
    assert [backend.tokenizer.decode(ids) for ids in segments] == [
        "<s> Give the following image: <Img>ImageContent</Img>. You will be able to see the image"
        " once I provide it to you. Please answer my questions.###Human: <Img>",
        "</Img> Please only choose an option to answer the question below without explanation:"
        " Is the dog facing left or right? (a) Left (b) Right###Assistant:",
    ]


def test_instructblip_and_its_q_former_read_the_official_prompt_alone(tmp_path, study):
    checkpoints.save_instructblip(tmp_path)
    entry = study.contender["instructblip_7b"]
    backend = load("instructblip_7b", entry, tmp_path)
    asked = ask(study.prompt["official"])
    assert received(backend, asked) == (
        "<image><s> Is the dog facing left or right? (a) Left (b) Right"
    )
    inputs = backend.encode([Shown(asked, Image.new("RGB", (28, 28)))])
    reader = backend.processor.qformer_tokenizer
    assert reader.decode(inputs["qformer_input_ids"][0]) == (
        "[CLS] is the dog facing left or right? ( a ) left ( b ) right [SEP]"
    )


def test_qwen_gets_the_official_prompt_in_its_own_template(tmp_path, study):
    checkpoints.save_qwen(tmp_path)
    backend = load("qwen25_vl_7b", study.contender["qwen25_vl_7b"], tmp_path)
    assert received(backend, ask(study.prompt["official"])) == (
        "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n"
        "<|vision_start|><|image_pad|><|vision_end|>Is the dog facing left or right? (a) Left (b)"
        " Right<|im_end|>\n<|im_start|>assistant\n"
    )


def test_smolvlm_s_template_begins_its_text_once(tmp_path, study):
    checkpoints.save_smolvlm(tmp_path)
    backend = load("smolvlm", study.contender["smolvlm"], tmp_path)
    said = received(backend, ask(study.prompt["letter"]))
    assert said.startswith("<|im_start|>User:<fake_token_around_image>")
    assert said.endswith("from the given choices directly.<end_of_utterance>\nAssistant:")
    assert said.count("<|im_start|>") == 1
