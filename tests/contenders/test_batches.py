"""An answer is the same whatever it is batched with, and the tests would notice if it weren't."""

import pytest
import torch

from clipblind.contenders.backends import load, local
from clipblind.ground.errors import UserError
from clipblind.study.settings.contenders import Decoding, LocalModel, MiniGpt4
from tests.contenders import checkpoints
from tests.contenders.asked import answers, asks

MAKERS = {
    "llava": checkpoints.save_llava,
    "instructblip": checkpoints.save_instructblip,
    "qwen": checkpoints.save_qwen,
    "smolvlm": checkpoints.save_smolvlm,
    "minigpt4": checkpoints.save_minigpt4,
}
SAMPLED = Decoding(temperature=1.0, top_p=0.9, max_new_tokens=12, seed=3)


@pytest.fixture(scope="module", params=MAKERS)
def made(request, tmp_path_factory):
    """The kind of a tiny model, its folder, and the model once it is loaded."""
    folder = tmp_path_factory.mktemp(request.param)
    MAKERS[request.param](folder)
    return request.param, folder, {}


def backend(made, batch, anew=False):
    """A back-end of the same model each time, unless it is to be loaded anew."""
    kind, folder, kept = made
    found = _load(kind, folder, batch)
    if anew:
        return found
    found.__dict__["model"] = kept.setdefault("model", found.model)
    return found


def _load(kind, folder, batch):
    entry = {"source": "nobody/nothing", "batch": batch}
    if kind == "minigpt4":
        names = {"language_model": "nobody/vicuna", "projection": "pretrained_minigpt4_7b.pth"}
        return load(kind, MiniGpt4(kind="minigpt4", **entry, **names), folder)
    return load(kind, LocalModel(kind="transformers", **entry), folder)


@pytest.fixture(scope="module")
def alone(made):
    """Every answer, asked one by one."""
    return answers(backend(made, 1), asks())


def test_batches_of_2_and_7_answer_as_one_by_one(made, alone):
    for batch in (2, 7):
        assert answers(backend(made, batch), asks()) == alone


def test_answers_differ_between_images_and_between_questions(alone):
    assert len(set(alone.values())) >= 6
    for question in {name.split("/")[1] for name in alone}:
        same = {text for name, text in alone.items() if name.endswith(question)}
        assert len(same) > 1, question


def test_padding_on_the_right_would_show(made, alone, monkeypatch):
    wrong = backend(made, 7)
    if made[0] == "minigpt4":
        embed = wrong.model.embed

        def on_the_right(parts, pixels):
            rows, masks = embed(parts, pixels)
            moved = [(-int(mask.sum()), row, mask) for row, mask in zip(rows, masks, strict=True)]
            turned = [torch.roll(row, shift, 0) for shift, row, _ in moved]
            return torch.stack(turned), torch.stack([torch.roll(m, s, 0) for s, _, m in moved])

        monkeypatch.setattr(wrong.model, "embed", on_the_right)
    else:
        wrong.processor.tokenizer.padding_side = "right"
    assert answers(wrong, asks()) != alone


def test_padding_that_is_not_masked_would_show(made, alone, monkeypatch):
    wrong = backend(made, 7)
    if made[0] == "minigpt4":
        embed = wrong.model.embed

        def unmasked(parts, pixels):
            rows, mask = embed(parts, pixels)
            return rows, torch.ones_like(mask)

        monkeypatch.setattr(wrong.model, "embed", unmasked)
    else:
        encode = wrong.encode

        def unmasked(shown):
            inputs = encode(shown)
            inputs["attention_mask"] = torch.ones_like(inputs["attention_mask"])
            return inputs

        wrong.encode = unmasked
    assert answers(wrong, asks()) != alone


def test_a_sampled_answer_depends_on_neither_batch_nor_order(made):
    once = answers(backend(made, 7, anew=True), asks(SAMPLED))
    assert answers(backend(made, 2, anew=True), asks(SAMPLED)[::-1]) == once
    other = answers(backend(made, 7), asks(SAMPLED.model_copy(update={"seed": 4})))
    assert all(other[name] != once[name] for name in once)


def test_asks_without_images_are_answered_in_any_batch(made, alone):
    blind = answers(backend(made, 1), asks(image=False))
    assert answers(backend(made, 7), asks(image=False)) == blind
    assert all(alone[name] != text for name, text in blind.items())


def test_images_and_texts_alone_may_be_mixed(made, alone):
    mixed = [*asks(), *asks(image=False)]
    replies = list(backend(made, 7).answer(mixed))
    assert len(replies) == len(mixed)
    assert {ask.question_id: r.text for ask, r in replies if ask.image} == alone


def test_a_batch_that_fits_no_memory_is_halved_until_it_does(made, alone, monkeypatch):
    tight = backend(made, 7)
    model = tight.model.language if made[0] == "minigpt4" else tight.model
    generate, tried = model.generate, []

    def full(**inputs):
        tried.append(len(inputs["attention_mask"]))
        if tried[-1] > 2:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB.")
        return generate(**inputs)

    monkeypatch.setattr(model, "generate", full)
    assert answers(tight, asks()) == alone
    assert tried == [7, 3, 1, 1, 1, 1, 1, 1, 1]


def test_a_question_that_fits_no_memory_is_said_in_one_sentence(made, monkeypatch):
    tight = backend(made, 2)
    model = tight.model.language if made[0] == "minigpt4" else tight.model

    def full(**_):
        raise torch.OutOfMemoryError("CUDA out of memory.")

    monkeypatch.setattr(model, "generate", full)
    with pytest.raises(UserError, match="memory of the cpu doesn't do for one question"):
        answers(tight, asks())


def test_another_error_of_the_model_is_not_taken_for_want_of_memory(made, monkeypatch):
    broken = backend(made, 2)
    model = broken.model.language if made[0] == "minigpt4" else broken.model

    def fail(**_):
        raise RuntimeError("shapes differ")

    monkeypatch.setattr(model, "generate", fail)
    with pytest.raises(RuntimeError, match="shapes differ"):
        answers(broken, asks())


def test_tokens_are_counted_without_padding(made):
    ones = {ask.question_id: reply for ask, reply in backend(made, 1).answer(asks())}
    for ask, reply in backend(made, 7).answer(asks()):
        assert reply.tokens_in == ones[ask.question_id].tokens_in
        assert reply.tokens_out == ones[ask.question_id].tokens_out
        assert 0 < reply.tokens_out <= 12


def test_a_model_s_own_habits_of_generating_change_no_answer(made, alone):
    kind, folder, _ = made
    place = folder / "language_model" if kind == "minigpt4" else folder
    settings = place / "generation_config.json"
    before = settings.read_text()
    added = '{"repetition_penalty": 5.0, "num_beams": 3, "do_sample": true, "temperature": 0.01,'
    settings.write_text(before.replace("{", added, 1))
    try:
        habitual = backend(made, 7, anew=True)
        assert answers(habitual, asks()) == alone
    finally:
        settings.write_text(before)


def test_nothing_is_asked_of_the_network(made, alone, monkeypatch):
    from huggingface_hub import constants

    seen = []
    read = local.read_images
    monkeypatch.setattr(
        local,
        "read_images",
        lambda folder: (seen.append(constants.HF_HUB_OFFLINE), read(folder))[1],
    )
    assert answers(backend(made, 7, anew=True), asks()) == alone
    assert seen == [True]
