"""Float64 brute force, and data that is hard on a search."""

from collections.abc import Callable

import numpy as np

from clipblind.mining.cosines import pair_cosines
from clipblind.mining.synthetic import NARROW, Population, draw

BLOCK = 1024
DGEMM = 1e-11  # what a blocked float64 product can differ from the decision's order of additions


def brute_force(probe: np.ndarray, reference: np.ndarray, above: float, below: float) -> np.ndarray:
    """All blind pairs as numbers i * N + j, ascending."""
    rows = len(probe)
    wide, other = probe.astype(np.float64), reference.astype(np.float64)
    found = [np.empty(0, np.int64)]
    for start in range(0, rows, BLOCK):
        own = slice(start, start + BLOCK)
        cos_probe, cos_reference = wide[own] @ wide[start:].T, other[own] @ other[start:].T
        for rows_of, cosines, threshold in (
            (probe, cos_probe, above),
            (reference, cos_reference, below),
        ):
            i, j = np.nonzero(np.abs(cosines - threshold) < DGEMM)
            cosines[i, j] = pair_cosines(rows_of, i + start, j + start)
        i, j = np.nonzero((cos_probe > above) & (cos_reference < below))
        later = j > i
        found.append((i[later] + start) * rows + j[later] + start)
    return np.sort(np.concatenate(found))


def unit(rows: np.ndarray) -> np.ndarray:
    """Rows of unit norm, float32."""
    wide = rows.astype(np.float64)
    return (wide / np.linalg.norm(wide, axis=1, keepdims=True)).astype(np.float32)


def isotropic(rows: int, seed: int, width: int = 64) -> tuple[np.ndarray, np.ndarray]:
    """No directions, no clusters."""
    rng = np.random.default_rng(seed)
    return unit(rng.normal(size=(rows, width))), unit(rng.normal(size=(rows, width)))


def clip_like(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The generator's default, with more modes a class than a small set has images."""
    return draw(rows, Population(superclasses=8, classes=40), seed)


def narrow(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """One kind of picture."""
    return draw(rows, NARROW, seed)


def cliques(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Groups of near-duplicates, some large, which the reference tells apart in half of them."""
    rng = np.random.default_rng(seed)
    probe, reference = clip_like(rows, seed)
    leader = rng.integers(0, max(rows // 200, 1), rows)
    noise = 10.0 ** rng.uniform(-5, -1.5, rows)[:, None]
    copies = rng.random(rows) < 0.5
    close = probe[leader] + noise * unit(rng.normal(size=probe.shape))
    probe = np.where(copies[:, None], unit(close), probe)
    same = copies & (rng.random(rows) < 0.5)
    seen = reference[leader] + noise * unit(rng.normal(size=reference.shape))
    return probe, np.where(same[:, None], unit(seen), reference)


def exact_copies(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Every row many times, to both encoders, or to the probe alone."""
    rng = np.random.default_rng(seed)
    probe, reference = clip_like(rows, seed)
    of = rng.integers(0, max(rows // 60, 1), rows)
    alone = rng.random(rows) < 0.05
    return probe[of], np.where(alone[:, None], reference, reference[of])


def planted(above: float) -> Callable[[int, int], tuple[np.ndarray, np.ndarray]]:
    """Pairs within 1e-8 to 1e-3 of a threshold, on both sides of it."""

    def make(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        rng = np.random.default_rng(seed)
        probe, reference = clip_like(rows, seed)
        half = rows // 2
        base = probe[:half].astype(np.float64)
        other = unit(rng.normal(size=base.shape)).astype(np.float64)
        other -= (other * base).sum(1, keepdims=True) * base
        other /= np.linalg.norm(other, axis=1, keepdims=True)
        cosine = above + rng.choice([-1, 1], half) * 10.0 ** rng.uniform(-8, -3, half)
        cosine = np.clip(cosine, -1, 1)[:, None]
        twin = unit(cosine * base + np.sqrt(1 - cosine**2) * other)
        return np.concatenate([probe[:half], twin, probe[2 * half :]]), reference

    return make


def flat(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """All rows in a plane of two dimensions of 512: the residual is nothing but rounding."""
    rng = np.random.default_rng(seed)
    plane = np.linalg.qr(rng.normal(size=(512, 2)))[0]
    return unit(rng.normal(size=(rows, 2)) @ plane.T), isotropic(rows, seed)[1]
