"""Zero-shot accuracy on single factors: the world's stand-in for ImageNet accuracy."""

import random
from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from clipblind.encoders.base import LoadedEncoder
from clipblind.pools.world.captions import statement
from clipblind.pools.world.factors import FACTORS, Scene, with_value
from clipblind.stats import wilson


def zero_shot(
    encoder: LoadedEncoder,
    scenes: Sequence[Scene],
    images: np.ndarray,
    mention_rate: Mapping[str, float],
    *,
    prefix: str,
    seed: int,
) -> pl.DataFrame:
    """For each factor, how often the statement with the true value is the nearest.

    Statements name the subject's kind and the factor; those of one image differ in the factor's
    value alone.

    Args:
        encoder: embeds the statements.
        scenes: of the N images.
        images: their embeddings, float32 `[N, D]`, unit norm, by the same encoder.
        mention_rate: how often the encoder's training captions named each factor, for the record.
        prefix: what stands before each statement.
        seed: of the wording.

    Returns:
        The table `ZERO_SHOT`.
    """
    assert encoder.embed_texts is not None
    rows = []
    for name, factor in FACTORS.items():
        rng = random.Random(f"{seed}/zero-shot/{name}")
        wordings = [rng.getrandbits(32) for _ in scenes]
        texts = [
            prefix + statement(with_value(scene, name, value), name, random.Random(wording))
            for scene, wording in zip(scenes, wordings, strict=True)
            for value in factor.values
        ]
        words = _embed(encoder, texts).reshape(len(scenes), len(factor.values), -1)
        nearest = np.einsum("nvd,nd->nv", words, images).argmax(1)
        true = [factor.values.index(getattr(scene, name)) for scene in scenes]
        share = wilson(int((nearest == true).sum()), len(scenes))
        rows.append(
            {
                "encoder": encoder.name,
                "factor": name,
                "mention_rate": float(mention_rate.get(name, 0.0)),
                "images": len(scenes),
                "accuracy": share.value,
                "low": share.low,
                "high": share.high,
                "chance": 1 / len(factor.values),
            }
        )
    return pl.DataFrame(rows)


def _embed(encoder: LoadedEncoder, texts: Sequence[str]) -> np.ndarray:
    assert encoder.embed_texts is not None
    distinct = sorted(set(texts))
    place = {text: i for i, text in enumerate(distinct)}
    vectors: np.ndarray = encoder.embed_texts(distinct).numpy()
    return vectors[[place[text] for text in texts]]
