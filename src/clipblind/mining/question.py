"""What is mined, what was found, and the decision that every method ends in."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from clipblind.ground.errors import UserError
from clipblind.ground.threads import in_order, slices
from clipblind.ground.vectors import check_rows
from clipblind.mining.batch import NOTHING, Counts
from clipblind.mining.kernel import Kernel
from clipblind.mining.sketch import UNIT

WIDEST: Final = 1 << 16  # sums of int8 products, and the bounds of float32 sums, hold up to it


@dataclass(frozen=True)
class Question:
    """Which pairs are alike to the probe and different to the reference?

    Attributes:
        probe: float32 `[N, D1]`, rows of unit norm.
        reference: float32 `[N, D2]`, rows of unit norm, of the same images in the same order.
        above: a pair's cosine to the probe is greater.
        below: a pair's cosine to the reference is smaller.
        kernel: what computes the cosines.
        probe_norm: the greatest norm of the probe's rows.
        reference_norms: the least and the greatest norm of the reference's rows.
    """

    probe: np.ndarray
    reference: np.ndarray
    above: float
    below: float
    kernel: Kernel
    probe_norm: float
    reference_norms: tuple[float, float]

    def decide(self, a: np.ndarray, b: np.ndarray) -> "Hits":
        """The blind ones among pairs of rows, by float64, sorted by i, then j."""
        i, j = np.minimum(a, b).astype(np.int64), np.maximum(a, b).astype(np.int64)
        cos_probe = self.kernel.cosines(self.probe, i, j)
        hit = np.flatnonzero(cos_probe > self.above)
        i, j, cos_probe, alike = i[hit], j[hit], cos_probe[hit], len(hit)
        cos_reference = self.kernel.cosines(self.reference, i, j)
        hit = np.flatnonzero(cos_reference < self.below)
        hit = hit[np.lexsort((j[hit], i[hit]))]
        return Hits(i[hit], j[hit], cos_probe[hit], cos_reference[hit], alike=alike)


@dataclass(frozen=True)
class Hits:
    """Blind pairs of one step of a search.

    Attributes:
        i: int64 `[H]`, row numbers, i < j.
        j: int64 `[H]`.
        cos_probe: float64 `[H]`.
        cos_reference: float64 `[H]`.
        alike: pairs among those decided in float64 that passed the probe's threshold; all that
            did, if every pair passes the reference's.
        decided: pairs of rows that this step has decided, found or not.
        counts: what each stage of a cascade left.
    """

    i: np.ndarray
    j: np.ndarray
    cos_probe: np.ndarray
    cos_reference: np.ndarray
    alike: int = 0
    decided: int = 0
    counts: Counts = NOTHING

    def __len__(self) -> int:
        return len(self.i)


def ask(
    probe: np.ndarray,
    reference: np.ndarray,
    above: float,
    below: float,
    kernel: Kernel,
    threads: int = 1,
) -> Question:
    """Check two sets of embeddings, some chunks at a time, and put the question.

    Raises:
        UserError: if shapes differ, a row is not of unit norm or a value is not finite.
    """
    probe, reference = (np.ascontiguousarray(rows) for rows in (probe, reference))
    _, probe_norm = _norms(probe, "probe", threads)
    reference_norms = _norms(reference, "reference", threads)
    if len(probe) != len(reference):
        raise UserError(
            f"The probe has {len(probe)} rows and the reference {len(reference)};"
            " both must embed the same images."
        )
    if not np.isfinite([above, below]).all():
        raise UserError(f"The thresholds {above} and {below} must be numbers.")
    if max(probe.shape[1], reference.shape[1]) > WIDEST:
        raise UserError(f"Rows of more than {WIDEST} numbers can't be searched.")
    if len(probe) >= 1 << 32:
        raise UserError(f"{len(probe)} rows are too many: rows are numbered in 32 bits.")
    return Question(probe, reference, above, below, kernel, probe_norm, reference_norms)


def rounding(width: int) -> float:
    """What a float32 dot product of two rows can be off, whatever the order of its additions.

    D u / (1 - D u) times the product of the norms (Higham, Accuracy and Stability of Numerical
    Algorithms, section 3.1).
    """
    return width * UNIT / (1 - width * UNIT) * 1.003


def _norms(rows: np.ndarray, name: str, threads: int) -> tuple[float, float]:
    """Bounds of all norms, found faster than `check_rows` finds that they are 1."""
    if rows.ndim != 2 or rows.dtype != np.float32 or not len(rows):
        check_rows(rows, name)
        return 1.0, 1.0
    pieces = (rows[piece] for piece in slices(len(rows)))
    squares = in_order(threads, lambda piece: np.einsum("nd,nd->n", piece, piece), pieces)
    squared, off = np.concatenate(list(squares)), 2 * rounding(rows.shape[1])
    least, greatest = np.sqrt(np.maximum([squared.min() - off, squared.max() + off], 0))
    if not (squared.min() > 0.999 and squared.max() < 1.001):
        check_rows(rows, name)
    return float(least), float(greatest)
