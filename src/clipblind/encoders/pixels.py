"""A set of training images in memory: bytes at rest, normalised when a batch is drawn."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from clipblind.models.computing import device


class Pixels:
    """Images of one size, normalised as the encoder's own preprocessing does.

    Args:
        images: uint8 `[N, 3, H, W]`.
        normalisation: holds `mean` and `std`, three numbers each, for values in [0, 1].
    """

    def __init__(self, images: np.ndarray, normalisation: Mapping[str, Any]) -> None:
        self.images = torch.from_numpy(images)
        self.mean = torch.tensor(normalisation["mean"]).view(1, 3, 1, 1).to(device())
        self.std = torch.tensor(normalisation["std"]).view(1, 3, 1, 1).to(device())

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, chosen: torch.Tensor) -> torch.Tensor:
        """A batch, float32 `[B, 3, H, W]`, on the device."""
        return self.normalise(self.images[chosen].to(device()).float() / 255)

    def normalise(self, batch: torch.Tensor) -> torch.Tensor:
        """Values in [0, 1] to zero mean and unit variance."""
        return (batch - self.mean) / self.std
