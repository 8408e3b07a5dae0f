"""Tiny random multimodal models with their real processors, saved in the real formats.

Each maker fills a folder as the model's hub repository is laid out, and returns the model.
"""

import json
import re

import clipblind.models.torchvision  # noqa: F401  # isort: skip
import sentencepiece
import tokenizers
import torch
import transformers
from tokenizers import pre_tokenizers, trainers
from torch import nn

torch.set_num_threads(1)  # as every job has; more only get into each other's way here

WORDS = (
    "Is the dog facing left or right? Are there any flowers in this picture? How many drinks are on"
    " the table? (a) Left (b) Right (a) Yes (b) No (a) One (b) Two A chat between a curious human"
    " and an artificial intelligence assistant. USER: ASSISTANT: Human: ###Assistant: Answer with"
    " the option's letter from the given choices directly. Give the following image: The"
    " butterfly's wings are open, the door is closed. Please only choose an option to answer."
)
LLAMA = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2}
HEADS = {"num_attention_heads": 4, "num_key_value_heads": 2}
BLIP_VISION = {"num_attention_heads": 2, "image_size": 28, "patch_size": 14}
QFORMER = {
    **{"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2},
    **{"intermediate_size": 64, "encoder_hidden_size": 32},
}
VISION = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2}

# as llava-hf's repositories have it: no system message, the image before the words
LLAVA_TEMPLATE = (
    "{% for message in messages %}"
    "{% if message['role'] != 'system' %}{{ message['role'].upper() + ': ' }}{% endif %}"
    "{% for part in message['content'] if part['type'] == 'image' %}{{ '<image>\n' }}{% endfor %}"
    "{% for part in message['content'] if part['type'] == 'text' %}"
    "{{ part['text'] + ' ' }}{% endfor %}"
    "{% endfor %}{% if add_generation_prompt %}{{ 'ASSISTANT:' }}{% endif %}"
)

# ChatML, as Qwen's repositories have it: a system message of its own where none is given
QWEN_TEMPLATE = (
    "{% for message in messages %}"
    "{% if loop.first and message['role'] != 'system' %}"
    "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n{% endif %}"
    "<|im_start|>{{ message['role'] }}\n"
    "{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<|vision_start|><|image_pad|><|vision_end|>"
    "{% else %}{{ part['text'] }}{% endif %}{% endfor %}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
# as SmolVLM's: it begins with the token that begins every text
SMOLVLM_TEMPLATE = (
    "<|im_start|>{% for message in messages %}{{ message['role'] | capitalize }}"
    "{% if message['content'][0]['type'] == 'image' %}:{% else %}: {% endif %}"
    "{% for part in message['content'] %}"
    "{% if part['type'] == 'text' %}{{ part['text'] }}{% else %}<image>{% endif %}{% endfor %}"
    "<end_of_utterance>\n{% endfor %}{% if add_generation_prompt %}Assistant:{% endif %}"
)


def save_llava(folder):
    """`LlavaForConditionalGeneration` with CLIP's tower and a Llama, as LLaVA-1.5 is."""
    tokenizer = llama_tokenizer(extra=("<image>", "<pad>"))
    image_token = tokenizer.convert_tokens_to_ids("<image>")
    vision = transformers.CLIPVisionConfig(
        **VISION, num_attention_heads=2, image_size=28, patch_size=14, projection_dim=16
    )
    config = transformers.LlavaConfig(
        vision_config=vision,
        text_config=llama_config(tokenizer),
        image_token_index=image_token,
        pad_token_id=tokenizer.pad_token_id,
        image_seq_length=4,
    )
    model = randomise(transformers.LlavaForConditionalGeneration(config), tokenizer)
    side = {"height": 28, "width": 28}
    processor = transformers.LlavaProcessor(
        transformers.CLIPImageProcessor(size={"shortest_edge": 28}, crop_size=side),
        tokenizer,
        patch_size=14,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=LLAVA_TEMPLATE,
    )
    return _save(folder, model, processor)


def save_instructblip(folder):
    """`InstructBlipForConditionalGeneration` with a Llama; its Q-Former reads the question, too."""
    tokenizer = llama_tokenizer(extra=("<image>", "<pad>"))
    reader = _wordpieces()
    config = transformers.InstructBlipConfig(
        vision_config=transformers.InstructBlipVisionConfig(**VISION, **BLIP_VISION).to_dict(),
        qformer_config=transformers.InstructBlipQFormerConfig(
            **QFORMER, vocab_size=len(reader)
        ).to_dict(),
        text_config=llama_config(tokenizer).to_dict(),
        num_query_tokens=3,
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
    )
    model = randomise(transformers.InstructBlipForConditionalGeneration(config), tokenizer)
    processor = transformers.InstructBlipProcessor(
        _blip_images(), tokenizer, reader, num_query_tokens=3
    )
    return _save(folder, model, processor)


def save_qwen(folder):
    """`Qwen2_5_VLForConditionalGeneration`, whose images give tokens by their size."""
    tokenizer = qwen_tokenizer()
    ids = tokenizer.convert_tokens_to_ids
    config = transformers.Qwen2_5_VLConfig(
        vision_config={
            **{"depth": 2, "hidden_size": 32, "intermediate_size": 64, "num_heads": 2},
            **{"out_hidden_size": 32, "patch_size": 14, "window_size": 56},
            "fullatt_block_indexes": [1],
        },
        text_config={
            **LLAMA,
            **HEADS,
            "vocab_size": len(tokenizer),
            "max_position_embeddings": 512,
            "rope_parameters": {"rope_type": "default", "mrope_section": [2, 1, 1]},
            "bos_token_id": ids("<|endoftext|>"),
            "eos_token_id": ids("<|im_end|>"),
            "pad_token_id": tokenizer.pad_token_id,
        },
        image_token_id=ids("<|image_pad|>"),
        video_token_id=ids("<|video_pad|>"),
        vision_start_token_id=ids("<|vision_start|>"),
        vision_end_token_id=ids("<|vision_end|>"),
    )
    model = randomise(transformers.Qwen2_5_VLForConditionalGeneration(config), tokenizer, 1)
    sizes = {"min_pixels": 28 * 28 * 2, "max_pixels": 28 * 28 * 9}
    processor = transformers.Qwen2_5_VLProcessor(
        transformers.Qwen2VLImageProcessor(**sizes),
        tokenizer,
        transformers.Qwen2VLVideoProcessor(**sizes),
        chat_template=QWEN_TEMPLATE,
    )
    return _save(folder, model, processor)


def save_smolvlm(folder):
    """`Idefics3ForConditionalGeneration`, which is what SmolVLM is; it cuts images into tiles."""
    cells = [f"<row_{row}_col_{column}>" for row in range(1, 7) for column in range(1, 7)]
    named = ["<fake_token_around_image>", "<image>", "<end_of_utterance>", "<global-img>"]
    tokenizer = _byte_tokenizer(
        ["<|endoftext|>", "<|im_start|>", "<|im_end|>", *named, *cells],
        **{"bos_token": "<|im_start|>", "eos_token": "<end_of_utterance>"},
        **{"pad_token": "<|im_end|>", "unk_token": "<|endoftext|>"},
    )
    image_token = tokenizer.convert_tokens_to_ids("<image>")
    config = transformers.Idefics3Config(
        vision_config={**VISION, "num_attention_heads": 2, "image_size": 28, "patch_size": 7},
        text_config=llama_config(tokenizer).to_dict(),
        scale_factor=2,
        image_token_id=image_token,
        pad_token_id=tokenizer.pad_token_id,
    )
    model = randomise(transformers.Idefics3ForConditionalGeneration(config), tokenizer)
    images = transformers.Idefics3ImageProcessor(
        size={"longest_edge": 56}, max_image_size={"longest_edge": 28}
    )
    processor = transformers.Idefics3Processor(
        images, tokenizer, image_seq_len=4, chat_template=SMOLVLM_TEMPLATE
    )
    return _save(folder, model, processor)


def save_blip2(folder):
    """`Blip2ForConditionalGeneration` with a T5, whose tower and Q-Former MiniGPT-4 takes."""
    text = transformers.T5Config(
        **{"vocab_size": 64, "d_model": 16, "d_kv": 8, "d_ff": 32, "num_layers": 1, "num_heads": 2},
        decoder_start_token_id=0,
    )
    config = transformers.Blip2Config(
        vision_config=transformers.Blip2VisionConfig(**VISION, **BLIP_VISION).to_dict(),
        qformer_config=transformers.Blip2QFormerConfig(**QFORMER, vocab_size=8).to_dict(),
        text_config=text.to_dict(),
        num_query_tokens=3,
    )
    model = randomise(transformers.Blip2ForConditionalGeneration(config))
    model.save_pretrained(folder)
    _blip_images().save_pretrained(folder)
    return model


def save_minigpt4(folder, projection="pretrained_minigpt4_7b.pth"):
    """BLIP-2, a Llama, and a projection as MiniGPT-4's own training saves it."""
    blip2 = save_blip2(folder / "blip2")
    language = save_llama(folder / "language_model")
    torch.manual_seed(1)
    linear = nn.Linear(blip2.config.qformer_config.hidden_size, language.config.hidden_size)
    nn.init.normal_(linear.weight, std=0.3)
    kept = {f"llama_proj.{name}": value.detach() for name, value in linear.named_parameters()}
    config = {"model": {"arch": "mini_gpt4"}, "run": {"max_epoch": 5}}
    torch.save({"model": kept, "config": config, "epoch": 4}, folder / projection)
    return blip2, linear, language


def save_llama(folder):
    """`LlamaForCausalLM` with its tokenizer: a model of words alone."""
    tokenizer = llama_tokenizer()
    model = randomise(transformers.LlamaForCausalLM(llama_config(tokenizer)), tokenizer)
    return _save(folder, model, tokenizer)


def llama_tokenizer(extra=()):
    """Llama's kind of tokenizer, with a vocabulary trained on a few sentences."""
    names = ["<unk>", "<s>", "</s>"]
    trained = _trained(
        names + [f"<0x{byte:02X}>" for byte in range(256)],
        pre_tokenizers.Metaspace(prepend_scheme="first", split=False),
        tokenizers.models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True),
    )
    made = transformers.LlamaTokenizer(*trained, add_bos_token=True)
    made.add_special_tokens({"additional_special_tokens": list(extra)})
    made.pad_token = "<pad>" if "<pad>" in extra else "<unk>"
    return made


def save_sentencepiece(folder):
    """Put a `tokenizer.model` in the place of a tokenizer, as Vicuna's repositories have it.

    Returns sentencepiece's own reader of it.
    """
    for name in ("tokenizer.json", "special_tokens_map.json"):
        (folder / name).unlink(missing_ok=True)
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(WORDS.split(". ")),
        model_prefix=str(folder / "tokenizer"),
        model_type="bpe",
        vocab_size=400,
        byte_fallback=True,
        # as Llama's was trained: what a text says stays as it is
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        allow_whitespace_only_pieces=True,
        minloglevel=2,
    )
    (folder / "tokenizer.vocab").unlink()
    names = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<unk>"}
    config = {"tokenizer_class": "LlamaTokenizer", "add_bos_token": True, "legacy": True, **names}
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    return sentencepiece.SentencePieceProcessor(model_file=str(folder / "tokenizer.model"))


def llama_config(tokenizer):
    """Of a Llama of two layers."""
    return transformers.LlamaConfig(
        **LLAMA,
        **HEADS,
        vocab_size=len(tokenizer),
        max_position_embeddings=512,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )


def qwen_tokenizer():
    """Qwen's kind of tokenizer."""
    names = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    names += ["<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>"]
    return _byte_tokenizer(
        names, eos_token="<|im_end|>", pad_token="<|endoftext|>", unk_token="<|endoftext|>"
    )


def randomise(model, tokenizer=None, seed=0):
    """Weights large enough that image and question show in every answer; norms stay near one."""
    torch.manual_seed(seed)
    for name, parameter in model.named_parameters():
        nn.init.normal_(parameter, mean=1.0 if _is_norm(name) else 0.0, std=0.2)
    if tokenizer is not None:
        model.generation_config = transformers.GenerationConfig(
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    return model.eval()


def _is_norm(name):
    return "norm" in name.lower() and name.endswith("weight")


def _byte_tokenizer(special, **named):
    trained = _trained(
        special, pre_tokenizers.ByteLevel(add_prefix_space=False), tokenizers.models.BPE()
    )
    made = transformers.Qwen2Tokenizer(*trained, **named)
    made.add_special_tokens({"additional_special_tokens": special})
    return made


def _wordpieces():
    """BERT's kind of tokenizer, which pads on the right.

    Its vocabulary isn't trained, as training breaks ties otherwise each time.
    """
    letters = sorted(set(WORDS.lower()) - {" "})
    words = sorted({word for word in re.findall(r"\w+", WORDS.lower()) if len(word) > 1})
    names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    pieces = [*names, *letters, *(f"##{letter}" for letter in letters), *words]
    return transformers.BertTokenizer({piece: number for number, piece in enumerate(pieces)})


def _blip_images():
    return transformers.BlipImageProcessor(size={"height": 28, "width": 28})


def _trained(special, pre_tokenizer, model):
    """Vocabulary and merges of byte-pair encoding."""
    made = tokenizers.Tokenizer(model)
    made.pre_tokenizer = pre_tokenizer
    alphabet = (
        pre_tokenizers.ByteLevel.alphabet()
        if isinstance(pre_tokenizer, pre_tokenizers.ByteLevel)
        else []
    )
    made.train_from_iterator(
        WORDS.split(),
        trainers.BpeTrainer(
            vocab_size=700,
            special_tokens=special,
            initial_alphabet=alphabet,
            show_progress=False,
        ),
    )
    kept = json.loads(made.to_str())["model"]
    return kept["vocab"], [tuple(merge) for merge in kept["merges"]]


def _save(folder, model, processor):
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return model
