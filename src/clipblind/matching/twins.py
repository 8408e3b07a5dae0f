"""MMVP-VLM: can a CLIP match the two images of a pair with their two statements?"""

import random
from collections.abc import Mapping

import numpy as np
import polars as pl
import torch

from clipblind.encoders.base import LoadedEncoder
from clipblind.ground.factors import FACTOR_OF_PATTERN, Scene
from clipblind.world.captions import statement


def match_twins(
    encoder: LoadedEncoder,
    twins: pl.DataFrame,
    scenes: Mapping[str, Scene],
    embeddings: Mapping[str, np.ndarray],
    *,
    prefix: str,
    seed: int,
) -> pl.DataFrame:
    """Match every twin pair, in both directions.

    Args:
        encoder: embeds the statements.
        twins: `pair_id`, `pattern`, `image_a`, `image_b`.
        scenes: image id to scene.
        embeddings: image id to float32 `[D]`, unit norm, of the same encoder.
        prefix: what stands before each statement.
        seed: of the statements' wording.

    Returns:
        The table `MATCHES`.
    """
    rng = random.Random(f"{seed}/statements")
    texts = []
    for pattern, a, b in twins.select("pattern", "image_a", "image_b").iter_rows():
        wording = rng.getrandbits(32)  # one for both, so that they differ in the factor alone
        for image in (a, b):
            said = statement(scenes[image], FACTOR_OF_PATTERN[pattern], random.Random(wording))
            texts.append(prefix + said)
    assert encoder.embed_texts is not None
    words = encoder.embed_texts(texts).view(len(twins), 2, -1)
    pixels = [[embeddings[a], embeddings[b]] for a, b in twins.select("image_a", "image_b").rows()]
    similarity = torch.from_numpy(np.array(pixels)) @ words.transpose(1, 2)
    return twins.select("pair_id", "pattern").with_columns(
        text_to_image=pl.Series(text_to_image(similarity).numpy()),
        image_to_text=pl.Series(image_to_text(similarity).numpy()),
    )


def text_to_image(similarity: torch.Tensor) -> torch.Tensor:
    """The official score of MMVP-VLM: each text picks its own image among the two.

    The official code takes, for each text, the softmax over the pair's two images and asks whether
    its own image gets more than half; any positive scale gives the same answer. Chance is 25 % for
    independent guesses, 0 % for a model to which both texts say the same.

    Args:
        similarity: `[P, 2, 2]`, image by text, of P pairs.

    Returns:
        bool `[P]`.
    """
    first, second = similarity[:, :, 0], similarity[:, :, 1]
    return (first[:, 0] > first[:, 1]) & (second[:, 1] > second[:, 0])


def image_to_text(similarity: torch.Tensor) -> torch.Tensor:
    """The other direction: each image picks its own statement among the two.

    Args:
        similarity: `[P, 2, 2]`, image by text.

    Returns:
        bool `[P]`.
    """
    return text_to_image(similarity.transpose(1, 2))
