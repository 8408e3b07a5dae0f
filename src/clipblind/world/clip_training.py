"""Training the world's own CLIP: an open_clip model, from nothing, on captioned scenes."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import clipblind.models.torchvision  # noqa: F401  # isort: skip
import numpy as np
import open_clip
import polars as pl
import torch
from safetensors.torch import save_file

from clipblind.encoders.own_clip import CONFIG, LOCAL, WEIGHTS, build
from clipblind.encoders.pixels import Pixels
from clipblind.models.computing import device
from clipblind.models.training import fit
from clipblind.study.settings.training import ClipRecipe
from clipblind.world.words import save_tokenizer

LARGEST_LOGIT_SCALE = float(np.log(100))  # as in CLIP (Radford et al. 2021, section 2.5)


def train_clip(
    recipe: ClipRecipe,
    images: np.ndarray,
    captions: Sequence[str],
    words: Sequence[str],
    folder: Path,
    *,
    seed: int,
    checkpoint: Path,
    label: str,
) -> pl.DataFrame:
    """Train a CLIP and save it to `folder` as open_clip's `local-dir:` reads it.

    Args:
        recipe: towers and schedule.
        images: uint8 `[N, 3, H, W]`, already of the recipe's size.
        captions: N of them.
        words: the word list of captions and of all texts to come.
        folder: gets configuration, weights and tokenizer.
        seed: of initialisation and batches.
        checkpoint: where an interrupted training goes on from.
        label: names the training in the progress display.

    Returns:
        The training curve.
    """
    torch.manual_seed(seed)
    vocabulary = save_tokenizer(folder, words, framed=True)
    (folder / CONFIG).write_text(json.dumps(_config(recipe, vocabulary), indent=2) + "\n")
    model = build(folder)
    model.to(device())
    pixels = Pixels(images, model.visual.preprocess_cfg)
    tokens = open_clip.get_tokenizer(f"{LOCAL}{folder}")(list(captions))

    def loss_at(generator: torch.Generator) -> torch.Tensor:
        chosen = torch.randint(len(images), (recipe.schedule.batch,), generator=generator)
        with torch.no_grad():
            model.logit_scale.clamp_(0, LARGEST_LOGIT_SCALE)
        return _contrastive_loss(model, pixels[chosen], tokens[chosen].to(device()))

    curve = fit(model, loss_at, recipe.schedule, seed=seed, checkpoint=checkpoint, label=label)
    save_file(model.state_dict(), folder / WEIGHTS)
    return curve


def _config(recipe: ClipRecipe, vocabulary: int) -> dict[str, Any]:
    vision = recipe.vision
    return {
        "model_cfg": {
            "embed_dim": recipe.embed_dim,
            "vision_cfg": {
                "image_size": vision.image_size,
                "layers": vision.layers,
                "width": vision.width,
                "head_width": vision.width // vision.heads,
                "patch_size": vision.patch,
                "mlp_ratio": 2.0,
                "pool_type": "avg",
            },
            "text_cfg": {
                "context_length": recipe.context_length,
                "vocab_size": vocabulary,
                "width": recipe.text_width,
                "heads": 1,
                "layers": 1,
                "hf_tokenizer_name": ".",
            },
            "custom_text": True,
        },
        "preprocess_cfg": {
            "size": vision.image_size,
            "mean": list(open_clip.OPENAI_DATASET_MEAN),
            "std": list(open_clip.OPENAI_DATASET_STD),
            "interpolation": "bicubic",
            "resize_mode": "shortest",
        },
        "stem_width": vision.stem_width,
        "bag_of_words": True,
    }


def _contrastive_loss(model: Any, pixels: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
    image, text, scale = model(pixels, tokens)
    logits = scale * image @ text.T
    same = torch.arange(len(logits), device=logits.device)
    cross_entropy = torch.nn.functional.cross_entropy
    return (cross_entropy(logits, same) + cross_entropy(logits.T, same)) / 2
