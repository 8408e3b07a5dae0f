"""Vision encoders of transformers: hub models, and folders in its own format."""

from pathlib import Path
from typing import Any

import clipblind._torchvision  # noqa: F401  # isort: skip
import torch
from PIL import Image
from transformers import AutoConfig, AutoImageProcessor, AutoModel, Dinov2Model

from clipblind.encoders.base import LoadedEncoder, device, unit
from clipblind.encoders.small import ConvStem
from clipblind.errors import UserError
from clipblind.settings import Encoder


def load(name: str, encoder: Encoder, source: str) -> LoadedEncoder:
    """Load `source`: a folder that `save_pretrained` made, or a hub id."""
    if encoder.train is not None and not (Path(source) / "config.json").exists():
        raise UserError(f"{source}/config.json is missing: train the encoder {name} first.")
    stemmed = hasattr(AutoConfig.from_pretrained(source), "stem_width")
    model = (StemmedDinov2 if stemmed else AutoModel).from_pretrained(source)
    return wrap(name, model, AutoImageProcessor.from_pretrained(source), encoder.feature)


class StemmedDinov2(Dinov2Model):  # type: ignore[misc]
    """`Dinov2Model` whose patch projection is a convolutional stem.

    Args:
        config: a `Dinov2Config` with this project's own key `stem_width`.
    """

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        self.embeddings.patch_embeddings.projection = ConvStem(
            config.hidden_size, config.patch_size, config.stem_width
        )


def wrap(name: str, model: Any, processor: Any, feature: str) -> LoadedEncoder:
    """A `LoadedEncoder` around a vision model of transformers, which is frozen by it."""
    model = model.to(device()).eval().requires_grad_(False)
    config = model.config

    def preprocess(image: Image.Image) -> torch.Tensor:
        pixels: torch.Tensor = processor(image.convert("RGB"), return_tensors="pt").pixel_values[0]
        return pixels

    @torch.inference_mode()
    def embed_images(pixels: torch.Tensor) -> torch.Tensor:
        return unit(pool(model(pixel_values=pixels.to(device())).last_hidden_state, feature)).cpu()

    @torch.inference_mode()
    def patch_tokens(pixels: torch.Tensor, layer: int) -> torch.Tensor:
        found = model(pixel_values=pixels.to(device()), output_hidden_states=True)
        tokens: torch.Tensor = found.hidden_states[layer][:, 1:]
        return tokens.float().cpu()

    # the processor decides, not the configuration: DINOv2's says 518 where its processor gives 224
    image_size = preprocess(Image.new("RGB", (8, 8))).shape[-1]

    return LoadedEncoder(
        name=name,
        model=model,
        image_size=image_size,
        feature={"cls": "class token", "mean": "mean of patches", "cls+mean": "class and mean"}[
            feature
        ],
        width=config.hidden_size,
        num_patches=(image_size // config.patch_size) ** 2,
        preprocess=preprocess,
        embed_images=embed_images,
        patch_tokens=patch_tokens,
    )


def pool(tokens: torch.Tensor, feature: str) -> torch.Tensor:
    """One vector an image, `[B, width]` (twice that for `cls+mean`), from `[B, 1 + N, width]`."""
    parts = []
    if "cls" in feature:
        parts.append(tokens[:, 0])
    if "mean" in feature:
        parts.append(tokens[:, 1:].mean(1))
    return torch.cat(parts, dim=-1)
