"""What every loaded encoder offers, whichever library it came from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from PIL import Image
from torch import nn

from clipblind.models.computing import params_m


@dataclass(frozen=True)
class LoadedEncoder:
    """A frozen encoder in evaluation mode.

    Attributes:
        name: as the study calls it.
        model: the library's own module.
        image_size: side of its input in pixels.
        feature: what its embedding is, for the record.
        width: channels of a patch token; 0 where there are none, as in a convolutional tower.
        num_patches: patch tokens an image gives.
        preprocess: PIL image to float32 tensor `[3, image_size, image_size]`, its own way; can be
            pickled.
        embed_images: pixels `[B, 3, H, W]` to embeddings float32 `[B, D]`, unit norm.
        patch_tokens: (pixels, layer) to float32 `[B, num_patches, width]`, without class token and
            registers; layer -1 is the last one's output, before any final norm, -2 the one before.
        embed_texts: texts to embeddings float32 `[B, D]`, unit norm; `None` where there is no text
            tower.
    """

    name: str
    model: nn.Module
    image_size: int
    feature: str
    width: int
    num_patches: int
    preprocess: Callable[[Image.Image], torch.Tensor]
    embed_images: Callable[[torch.Tensor], torch.Tensor]
    patch_tokens: Callable[[torch.Tensor, int], torch.Tensor]
    embed_texts: Callable[[Sequence[str]], torch.Tensor] | None = None

    @property
    def params_m(self) -> float:
        """Parameters of the whole model, text tower included, in millions (as in Table 1)."""
        return params_m(self.model)


def unit(vectors: torch.Tensor) -> torch.Tensor:
    """Rows scaled to unit Euclidean norm, float32."""
    return torch.nn.functional.normalize(vectors.float(), dim=-1)


FEATURES = {"cls": "class token", "mean": "mean of patches", "cls+mean": "class and mean"}


def pool(tokens: torch.Tensor, feature: str, prefix: int = 1) -> torch.Tensor:
    """One vector an image, `[B, width]` (twice that for `cls+mean`).

    Args:
        tokens: `[B, prefix + N, width]`, the class token first.
        feature: a key of `FEATURES`.
        prefix: tokens before those of patches: the class token and registers.
    """
    parts = []
    if "cls" in feature:
        parts.append(tokens[:, 0])
    if "mean" in feature:
        parts.append(tokens[:, prefix:].mean(1))
    return torch.cat(parts, dim=-1)
