"""A tiny CLIP and a tiny reference, trained for a step or two and saved in the real formats."""

import numpy as np
import pytest

from clipblind.study.settings.encoder import Encoder
from clipblind.study.settings.training import ClipRecipe, Schedule, SimclrRecipe, VisionTower

TOWER = VisionTower(image_size=32, patch=16, width=32, layers=2, heads=2, stem_width=4)
WORDS = ("a", "cat", "dog", "photo", "of", "red")


@pytest.fixture(scope="session")
def images():
    return np.random.default_rng(0).integers(0, 256, (12, 3, 32, 32), dtype=np.uint8)


@pytest.fixture(scope="session")
def clip(tmp_path_factory, images):
    """(folder, configuration) of a trained tiny CLIP."""
    from clipblind.world.clip_training import train_clip

    folder = tmp_path_factory.mktemp("clip")
    recipe = ClipRecipe(
        objective="clip",
        captions="web",
        vision=TOWER,
        embed_dim=16,
        text_width=16,
        context_length=8,
        schedule=Schedule(steps=2, batch=4, learning_rate=1e-3),
    )
    captions = [f"a {word}" for word in ("cat", "dog", "red dog") * 4]
    checkpoint = folder / "checkpoint.pt"
    train_clip(recipe, images, captions, WORDS, folder, seed=0, checkpoint=checkpoint, label="c")
    return folder, Encoder(loader="open_clip", train=recipe, text=True)


@pytest.fixture(scope="session")
def reference(tmp_path_factory, images):
    """(folder, configuration) of a trained tiny reference."""
    from clipblind.world.simclr_training import train_simclr

    folder = tmp_path_factory.mktemp("reference")
    recipe = SimclrRecipe(
        objective="simclr",
        vision=TOWER,
        temperature=0.2,
        smallest_crop=0.6,
        hue=0.3,
        grey=0.2,
        schedule=Schedule(steps=2, batch=4, learning_rate=1e-3),
    )
    train_simclr(recipe, images, folder, seed=0, checkpoint=folder / "checkpoint.pt", label="r")
    return folder, Encoder(loader="transformers", train=recipe)
