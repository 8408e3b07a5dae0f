"""What frozen towers make of images: the patch tokens that feed a small LLaVA."""

from collections.abc import Sequence

import torch
from PIL import Image

from clipblind.encoders.base import LoadedEncoder


def see(tower: LoadedEncoder, images: Sequence[Image.Image], layer: int) -> torch.Tensor:
    """A tower's patch tokens of images, float16 `[N, num_patches, width]`.

    Args:
        tower: frozen; its own preprocessing is used.
        images: in RGB; all go through the tower at once.
        layer: whose output is read, -1 the last.
    """
    pixels = torch.stack([tower.preprocess(image) for image in images])
    return tower.patch_tokens(pixels, layer).half()
