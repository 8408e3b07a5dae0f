"""The decision: float64 dot products of stored float32 rows, the same on every machine.

The product of two float32 numbers is exact in float64 (24 + 24 bits of at most 53), so only the
order of the additions matters, fused or not. The order here: 32 running sums, one for each place
modulo 32, each from first to last; then the upper half is added to the lower until one is left.
The native kernel adds in the same order, so both give the same bits.
"""

from typing import Final

import numpy as np

LANES: Final = 32
PIECE: Final = 4096


def pair_cosines(rows: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Dot products of pairs of rows, by numpy alone.

    Args:
        rows: float32 `[N, D]`.
        a: int64 `[P]`, row numbers.
        b: int64 `[P]`, row numbers.

    Returns:
        float64 `[P]`, off the true dot product by less than (D / 32 + 5) x 2^-53.
    """
    cosines = np.empty(len(a))
    for start in range(0, len(a), PIECE):
        piece = slice(start, start + PIECE)
        cosines[piece] = _dots(rows[a[piece]], rows[b[piece]])
    return cosines


def _dots(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    width = left.shape[1]
    products = np.zeros((len(left), -(-width // LANES) * LANES))
    np.multiply(left, right, out=products[:, :width], dtype=np.float64)
    sums = np.zeros((len(left), LANES))
    for start in range(0, width, LANES):
        sums += products[:, start : start + LANES]
    half = LANES // 2
    while half:
        sums[:, :half] += sums[:, half : 2 * half]
        half //= 2
    return sums[:, 0].copy()
