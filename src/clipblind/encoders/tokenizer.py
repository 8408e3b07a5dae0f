"""A model's own tokenizer, read as its `tokenizer.json` describes it."""

from pathlib import Path
from typing import Any

from transformers import AutoTokenizer, PreTrainedTokenizerFast

from clipblind.models.layouts import TOKENIZERS


def read_tokenizer(folder: Path) -> Any:
    """The tokenizer whose files lie in a model's folder.

    From release 5 on, `AutoTokenizer` builds T5's and Gemma's tokenizers, which SigLIP's models
    use, anew from the vocabulary: how `tokenizer.json` normalises and splits texts is ignored, and
    texts get other ids than in training. The base class takes that file as it stands.

    Args:
        folder: holds one of `TOKENIZERS`.
    """
    is_whole = (folder / TOKENIZERS[0]).is_file()
    reader = PreTrainedTokenizerFast if is_whole else AutoTokenizer
    return reader.from_pretrained(folder, local_files_only=True)
