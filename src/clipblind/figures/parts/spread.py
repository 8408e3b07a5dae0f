"""Places along a short axis: near where they belong, and never on each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

EDGE: Final = 0.06
PAD: Final = 0.04
"""Inches between the ends of two ticks' words."""


@dataclass(frozen=True)
class Group:
    """Dots that belong at one place, under one tick.

    Attributes:
        at: where they belong, in any unit.
        count: how many they are.
        tick: width of the tick's words, in inches.
    """

    at: float
    count: int
    tick: float


def spread(groups: Sequence[Group], wide: float, step: float) -> list[list[float]]:
    """Places of each group's dots, in inches from the left of a panel.

    Ticks get room for their words where there is enough for all of them; else dots keep their
    distance and ticks are the caller's to thin out.

    Args:
        groups: in the order of `at`; the first and the last are put near the edges.
        wide: of the panel.
        step: the least distance of dots, if there is room for it.
    """
    free = wide - 2 * EDGE
    step = min(step, free / sum(group.count for group in groups))
    room = [max(step * group.count, group.tick + PAD) for group in groups]
    if sum(room) > free:
        room = [step * group.count for group in groups]
    middles = _apart([_wanted(group, groups, wide) for group in groups], room, wide)
    return [
        [middle + step * (k - (group.count - 1) / 2) for k in range(group.count)]
        for group, middle in zip(groups, middles, strict=True)
    ]


def _wanted(group: Group, groups: Sequence[Group], wide: float) -> float:
    low, high = groups[0].at, groups[-1].at
    inset = min(0.25, wide / 6)
    share = (group.at - low) / (high - low) if high > low else 0.5
    return inset + (wide - 2 * inset) * share


def _apart(wanted: Sequence[float], room: Sequence[float], wide: float) -> list[float]:
    """Middles of neighbours that need so much room each, as near as can be to where they belong."""

    def start(block: Sequence[int]) -> float:
        total = sum(room[i] for i in block)
        before, offsets = 0.0, []
        for i in block:
            offsets.append(wanted[i] - before - room[i] / 2)
            before += room[i]
        return min(max(sum(offsets) / len(offsets), EDGE), wide - EDGE - total)

    blocks: list[list[int]] = []
    for i in range(len(wanted)):
        blocks.append([i])
        # a block begins where the one before it ends, or later, or both are one
        while len(blocks) > 1 and start(blocks[-1]) < start(blocks[-2]) + sum(
            room[j] for j in blocks[-2]
        ):
            blocks[-2:] = [blocks[-2] + blocks[-1]]
    middles = []
    for block in blocks:
        at = start(block)
        for i in block:
            middles.append(at + room[i] / 2)
            at += room[i]
    return middles
