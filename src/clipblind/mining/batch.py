"""What a join hands on: pairs of rows, how many each stage left, and where it stands."""

from dataclasses import dataclass
from typing import Final

import numpy as np


@dataclass(frozen=True, order=True)
class Place:
    """Where a join stands: cluster i, cluster j, block of rows of that pair of clusters."""

    i: int
    j: int
    block: int = 0


@dataclass(frozen=True)
class Counts:
    """Pairs that are left: by the slab filter, and by each sketch of the cascade."""

    slab: int = 0
    prefix: int = 0
    middle: int = 0
    whole: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.slab + other.slab,
            self.prefix + other.prefix,
            self.middle + other.middle,
            self.whole + other.whole,
        )


NOTHING: Final = Counts()


@dataclass(frozen=True)
class Batch:
    """Pairs of rows, a < b, that no sketch rules out.

    Attributes:
        a: uint32 `[P]`, rows in the index's order.
        b: uint32 `[P]`.
        place: where the next batch begins.
        done: whether the range of clusters is finished.
        counts: what each stage left.
    """

    a: np.ndarray
    b: np.ndarray
    place: Place
    done: bool
    counts: Counts
