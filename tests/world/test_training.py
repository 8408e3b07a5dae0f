"""The losses and views that train the world's encoders."""

import math

import pytest
import torch

from clipblind.world.augment import random_views
from clipblind.world.simclr_training import nt_xent


def test_nt_xent_by_hand_for_two_images():
    views = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0]])
    # each view: its other view at cosine 1, two strangers at cosine 0
    expected = -math.log(math.e**2 / (math.e**2 + 2))
    assert nt_xent(views, temperature=0.5).item() == pytest.approx(expected, rel=1e-5)


def test_nt_xent_falls_when_views_of_one_image_agree():
    generator = torch.Generator().manual_seed(0)
    one = torch.randn(8, 16, generator=generator)
    agreeing = torch.cat([one, one + 0.1 * torch.randn(8, 16, generator=generator)])
    strangers = torch.randn(16, 16, generator=generator)
    assert nt_xent(agreeing, 0.2) < nt_xent(strangers, 0.2)


def test_views_are_the_generators_and_stay_in_range():
    images = torch.rand(4, 3, 32, 32)
    views = {"smallest_crop": 0.5, "hue": 0.5, "grey": 0.2}
    one, again = (random_views(images, torch.Generator().manual_seed(1), **views) for _ in range(2))
    assert torch.equal(one, again)
    assert one.min() >= 0
    assert one.max() <= 1
    assert not torch.equal(one, random_views(images, torch.Generator().manual_seed(2), **views))


def test_views_are_never_flipped():
    ramp = torch.linspace(0, 1, 32).expand(64, 3, 32, 32)
    views = random_views(
        ramp, torch.Generator().manual_seed(0), smallest_crop=0.6, hue=0.5, grey=0.2
    )
    assert (views[..., -1].mean((1, 2)) > views[..., 0].mean((1, 2))).all()
