"""What the miner computes with: the native extension, or its twin in numpy."""

import os
from importlib import import_module
from typing import Any, Final, Protocol

import numpy as np

from clipblind.ground.errors import UserError
from clipblind.mining.batch import Batch, Counts, Place
from clipblind.mining.index import LANES, Index, panels_of
from clipblind.mining.twin import Twin

try:
    _native: Any = import_module("clipblind.mining._native")
except ImportError:  # no compiler was there when the package was installed
    _native = None

HOPELESS: Final = -(1 << 19)  # no centre scores as low
CHOICE: Final = "CLIPBLIND_KERNEL"


class Kernel(Protocol):
    """The inner loops of the miner. All arrays are C-contiguous."""

    @property
    def name(self) -> str:
        """`numpy`, or the native kernel's instruction set."""

    def project(self, rows: np.ndarray, basis: np.ndarray) -> np.ndarray:
        """Rows `[N, D]` times a basis `[D, M]`, M a multiple of 32; float32 `[N, M]`."""

    def quantise(
        self,
        rows: np.ndarray,
        width: int,
        shift: np.ndarray,
        scale: float,
        limit: int,
        q: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Round the first `width` columns of `(rows - shift) * scale`, clipped, into int8 `q`.

        Returns:
            The squared norms of `q` (int32), the norms of what rounding took away (float32) and the
            squared norms of `rows - shift` (float32), each `[N]`.
        """

    def assign(self, centres: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """The nearest centre (int8 `[K, 32]`) of each row (int8 `[N, 32]`): int32 `[N]`."""

    def maxima(self, index: Index, first: int, last: int) -> None:
        """Fill `index.maxima` for some clusters: how far each reaches towards every centre."""

    def open(self, index: Index) -> Any:
        """What `join` wants of a finished index."""

    def join(self, opened: Any, place: Place, stop: int, room: int) -> Batch:
        """Join clusters from `place` up to `stop` with themselves and all later ones.

        Ends early once `room` pairs might not hold the next block.
        """

    def cosines(self, rows: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Float64 dot products of pairs of rows, as `mining.cosines.pair_cosines` defines them."""


class Native:
    """The extension, in one of its builds."""

    def __init__(self, build: str) -> None:
        self.name = build

    def project(self, rows: np.ndarray, basis: np.ndarray) -> np.ndarray:
        """See `Kernel`."""
        width, columns = basis.shape
        panels = np.ascontiguousarray(basis.reshape(width, -1, LANES).transpose(1, 0, 2))
        flat = np.empty((len(rows), columns), np.float32)
        _native.project(
            *(self.name, rows, len(rows), width, panels, columns // LANES, flat),
        )
        return flat

    def quantise(
        self,
        rows: np.ndarray,
        width: int,
        shift: np.ndarray,
        scale: float,
        limit: int,
        q: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """See `Kernel`."""
        norm, (error, squared) = np.empty(len(q), np.int32), np.empty((2, len(q)), np.float32)
        _native.quantise(
            *(self.name, rows, len(q), rows.shape[1], width, shift, scale, limit),
            *(q, q.shape[1], norm, error, squared),
        )
        return norm, error, squared

    def assign(self, centres: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """See `Kernel`."""
        half = np.full(-(-len(centres) // LANES) * LANES, HOPELESS, np.int32)
        half[: len(centres)] = -(np.einsum("kd,kd->k", *[centres.astype(np.int32)] * 2) // 2)
        chosen = np.empty(len(rows), np.int32)
        _native.assign(self.name, panels_of(centres), half, rows, chosen)
        return chosen

    def maxima(self, index: Index, first: int, last: int) -> None:
        """See `Kernel`."""
        _native.maxima(
            *(self.name, index.centre_panels, index.start, index.rows, index.offset_own),
            *(index.maxima, first, last),
        )

    def open(self, index: Index) -> Any:
        """See `Kernel`."""
        return _native.index(
            *(len(index.rows), index.clusters, index.maxima.shape[1], index.largest, index.radius),
            *(index.start, index.panel_start, index.rows, index.panels, index.row_bound),
            *(index.column_bound, index.own, index.centres, index.maxima, index.reach),
            index.origin,
            *index.sketch(index.middle),
            *index.sketch(index.whole),
        )

    def join(self, opened: Any, place: Place, stop: int, room: int) -> Batch:
        """See `Kernel`."""
        a, b = np.empty((2, room), np.uint32)
        done, at, found, counts = _native.join(
            self.name, opened, (place.i, place.j, place.block), stop, a, b
        )
        return Batch(a[:found], b[:found], Place(*at), done, Counts(*counts))

    def cosines(self, rows: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """See `Kernel`."""
        cosines = np.empty(len(a))
        a, b = (np.ascontiguousarray(pairs, np.int64) for pairs in (a, b))
        _native.cosines(self.name, rows, rows.shape[1], a, b, cosines)
        return cosines


def builds() -> tuple[str, ...]:
    """Names of the kernels that run here, fastest first; `numpy` is always the last."""
    return (*(_native.builds() if _native else ()), Twin.name)


def kernel_named(name: str = "auto") -> Kernel:
    """A kernel by name; `auto`: what CLIPBLIND_KERNEL names, or else the fastest one.

    Raises:
        UserError: if it doesn't run here.
    """
    wanted = os.environ.get(CHOICE, "") or builds()[0] if name == "auto" else name
    if wanted not in builds():
        raise UserError(
            f"There is no mining kernel {wanted!r} on this machine; {CHOICE} may be"
            f" {', '.join(builds())}."
        )
    return Twin() if wanted == Twin.name else Native(wanted)
