"""Short int8 sketches of embeddings, from which a pair can be ruled out without an error.

Every sketch is a 1-Lipschitz map of the row, rounded:

    row x  ->  f(x)  ->  q = round(scale x f(x)),   |f(x) - f(y)| <= |x - y|

A pair whose cosine exceeds t lies closer than tau (`radius_of`), so |f(x) - f(y)| < tau as well.
With e(x) >= |scale x f(x) - q(x)|, all that rounding did to a row, the triangle inequality gives

    |q(x) - q(y)| < scale x tau + e(x) + e(y)

for every such pair. A pair that breaks it can't be a hit; |q(x) - q(y)|^2 is a whole number and is
computed exactly. e(x) is the measured rounding of each row plus an a-priori bound on what float32
arithmetic did before it, so no rounding anywhere can lose a pair.

Two maps are used (Cauchy-Schwarz makes the first 1-Lipschitz):

    project:  x -> (W'(x - mu), |x - mu - WW'(x - mu)|)   W: leading principal directions
    whole:    x -> x - mu                                 all dimensions

each followed by clipping every coordinate to a range, which is 1-Lipschitz too.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from clipblind.ground.threads import in_order, slices

PREFIX: Final = 32  # dimensions of the first sketch: 31 directions and the residual's norm
PREFIX_LIMIT: Final = 63  # two sums of two products of its bytes stay within int16
LIMIT: Final = 127
LINE: Final = 64  # sketches are whole cache lines
UNIT: Final = 2.0**-24  # the unit roundoff of float32
SAMPLED: Final = (2048, 8192)  # rows that directions are fitted on: at least and at most
DOUBLE_STEPS: Final = 2
COPIED: Final = 16384  # rows that are copied at a time
SUMMED: Final = 1024  # rows whose part of the covariance is computed at a time
# Below this distance, the residual's norm would cost more in error than it tells.
LEAST_RESIDUAL: Final = 0.1


@dataclass(frozen=True)
class Sketch:
    """Rounded images of N rows.

    Attributes:
        q: int8 `[N, width]`, width a multiple of 32.
        norm: int32 `[N]`, squared norms of `q`.
        error: float32 `[N]`, bounds of each row's rounding, in units of `q`.
        scale: units of `q` per unit of distance.
    """

    q: np.ndarray
    norm: np.ndarray
    error: np.ndarray
    scale: float

    @property
    def width(self) -> int:
        """Bytes of a row."""
        return int(self.q.shape[1])

    @cached_property
    def longest(self) -> int:
        """The greatest squared norm."""
        return int(self.norm.max(initial=0))

    def take(self, order: np.ndarray, threads: int = 1) -> "Sketch":
        """The rows in another order."""
        count = len(order)
        q = np.empty((count, self.width), np.int8)
        taken = Sketch(q, np.empty(count, np.int32), np.empty(count, np.float32), self.scale)

        def copy(piece: slice) -> None:
            rows = order[piece]
            # checked indices would be copied first; these are row numbers
            np.take(self.q, rows, 0, q[piece], mode="clip")
            taken.norm[piece], taken.error[piece] = self.norm[rows], self.error[rows]

        for _ in in_order(threads, copy, slices(count, COPIED)):
            pass
        return taken

    def part(self, rows: slice) -> "Sketch":
        """Some of the rows, as a view."""
        return Sketch(self.q[rows], self.norm[rows], self.error[rows], self.scale)

    def admits(self, a: np.ndarray, b: np.ndarray, tau: float) -> np.ndarray:
        """Which pairs of rows the sketch can't rule out at a distance `tau`: bool `[P]`."""
        # float32 is exact up to 2^24, and distances are at most twice as long as the rows
        exact = np.dtype("float32" if self.longest < 2**22 else "float64")
        left, right = (
            self.q.take(rows, 0, mode="clip").astype(exact, copy=False) for rows in (a, b)
        )
        left -= right
        squared = np.einsum("nd,nd->n", left, left)
        reach = self.scale * tau + self.error[a].astype(np.float64) + self.error[b]
        admitted: np.ndarray = squared <= reach * reach
        return admitted


@dataclass(frozen=True)
class Projection:
    """The map to a few coordinates, fitted on a sample; any fit is exact, a good one is fast.

    Attributes:
        mean: float32 `[D]`.
        basis: float32 `[D, M]`; its first columns span the leading directions, and are a basis of
            their own for the prefix. Orthonormal but for float32 rounding.
        shift: float32 `[M]`, the mean in the basis.
        spread: greatest distance of a row from the mean.
    """

    mean: np.ndarray
    basis: np.ndarray
    shift: np.ndarray
    spread: float

    def error(self, width: int) -> float:
        """A bound on what float32 does to the first `width` coordinates of a row, as a norm.

        Dot products of D terms are off by at most D u / (1 - D u) times the dot product of the
        absolute values, whatever the order of the additions (Higham, Accuracy and Stability of
        Numerical Algorithms, section 3.1); the basis is off an orthonormal one by its singular
        values' distance from 1.
        """
        used = self.basis[:, :width].astype(np.float64)
        gamma = len(used) * UNIT / (1 - len(used) * UNIT)
        absolute = np.sqrt(np.abs(used).sum(0).max() * np.abs(used).sum(1).max())
        spectrum = np.linalg.eigvalsh(used.T @ used)
        skew = max(abs(1 - np.sqrt(spectrum[0])), abs(np.sqrt(spectrum[-1]) - 1))
        return float(gamma * absolute * self.spread + (skew + 4 * UNIT) * self.spread)

    def slip(self, width: int) -> float:
        """A bound on the error of a computed squared residual.

        It is a difference of two squared norms: of the row, which float32 sums are off in, and of
        its coordinates, which are off by `error` before they are squared.
        """
        off = self.error(width)
        squares = (len(self.basis) + width + 32) * UNIT * self.spread**2
        return float(squares + 2 * self.spread * off + off * off)


def radius_of(above: float, greatest_norm: float) -> float:
    """The distance below which two rows lie whose dot product exceeds `above`.

    |x - y|^2 = |x|^2 + |y|^2 - 2 x.y; the last term covers the float64 rounding of the decision.
    No two rows are further apart than twice the greatest norm, whatever the threshold.
    """
    product = max(above, -(greatest_norm**2))
    return float(np.sqrt(max(2 * greatest_norm**2 - 2 * product, 0) + 1e-9))


def principal_directions(
    rows: np.ndarray, directions: int, seed: int = 0, threads: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """The mean of a sample and its leading principal directions, by subspace iteration.

    Args:
        rows: float32 `[N, D]`.
        directions: M, at most D.
        seed: of the sample.
        threads: to use.

    Returns:
        float32 `[D]`, and float32 `[D, M]`, orthonormal but for rounding, the leading first.
    """
    rng = np.random.default_rng(seed)
    size = min(len(rows), max(SAMPLED[0], min(SAMPLED[1], len(rows) // 64)))
    sample = rows[np.sort(rng.choice(len(rows), size, replace=False))]
    mean = sample.mean(0)
    centred = sample - mean
    pieces = (centred[piece] for piece in slices(size, SUMMED))
    covariance = sum(in_order(threads, lambda piece: piece.T @ piece, pieces))
    trial = rng.standard_normal((len(mean), min(directions + 8, len(mean))), dtype=np.float32)
    for _ in range(DOUBLE_STEPS):
        trial = np.linalg.qr(covariance @ (covariance @ trial))[0]
    _, turned = np.linalg.eigh(trial.T @ covariance @ trial)
    return mean, trial @ turned[:, ::-1][:, :directions]


def projection_on(mean: np.ndarray, leading: np.ndarray, seed: int = 0) -> Projection:
    """A projection on directions, randomly rotated so that coordinates' ranges are alike.

    The 31 leading directions are rotated among themselves, the others likewise.

    Args:
        mean: float32 `[D]`.
        leading: float32 `[D, M]`, the leading direction first.
        seed: of the rotations.
    """
    rng = np.random.default_rng(seed)
    exact = np.linalg.qr(leading.astype(np.float64))[0]
    parts = exact[:, : PREFIX - 1], exact[:, PREFIX - 1 :]
    turned = [part @ _rotation(rng, part.shape[1]) for part in parts]
    basis = np.concatenate(turned, axis=1).astype(np.float32)
    spread = 1.001 + float(np.linalg.norm(mean.astype(np.float64)))
    return Projection(mean, basis, mean @ basis, spread)


def _rotation(rng: np.random.Generator, width: int) -> np.ndarray:
    return np.linalg.qr(rng.standard_normal((width, width)))[0]
