"""A word-level tokenizer over a fixed word list, in the format of transformers."""

from collections.abc import Sequence
from pathlib import Path

PAD, UNKNOWN, START, END = "<pad>", "<unk>", "<start>", "<end>"


def save_tokenizer(folder: Path, words: Sequence[str], *, framed: bool) -> int:
    """Save a tokenizer that `AutoTokenizer.from_pretrained(folder)` loads.

    Ids are: pad 0, unknown 1, start 2, the words in order, and end last, since CLIP pools at the
    highest id of a text.

    Args:
        folder: where to save it; made if need be.
        words: distinct, lower or upper case kept.
        framed: put start and end around every text.

    Returns:
        The size of the vocabulary.
    """
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    vocabulary = {word: i for i, word in enumerate([PAD, UNKNOWN, START, *words, END])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token=UNKNOWN))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    if framed:
        tokenizer.post_processor = processors.TemplateProcessing(
            single=f"{START} $A {END}",
            special_tokens=[(START, vocabulary[START]), (END, vocabulary[END])],
        )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        unk_token=UNKNOWN,
        bos_token=START,
        eos_token=END,
        padding_side="right",
    )
    fast.save_pretrained(folder)
    return len(vocabulary)
