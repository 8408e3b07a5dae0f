"""Texts matched with images: can an encoder tell which text belongs to which image of a pair?

There is one way and one tie rule for all benchmarks, that of MMVP-VLM's official code. What a
benchmark consists of is for its own maker of couples to say (`statements`, `mmvp_vlm`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import torch

from clipblind.benchmark.published_files import read_image
from clipblind.encoders.base import LoadedEncoder
from clipblind.ground.errors import UserError
from clipblind.ground.progress import track_amount
from clipblind.ground.tables.matching import MATCHES
from clipblind.pools.decoding import decode_image

Image = Path | np.ndarray
"""A file, or its embedding by the same encoder: float32 `[D]`, unit norm."""


@dataclass(frozen=True)
class Couple:
    """Two images, each with the text that is true of it and not of the other.

    Attributes:
        pair_id: unique in its benchmark.
        pattern: the visual pattern in which the images differ.
        images: the pair.
        texts: of each image, in the order of `images`, without the prefix.
    """

    pair_id: str
    pattern: str
    images: tuple[Image, Image]
    texts: tuple[str, str]


def match(
    encoder: LoadedEncoder,
    benchmark: str,
    couples: Sequence[Couple],
    prefix: str,
    *,
    batch: int = 1,
) -> pl.DataFrame:
    """Match the images and texts of every couple, in both directions.

    Args:
        encoder: embeds texts, and images that are files, by its own preprocessing.
        benchmark: its name in the study.
        couples: its pairs.
        prefix: what stands before each text.
        batch: files and texts at once. One by one, as is the default, nothing that stands beside
            an image can change a digit of its embedding.

    Returns:
        The table `MATCHES`, in the order of `couples`.

    Raises:
        UserError: if an image can't be decoded, or if the encoder has no text tower.
    """
    if encoder.embed_texts is None:
        raise UserError(
            f"The encoder {encoder.name} has no text tower to match texts with; set"
            f" encoder.{encoder.name}.text=false, or take a CLIP."
        )
    similarity = _similarities(encoder, couples, prefix, batch)
    columns = {
        "benchmark": [benchmark] * len(couples),
        "pair_id": [couple.pair_id for couple in couples],
        "pattern": [couple.pattern for couple in couples],
        "text_to_image": text_to_image(similarity).tolist(),
        "image_to_text": image_to_text(similarity).tolist(),
    }
    return pl.DataFrame(columns, schema=dict(MATCHES.columns))


def text_to_image(similarity: torch.Tensor) -> torch.Tensor:
    """The official score: each text picks its own image among the two.

    The official code asks of each text whether image 1 gets more than half of the softmax over the
    two images, and takes image 2 if it doesn't. So image 1 is picked iff its similarity is larger,
    whatever the scale, and **a tie goes to image 2**, which is right for the second text. An
    encoder to which both images, or both texts, are the same is never right. Independent guesses
    are right in 25 % of the pairs.

    Args:
        similarity: `[P, 2, 2]`, image by text, of P pairs.

    Returns:
        bool `[P]`.
    """
    picks_first = similarity[:, 0] > similarity[:, 1]  # [P, text]
    return picks_first[:, 0] & ~picks_first[:, 1]


def image_to_text(similarity: torch.Tensor) -> torch.Tensor:
    """The other direction: each image picks its own text by the same rule, a tie goes to text 2.

    Args:
        similarity: `[P, 2, 2]`, image by text.

    Returns:
        bool `[P]`.
    """
    return text_to_image(similarity.transpose(1, 2))


def _similarities(
    encoder: LoadedEncoder, couples: Sequence[Couple], prefix: str, batch: int
) -> torch.Tensor:
    """Cosines `[P, 2, 2]`, image by text."""
    shown = [image for couple in couples for image in couple.images]
    said = [prefix + text for couple in couples for text in couple.texts]
    seen, heard = _seen(encoder, shown, batch), _heard(encoder, said, batch)
    pairs = len(couples)
    return seen.view(pairs, 2, -1) @ heard.view(pairs, 2, -1).transpose(1, 2)


def _seen(encoder: LoadedEncoder, images: Sequence[Image], batch: int) -> torch.Tensor:
    # what is the same twice gets one embedding, so that a tie is a tie in any batch
    files = {image: read_image(image) for image in images if isinstance(image, Path)}
    encoded = list(dict.fromkeys(files.values()))
    rows: dict[bytes, torch.Tensor] = {}
    with track_amount(f"match {encoder.name}", len(encoded)) as advance:
        for start in range(0, len(encoded), batch):
            some = encoded[start : start + batch]
            pixels = torch.stack([encoder.preprocess(decode_image(data)) for data in some])
            rows |= zip(some, encoder.embed_images(pixels), strict=True)
            advance(len(some), "")
    return torch.stack(
        [rows[files[i]] if isinstance(i, Path) else torch.from_numpy(i) for i in images]
    )


def _heard(encoder: LoadedEncoder, texts: Sequence[str], batch: int) -> torch.Tensor:
    assert encoder.embed_texts is not None
    said = list(dict.fromkeys(texts))
    rows = [encoder.embed_texts(said[n : n + batch]) for n in range(0, len(said), batch)]
    place = {text: n for n, text in enumerate(said)}
    return torch.cat(rows)[[place[text] for text in texts]]
