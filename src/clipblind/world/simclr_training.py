"""Training the world's own reference: a DINOv2-type ViT, self-supervised, from nothing.

The architecture is `Dinov2Model`; the loss is SimCLR's (Chen et al. 2020, arXiv 2002.05709), not
DINOv2's, whose self-distillation needs far more steps than a small machine has.
"""

from pathlib import Path
from typing import Any

import clipblind.models.torchvision  # noqa: F401  # isort: skip
import numpy as np
import polars as pl
import torch
from torch import nn
from transformers import BitImageProcessor, Dinov2Config
from transformers.image_utils import IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD

from clipblind.encoders.base import pool
from clipblind.encoders.own_dinov2 import StemmedDinov2
from clipblind.encoders.pixels import Pixels
from clipblind.models.computing import device
from clipblind.models.training import fit
from clipblind.study.settings.training import SimclrRecipe
from clipblind.world.augment import random_views

PROJECTION = (384, 128)  # hidden and output width of the head that training alone uses


def train_simclr(
    recipe: SimclrRecipe,
    images: np.ndarray,
    folder: Path,
    *,
    seed: int,
    checkpoint: Path,
    label: str,
) -> pl.DataFrame:
    """Train a reference encoder and save it to `folder` by `save_pretrained`.

    Args:
        recipe: tower, views and schedule.
        images: uint8 `[N, 3, H, W]`, already of the recipe's size.
        folder: gets configuration, weights and image processor.
        seed: of initialisation, batches and views.
        checkpoint: where an interrupted training goes on from.
        label: names the training in the progress display.

    Returns:
        The training curve.
    """
    torch.manual_seed(seed)
    model = StemmedDinov2(_config(recipe))
    head = _head(2 * recipe.vision.width)
    both = nn.ModuleDict({"model": model, "head": head}).to(device())
    processor = _processor(recipe.vision.image_size)
    pixels = Pixels(images, {"mean": processor.image_mean, "std": processor.image_std})

    def views(chosen: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        plain = pixels.images[chosen].float() / 255
        seen = random_views(
            plain,
            generator,
            smallest_crop=recipe.smallest_crop,
            hue=recipe.hue,
            grey=recipe.grey,
        )
        return pixels.normalise(seen.to(device()))

    def loss_at(generator: torch.Generator) -> torch.Tensor:
        chosen = torch.randint(len(images), (recipe.schedule.batch,), generator=generator)
        batch = torch.cat([views(chosen, generator), views(chosen, generator)])
        features = pool(model(pixel_values=batch).last_hidden_state, "cls+mean")
        return nt_xent(head(features), recipe.temperature)

    curve = fit(both, loss_at, recipe.schedule, seed=seed, checkpoint=checkpoint, label=label)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return curve


def nt_xent(projected: torch.Tensor, temperature: float) -> torch.Tensor:
    """The normalised-temperature cross-entropy of SimCLR (equation 1).

    Args:
        projected: `[2 B, D]`; rows i and i + B are two views of one image.
        temperature: divides the cosines.
    """
    z = nn.functional.normalize(projected, dim=1)
    logits = z @ z.T / temperature
    logits.fill_diagonal_(float("-inf"))
    half = len(z) // 2
    other_view = torch.arange(len(z), device=z.device).roll(half)
    return nn.functional.cross_entropy(logits, other_view)


def _config(recipe: SimclrRecipe) -> Dinov2Config:
    vision = recipe.vision
    return Dinov2Config(
        hidden_size=vision.width,
        num_hidden_layers=vision.layers,
        num_attention_heads=vision.heads,
        image_size=vision.image_size,
        patch_size=vision.patch,
        mlp_ratio=2,
        layerscale_value=1.0,
        stem_width=vision.stem_width,
    )


def _head(width: int) -> nn.Module:
    hidden, out = PROJECTION
    return nn.Sequential(
        nn.Linear(width, hidden), nn.BatchNorm1d(hidden), nn.GELU(), nn.Linear(hidden, out)
    )


def _processor(size: int) -> Any:
    return BitImageProcessor(
        do_resize=True,
        size={"shortest_edge": size},
        do_center_crop=True,
        crop_size={"height": size, "width": size},
        image_mean=list(IMAGENET_DEFAULT_MEAN),
        image_std=list(IMAGENET_DEFAULT_STD),
    )
