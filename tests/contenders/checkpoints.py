"""Tiny random multimodal models with their real processors, saved in the real formats.

Each maker fills a folder as the model's hub repository is laid out, and returns the model.
"""

import json

import tokenizers
import torch
import transformers
from tokenizers import pre_tokenizers, trainers
from torch import nn

WORDS = (
    "Is the dog facing left or right? Are there any flowers in this picture? How many drinks are on"
    " the table? (a) Left (b) Right (a) Yes (b) No (a) One (b) Two A chat between a curious human"
    " and an artificial intelligence assistant. USER: ASSISTANT: Human: ###Assistant: Answer with"
    " the option's letter from the given choices directly. Give the following image: The"
    " butterfly's wings are open, the door is closed. Please only choose an option to answer."
)
LLAMA = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2}
HEADS = {"num_attention_heads": 4, "num_key_value_heads": 2}
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


def randomise(model, tokenizer, seed=0):
    """Weights large enough that image and question show in every answer; norms stay near one."""
    torch.manual_seed(seed)
    for name, parameter in model.named_parameters():
        nn.init.normal_(parameter, mean=1.0 if _is_norm(name) else 0.0, std=0.2)
    model.generation_config = transformers.GenerationConfig(
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return model.eval()


def _is_norm(name):
    return "norm" in name.lower() and name.endswith("weight")


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
