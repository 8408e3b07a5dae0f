"""The exact join of all pairs by two cosines, block by block."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from clipblind.errors import UserError
from clipblind.vectors import check_rows

BLOCK = 2048
# A float32 dot product of unit rows is off by less than D x 2^-24, under 1e-4 up to D = 1600;
# every pair within this margin of a threshold is decided in float64.
MARGIN = 2e-4

Hits = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def blind_pairs(
    probe: np.ndarray, reference: np.ndarray, probe_above: float, reference_below: float
) -> pl.DataFrame:
    """All pairs i < j with cos_probe > `probe_above` and cos_reference < `reference_below`.

    Exact: float32 products only discard pairs that lie beyond a margin wider than their rounding
    error; what is left is decided by float64 dot products of the stored float32 rows. Memory is
    bounded by one block of products beside the inputs and the pairs found.

    Args:
        probe: float32 `[N, D1]`, rows of unit norm.
        reference: float32 `[N, D2]`, rows of unit norm, of the same images in the same order.
        probe_above: cosine in [-1, 1], exclusive.
        reference_below: cosine in [-1, 1], exclusive.

    Returns:
        Columns `i`, `j` (row numbers, UInt32, i < j), `cos_probe`, `cos_reference` (Float64),
        sorted by i, then j.

    Raises:
        UserError: if shapes differ, a row is not of unit norm or a value is not finite.
    """
    check_rows(probe, "probe")
    check_rows(reference, "reference")
    if len(probe) != len(reference):
        raise UserError(
            f"The probe has {len(probe)} rows and the reference {len(reference)};"
            " both must embed the same images."
        )
    schema = {
        "i": pl.UInt32,
        "j": pl.UInt32,
        "cos_probe": pl.Float64,
        "cos_reference": pl.Float64,
    }
    found = [pl.DataFrame(schema=schema)]
    for hits in _hits(probe, reference, probe_above, reference_below):
        found.append(pl.DataFrame(hits, schema=schema))
    return pl.concat(found).sort("i", "j")


def blocks(rows: int) -> Iterator[tuple[slice, slice]]:
    """Pairs of row blocks that cover every i <= j once."""
    starts = range(0, rows, BLOCK)
    for a in starts:
        for b in starts[a // BLOCK :]:
            yield slice(a, min(a + BLOCK, rows)), slice(b, min(b + BLOCK, rows))


def _hits(probe: np.ndarray, reference: np.ndarray, above: float, below: float) -> Iterator[Hits]:
    for a, b in blocks(len(probe)):
        near = probe[a] @ probe[b].T > above - MARGIN
        if a == b:
            near = np.triu(near, 1)
        i, j = near.nonzero()
        i, j = i + a.start, j + b.start
        cos_probe, cos_reference = _cosines(probe, i, j), _cosines(reference, i, j)
        hit = (cos_probe > above) & (cos_reference < below)
        yield i[hit], j[hit], cos_probe[hit], cos_reference[hit]


def _cosines(rows: np.ndarray, i: np.ndarray, j: np.ndarray) -> np.ndarray:
    """Float64 dot products of pairs of rows, in pieces so that memory stays bounded."""
    cosines = np.empty(len(i))
    for start in range(0, len(i), BLOCK * 8):
        piece = slice(start, start + BLOCK * 8)
        left, right = rows[i[piece]].astype(np.float64), rows[j[piece]].astype(np.float64)
        cosines[piece] = np.einsum("nd,nd->n", left, right)
    return cosines
