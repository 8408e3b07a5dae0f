"""Mixtures of features: what the formulas say, and questions that are each asked alone."""

import pytest
import torch
from transformers import GenerationConfig

from clipblind.mof.model import MofConfig, MofForConditionalGeneration

TEXT = {
    "model_type": "llama",
    "vocab_size": 30,
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "max_position_embeddings": 64,
}


def _model(mixture="none", towers=1, **changes):
    torch.manual_seed(0)
    config = MofConfig(
        text_config=TEXT,
        towers=["clip", "dino"][:towers],
        tower_widths=[8] * towers,
        mixture=mixture,
        adapter_width=12,
        **changes,
    )
    return _ending(MofForConditionalGeneration(config).eval())


def _text(model_type):
    """A tiny language model of a type."""
    if model_type == "gpt2":
        return {"model_type": "gpt2", "vocab_size": 30, "n_embd": 16, "n_layer": 1, "n_head": 2}
    more = {"word_embed_proj_dim": 16, "ffn_dim": 32} if model_type == "opt" else {}
    return TEXT | {"model_type": model_type} | more


def _ending(model):
    """A model whose answers end at the last word of its vocabulary."""
    model.language_model.generation_config = GenerationConfig(eos_token_id=29, pad_token_id=29)
    return model


def _tokens(seed=0):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(2, 4, 8, generator=generator) for _ in range(2)]


def test_additive_mixing_is_linear_before_one_adapter():
    model, (clip, dino) = _model("additive", 2, reference_share=0.25), _tokens()
    assert len(model.adapters) == 1
    expected = model.adapters[0](0.75 * clip + 0.25 * dino)
    assert torch.allclose(model.image_embeds([clip, dino]), expected)


@pytest.mark.parametrize(("share", "tower"), [(0.0, 0), (1.0, 1)])
def test_a_share_of_nothing_or_all_is_the_single_tower(share, tower):
    model, tokens = _model("additive", 2, reference_share=share), _tokens()
    assert torch.allclose(model.image_embeds(tokens), model.adapters[0](tokens[tower]))


@pytest.mark.parametrize("standardise", [False, True])
@pytest.mark.parametrize(("share", "tower"), [(0.0, 0), (1.0, 1)])
def test_such_a_mixture_gives_what_a_model_of_that_tower_alone_gives(share, tower, standardise):
    tokens = [10 + 3 * t for t in _tokens()]
    mixed = _model("additive", 2, reference_share=share, standardise=standardise)
    alone = _model(standardise=standardise)
    alone.adapters.load_state_dict(mixed.adapters.state_dict())
    mixed.measure(tokens)
    alone.measure([tokens[tower]])
    found = mixed.image_embeds(tokens)
    assert torch.allclose(found, alone.image_embeds([tokens[tower]]), rtol=1e-4, atol=1e-7)
    alone.measure([tokens[1 - tower]])
    assert not torch.allclose(found, alone.image_embeds([tokens[1 - tower]]), rtol=0.1, atol=1e-4)


def test_interleaving_alternates_the_towers_in_patch_order():
    model, (clip, dino) = _model("interleaved", 2), _tokens()
    mixed = model.image_embeds([clip, dino])
    assert mixed.shape == (2, 8, 16)
    assert torch.allclose(mixed[:, 0::2], model.adapters[0](clip))
    assert torch.allclose(mixed[:, 1::2], model.adapters[1](dino))


def test_standardised_features_have_mean_nought_and_variance_one():
    model, tokens = _model("additive", 2, standardise=True), [10 + 3 * t for t in _tokens()]
    model.measure(tokens)
    seen = []
    model.adapters[0].register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    model.config.reference_share = 0.0
    model.image_embeds(tokens)
    assert torch.allclose(seen[0].mean((0, 1)), torch.zeros(8), atol=1e-5)
    assert torch.allclose(seen[0].std((0, 1)), torch.ones(8), atol=1e-4)


def test_features_are_left_alone_where_standardising_is_off():
    model, tokens = _model(standardise=False), _tokens()[:1]
    model.measure(tokens)
    assert torch.equal(model.image_embeds(tokens), model.adapters[0](tokens[0]))


@pytest.mark.parametrize(("mixture", "towers"), [("none", 1), ("additive", 2), ("interleaved", 2)])
def test_a_saved_model_answers_the_same_when_loaded(tmp_path, mixture, towers):
    model, tokens = _model(mixture, towers), _tokens()[:towers]
    model.measure(tokens)
    model.save_pretrained(tmp_path)
    again = MofForConditionalGeneration.from_pretrained(tmp_path).eval()
    ids = torch.tensor([[2, 5, 7], [2, 6, 8]])
    assert torch.equal(model(ids, tokens), again(ids, tokens))


@pytest.mark.parametrize("model_type", ["llama", "qwen2", "mistral", "gpt2", "gpt_neox", "opt"])
def test_any_causal_language_model_of_transformers_will_do(model_type):
    torch.manual_seed(0)
    config = MofConfig(text_config=_text(model_type), towers=["clip"], tower_widths=[8])
    model = MofForConditionalGeneration(config).eval()
    tokens, ids = [_tokens()[0][:1]], torch.tensor([[2, 5]])
    assert model(ids, tokens).shape == (1, 2, 30)
    answered = _ending(model).answer(ids, tokens, max_new_tokens=3, do_sample=False)
    assert answered.shape[1] <= 3


@pytest.mark.parametrize("model_type", ["llama", "qwen2", "mistral", "gpt2", "gpt_neox", "opt"])
@pytest.mark.parametrize("towers", [0, 2])
def test_packed_questions_are_answered_as_if_each_were_alone(model_type, towers):
    torch.manual_seed(0)
    mixture = "interleaved" if towers else "none"
    config = MofConfig(
        text_config=_text(model_type),
        towers=["clip", "dino"][:towers],
        tower_widths=[8] * towers,
        mixture=mixture,
    )
    model, tokens = MofForConditionalGeneration(config).eval(), _tokens()[:towers]
    questions = [[[2, 5, 7, 9], [2, 6], [2, 8, 8]], [[2, 4], [2, 9, 9, 3], [2, 5, 1, 1]]]
    packed = torch.tensor([[q + [0] * (5 - len(q)) for q in about] for about in questions])
    with torch.no_grad():
        together = model(packed, tokens)
        for image, about in enumerate(questions):
            own = [tower[image : image + 1] for tower in tokens]
            for number, question in enumerate(about):
                alone = model(torch.tensor([question]), own)[0]
                assert torch.allclose(together[image, number, : len(question)], alone, atol=1e-5)


def test_keys_shared_by_queries_change_nothing_of_that():
    torch.manual_seed(0)
    text = TEXT | {"num_key_value_heads": 1}
    config = MofConfig(text_config=text, towers=["clip"], tower_widths=[8])
    model, tokens = MofForConditionalGeneration(config).eval(), _tokens()[:1]
    ids = torch.tensor([[[2, 5, 7], [2, 6, 8]], [[2, 4, 1], [2, 9, 3]]])
    with torch.no_grad():
        together = model(ids, tokens)
        assert torch.allclose(together[:, 1], model(ids[:, 1], tokens), atol=1e-5)


def test_greedy_answers_follow_the_largest_logit():
    model, tokens = _model(), [_tokens()[0][:1]]
    ids = torch.tensor([[2, 5, 7]])
    answered = model.answer(ids, tokens, max_new_tokens=4, do_sample=False)[0].tolist()
    for token in answered:
        with torch.no_grad():
            assert model(ids, tokens)[0, -1].argmax().item() == token
        ids = torch.cat([ids, torch.tensor([[token]])], dim=1)


def test_a_batch_answers_as_its_members_do_alone():
    model, tokens = _model("additive", 2), _tokens()
    ids = torch.tensor([[2, 5, 7], [2, 6, 8]])
    together = model.answer(ids, tokens, max_new_tokens=3, do_sample=False)
    for row in range(2):
        one = [tower[row : row + 1] for tower in tokens]
        alone = model.answer(ids[row : row + 1], one, max_new_tokens=3, do_sample=False)[0].tolist()
        assert together[row].tolist()[: len(alone)] == alone


def test_positions_that_nothing_reads_change_neither_logits_nor_gradients():
    model, tokens = _model("interleaved", 2), _tokens()
    ids = torch.tensor([[2, 5, 7, 9], [2, 6, 8, 4]])
    wanted = torch.tensor([[False, False, True, True], [False, True, False, False]])
    found = []
    for asked in (None, wanted):
        model.zero_grad()
        logits = model(ids, tokens, wanted=asked)[wanted]
        logits.pow(3).sum().backward()
        found.append([logits, *(weight.grad for weight in model.parameters())])
    assert all(torch.allclose(one, other, atol=1e-6) for one, other in zip(*found, strict=True))
