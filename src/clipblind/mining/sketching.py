"""Making the sketches: every row is read once, chunk by chunk."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from clipblind.ground.threads import in_order, slices
from clipblind.mining.sketch import (
    LEAST_RESIDUAL,
    LIMIT,
    LINE,
    PREFIX,
    PREFIX_LIMIT,
    UNIT,
    Projection,
    Sketch,
)

if TYPE_CHECKING:
    from clipblind.mining.kernel import Kernel

CLIPPED: Final = 5e-4  # the share of coordinates that lie beyond a sketch's range
PANELS: Final = 32  # columns of the basis come in multiples of it
SEEN: Final = 1024  # rows that ranges are taken from


@dataclass(frozen=True)
class Sketches:
    """The cascade's sketches of all rows, in their order.

    Attributes:
        prefix: 31 directions and the residual's norm, in 7 bits.
        middle: more directions in 8 bits, if there are any.
        whole: all dimensions in 8 bits.
    """

    prefix: Sketch
    middle: Sketch | None
    whole: Sketch


def sketch_rows(
    probe: np.ndarray,
    projection: Projection,
    directions: int,
    kernel: "Kernel",
    threads: int = 1,
) -> Sketches:
    """Sketch every row.

    Args:
        probe: float32 `[N, D]`.
        projection: fitted on some of them.
        directions: width of the middle sketch, a multiple of 64, or 0 for none.
        kernel: what computes.
        threads: chunks at a time.
    """
    maker = _Maker(probe, projection, directions, kernel)
    for _ in in_order(threads, maker.make, slices(len(probe))):
        pass
    return maker.sketches()


class _Maker:
    """Fills the sketches chunk by chunk."""

    def __init__(
        self, probe: np.ndarray, projection: Projection, directions: int, kernel: "Kernel"
    ) -> None:
        count, width = probe.shape
        used = projection.basis.shape[1]
        self.probe, self.kernel, self.projection = probe, kernel, projection
        self.basis = np.zeros((width, -(-used // PANELS) * PANELS), np.float32)
        self.basis[:, :used] = projection.basis
        sample = probe[:: max(1, count // SEEN)] - projection.mean
        flat = sample @ projection.basis
        squared = np.einsum("nd,nd->n", sample, sample)
        self.whole = _Draft(count, -(-width // LINE) * LINE, width, sample, LIMIT, projection)
        first = flat[:, : PREFIX - 1]
        self.prefix = _Draft(count, PREFIX, first.shape[1], first, PREFIX_LIMIT, projection)
        self.prefix.add_residual(squared)
        self.middle = None
        if directions:
            self.middle = _Draft(count, directions, used, flat, LIMIT, projection)
            self.middle.add_residual(squared)

    def make(self, piece: slice) -> None:
        rows = self.probe[piece]
        squared = self.whole.fill(piece, rows, self.projection.mean, None, self.kernel)
        flat = self.kernel.project(rows, self.basis)
        self.prefix.fill(piece, flat, self.projection.shift, squared, self.kernel)
        if self.middle:
            self.middle.fill(piece, flat, self.projection.shift, squared, self.kernel)

    def sketches(self) -> Sketches:
        middle = self.middle.sketch() if self.middle else None
        return Sketches(self.prefix.sketch(), middle, self.whole.sketch())


class _Draft:
    """A sketch in the making: the first `used` columns of the rows it is filled with."""

    def __init__(
        self,
        count: int,
        width: int,
        used: int,
        sample: np.ndarray,
        limit: int,
        projection: Projection,
    ) -> None:
        self.q = np.empty((count, width), np.int8)
        self.norm = np.empty(count, np.int32)
        self.error = np.empty(count, np.float32)
        self.used, self.limit, self.projection = used, limit, projection
        self.sample, self.scale = sample, _scale(sample, limit)
        self.bound = 8 * UNIT * projection.spread
        self.slip = 0.0
        self.residual_mean: float | None = None

    def add_residual(self, squared: np.ndarray) -> None:
        """Rows are projections: what float32 did to them counts, and the residual's norm may.

        Args:
            squared: float32, the squared norms of the sample's rows before they were projected.
        """
        self.bound += self.projection.error(self.used)
        self.slip = self.projection.slip(self.used)
        kept = np.einsum("nd,nd->n", self.sample, self.sample)
        mean = float(np.sqrt(np.maximum(squared - kept, 0)).mean())
        if self.used < len(self.projection.mean) and mean > LEAST_RESIDUAL:
            self.residual_mean = mean

    def fill(
        self,
        piece: slice,
        rows: np.ndarray,
        shift: np.ndarray,
        squared: np.ndarray | None,
        kernel: "Kernel",
    ) -> np.ndarray:
        """Sketch a chunk; returns the squared norms of its moved rows."""
        q = self.q[piece]
        norm, lost, kept = kernel.quantise(rows, self.used, shift, self.scale, self.limit, q)
        # float32 sums of squares are off by less than this part of themselves, in any order
        error = lost.astype(np.float64) * (1 + (self.used + 16) * UNIT)
        before = np.full(len(q), self.bound)
        if squared is not None and self.residual_mean is not None:
            residual = np.sqrt(np.maximum(squared.astype(np.float64) - kept, 0))
            # |sqrt(a) - sqrt(b)| is at most |a - b| / sqrt(a), and at most sqrt(|a - b|)
            with np.errstate(divide="ignore"):
                before += np.minimum(np.sqrt(self.slip), self.slip / residual)
            exact = (residual - self.residual_mean) * self.scale
            exact = np.clip(exact, -self.limit, self.limit)
            whole = np.rint(exact)
            q[:, self.used] = whole
            norm += (whole * whole).astype(np.int32)
            error = np.hypot(error, exact - whole)
        self.norm[piece] = norm
        total = (error + self.scale * before).astype(np.float32)
        self.error[piece] = np.nextafter(total, np.float32(np.inf))
        return kept

    def sketch(self) -> Sketch:
        return Sketch(self.q, self.norm, self.error, self.scale)


def _scale(sample: np.ndarray, limit: int) -> float:
    """Units per distance, so that few coordinates of a sample are clipped."""
    at = int((1 - CLIPPED) * sample.size)
    widest = float(np.partition(np.abs(sample), at, None)[at]) if sample.size else 0.0
    return float(np.float32(limit / max(widest, 1e-3)))
