"""The index a join runs on: rows sorted by cluster, their sketches, and how far clusters reach."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from clipblind.ground.threads import CHUNK, in_order, slices
from clipblind.mining.sketch import PREFIX, Sketch
from clipblind.mining.sketching import Sketches

if TYPE_CHECKING:
    from clipblind.mining.kernel import Kernel

LANES: Final = 16  # rows in a panel
OFFSET: Final = 64  # added to a prefix's bytes in a panel
NEVER: Final = 1 << 30  # no product of prefixes comes near it
FAR: Final = 1 << 28  # nor near this, which is still far above -NEVER
STEPS_OF_KMEANS: Final = 3
SAMPLED: Final = (8192, 20)  # rows k-means sees: at least, and per cluster


@dataclass
class Index:
    """All that a join reads. Rows are named by their place in the clusters' order.

    The slab filter: for clusters i and j with centres c_i and c_j let w = c_j - c_i. All rows x of
    i have q_x.w <= maxima[i, j], the greatest q_x.c_j - q_x.c_i among them, and all rows y of j
    have q_y.w >= -maxima[j, i]. Partners' prefixes lie within R = radius + errors of each other,
    so q_y.w - q_x.w <= R |w|. A row x with q_x.w < -maxima[j, i] - R |w| has no partner in j.
    Products of int8 prefixes are whole numbers; only R |w| is rounded, upwards.

    Attributes:
        origin: int64 `[N]`, the row number in the caller's order.
        start: int64 `[K + 1]`, the first row of each cluster.
        prefix: the sketch whose bytes are the prefixes, int8 `[N, 32]`.
        centres: int8 `[K, 32]`.
        maxima: int32 `[K, K up to whole panels]`: greatest x.c_j - x.c_i over the rows x of i.
        reach: float32 `[K]`, the greatest error of a prefix in each cluster.
        radius: in units of prefixes.
        tau: the radius as a distance.
        middle: a sketch of more directions in the clusters' order, if there is one.
        whole: the sketch of all dimensions, in the caller's order.
        row_bound: int32 `[N]`, column_bound: int32 `[panels * 16]`: a pair is a candidate if
            their prefixes' product, offset as panels are, is at least the sum of its row's bound
            and the other's, negated.
        own: int32 `[panels * 16]`, each row's product with its own centre.
    """

    origin: np.ndarray
    start: np.ndarray
    prefix: Sketch
    centres: np.ndarray
    maxima: np.ndarray
    reach: np.ndarray
    radius: float
    tau: float
    middle: Sketch | None
    whole: Sketch
    panel_start: np.ndarray
    panels: np.ndarray
    row_bound: np.ndarray
    column_bound: np.ndarray
    own: np.ndarray
    slot: np.ndarray = field(repr=False)

    @property
    def rows(self) -> np.ndarray:
        """The prefixes, int8 `[N, 32]`."""
        return self.prefix.q

    @property
    def clusters(self) -> int:
        """K."""
        return len(self.centres)

    @property
    def largest(self) -> int:
        """Rows of the largest cluster."""
        return int(np.diff(self.start).max(initial=0))

    @cached_property
    def centre_panels(self) -> np.ndarray:
        """The centres as panels."""
        return panels_of(self.centres)

    @cached_property
    def offset_own(self) -> np.ndarray:
        """Each row's product with its own centre, offset as a product with a panel is: int32."""
        offset: np.ndarray = self.own[self.slot] + OFFSET * self.rows.sum(1, dtype=np.int32)
        return offset

    def sketch(
        self, sketch: Sketch | None
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, float, int]:
        """A sketch as the native kernel takes it."""
        if sketch is None:
            return np.empty(0, np.int8), np.empty(0, np.int32), np.empty(0, np.float32), 0.0, 0
        return sketch.q, sketch.norm, sketch.error, sketch.scale * self.tau, sketch.width

    def slack(self, cluster: int, others: np.ndarray) -> np.ndarray:
        """Radius and errors times the centres' distance, rounded up as in `cascade.h`: int64."""
        gaps = self.centres[others].astype(np.int64) - self.centres[cluster]
        reach = self.radius + self.reach[cluster].astype(np.float64) + self.reach[others]
        distances = np.sqrt(np.einsum("kd,kd->k", gaps, gaps).astype(np.float64))
        slack: np.ndarray = (reach * distances * (1 + 1e-12)).astype(np.int64) + 2
        return slack

    def rows_met(self, cluster: int) -> int:
        """Pairs of rows that the slabs of two clusters leave of one with all later ones."""
        sizes, later = np.diff(self.start), np.arange(cluster + 1, self.clusters)
        near = self.maxima[cluster, later] + self.maxima[later, cluster] >= -self.slack(
            cluster, later
        )
        return int(sizes[cluster]) * int(sizes[later][near].sum() + sizes[cluster])


def panels_of(rows: np.ndarray) -> np.ndarray:
    """Rows as panels: uint8 `[ceil(N / 16), 8, 16, 4]`, padded with zeros."""
    padded = np.zeros((-(-len(rows) // LANES) * LANES, PREFIX), np.uint8)
    np.add(rows, OFFSET, out=padded[: len(rows)], casting="unsafe")
    words = padded.view(np.int32).reshape(-1, LANES, PREFIX // 4)
    return np.ascontiguousarray(words.transpose(0, 2, 1)).view(np.uint8)


def build_index(
    sketches: Sketches,
    searched: np.ndarray,
    tau: float,
    clusters: int,
    kernel: "Kernel",
    threads: int = 1,
    seed: int = 0,
) -> Index:
    """Cluster rows by their prefixes and sort them.

    Clusters decide how fast the join is, never what it finds.

    Args:
        sketches: of all rows.
        searched: int64, the rows to search, ascending; at least one.
        tau: the distance within which pairs are wanted.
        clusters: K.
        kernel: what computes.
        threads: chunks of rows at a time.
        seed: of the sample that centres are found on.
    """
    prefix = sketches.prefix
    if len(searched) < len(prefix.q):
        prefix = prefix.take(searched, threads)
    centres = _centres(prefix.q, clusters, kernel, threads, seed)
    cluster = _nearest(centres, prefix.q, kernel, threads)
    order = np.argsort(cluster.astype(np.uint16), kind="stable")
    sizes = np.bincount(cluster, minlength=len(centres))
    origin = searched[order]
    index = restored(
        prefix.take(order, threads),
        sketches.middle.take(origin, threads) if sketches.middle else None,
        sketches.whole,
        centres,
        np.concatenate([[0], sizes.cumsum()]),
        origin,
        np.full((len(centres), -(-len(centres) // LANES) * LANES), -NEVER, np.int32),
        tau,
        threads,
    )
    for _ in in_order(threads, lambda span: kernel.maxima(index, *span), _spans(index, threads)):
        pass
    return index


def restored(
    prefix: Sketch,
    middle: Sketch | None,
    whole: Sketch,
    centres: np.ndarray,
    start: np.ndarray,
    origin: np.ndarray,
    maxima: np.ndarray,
    tau: float,
    threads: int = 1,
) -> Index:
    """An index of rows that are sorted by cluster; see `Index` for the arguments."""
    sizes = np.diff(start)
    panel_start = np.concatenate([[0], (-(-sizes // LANES)).cumsum()])
    slot = np.arange(len(origin)) + np.repeat(LANES * panel_start[:-1] - start[:-1], sizes)
    slots = int(LANES * panel_start[-1])
    reach = np.zeros(len(centres), np.float32)
    filled = sizes > 0
    reach[filled] = np.maximum.reduceat(prefix.error, start[:-1][filled])
    index = Index(
        origin=origin,
        start=start,
        prefix=prefix,
        centres=centres,
        maxima=maxima,
        reach=reach,
        radius=prefix.scale * tau,
        tau=tau,
        middle=middle,
        whole=whole,
        panel_start=panel_start,
        panels=np.empty((slots // LANES, PREFIX // 4, LANES, 4), np.uint8),
        row_bound=np.empty(len(origin), np.int32),
        column_bound=np.empty(slots, np.int32),
        own=np.empty(slots, np.int32),
        slot=slot,
    )
    for _ in in_order(threads, lambda span: _fill(index, *span), _spans(index, threads)):
        pass
    return index


def _spans(index: Index, threads: int) -> Iterator[tuple[int, int]]:
    """Clusters in spans that keep threads busy."""
    edges = np.unique(np.linspace(0, index.clusters, 16 * threads + 1).astype(int)).tolist()
    return pairwise(edges)


def _fill(index: Index, first: int, last: int) -> None:
    """Lay out the rows of some clusters in panels, with their bounds."""
    rows = slice(index.start[first], index.start[last])
    panels = slice(index.panel_start[first], index.panel_start[last])
    slots = slice(LANES * panels.start, LANES * panels.stop)
    slot, count = index.slot[rows] - slots.start, slots.stop - slots.start
    prefix, sizes = index.prefix.part(rows), np.diff(index.start[first : last + 1])
    centres = np.repeat(index.centres[first:last], sizes, axis=0)
    products = np.einsum("nd,nd->n", prefix.q, centres, dtype=np.int32, casting="unsafe")
    index.row_bound[rows], bound = _bounds(prefix, index.radius)
    index.panels[panels] = panels_of(_spaced(prefix.q, slot, count, 0)).reshape(-1, 8, LANES, 4)
    index.column_bound[slots] = _spaced(bound, slot, count, -NEVER)
    index.own[slots] = _spaced(products, slot, count, NEVER)


def _spaced(values: np.ndarray, slot: np.ndarray, slots: int, empty: int) -> np.ndarray:
    """Values of rows at their slots in panels; `empty` where a panel has no row."""
    spaced = np.full((slots, *values.shape[1:]), empty, values.dtype)
    spaced[slot] = values
    return spaced


def _bounds(prefix: Sketch, radius: float) -> tuple[np.ndarray, np.ndarray]:
    """Each row's part of the condition |q_a - q_b|^2 <= (radius + e_a + e_b)^2.

    The right side is at most radius^2 + 2 radius (e_a + e_b) + 2 e_a^2 + 2 e_b^2, a sum of one
    part for each row. So 2 q_a.q_b >= |q_a|^2 + |q_b|^2 - (that) is necessary, and halves may be
    rounded down. Parts beyond `FAR` are those of a radius that rules nothing out; cut off there,
    they still don't.
    """
    error = prefix.error.astype(np.float64)
    part = prefix.norm - 2 * radius * error - 2 * error * error
    offset = OFFSET * prefix.q.sum(1, dtype=np.int64)
    row_bound = np.floor(np.maximum(part - radius * radius, -FAR) / 2).astype(np.int64) + offset
    return row_bound.astype(np.int32), -np.floor(np.maximum(part, -FAR) / 2).astype(np.int32)


def _nearest(centres: np.ndarray, rows: np.ndarray, kernel: "Kernel", threads: int) -> np.ndarray:
    """The nearest centre of each row: int32 `[N]`."""
    pieces = (rows[piece] for piece in slices(len(rows), 2 * CHUNK))
    return np.concatenate(
        list(in_order(threads, lambda piece: kernel.assign(centres, piece), pieces))
    )


def _centres(
    rows: np.ndarray, clusters: int, kernel: "Kernel", threads: int, seed: int
) -> np.ndarray:
    """k-means on a sample of the prefixes; int8 `[K, 32]`."""
    rng = np.random.default_rng(seed)
    size = min(len(rows), max(SAMPLED[0], SAMPLED[1] * clusters))
    sample = rows[np.sort(rng.choice(len(rows), size, replace=False, shuffle=False))]
    centres = sample[np.sort(rng.choice(size, min(clusters, size), replace=False))]
    for _ in range(STEPS_OF_KMEANS):
        chosen = _nearest(centres, sample, kernel, threads)
        order = np.argsort(chosen.astype(np.uint16), kind="stable")
        sizes = np.bincount(chosen, minlength=len(centres))
        filled = np.flatnonzero(sizes)
        first = np.concatenate([[0], sizes.cumsum()[:-1]])[filled]
        sums = np.add.reduceat(sample[order], first, axis=0, dtype=np.int32)
        centres = centres.copy()
        centres[filled] = np.rint(sums / sizes[filled, None])
    return centres
