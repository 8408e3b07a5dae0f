"""All pairs by matrix products in low precision on a GPU, with a bound on what that can be off.

    |x.y - fl(h.k)| <= |x| |y - k| + |x - h| |k| + accumulation + rounding of the result

where h and k are the rows in low precision: the first two terms are measured, the third is bounded
for sums in float32 whatever their order (four times over, since tensor cores cut off where others
round), the last by the format. Pairs within that of the threshold are decided in float64 as
everywhere, so the result is the same to the bit. Nothing here needs a GPU: on the processor the
same code runs in float32 or bfloat16.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

import torch

from clipblind.ground.errors import UserError
from clipblind.ground.threads import in_order
from clipblind.mining.question import Hits, Question
from clipblind.mining.sketch import UNIT

TILE: Final = 8192
CHUNK: Final = 65536
PIECE: Final = 1 << 20
DIGITS: Final = {torch.float16: 11, torch.bfloat16: 8, torch.float32: 24}


@dataclass(frozen=True)
class OnDevice:
    """A question whose probe lies on a device in low precision.

    Attributes:
        question: what is mined.
        rows: `[N, D]` on the device.
        margin: what a product of two of its rows can be off.
    """

    question: Question
    rows: torch.Tensor
    margin: float

    def run(self, threads: int = 1, span: tuple[int, int] | None = None) -> Iterator[Hits]:
        """Decide tiles of rows with themselves and all later ones, as `dense.run_dense` does."""
        count = len(self.rows)
        first, last = span or (0, -(-count // TILE))
        starts = [(a * TILE, b) for a in range(first, last) for b in range(a * TILE, count, TILE)]
        with _exact_sums():
            for hits in in_order(threads, lambda start: self._decide(*start), starts):
                yield from hits

    def _decide(self, a: int, b: int) -> list[Hits]:
        left, right = self.rows[a : a + TILE], self.rows[b : b + TILE]
        near = left @ right.T > _at_most(self.question.above - self.margin, self.rows.dtype)
        if a == b:
            near = near.triu(1)
        pairs = near.nonzero().cpu().numpy()
        found = [
            self.question.decide(piece[:, 0] + a, piece[:, 1] + b)
            for piece in (pairs[at : at + PIECE] for at in range(0, len(pairs), PIECE))
        ]
        rows = len(left)
        decided = rows * (rows - 1) // 2 if a == b else rows * len(right)
        return [*found, replace(self.question.decide(pairs[:0, 0], pairs[:0, 1]), decided=decided)]


def on_device(
    question: Question, device: str = "cuda", precision: torch.dtype | None = None
) -> OnDevice:
    """Bring a question's probe to a device.

    Args:
        question: what is mined.
        device: as torch names it.
        precision: float16 on a GPU, float32 elsewhere, if not given.

    Raises:
        UserError: if there is no such device, or not room enough.
    """
    chosen = precision or (torch.float16 if device.startswith("cuda") else torch.float32)
    probe = question.probe
    try:
        rows = torch.empty(probe.shape, dtype=chosen, device=device)
        worst, longest = 0.0, 0.0
        for at in range(0, len(probe), CHUNK):
            exact = torch.from_numpy(probe[at : at + CHUNK]).to(device)
            low = exact.to(chosen)
            rows[at : at + CHUNK] = low
            off = torch.linalg.vector_norm(exact.double() - low.double(), dim=1)
            worst = max(worst, float(off.max()))
            longest = max(longest, float(torch.linalg.vector_norm(low.double(), dim=1).max()))
    except (RuntimeError, AssertionError) as error:
        said = str(error).splitlines()[0]
        raise UserError(
            f"The probe can't be brought to {device} ({said}); use --device cpu."
        ) from None
    width = probe.shape[1]
    sums = 4 * width * UNIT * longest * longest
    result = 2.0 ** -DIGITS[chosen] * (longest * longest + sums)
    margin = (question.probe_norm + longest) * worst + sums + result + 1e-9
    return OnDevice(question, rows, margin)


def _at_most(threshold: float, precision: torch.dtype) -> torch.Tensor:
    """The greatest number of a precision that is not above a threshold."""
    rounded = torch.tensor(threshold, dtype=torch.float64).to(precision)
    if float(rounded) > threshold:
        rounded = torch.nextafter(rounded, torch.tensor(-torch.inf, dtype=precision))
    return rounded


@contextmanager
def _exact_sums() -> Iterator[None]:
    """Sums of low-precision products in float32 throughout, and float32 as such."""
    matmul: Any = torch.backends.cuda.matmul
    names = (
        "allow_tf32",
        "allow_fp16_reduced_precision_reduction",
        "allow_bf16_reduced_precision_reduction",
        "allow_fp16_accumulation",
    )
    before = {name: getattr(matmul, name) for name in names if hasattr(matmul, name)}
    try:
        for name in before:
            setattr(matmul, name, False)
        yield
    finally:
        for name, value in before.items():
            setattr(matmul, name, value)
