"""How to search: what a sample says that each way would cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from clipblind.ground.threads import in_order
from clipblind.mining.sketch import PREFIX, Projection, principal_directions, projection_on

Method = Literal["cascade", "dense"]

SAMPLE: Final = 1024
LEAST_ROWS: Final = 3072  # fewer are searched before a sample is drawn
ROWS_PER_CLUSTER: Final = 128
MOST_CLUSTERS: Final = 8192  # the slabs' maxima take the square of it, 256 MiB
MIDDLES: Final = (64, 128, 256)
MANY: Final = {64: 0, 128: 0, 256: 500_000}  # rows that make a middle sketch worth considering
COMPARED: Final = 0.6  # nanoseconds a product, of comparing it with the threshold
WIDER: Final = 1.05  # what rounding adds to a radius


@dataclass(frozen=True)
class Costs:
    """Nanoseconds of one core, measured with each instruction set; only their ratios matter.

    Attributes:
        product: of a multiplication and addition in a matrix product.
        projected: likewise in the projection.
        met: of a pair of prefixes.
        middle, whole: of a pair in the sift by a middle or a whole sketch.
    """

    product: float
    projected: float
    met: float
    middle: float
    whole: float


COSTS: Final = {
    "avx512": Costs(0.008, 0.010, 0.1, 8, 30),
    "avx2": Costs(0.020, 0.018, 0.25, 10, 40),
    "portable": Costs(0.020, 0.18, 4, 100, 700),
    "numpy": Costs(0.010, 0.012, 1, 60, 400),
}


@dataclass(frozen=True)
class Plan:
    """A way to search.

    Attributes:
        method: `cascade`, or `dense` for plain matrix products.
        clusters: of the cascade.
        directions: width of its middle sketch; 0 for none.
        left: share of the sample's pairs that the prefix, and that the chosen middle sketch can't
            rule out, and that are hits to the probe; empty if no sample was drawn.
        seconds: what each method is expected to cost one core.
        projection: that the cascade's sketches use.
    """

    method: Method
    clusters: int
    directions: int
    left: dict[str, float]
    seconds: dict[str, float]
    projection: Projection | None


def make_plan(
    probe: np.ndarray,
    tau: float,
    kernel: str,
    method: Method | None = None,
    seed: int = 0,
    threads: int = 1,
) -> Plan:
    """Choose a method and its parameters.

    Args:
        probe: float32 `[N, D]`.
        tau: the distance within which pairs are wanted.
        kernel: whose costs count.
        method: take this one, and choose its parameters alone.
        seed: of the sample.
        threads: to use.
    """
    rows, width = probe.shape
    if rows < 2 or method == "dense" or (method is None and rows < LEAST_ROWS):
        return Plan("dense", 0, 0, {}, {}, None)
    clusters = int(2 ** np.round(np.log2(rows / ROWS_PER_CLUSTER)))
    clusters = max(16, min(clusters, MOST_CLUSTERS))
    widths = [PREFIX, *(middle for middle in MIDDLES if middle < width and rows >= MANY[middle])]
    mean, leading = principal_directions(probe, min(widths[-1] - 1, width), seed, threads)
    left = survivors(probe, mean, leading, tau, widths, seed, threads)
    costs, pairs = COSTS[kernel], rows * (rows - 1) / 2
    each = {
        middle: rows * width * middle * costs.projected
        + pairs * left[PREFIX] * (costs.middle if middle > PREFIX else 0)
        + pairs * left[middle] * costs.whole
        for middle in widths
    }
    best = min(each, key=lambda middle: each[middle])
    seconds = {
        "cascade": (each[best] + pairs * costs.met) / 1e9,
        "dense": pairs * (width * costs.product + COMPARED) / 1e9,
    }
    cheapest: Method = "cascade" if seconds["cascade"] < seconds["dense"] else "dense"
    shares = {"prefix": left[PREFIX], "middle": left[best], "probe": left[width]}
    projection = projection_on(mean, leading[:, : best - 1], seed)
    directions = best if best > PREFIX else 0
    return Plan(method or cheapest, clusters, directions, shares, seconds, projection)


def survivors(
    probe: np.ndarray,
    mean: np.ndarray,
    leading: np.ndarray,
    tau: float,
    widths: Sequence[int],
    seed: int = 0,
    threads: int = 1,
) -> dict[int, float]:
    """Share of a sample's pairs that sketches of some widths leave within a distance.

    Args:
        probe: float32 `[N, D]`.
        mean: float32 `[D]`.
        leading: float32 `[D, M]`, principal directions.
        tau: the distance.
        widths: of sketches, at most M + 1.
        seed: of the sample.
        threads: widths at a time.

    Returns:
        Shares by width, and that of D itself.
    """
    # other rows than the directions were fitted on, which look more spread out than they are
    rng = np.random.default_rng([seed, 1])
    rows = np.sort(rng.choice(len(probe), min(SAMPLE, len(probe)), replace=False))
    moved = probe[rows] - mean
    flat, squared = moved @ leading, np.einsum("nd,nd->n", moved, moved)

    def share(width: int) -> float:
        if width == probe.shape[1]:
            return _share_within(moved, tau)
        short = flat[:, : width - 1]
        residual = np.sqrt(np.maximum(squared - np.einsum("nd,nd->n", short, short), 0))
        return _share_within(np.column_stack([short, residual]), tau * WIDER)

    every = (probe.shape[1], *widths)
    return dict(zip(every, in_order(threads, share, every), strict=True))


def _share_within(rows: np.ndarray, radius: float) -> float:
    """Share of pairs of rows within a distance."""
    count, half = len(rows), np.einsum("nd,nd->n", rows, rows) / 2
    near = rows @ rows.T - half > half[:, None] - radius * radius / 2
    return float((np.count_nonzero(near) - count) / max(count * (count - 1), 1))
