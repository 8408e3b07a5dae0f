"""Questions of a benchmark as asks: worded, with their images, in one or both orders of options."""

import hashlib
from collections.abc import Callable

import polars as pl

from clipblind.contenders.prompts import ORDERS, put
from clipblind.contenders.protocol import Ask
from clipblind.ground.errors import UserError
from clipblind.ground.images import Undecodable
from clipblind.pools.corpus import Corpus
from clipblind.study.settings.contenders import Orders, Prompt


def make_asks(
    questions: pl.DataFrame,
    prompt: Prompt,
    orders: Orders,
    corpus: Corpus | None,
    seed: int = 0,
) -> list[Ask]:
    """Every question as it is put to a model.

    Args:
        questions: the table `QUESTIONS`.
        prompt: the wording.
        orders: whether each is asked again with its options exchanged.
        corpus: holds the images; none: nothing is shown.
        seed: the study's, added to the prompt's own where answers are sampled.

    Raises:
        UserError: if an image isn't listed or can't be read.
    """
    decoding = prompt.decoding
    if decoding.temperature:  # what is greedy has no seed, and isn't asked twice
        decoding = decoding.model_copy(update={"seed": decoding.seed + seed})
    shown: dict[str, tuple[Callable[[], bytes] | None, str]] = {}
    asks = []
    for row in questions.sort("question_id").iter_rows(named=True):
        image_id = row["image_id"]
        if image_id not in shown:
            shown[image_id] = _image(corpus, image_id) if corpus else (None, "")
        image, sha256 = shown[image_id]
        for order in ORDERS[orders]:
            text = put(prompt, row["question"], row["option_a"], row["option_b"], order)
            asks.append(
                Ask(
                    question_id=row["question_id"],
                    order=order,
                    system=prompt.system,
                    text=text,
                    decoding=decoding,
                    image=image,
                    image_sha256=sha256,
                )
            )
    return asks


def _image(corpus: Corpus, image_id: str) -> tuple[Callable[[], bytes], str]:
    """How an image's bytes are had, when they are wanted, and their digest as of now."""
    try:
        now = hashlib.sha256(corpus.bytes_of(image_id)).hexdigest()
    except KeyError:
        raise UserError(
            f"The image {image_id} is asked about but not listed; read the benchmark again."
        ) from None
    except Undecodable as error:
        raise UserError(
            f"The image {image_id} can't be used: {error}; read the benchmark again."
        ) from None

    def read() -> bytes:
        data = corpus.bytes_of(image_id)
        if hashlib.sha256(data).hexdigest() != now:  # its answer would go under a stale key
            raise Undecodable(f"{image_id} changed while it was asked about")
        return data

    return read, now
