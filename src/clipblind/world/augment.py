"""Random views of images, as self-supervised training wants them; no flips.

A flip would teach the encoder that left and right are the same, the very thing it is here to see.
"""

import torch

# luma and two chroma axes: a rotation of the chroma plane is a rotation of the hue
YIQ = torch.tensor([[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]])


def random_views(
    images: torch.Tensor,
    generator: torch.Generator,
    *,
    smallest_crop: float,
    hue: float,
    grey: float,
) -> torch.Tensor:
    """One random crop of each image, resized back, with its colours changed.

    Args:
        images: float32 `[B, 3, H, W]` in [0, 1], on the CPU.
        generator: decides everything.
        smallest_crop: smallest share of the area that a crop keeps.
        hue: largest rotation of the hue, in radians.
        grey: probability that a view loses its colours.

    Returns:
        float32 `[B, 3, H, W]` in [0, 1].
    """
    cropped = _crop(images, generator, smallest_crop)
    return _recolour(cropped, generator, hue, grey)


def _crop(images: torch.Tensor, generator: torch.Generator, smallest: float) -> torch.Tensor:
    n = len(images)
    side = (smallest + (1 - smallest) * _uniform(n, generator)).sqrt()
    aspect = torch.exp(0.2 * _signed(n, generator))
    across, down = (side * aspect).clamp(max=1), (side / aspect).clamp(max=1)
    theta = torch.zeros(n, 2, 3)
    theta[:, 0, 0], theta[:, 1, 1] = across, down
    theta[:, 0, 2] = (1 - across) * _signed(n, generator)
    theta[:, 1, 2] = (1 - down) * _signed(n, generator)
    grid = torch.nn.functional.affine_grid(theta, list(images.shape), align_corners=False)
    return torch.nn.functional.grid_sample(
        images, grid, align_corners=False, padding_mode="reflection"
    )


def _recolour(
    images: torch.Tensor, generator: torch.Generator, hue: float, grey: float
) -> torch.Tensor:
    n = len(images)
    changed = (_uniform(n, generator) < 0.8).float()
    angle = hue * _signed(n, generator) * changed
    saturation = (1 + 0.5 * _signed(n, generator) * changed) * (_uniform(n, generator) >= grey)
    turn = torch.zeros(n, 3, 3)
    turn[:, 0, 0] = 1
    turn[:, 1, 1] = turn[:, 2, 2] = saturation * angle.cos()
    turn[:, 2, 1] = saturation * angle.sin()
    turn[:, 1, 2] = -turn[:, 2, 1]
    mixed = torch.einsum("nij,njhw->nihw", torch.linalg.inv(YIQ) @ turn @ YIQ, images)
    contrast = (1 + 0.3 * _signed(n, generator) * changed).view(-1, 1, 1, 1)
    brightness = (0.15 * _signed(n, generator) * changed).view(-1, 1, 1, 1)
    return ((mixed - 0.5) * contrast + 0.5 + brightness).clamp(0, 1)


def _uniform(n: int, generator: torch.Generator) -> torch.Tensor:
    return torch.rand(n, generator=generator)


def _signed(n: int, generator: torch.Generator) -> torch.Tensor:
    return 2 * _uniform(n, generator) - 1
