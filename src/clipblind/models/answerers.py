"""How the files of models that answer are laid out: which files hold what.

Here and not beside the back-ends, so that `fetch` can choose files without importing torch.
"""

from typing import Final, NamedTuple

CONFIG: Final = "config.json"
WEIGHTS: Final = (
    *("model.safetensors", "model.safetensors.index.json"),
    *("pytorch_model.bin", "pytorch_model.bin.index.json"),
)
TOKENIZERS: Final = ("tokenizer.json", "tokenizer.model", "vocab.json")
IMAGES: Final = "preprocessor_config.json"
PROCESSORS: Final = (IMAGES, "processor_config.json")
# what is read besides, where it is there
OF_MODELS: Final = (
    *("generation_config.json", "video_preprocessor_config.json"),
    *("chat_template.json", "chat_template.jinja"),
    *("tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"),
    *("spiece.model", "vocab.txt", "merges.txt"),
)
# folders inside MiniGPT-4's, and what is taken of BLIP-2
BLIP2: Final = "blip2"
LANGUAGE: Final = "language_model"
PARTS: Final = ("vision_model.", "qformer.", "query_tokens")


class Layout(NamedTuple):
    """The files that a back-end reads.

    Attributes:
        any_of: groups of files, of each of which it needs one; the last are the weights.
        small: files that it reads where they are there.
        inner: endings of folders whose files of these names it reads, too.
        parts: beginnings of the weights' names that it takes; empty: all.
    """

    any_of: tuple[tuple[str, ...], ...]
    small: tuple[str, ...]
    inner: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()


LAYOUTS: Final = {
    "model": Layout(
        ((CONFIG,), TOKENIZERS, WEIGHTS),
        (CONFIG, *PROCESSORS, *TOKENIZERS, *OF_MODELS),
        # a Q-Former has a tokenizer of its own, in a folder
        inner=("tokenizer",),
    ),
    "blip2": Layout(((CONFIG,), (IMAGES,), WEIGHTS), (CONFIG, *PROCESSORS), parts=PARTS),
}
