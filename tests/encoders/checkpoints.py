"""Tiny random checkpoints, saved in the real formats of three libraries, and their keys' names."""

import json
import socket

import open_clip
import timm
import torch
import transformers
from open_clip.tokenizer import SimpleTokenizer
from safetensors.torch import save_file
from timm.models import save_for_hf
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from torch import nn

from clipblind.study.settings.encoder import Encoder

OPENAI = {
    "mean": [0.48145466, 0.4578275, 0.40821073],
    "std": [0.26862954, 0.26130258, 0.27577711],
}
TEXT = {"context_length": 77, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 2}
WORDS = ["<pad>", "</s>", "<unk>", "a", "photo", "of", "cat", "dog", "red"]


def entry(loader, **given):
    """A configuration whose hub id is nowhere on this machine."""
    return Encoder(loader=loader, **{"source": "nobody/nothing", **given})


def refuse_network(monkeypatch):
    """Any attempt to reach another machine fails the test, whoever would catch its error."""

    def refuse(*_args, **_kwargs):
        raise AssertionError("loading asked the network")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)


def randomise(model):
    """Weights large enough that every layer shows in the output, none of them zero or one."""
    torch.manual_seed(0)
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.2)
    return model.eval()


def save_open_clip(folder, *, quick_gelu=True, image_size=32, name="open_clip_model.safetensors"):
    """OpenAI's architecture, as its hub repositories hold it."""
    vision = {
        "image_size": image_size,
        "layers": 2,
        "width": 32,
        "head_width": 16,
        "patch_size": 16,
    }
    config = {"embed_dim": 8, "quick_gelu": quick_gelu, "vision_cfg": vision, "text_cfg": TEXT}
    return _save_open_clip(folder, config, OPENAI, name)


def save_open_clip_siglip(folder):
    """A trunk of timm with attention pooling, a text tower of words from `tokenizer.json`."""
    text = {
        **{"context_length": 8, "vocab_size": len(WORDS), "width": 16, "heads": 2, "layers": 1},
        "hf_tokenizer_name": "nobody/nothing",
        "tokenizer_kwargs": {"clean": "canonicalize"},
        **{"no_causal_mask": True, "proj_bias": True, "pool_type": "last"},
    }
    vision = {
        "image_size": 160,
        "timm_model_name": "test_vit",
        "timm_model_pretrained": False,
        "timm_pool": "map",
        "timm_proj": "none",
    }
    config = {"embed_dim": 64, "custom_text": True, "vision_cfg": vision, "text_cfg": text}
    save_words(folder)
    squash = {"mean": [0.5] * 3, "std": [0.5] * 3, "resize_mode": "squash"}
    return _save_open_clip(folder, {**config, "init_logit_bias": -10}, squash)


def _save_open_clip(folder, config, preprocess, name="open_clip_model.safetensors"):
    folder.mkdir(exist_ok=True)
    whole = {"model_cfg": config, "preprocess_cfg": preprocess}
    (folder / "open_clip_config.json").write_text(json.dumps(whole))
    model = randomise(open_clip.create_model(f"local-dir:{folder}", load_weights=False))
    if name.endswith(".safetensors"):
        save_file(model.state_dict(), folder / name)
    else:
        torch.save(model.state_dict(), folder / name)
    return model


def save_words(folder):
    """T5's kind of tokenizer, as SigLIP's repositories hold it; pads with 0, ends with 1.

    `tokenizer.json` says that texts are lower-cased, which only a reader of that file knows.
    """
    folder.mkdir(exist_ok=True)
    vocabulary = [(word if word[0] == "<" else f"▁{word}", -3.0) for word in WORDS]
    tokenizer = Tokenizer(models.Unigram(vocabulary, 2, False))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing("$0 </s>", None, [("</s>", 1)])
    tokenizer.save(str(folder / "tokenizer.json"))
    special = {"pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}
    config = {"tokenizer_class": "T5TokenizerFast", "extra_ids": 0, **special}
    (folder / "tokenizer_config.json").write_text(json.dumps(config))


def save_gemma(folder, model_type="siglip", tokenizer_class="GemmaTokenizer"):
    """Gemma's tokenizer as SigLIP 2's repositories hold it: nothing in its files lower-cases.

    What does is the library's own class, `Siglip2Tokenizer`, in Python.
    """
    folder.mkdir(exist_ok=True)
    words = ("▁cat", "▁Cat", "▁red", "dog", "DOG", "photo")
    signs = sorted({*"".join(words), *"aA of.ÄäéÉ"} - {" "})
    bytes_ = [f"<0x{byte:02X}>" for byte in range(256)]
    merges = [(word[:at], word[at]) for word in words for at in range(1, len(word))]
    joined = ["".join(merge) for merge in merges]
    special = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"]
    pieces = dict.fromkeys([*special, *bytes_, *signs, *joined])
    tokenizer = transformers.GemmaTokenizer(
        vocab={piece: number for number, piece in enumerate(pieces)}, merges=merges
    )
    tokenizer.save_pretrained(folder)
    path = folder / "tokenizer_config.json"
    said = json.loads(path.read_text())
    path.write_text(json.dumps({**said, "tokenizer_class": tokenizer_class}))
    (folder / "config.json").write_text(json.dumps({"model_type": model_type}))


def save_clip(folder, state=None):
    """`CLIPModel` with processor and OpenAI's own vocabulary; `state` replaces its weights."""
    tower = {"num_hidden_layers": 2, "num_attention_heads": 2, "hidden_act": "quick_gelu"}
    text = {"hidden_size": 16, "intermediate_size": 64, "vocab_size": 49408, "projection_dim": 8}
    vision = {"hidden_size": 32, "intermediate_size": 128, "image_size": 32, "patch_size": 16}
    config = transformers.CLIPConfig(
        projection_dim=8,
        text_config={**tower, **text, "bos_token_id": 49406, "eos_token_id": 49407},
        vision_config={**tower, **vision},
    )
    model = randomise(transformers.CLIPModel(config))
    if state is not None:
        model.load_state_dict(state)
    model.save_pretrained(folder)
    size = {"size": {"shortest_edge": 32}, "crop_size": {"height": 32, "width": 32}}
    transformers.CLIPImageProcessor(**size).save_pretrained(folder)
    simple = SimpleTokenizer()
    merges = sorted(simple.bpe_ranks, key=simple.bpe_ranks.get)
    lines = ["#version: 0.2", *(" ".join(merge) for merge in merges)]
    (folder / "merges.txt").write_text("\n".join(lines), encoding="utf-8")
    named = {"<start_of_text>": "<|startoftext|>", "<end_of_text>": "<|endoftext|>"}
    vocabulary = {named.get(word, word): i for word, i in simple.encoder.items()}
    (folder / "vocab.json").write_text(json.dumps(vocabulary), encoding="utf-8")
    tokenizer = {"tokenizer_class": "CLIPTokenizer", "pad_token": "<|endoftext|>"}
    (folder / "tokenizer_config.json").write_text(json.dumps(tokenizer))
    return model


def save_siglip(folder):
    """`SiglipModel`, whose pooling layer is attention and whose texts are all padded."""
    tower = {"num_hidden_layers": 2, "num_attention_heads": 2}
    text = {"hidden_size": 32, "intermediate_size": 64, "vocab_size": len(WORDS)}
    vision = {"hidden_size": 32, "intermediate_size": 64, "image_size": 32, "patch_size": 16}
    config = transformers.SiglipConfig(
        text_config={**tower, **text, "max_position_embeddings": 8},
        vision_config={**tower, **vision},
    )
    model = randomise(transformers.SiglipModel(config))
    model.save_pretrained(folder)
    size = {"height": 32, "width": 32}
    transformers.SiglipImageProcessor(size=size).save_pretrained(folder)
    save_words(folder)
    return model


def vision_model(kind, image_size=28):
    """A random vision model of transformers; registers where its kind has some."""
    shape = {
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 64,
        "image_size": image_size,
        "patch_size": 14,
    }
    registers = {"num_register_tokens": 3}
    made = {
        "dinov2": lambda: transformers.Dinov2Model(transformers.Dinov2Config(**shape)),
        "dinov2_with_registers": lambda: transformers.Dinov2WithRegistersModel(
            transformers.Dinov2WithRegistersConfig(**shape, **registers)
        ),
        "dinov3_vit": lambda: transformers.DINOv3ViTModel(
            transformers.DINOv3ViTConfig(**shape, **registers)
        ),
        "vit": lambda: transformers.ViTModel(
            transformers.ViTConfig(**shape), add_pooling_layer=False
        ),
        "vit_mae": lambda: transformers.ViTMAEModel(transformers.ViTMAEConfig(**shape)),
    }
    return randomise(made[kind]())


def whole_model(kind):
    """The same with what its published checkpoints hold besides: a pooler, or MAE's decoder."""
    config = vision_model(kind).config
    if kind == "vit":
        return randomise(transformers.ViTModel(config))
    config.decoder_hidden_size = config.decoder_intermediate_size = 16
    config.decoder_num_hidden_layers, config.decoder_num_attention_heads = 1, 2
    return randomise(transformers.ViTMAEForPreTraining(config))


def save_vision(folder, model, image_size=28):
    """A vision model with the processor of its kind."""
    model.save_pretrained(folder)
    side = {"height": image_size, "width": image_size}
    if model.config.model_type.startswith("dinov2"):
        edge = {"size": {"shortest_edge": image_size + 4}, "crop_size": side}
        processor = transformers.BitImageProcessor(**edge)
    elif model.config.model_type == "dinov3_vit":
        processor = transformers.DINOv3ViTImageProcessor(size=side)
    else:
        processor = transformers.ViTImageProcessor(size=side)
    processor.save_pretrained(folder)


TIMM = {"depth": 2, "embed_dim": 32, "num_heads": 2}


def timm_model(name="vit_small_patch14_dinov2", image_size=28, **extra):
    """A random vision transformer of timm."""
    return randomise(timm.create_model(name, img_size=image_size, **TIMM, **extra))


def save_timm(folder, model, image_size=28, **extra):
    """A folder as timm's hub repositories are; `model_args` say what is tiny about it."""
    save_for_hf(
        model,
        str(folder),
        model_args={**TIMM, "img_size": image_size, **extra},
        safe_serialization=True,
    )


def clip_from_open_clip(state):
    """The weights of open_clip's CLIP under the names of `CLIPModel`."""
    found = {"logit_scale": state["logit_scale"]}
    for old, new in {
        "token_embedding": "text_model.embeddings.token_embedding",
        "ln_final": "text_model.final_layer_norm",
        "visual.conv1": "vision_model.embeddings.patch_embedding",
        "visual.ln_pre": "vision_model.pre_layrnorm",
        "visual.ln_post": "vision_model.post_layernorm",
    }.items():
        for kind in ("weight", "bias"):
            if f"{old}.{kind}" in state:
                found[f"{new}.{kind}"] = state[f"{old}.{kind}"]
    embeddings = "vision_model.embeddings"
    found[f"{embeddings}.class_embedding"] = state["visual.class_embedding"]
    found[f"{embeddings}.position_embedding.weight"] = state["visual.positional_embedding"]
    found["text_model.embeddings.position_embedding.weight"] = state["positional_embedding"]
    found["visual_projection.weight"] = state["visual.proj"].T
    found["text_projection.weight"] = state["text_projection"].T
    parts = {
        "attn.out_proj": "self_attn.out_proj",
        "ln_1": "layer_norm1",
        "ln_2": "layer_norm2",
        "mlp.c_fc": "mlp.fc1",
        "mlp.c_proj": "mlp.fc2",
    }
    for tower, start in (("vision_model", "visual.transformer"), ("text_model", "transformer")):
        for i in range(2):
            old, new = f"{start}.resblocks.{i}", f"{tower}.encoder.layers.{i}"
            for kind in ("weight", "bias"):
                joined = state[f"{old}.attn.in_proj_{kind}"].chunk(3)
                for part, values in zip("qkv", joined, strict=True):
                    found[f"{new}.self_attn.{part}_proj.{kind}"] = values
                for was, becomes in parts.items():
                    found[f"{new}.{becomes}.{kind}"] = state[f"{old}.{was}.{kind}"]
    return {key: value.contiguous() for key, value in found.items()}


def timm_from_dinov2(state):
    """The weights of `Dinov2Model` under timm's names."""
    found = {}
    for old, new in {
        "embeddings.cls_token": "cls_token",
        "embeddings.position_embeddings": "pos_embed",
        "embeddings.patch_embeddings.projection.weight": "patch_embed.proj.weight",
        "embeddings.patch_embeddings.projection.bias": "patch_embed.proj.bias",
        "layernorm.weight": "norm.weight",
        "layernorm.bias": "norm.bias",
    }.items():
        found[new] = state[old]
    for i in range(2):
        old, new = f"encoder.layer.{i}", f"blocks.{i}"
        for kind in ("weight", "bias"):
            split = [state[f"{old}.attention.{part}_proj.{kind}"] for part in "qkv"]
            found[f"{new}.attn.qkv.{kind}"] = torch.cat(split)
            found[f"{new}.attn.proj.{kind}"] = state[f"{old}.attention.o_proj.{kind}"]
            for part in ("norm1", "norm2", "mlp.fc1", "mlp.fc2"):
                found[f"{new}.{part}.{kind}"] = state[f"{old}.{part}.{kind}"]
        for part in ("1", "2"):
            found[f"{new}.ls{part}.gamma"] = state[f"{old}.layer_scale{part}.lambda1"]
    return found
