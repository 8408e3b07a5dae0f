"""Floods of near-duplicates: each group is searched as one row, and expanded again.

A group is a leader and rows within cosine .9999 of it to both encoders (copies of one picture, as
a crawl has them by the thousand). In the join the leader stands for all of them: its sketches'
errors grow by the group's radius, so a pair of groups is ruled out only if every pair of their
members is (triangle inequality). What is left is expanded to members and decided pair by pair,
except where the reference sees all members of both groups as alike: there no pair can be blind.
Which rows are grouped decides how fast the join is, never what it finds.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from clipblind.mining.sketch import Sketch
from clipblind.mining.sketching import Sketches

LEAST: Final = 32  # rows that make a group worth its while
NEAR: Final = float(np.sqrt(2 * (1 - 0.9999)))
KEYED: Final = 8  # coordinates whose cell a group shares
CELL: Final = 2  # bits of a coordinate within a cell
BUCKETS: Final = 20  # bits
SPREADING: Final = np.uint64(0x9E3779B97F4A7C15)
ROUNDS: Final = 16
PIECE: Final = 1 << 20
SLACK: Final = 1e-6


@dataclass(frozen=True)
class Groups:
    """Near-duplicates, by leader.

    Attributes:
        of: int32 `[N]`, the group of each row, -1 for none.
        start: int64 `[G + 1]`, where each group's members begin.
        members: int64, row numbers, the leader first.
        probe_radius: float64 `[G]`, greatest distance of a member from the leader to the probe.
        reference_radius: float64 `[G]`, likewise to the reference.
    """

    of: np.ndarray
    start: np.ndarray
    members: np.ndarray
    probe_radius: np.ndarray
    reference_radius: np.ndarray

    def __len__(self) -> int:
        return len(self.probe_radius)

    @property
    def leaders(self) -> np.ndarray:
        """Row numbers, int64 `[G]`."""
        leaders: np.ndarray = self.members[self.start[:-1]]
        return leaders

    def searched(self) -> np.ndarray:
        """Rows that are searched: leaders, and rows of no group; ascending."""
        searched = self.of < 0
        searched[self.leaders] = True
        return np.flatnonzero(searched)

    def sizes(self, rows: np.ndarray) -> np.ndarray:
        """How many rows each searched row stands for."""
        sizes = np.append(np.diff(self.start), 1)  # the last is read by rows of group -1
        found: np.ndarray = sizes[self.of[rows]]
        return found

    def standing_for(self, sketches: Sketches) -> Sketches:
        """Sketches whose leaders stand for their groups."""
        if not len(self):
            return sketches
        middle = self._widen(sketches.middle) if sketches.middle else None
        return Sketches(self._widen(sketches.prefix), middle, self._widen(sketches.whole))

    def _widen(self, sketch: Sketch) -> Sketch:
        error = sketch.error.copy()
        wider = error[self.leaders] + sketch.scale * self.probe_radius
        error[self.leaders] = np.nextafter(wider.astype(np.float32), np.float32(np.inf))
        return Sketch(sketch.q, sketch.norm, error, sketch.scale)

    def pairs_between(
        self, a: np.ndarray, b: np.ndarray
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """All pairs of rows that pairs of searched rows stand for, a piece at a time."""
        size_a, size_b = self.sizes(a), self.sizes(b)
        ends = (size_a * size_b).cumsum()
        for first in range(0, int(ends[-1]) if len(ends) else 0, PIECE):
            number = np.arange(first, min(first + PIECE, int(ends[-1])))
            pair = np.searchsorted(ends, number, side="right")
            within = number - (ends - size_a * size_b)[pair]
            yield (
                self._member(a[pair], within // size_b[pair]),
                self._member(b[pair], within % size_b[pair]),
            )

    def pairs_within(self, group: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """All pairs of a group's own rows, a piece at a time."""
        rows = self.members[self.start[group] : self.start[group + 1]]
        step = max(1, PIECE // len(rows))
        for first in range(0, len(rows), step):
            a, b = np.triu_indices(min(step, len(rows) - first), 1, len(rows) - first)
            yield rows[first + a], rows[first + b]

    def _member(self, rows: np.ndarray, number: np.ndarray) -> np.ndarray:
        group = self.of[rows]
        at = np.where(group < 0, 0, self.start[:-1][group] + number)
        return np.where(group < 0, rows, self.members[at])


def no_groups(rows: int) -> Groups:
    """Nothing grouped."""
    nothing = np.empty(0)
    return Groups(
        np.full(rows, -1, np.int32), np.zeros(1, np.int64), np.empty(0, np.int64), nothing, nothing
    )


def find_groups(probe: np.ndarray, reference: np.ndarray, prefixes: np.ndarray) -> Groups:
    """Group near-duplicates among rows whose prefixes fall in one crowded cell.

    Args:
        probe: float32 `[N, D1]`.
        reference: float32 `[N, D2]`.
        prefixes: int8 `[N, 32]`.
    """
    found = []
    for cell in _crowded(prefixes):
        for _ in range(ROUNDS):
            if len(cell) < LEAST:
                break
            to_probe, to_reference = _distances(probe, cell), _distances(reference, cell)
            near = (to_probe <= NEAR) & (to_reference <= NEAR)
            if near.sum() >= LEAST:
                found.append((cell[near], to_probe[near].max(), to_reference[near].max()))
                cell = cell[~near]
            else:
                cell = cell[1:]
    if not found:
        return no_groups(len(probe))
    members, probe_radius, reference_radius = zip(*found, strict=True)
    of = np.full(len(probe), -1, np.int32)
    sizes = [len(rows) for rows in members]
    joined = np.concatenate(members)
    of[joined] = np.repeat(np.arange(len(sizes)), sizes)
    start = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    return Groups(of, start, joined, np.array(probe_radius), np.array(reference_radius))


def surely_alike(
    groups: Groups,
    a: np.ndarray,
    b: np.ndarray,
    leaders_alike: np.ndarray,
    below: float,
    norms: tuple[float, float],
) -> np.ndarray:
    """Pairs of searched rows of which the reference sees all members as alike: bool `[P]`.

    With d the distance of the leaders and r their groups' radii, members lie within d + r + r, and
    rows of norms at least n have a dot product of at least n^2 - (d + r + r)^2 / 2.

    Args:
        groups: of near-duplicates.
        a: int64 `[P]`, searched rows.
        b: int64 `[P]`.
        leaders_alike: float64 `[P]`, the reference's cosines.
        below: the reference's threshold.
        norms: the least and the greatest norm of the reference's rows.
    """
    least, greatest = norms
    radii = np.append(groups.reference_radius, 0.0)
    between = np.sqrt(np.maximum(2 * greatest**2 - 2 * leaders_alike, 0) + SLACK)
    furthest = between + radii[groups.of[a]] + radii[groups.of[b]]
    alike: np.ndarray = least**2 - furthest**2 / 2 - SLACK >= below
    return alike


def _crowded(prefixes: np.ndarray) -> Iterator[np.ndarray]:
    """Rows, ascending, of each cell that holds enough of them."""
    cells = np.ascontiguousarray(prefixes[:, :KEYED] >> CELL).view(np.uint64)[:, 0]
    # most cells hold a row or two: what shares a bucket with few is not worth sorting
    buckets = cells * SPREADING >> np.uint64(64 - BUCKETS)
    rows = np.flatnonzero((np.bincount(buckets.view(np.int64)) >= LEAST)[buckets])
    cells = cells[rows]
    order = np.argsort(cells, kind="stable")
    edges = np.flatnonzero(np.diff(cells[order])) + 1
    start = np.concatenate([[0], edges])
    sizes = np.diff(np.append(start, len(order)))
    for first, size in zip(start[sizes >= LEAST], sizes[sizes >= LEAST], strict=True):
        yield rows[order[first : first + size]]


def _distances(rows: np.ndarray, cell: np.ndarray) -> np.ndarray:
    """Distances of a cell's rows from its first, rounded up."""
    distances = np.empty(len(cell))
    for start in range(0, len(cell), 4096):
        gap = rows[cell[start : start + 4096]].astype(np.float64) - rows[cell[0]]
        distances[start : start + 4096] = np.sqrt(np.einsum("nd,nd->n", gap, gap))
    return distances * (1 + 1e-12)
