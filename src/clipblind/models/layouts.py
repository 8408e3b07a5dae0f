"""How hub repositories are laid out, by the library that loads them: which files hold what.

Here and not beside the loaders, so that `fetch` can choose files without importing torch.
"""

from typing import Final, NamedTuple


class Layout(NamedTuple):
    """The files that a loader reads.

    Attributes:
        required: those it can't do without.
        weights: those that may hold the weights, best first; of an index, its parts besides.
        texts: what a text tower's tokenizer reads, where the model has one of its own.
    """

    required: tuple[str, ...]
    weights: tuple[str, ...]
    texts: tuple[str, ...] = ()


# a tokenizer has one of these, the first if it can
TOKENIZERS: Final = (
    *("tokenizer.json", "spiece.model", "sentencepiece.model", "tokenizer.model", "vocab.json"),
)
# what it may read beside
OF_TOKENIZERS: Final = (
    *("tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "merges.txt"),
)

LAYOUTS: Final = {
    "open_clip": Layout(
        ("open_clip_config.json",),
        (
            "open_clip_model.safetensors",
            "open_clip_pytorch_model.safetensors",
            "open_clip_pytorch_model.bin",
        ),
        TOKENIZERS + OF_TOKENIZERS,
    ),
    "transformers": Layout(
        ("config.json", "preprocessor_config.json"),
        (
            *("model.safetensors", "model.safetensors.index.json"),
            *("pytorch_model.bin", "pytorch_model.bin.index.json"),
        ),
        TOKENIZERS + OF_TOKENIZERS,
    ),
    "timm": Layout(("config.json",), ("model.safetensors", "pytorch_model.bin")),
}
