"""Work in threads whose results come in the order of the work, whatever their number."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeVar

T = TypeVar("T")
R = TypeVar("R")

CHUNK: Final = 2048  # rows that are worth a thread's while


def slices(rows: int, size: int = CHUNK) -> list[slice]:
    """Rows in chunks of a size; the last is shorter."""
    return [slice(at, min(at + size, rows)) for at in range(0, rows, size)]


def in_order(threads: int, work: Callable[[T], R], pieces: Iterable[T]) -> Iterator[R]:
    """Results of work on pieces, in the pieces' order; two pieces a thread are under way at most.

    The work must leave Python's lock alone for most of its time, as numpy and the kernel do.
    """
    if threads == 1:
        yield from map(work, pieces)
        return
    waiting: deque[Future[R]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        for piece in pieces:
            waiting.append(pool.submit(work, piece))
            if len(waiting) >= 2 * threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
