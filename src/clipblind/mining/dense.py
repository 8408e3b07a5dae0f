"""All pairs by matrix products, block by block: for small sets, and where nothing can be ruled out.

Float32 products only discard pairs that lie beyond a margin wider than their rounding error; what
is left is decided in float64, as everywhere.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np

from clipblind.ground.threads import in_order
from clipblind.mining.question import Hits, Question, rounding

BLOCK: Final = 2048
OUT: Final = np.float32(np.inf)  # limits are rounded to float32 outwards
PIECE: Final = 1 << 18
# Above this share of hits to the probe, the reference's product is cheaper than single cosines.
MANY: Final = 0.01


def blocks(rows: int) -> Iterator[tuple[slice, slice]]:
    """Pairs of row blocks that cover every i <= j once."""
    for a in range(block_count(rows)):
        yield from blocks_of(rows, a)


def block_count(rows: int) -> int:
    """Blocks that rows are cut into."""
    return -(-rows // BLOCK)


def blocks_of(rows: int, block: int) -> Iterator[tuple[slice, slice]]:
    """One block of rows with itself and with every later one."""
    a = slice(block * BLOCK, min((block + 1) * BLOCK, rows))
    for start in range(a.start, rows, BLOCK):
        yield a, slice(start, min(start + BLOCK, rows))


def pairs_of_block(a: slice, b: slice) -> int:
    """Pairs i < j between two blocks."""
    rows = a.stop - a.start
    pairs: int = rows * (rows - 1) // 2 if a == b else rows * (b.stop - b.start)
    return pairs


def run_dense(
    question: Question, threads: int = 1, span: tuple[int, int] | None = None
) -> Iterator[Hits]:
    """Decide blocks of rows with themselves and all later ones.

    Args:
        question: what is mined.
        threads: pairs of blocks at a time; the order of results does not depend on it.
        span: first block and the one after the last; all by default.
    """
    rows = len(question.probe)
    first, last = span or (0, block_count(rows))
    todo = (pair for block in range(first, last) for pair in blocks_of(rows, block))
    for pieces in in_order(threads, lambda pair: list(_decide_blocks(question, *pair)), todo):
        yield from pieces


def _decide_blocks(question: Question, a: slice, b: slice) -> Iterator[Hits]:
    limit = question.above - rounding(question.probe.shape[1])
    near = _products(question.probe, a, b) > np.nextafter(np.float32(limit), -OUT)
    if a == b:
        near = np.triu(near, 1)
    if np.count_nonzero(near) > MANY * near.size:
        limit = question.below + rounding(question.reference.shape[1])
        near &= _products(question.reference, a, b) < np.nextafter(np.float32(limit), OUT)
    i, j = near.nonzero()
    for start in range(0, len(i), PIECE):
        piece = slice(start, start + PIECE)
        yield question.decide(i[piece] + a.start, j[piece] + b.start)
    yield replace(question.decide(i[:0], j[:0]), decided=pairs_of_block(a, b))


def _products(rows: np.ndarray, a: slice, b: slice) -> np.ndarray:
    products: np.ndarray = rows[a] @ rows[b].T
    return products
