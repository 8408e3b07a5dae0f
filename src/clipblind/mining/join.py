"""All pairs that one encoder sees as alike and another as different, exactly."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
from threadpoolctl import threadpool_limits

from clipblind.mining.cascade import Cascade
from clipblind.mining.dense import run_dense
from clipblind.mining.floods import find_groups
from clipblind.mining.index import build_index
from clipblind.mining.kernel import kernel_named
from clipblind.mining.plan import Method, Plan, make_plan
from clipblind.mining.question import Hits, Question, ask
from clipblind.mining.sketch import radius_of
from clipblind.mining.sketching import sketch_rows

if TYPE_CHECKING:
    from clipblind.mining.device import OnDevice

FOUND: Final = {
    "i": pl.UInt32,
    "j": pl.UInt32,
    "cos_probe": pl.Float64,
    "cos_reference": pl.Float64,
}


@dataclass(frozen=True)
class Search:
    """A question and how it is answered; made once, run whole or span by span.

    Attributes:
        question: what is mined.
        plan: why so; none if the search was read from a file.
        cascade: the index, if there is one.
        device: the rows on another device, if it is to be done there.
    """

    question: Question
    plan: Plan | None
    cascade: Cascade | None
    device: "OnDevice | None" = None

    @property
    def method(self) -> Method:
        """How it is answered."""
        return "cascade" if self.cascade else "dense"

    @property
    def pairs(self) -> int:
        """All pairs of rows that are to be decided."""
        rows = len(self.question.probe)
        return rows * (rows - 1) // 2

    def run(self, threads: int = 1, span: tuple[int, int] | None = None) -> Iterator[Hits]:
        """Decide all pairs, or those of a span of the plan's units; see `units`."""
        with threadpool_limits(1, "blas"):
            if self.device:
                yield from self.device.run(threads, span)
            elif self.cascade:
                yield from self.cascade.run(threads, span)
            else:
                yield from run_dense(self.question, threads, span)


def search(
    question: Question,
    threads: int = 1,
    method: Method | None = None,
    seed: int = 0,
    device: str | None = None,
) -> Search:
    """Plan a search, and index the probe's rows if the plan says so.

    Args:
        question: what is mined.
        threads: to use.
        method: `cascade` or `dense`; by default what a sample says is cheaper.
        seed: of samples and rotations; it never changes what is found.
        device: where all pairs are decided by matrix products, such as `cuda`; none: here.
    """
    if device and len(question.probe):
        # torch takes seconds to import, and most searches do without
        from clipblind.mining.device import on_device

        return Search(question, None, None, on_device(question, device))
    probe = question.probe
    tau = radius_of(question.above, question.probe_norm)
    with threadpool_limits(1, "blas"):
        plan = make_plan(probe, tau, question.kernel.name, method, seed, threads)
    if plan.method == "dense" or plan.projection is None:
        return Search(question, plan, None)
    with threadpool_limits(1, "blas"):
        sketches = sketch_rows(probe, plan.projection, plan.directions, question.kernel, threads)
        groups = find_groups(probe, question.reference, sketches.prefix.q)
        sketches = groups.standing_for(sketches)
        index = build_index(
            sketches, groups.searched(), tau, plan.clusters, question.kernel, threads, seed
        )
    return Search(question, plan, Cascade(question, index, groups))


def blind_pairs(
    probe: np.ndarray,
    reference: np.ndarray,
    probe_above: float,
    reference_below: float,
    *,
    threads: int = 1,
    method: Method | None = None,
    kernel: str = "auto",
) -> pl.DataFrame:
    """All pairs i < j with cos_probe > `probe_above` and cos_reference < `reference_below`.

    Exact: what is found is what float64 dot products of the stored float32 rows say of all pairs,
    whatever the method, the kernel and the number of threads (docs/mining.md has the proof).

    Args:
        probe: float32 `[N, D1]`, rows of unit norm.
        reference: float32 `[N, D2]`, rows of unit norm, of the same images in the same order.
        probe_above: cosine, exclusive.
        reference_below: cosine, exclusive.
        threads: to use.
        method: `cascade` or `dense`; by default what a sample says is cheaper.
        kernel: see `mining.kernel.kernel_named`.

    Returns:
        Columns `i`, `j` (row numbers, UInt32, i < j), `cos_probe`, `cos_reference` (Float64),
        sorted by i, then j.

    Raises:
        UserError: if shapes differ, a row is not of unit norm or a value is not finite.
    """
    question = ask(probe, reference, probe_above, reference_below, kernel_named(kernel), threads)
    found = [frame_of(hits) for hits in search(question, threads, method).run(threads)]
    return pl.concat([pl.DataFrame(schema=FOUND), *found]).sort("i", "j")


def frame_of(hits: Hits) -> pl.DataFrame:
    """Hits as a frame of `FOUND`."""
    columns = (hits.i, hits.j, hits.cos_probe, hits.cos_reference)
    return pl.DataFrame(dict(zip(FOUND, columns, strict=True)), schema=FOUND)
