"""The kernel in numpy alone: where no compiler was there, and as the native kernel's oracle.

Sums of products of prefixes are below 2^24, so float32 matrix products of them are exact.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from clipblind.mining.batch import Batch, Counts, Place
from clipblind.mining.cosines import pair_cosines
from clipblind.mining.index import NEVER, OFFSET, Index

ROWS: Final = 1024
CACHED: Final = 128  # rows that stay in a core's cache while they are rounded
CLUSTERS: Final = 16  # whose slabs are computed at once
COLUMNS: Final = 4096
SIFTED: Final = 1 << 18  # bytes of sketches, widened, that stay in a core's cache


@dataclass(frozen=True)
class Opened:
    """An index, and its integers once more as float32."""

    index: Index
    rows: np.ndarray
    left: np.ndarray
    right: np.ndarray
    own: np.ndarray


class Twin:
    """Does what `kernel.Native` does."""

    name: Final = "numpy"

    def project(self, rows: np.ndarray, basis: np.ndarray) -> np.ndarray:
        """See `kernel.Kernel`."""
        flat: np.ndarray = rows @ basis
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
        """See `kernel.Kernel`."""
        norm, (error, squared) = np.empty(len(q), np.int32), np.empty((2, len(q)), np.float32)
        q[:, width:] = 0
        for start in range(0, len(q), CACHED):
            piece = slice(start, start + CACHED)
            moved = rows[piece, :width] - shift[:width]
            squared[piece] = np.einsum("nd,nd->n", moved, moved)
            moved *= np.float32(scale)
            np.clip(moved, -limit, limit, out=moved)
            whole = np.rint(moved)
            q[piece, :width] = whole
            moved -= whole
            error[piece] = np.sqrt(np.einsum("nd,nd->n", moved, moved))
            norm[piece] = np.einsum("nd,nd->n", whole, whole, dtype=np.float64)
        return norm, error, squared

    def assign(self, centres: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """See `kernel.Kernel`."""
        half = np.einsum("kd,kd->k", *[centres.astype(np.int32)] * 2) // 2
        across = np.column_stack([centres, -half]).astype(np.float32).T
        chosen = np.empty(len(rows), np.int32)
        for start in range(0, len(rows), ROWS):
            some = rows[start : start + ROWS].astype(np.float32)
            wide = np.column_stack([some, np.ones(len(some), np.float32)])
            chosen[start : start + ROWS] = (wide @ across).argmax(1)
        return chosen

    def maxima(self, index: Index, first: int, last: int) -> None:
        """See `kernel.Kernel`."""
        ones = np.ones(index.clusters, np.float32)
        across = np.column_stack([index.centres, ones]).astype(np.float32).T
        for cluster in range(first, last):
            rows = index.rows[index.start[cluster] : index.start[cluster + 1]]
            if len(rows):
                # one more coordinate takes each row's product with its own centre away
                own = rows @ index.centres[cluster].astype(np.float32)
                products = np.column_stack([rows, -own]).astype(np.float32) @ across
                index.maxima[cluster, : index.clusters] = products.max(0)

    def open(self, index: Index) -> Opened:
        """See `kernel.Kernel`."""
        rows = index.rows.astype(np.float32)
        ones = np.ones(len(rows), np.float32)
        # the native kernel's panels are offset, and the bounds with them
        bound = index.row_bound - OFFSET * index.rows.sum(1, dtype=np.int32)
        column = index.column_bound[index.slot].astype(np.float32)
        left = np.column_stack([rows, ones, -bound.astype(np.float32)])
        right = np.column_stack([rows, column, ones])
        if index.middle:
            wide = replace(index.middle, q=index.middle.q.astype(np.float32))
            index = replace(index, middle=wide)
        return Opened(index, rows, left, right, index.own[index.slot].astype(np.float32))

    def join(self, opened: Opened, place: Place, stop: int, room: int) -> Batch:
        """See `kernel.Kernel`; `room` is kept to within a block of clusters."""
        found, counts, first = [np.empty((2, 0), np.uint32)], Counts(), place.i
        while first < stop and sum(pairs.shape[1] for pairs in found) <= room:
            last = min(first + CLUSTERS, stop)
            for pairs, seen in _join_clusters(opened, first, last):
                found.append(pairs)
                counts += seen
            first = last
        a, b = np.concatenate(found, axis=1)
        return Batch(a, b, Place(first, first), first >= stop, counts)

    def cosines(self, rows: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """See `kernel.Kernel`."""
        return pair_cosines(rows, a, b)


def _join_clusters(opened: Opened, first: int, last: int) -> Iterator[tuple[np.ndarray, Counts]]:
    """Some clusters with themselves and with what the slab filter leaves of the later ones."""
    index = opened.index
    base = int(index.start[first])
    towards = opened.rows[base:] @ index.centres[first:last].astype(np.float32).T
    towards -= opened.own[base:, None]
    for cluster in range(first, last):
        own = slice(int(index.start[cluster]), int(index.start[cluster + 1]))
        if own.start == own.stop:
            continue
        need = np.repeat(_need(index, cluster), np.diff(index.start)[cluster + 1 :])
        kept = towards[own.stop - base :, cluster - first] + need >= 0
        columns = np.concatenate([np.arange(own.start, own.stop), np.flatnonzero(kept) + own.stop])
        for at in range(0, len(columns), COLUMNS):
            some = columns[at : at + COLUMNS]
            met = opened.left[own] @ opened.right.take(some, 0, mode="clip").T
            a, b = np.divmod(np.flatnonzero(met >= 0), len(some))
            a, b = a + own.start, some[b]
            later = a < b
            yield _sift(index, a[later], b[later], met.size)


def _need(index: Index, cluster: int) -> np.ndarray:
    """What rows of each later cluster must exceed, negated; hopeless where the clusters are."""
    later = np.arange(cluster + 1, index.clusters)
    slack = index.slack(cluster, later) + index.maxima[cluster, later]
    alive = slack + index.maxima[later, cluster] >= 0
    need: np.ndarray = np.where(alive, slack, -NEVER).astype(np.float32)
    return need


def _sift(index: Index, a: np.ndarray, b: np.ndarray, met: int) -> tuple[np.ndarray, Counts]:
    """The pairs that the longer sketches admit."""
    left = [len(a)]
    for sketch, origin in ((index.middle, None), (index.whole, index.origin)):
        if sketch is not None:
            keep = np.empty(len(a), bool)
            step = SIFTED // sketch.width
            for at in range(0, len(a), step):
                p, q = a[at : at + step], b[at : at + step]
                if origin is not None:
                    p, q = origin[p], origin[q]
                keep[at : at + step] = sketch.admits(p, q, index.tau)
            a, b = a[keep], b[keep]
        left.append(len(a))
    return np.stack([a, b]).astype(np.uint32), Counts(met, *left)
