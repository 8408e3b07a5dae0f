"""The cascade: clusters, slabs and sketches rule pairs out, float64 decides the rest."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np

from clipblind.mining.batch import Batch, Place
from clipblind.mining.floods import Groups, surely_alike
from clipblind.mining.index import Index
from clipblind.mining.question import Hits, Question

ROOM: Final = 1 << 20  # pairs handed on at a time: it bounds the memory, whatever is found
SPANS: Final = 64
SHIFT: Final = 64  # rows the kernel joins between two looks at the room that is left


@dataclass(frozen=True)
class Cascade:
    """A question, and the index that answers it.

    Attributes:
        question: what is mined.
        index: of the searched rows.
        groups: near-duplicates that a searched row stands for.
    """

    question: Question
    index: Index
    groups: Groups

    def weights(self) -> np.ndarray:
        """How many rows lie before each cluster, members of groups counted: int64 `[K + 1]`."""
        sizes = self.groups.sizes(self.index.origin)
        before = np.concatenate([[0], sizes.cumsum()])
        weights: np.ndarray = before[self.index.start]
        return weights

    def run(self, threads: int = 1, span: tuple[int, int] | None = None) -> Iterator[Hits]:
        """Join some clusters with themselves and all later ones.

        Args:
            threads: steps at a time; the order of results does not depend on it.
            span: first cluster and the one after the last; all by default.
        """
        first, last = span or (0, self.index.clusters)
        opened = self.question.kernel.open(self.index)
        room = max(ROOM, SHIFT * (self.index.largest + 16))
        edges = np.unique(np.linspace(first, last, SPANS + 1).astype(int)).tolist()
        spans = deque(pairwise(edges))
        weights = self.weights()
        waiting: deque[tuple[Future[tuple[Batch, Hits]], int, int]] = deque()

        def step(place: Place, stop: int) -> tuple[Batch, Hits]:
            batch = self.question.kernel.join(opened, place, stop, room)
            a, b = self.index.origin[batch.a], self.index.origin[batch.b]
            return batch, replace(self.question.decide(*self._single(a, b)), counts=batch.counts)

        with ThreadPoolExecutor(threads) as pool:
            while spans or waiting:
                while spans and len(waiting) < 2 * threads:
                    begin, stop = spans.popleft()
                    waiting.append((pool.submit(step, Place(begin, begin), stop), begin, stop))
                future, begin, stop = waiting.popleft()
                batch, hits = future.result()
                if not batch.done:
                    again = pool.submit(step, batch.place, stop)
                    waiting.appendleft((again, batch.place.i, stop))
                yield from self._expanded(batch)
                yield from self._within(begin, batch.place.i)
                yield replace(hits, decided=decided_by(weights, begin, batch.place.i))

    def _single(self, a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Pairs of rows that stand for themselves alone."""
        if not len(self.groups):
            return a, b
        single = (self.groups.of[a] < 0) & (self.groups.of[b] < 0)
        return a[single], b[single]

    def _expanded(self, batch: Batch) -> Iterator[Hits]:
        """Decides what pairs of groups stand for."""
        if not len(self.groups):
            return
        a, b = self.index.origin[batch.a], self.index.origin[batch.b]
        grouped = (self.groups.of[a] >= 0) | (self.groups.of[b] >= 0)
        a, b = a[grouped], b[grouped]
        alike = self._surely_alike(a, b)
        for pairs in self.groups.pairs_between(a[~alike], b[~alike]):
            yield self.question.decide(*pairs)

    def _within(self, begin: int, stop: int) -> Iterator[Hits]:
        """Decides pairs within the groups whose leaders lie in some clusters."""
        if not len(self.groups):
            return
        rows = self.index.origin[self.index.start[begin] : self.index.start[stop]]
        leaders = rows[self.groups.of[rows] >= 0]
        for leader in leaders[~self._surely_alike(leaders, leaders)]:
            for pairs in self.groups.pairs_within(int(self.groups.of[leader])):
                yield self.question.decide(*pairs)

    def _surely_alike(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        question = self.question
        cosines = question.kernel.cosines(question.reference, a, b)
        return surely_alike(self.groups, a, b, cosines, question.below, question.reference_norms)


def decided_by(before: np.ndarray, first: int, last: int) -> int:
    """Pairs of rows that joining clusters `first` up to `last` with later ones decides."""
    rows, total = int(before[last] - before[first]), int(before[-1])
    return rows * (rows - 1) // 2 + rows * (total - int(before[last]))
