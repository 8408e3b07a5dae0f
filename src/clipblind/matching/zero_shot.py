"""Zero-shot accuracy on single factors: the world's stand-in for ImageNet accuracy."""

import random
from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from clipblind.encoders.base import LoadedEncoder
from clipblind.ground.factors import FACTORS, with_value
from clipblind.ground.stats import wilson
from clipblind.ground.tables.matching import NAMED, ZERO_SHOT
from clipblind.world.captions import statement
from clipblind.world.scenes import scene_of


def name_factors(
    encoder: LoadedEncoder,
    scenes: pl.DataFrame,
    embeddings: Mapping[str, np.ndarray],
    *,
    prefix: str,
    seed: int,
) -> pl.DataFrame:
    """For each picture and factor, whether the statement with the true value is the nearest.

    Statements name the subject's kind and the factor; those of one picture differ in the factor's
    value alone.

    Args:
        encoder: embeds the statements.
        scenes: the table `SCENES`, of the pictures to name.
        embeddings: image id to float32 `[D]`, unit norm, of the same encoder.
        prefix: what stands before each statement.
        seed: of the wording.

    Returns:
        The table `NAMED`.
    """
    shown = {row["image_id"]: scene_of(row) for row in scenes.iter_rows(named=True)}
    ids = sorted(shown)
    images = np.array([embeddings[i] for i in ids])
    frames = []
    for name, factor in FACTORS.items():
        rng = random.Random(f"{seed}/zero-shot/{name}")
        wordings = [rng.getrandbits(32) for _ in ids]
        texts = [
            prefix + statement(with_value(shown[i], name, value), name, random.Random(wording))
            for i, wording in zip(ids, wordings, strict=True)
            for value in factor.values
        ]
        words = _embed(encoder, texts).reshape(len(ids), len(factor.values), -1)
        nearest = np.einsum("nvd,nd->nv", words, images).argmax(1)
        true = np.array([factor.values.index(getattr(shown[i], name)) for i in ids])
        columns = {"image_id": ids, "factor": [name] * len(ids), "right": nearest == true}
        frames.append(pl.DataFrame(columns, schema=dict(NAMED.columns)))
    return pl.concat(frames)


def zero_shot(encoder: str, named: pl.DataFrame, mention_rate: Mapping[str, float]) -> pl.DataFrame:
    """Zero-shot accuracy on each factor.

    Args:
        encoder: its name.
        named: the table `NAMED`.
        mention_rate: how often the encoder's training captions named each factor, for the record;
            empty: nobody knows.

    Returns:
        The table `ZERO_SHOT`.
    """
    rows = []
    for (name,), right in named.group_by("factor", maintain_order=True):
        share = wilson(int(right["right"].sum()), len(right))
        rows.append(
            {
                "encoder": encoder,
                "factor": name,
                "mention_rate": float(mention_rate.get(str(name), 0.0)) if mention_rate else None,
                "images": len(right),
                "accuracy": share.value,
                "low": share.low,
                "high": share.high,
                "chance": 1 / len(FACTORS[str(name)].values),
            }
        )
    return pl.DataFrame(rows, schema=dict(ZERO_SHOT.columns))


def _embed(encoder: LoadedEncoder, texts: Sequence[str]) -> np.ndarray:
    assert encoder.embed_texts is not None
    distinct = sorted(set(texts))
    place = {text: i for i, text in enumerate(distinct)}
    vectors: np.ndarray = encoder.embed_texts(distinct).numpy()
    return vectors[[place[text] for text in texts]]
