"""What every set of embeddings must be: float32 rows of unit norm."""

import numpy as np

from clipblind.ground.errors import UserError

UNIT_TOLERANCE = 1e-3


def check_rows(rows: np.ndarray, name: str) -> None:
    """Refuse anything but float32 rows of unit norm.

    Raises:
        UserError: one sentence that names the fault and the first row that has it.
    """
    if rows.ndim != 2 or rows.dtype != np.float32:
        raise UserError(
            f"The {name}'s embeddings must be float32 rows [N, D], not {rows.dtype} {rows.shape}."
        )
    if not len(rows):
        return
    norms = np.sqrt(np.einsum("nd,nd->n", rows, rows, dtype=np.float64))
    wrong = ~(np.abs(norms - 1) <= UNIT_TOLERANCE)
    if wrong.any():
        row = int(wrong.argmax())
        raise UserError(
            f"Row {row} of the {name}'s embeddings has norm {norms[row]:.6g}, not 1:"
            " normalise the rows first."
        )
