"""An encoder that sees the values of some factors alone, and what it is shown."""

import random
from dataclasses import asdict

import numpy as np
import polars as pl
import torch

from clipblind.encoders.base import LoadedEncoder
from clipblind.ground.factors import FACTOR_OF_PATTERN, change, sample_scene
from clipblind.ground.tables.world import SCENES


def oracle(sees):
    """An encoder of texts that knows the words of some factors, and vectors to go with it."""
    words = {}

    def vector_of(text):
        total = np.zeros(64, np.float32)
        for word in text.split():
            if word in sees:
                index = words.setdefault(word, len(words))
                total[index] = 1
        total[63] = 0.1
        return total / np.linalg.norm(total)

    def embed_texts(texts):
        return torch.from_numpy(np.stack([vector_of(text) for text in texts]))

    return vector_of, LoadedEncoder(
        name="oracle",
        model=torch.nn.Identity(),
        image_size=1,
        feature="",
        width=0,
        num_patches=0,
        preprocess=lambda _: torch.empty(0),
        embed_images=lambda pixels: pixels,
        patch_tokens=lambda pixels, _: pixels,
        embed_texts=embed_texts,
    )


def scenes_of(named, split="heldout", twin_of=None):
    """The table `SCENES` of scenes by image id."""
    rows = [
        {"image_id": name, "split": split, "twin_of": (twin_of or {}).get(name), **asdict(scene)}
        for name, scene in named.items()
    ]
    return pl.DataFrame(rows, schema=dict(SCENES.columns))


def twins(pairs=6):
    """Scenes by image id, and the table `SCENES` of so many twin pairs of each pattern."""
    rng = random.Random(0)
    shown, twin_of = {}, {}
    for factor in FACTOR_OF_PATTERN.values():
        for _ in range(pairs):
            a, b = (f"twins-{len(shown) + n:06}" for n in (0, 1))
            shown[a] = sample_scene(rng)
            shown[b] = change(shown[a], [factor], rng)
            twin_of[b] = a
    return shown, scenes_of(shown, "twins", twin_of)
