"""Embeddings with the statistics of real ones, for tests and benchmarks.

Calibrated on CLIP embeddings of memes and of design patents (1,000 x 512 each): a mean cosine of
.55 between two images, 45 % of the variance in 16 directions, some 7e-6 of all pairs above .95. An
image is the sum of a superclass, a class, a mode and itself, each Gaussian with a spectrum that
falls as a power of the rank; one image in fifty is a near-duplicate of another, and a fifth of
these look different to the reference. The density at the scale of ImageNet is an assumption.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

CHUNK: Final = 16384
NEAR: Final = (0.03, 0.35)  # how far near-duplicates are, relative to images: cosines .9995 to .94


@dataclass(frozen=True)
class Population:
    """What embeddings are drawn from.

    Attributes:
        width: D of the probe.
        reference_width: D of the reference.
        mean_cosine: of two images to the probe; the rest is variance.
        reference_mean_cosine: likewise of the reference.
        superclasses, classes, modes_per_class: the tree that images hang on.
        shares: of the variance that superclass, class, mode and image have.
        decay: exponent of the spectrum.
        spread: standard deviation of the logarithm of the modes' sizes.
        duplicates: share of images that are near-duplicates.
        copies: near-duplicates of one image, on average.
        disagreeing: share of near-duplicates that the reference sees as another image.
    """

    width: int = 768
    reference_width: int = 1024
    mean_cosine: float = 0.55
    reference_mean_cosine: float = 0.12
    superclasses: int = 40
    classes: int = 1000
    modes_per_class: int = 6
    shares: tuple[float, float, float, float] = (0.25, 0.28, 0.2, 0.27)
    decay: float = 1.4
    spread: float = 0.2
    duplicates: float = 0.02
    copies: int = 3
    disagreeing: float = 0.2


# One kind of picture, as a shop or an archive has it: 7e-4 of all pairs are above .95.
NARROW: Final = Population(
    superclasses=1, classes=1, modes_per_class=60, shares=(0.25, 0.28, 0.23, 0.24)
)


def draw(
    count: int, population: Population = Population(), seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Draw images.

    Args:
        count: N.
        population: what they are drawn from.
        seed: of everything.

    Returns:
        The probe's and the reference's embeddings: float32 `[N, D]`, rows of unit norm.
    """
    rng = np.random.default_rng(seed)
    chances = rng.gamma(1.5, 1, population.classes * population.modes_per_class)
    mode = rng.choice(len(chances), count, p=chances / chances.sum())
    copies, originals = _duplicates(count, population, rng)
    same = rng.random(len(copies)) >= population.disagreeing
    distance = np.exp(rng.uniform(np.log(NEAR[0]), np.log(NEAR[1]), len(copies)))
    distance = distance.astype(np.float32)
    probe = _Tree(population.width, population.mean_cosine, population, 0.75, rng)
    reference = _Tree(
        population.reference_width, population.reference_mean_cosine, population, 1, rng
    )
    seen = probe.images(mode, rng)
    probe.duplicate(seen, copies, originals, distance, rng)
    known = reference.images(mode, rng)
    reference.duplicate(known, copies[same], originals[same], distance[same], rng)
    return seen, known


class _Tree:
    """Centres of the modes of one encoder, and the noise around them."""

    def __init__(
        self,
        width: int,
        mean_cosine: float,
        population: Population,
        flatter: float,
        rng: np.random.Generator,
    ) -> None:
        variance = 1 - mean_cosine
        basis = _basis(width, population.decay, 3, rng)
        self.noise = _basis(width, population.decay * flatter, 7, rng)
        above, of_class, of_mode, self.own = np.sqrt(np.multiply(population.shares, variance))
        parents = _normal(rng, population.superclasses, width) @ basis * above
        classes = _normal(rng, population.classes, width) @ basis * of_class
        classes += parents[rng.integers(population.superclasses, size=population.classes)]
        modes = np.repeat(classes, population.modes_per_class, axis=0)
        modes += _normal(rng, len(modes), width) @ basis * of_mode
        mean = rng.standard_normal(width)
        self.modes = modes + (np.sqrt(mean_cosine) * mean / np.linalg.norm(mean))
        self.modes = self.modes.astype(np.float32)
        size = np.exp(rng.normal(0, population.spread, len(modes)))
        self.size = (size / np.sqrt((size**2).mean()) * self.own).astype(np.float32)

    def images(self, mode: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        rows = np.empty((len(mode), self.modes.shape[1]), np.float32)
        for start in range(0, len(mode), CHUNK):
            some = mode[start : start + CHUNK]
            own = _normal(rng, len(some), rows.shape[1]) @ self.noise * self.size[some, None]
            rows[start : start + CHUNK] = _unit(self.modes[some] + own)
        return rows

    def duplicate(
        self,
        rows: np.ndarray,
        copies: np.ndarray,
        originals: np.ndarray,
        distance: np.ndarray,
        rng: np.random.Generator,
    ) -> None:
        for start in range(0, len(copies), CHUNK):
            piece = slice(start, start + CHUNK)
            change = _normal(rng, len(copies[piece]), rows.shape[1]) @ self.noise
            moved = rows[originals[piece]] + change * distance[piece, None]
            rows[copies[piece]] = _unit(moved)


def _duplicates(
    count: int, population: Population, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Images that become near-duplicates, and of which other images."""
    copies = int(count * population.duplicates)
    order = rng.permutation(count)
    originals = order[copies : copies + max(1, copies // population.copies)]
    if not copies:
        return order[:0], order[:0]
    return order[:copies], originals[rng.integers(len(originals), size=copies)]


def _basis(width: int, decay: float, offset: int, rng: np.random.Generator) -> np.ndarray:
    """Rows that turn white noise into noise of total variance 1 with a power-law spectrum."""
    spectrum = (np.arange(width) + offset) ** -float(decay)
    directions = np.linalg.qr(rng.standard_normal((width, width)))[0]
    basis: np.ndarray = (directions * np.sqrt(spectrum / spectrum.sum())).T.astype(np.float32)
    return basis


def _normal(rng: np.random.Generator, rows: int, width: int) -> np.ndarray:
    return rng.standard_normal((rows, width), dtype=np.float32)


def _unit(rows: np.ndarray) -> np.ndarray:
    unit: np.ndarray = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit
