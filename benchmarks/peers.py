"""Ways to find all alike pairs, each measured by `mining.py` in a process of its own.

    python benchmarks/peers.py draw|measure|describe '{...}'

A process's last line of output is what it found out, as JSON. It imports nothing that its method
doesn't need, since memory counts; `mining.py` limits its threads.
"""

import dataclasses
import importlib.metadata
import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

import numpy as np

BLOCK: Final = 2048
QUERIES: Final = 4096
PIECE: Final = 65536
QUICK: Final = 20.0  # seconds: what takes longer is called once
EVERY: Final = 2.0  # no cosine reaches it: every pair that is alike to the probe is found
MARGIN: Final = 1e-5  # by which peers' threshold is lower; float64 decides what they find
SAMPLED: Final = (2, 8)  # blocks by blocks of rows that tell the rate of a large matrix product
TRUTH: Final = "numpy"  # what it finds is what the others' recall is of
BASELINE: Final = "gemm"

Pairs = tuple[np.ndarray, np.ndarray]
Search = Callable[[], Pairs | None]


@dataclass(frozen=True)
class Task:
    """What one process measures.

    Attributes:
        method: a name that `method_named` knows.
        probe: file of float32 `[N, D1]`.
        reference: file of float32 `[N, D2]`.
        above: pairs of a greater cosine to the probe are wanted.
        threads: to use, where the method can.
        cores: to stay on.
        warm: calls after the first, of a method that is quick.
        truth: file of the exact pairs, written by the method `TRUTH`.
        checked: random rows whose pairs are compared with float64 brute force.
    """

    method: str
    probe: str
    reference: str
    above: float
    threads: int = 1
    cores: int = 1
    warm: int = 3
    truth: str = ""
    checked: int = 0


@dataclass(frozen=True)
class Method:
    """A way to find pairs.

    Attributes:
        label: in tables and charts.
        prepare: imports what it needs and returns the search, which is what is timed; its
            docstring tells readers of the table what it does.
        distribution: the package it takes besides numpy.
        exact: whether it promises all pairs; `None` if it finds none, a bare matrix product.
    """

    label: str
    prepare: Callable[[Task, np.ndarray], Search]
    distribution: str = "numpy"
    exact: bool | None = True


def main() -> None:
    """Do what the command line says, and print what came of it."""
    command, given = sys.argv[1], json.loads(sys.argv[2])
    commands = {"draw": draw, "describe": describe, "measure": lambda **task: measure(Task(**task))}
    print(json.dumps(commands[command](**given)), flush=True)


def draw(population: str, rows: int, probe: str, reference: str) -> dict[str, Any]:
    """Write a set of embeddings of both encoders."""
    from clipblind.mining.synthetic import NARROW, Population
    from clipblind.mining.synthetic import draw as draw_from

    if population == "isotropic":
        drawn = tuple(isotropic(rows, width, seed) for seed, width in enumerate((768, 1024)))
    else:
        drawn = draw_from(rows, NARROW if population == "narrow" else Population(), seed=0)
    for embeddings, name in zip(drawn, (probe, reference), strict=True):
        # a file of that name is whole, also after a run that was killed
        partial = Path(f"{name}.part.npy")
        np.save(partial, embeddings)
        partial.replace(name)
    return {}


def isotropic(rows: int, width: int, seed: int) -> np.ndarray:
    """Directions without any structure, float32 `[rows, width]`."""
    drawn = np.random.default_rng(seed).standard_normal((rows, width), dtype=np.float32)
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def describe(distributions: list[str]) -> dict[str, Any]:
    """Versions of installed distributions, and the BLAS kernels that each brings and runs."""
    from threadpoolctl import threadpool_info

    versions = {}
    for name in distributions:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    if "faiss-cpu" in versions:
        import faiss  # noqa: F401
    kernels = {
        Path(library["filepath"]).parent.name.partition(".")[0]: (
            f"OpenBLAS {library['version']}",
            library["architecture"],
        )
        for library in threadpool_info()
        if library["internal_api"] == "openblas"
    }
    return {"versions": versions, "kernels": kernels}


def measure(task: Task) -> dict[str, Any]:
    """Time a method, cold and warm, and judge what it found.

    Returns:
        Of the `first` call and of the median `warm` one (null if the first took long), by CPU time
        on one core and by the wall clock on several: seconds of `user` and `system` CPU time and of
        the `wall` clock. MiB resident at the `peak`, and how much of it came on `top` of the inputs
        and libraries. Of methods that find pairs, their number, and `recall` and `extra` pairs
        against the exact set if that is known.
    """
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: task.cores])
    probe = np.load(task.probe)
    search = method_named(task.method).prepare(task, probe)
    loaded = resident("VmRSS")
    first, found = timed(search)
    calls = []
    for _ in range(task.warm if first["wall"] < QUICK else 0):
        del found
        seconds, found = timed(search)
        calls.append(seconds)
    peak = resident("VmHWM")
    calls.sort(key=cpu_seconds if task.cores == 1 else itemgetter("wall"))
    warm = calls[(len(calls) - 1) // 2] if calls else None
    report = {"first": first, "warm": warm, "peak": peak, "top": peak - loaded}
    return report if found is None else report | judged(task, probe, *found)


def timed(search: Search) -> tuple[dict[str, float], Pairs | None]:
    """One call: its seconds, and what it found."""
    before, started = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    found = search()
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF)
    user, system = after.ru_utime - before.ru_utime, after.ru_stime - before.ru_stime
    return {"user": user, "system": system, "wall": wall}, found


def cpu_seconds(call: dict[str, float]) -> float:
    """CPU seconds of a call."""
    return call["user"] + call["system"]


def resident(what: str) -> float:
    """MiB of this process that are resident, now (`VmRSS`) or at most so far (`VmHWM`)."""
    # getrusage's maximum would begin with the size of the process that started this one
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(what)) / 1024


def judged(task: Task, probe: np.ndarray, i: np.ndarray, j: np.ndarray) -> dict[str, Any]:
    """How many pairs were found, and how they compare with the exact ones."""
    if task.method.startswith("ours"):
        # ours has decided already, and must stand by it
        codes = np.sort(np.minimum(i, j).astype(np.int64) * len(probe) + np.maximum(i, j))
    else:
        codes = decided(probe, i, j, task.above)
    judgement: dict[str, Any] = {"pairs": len(codes)}
    truth = Path(task.truth)
    if task.method == TRUTH and task.truth:
        with truth.open("wb") as file:
            np.save(file, codes)
    if task.truth and truth.exists():
        judgement |= compared(codes, np.load(truth))
    if task.checked:
        judgement["check"] = {"rows": task.checked, **checked(task, probe, codes)}
    return judgement


def compared(codes: np.ndarray, truth: np.ndarray) -> dict[str, Any]:
    """Recall, and pairs too many; a pair that was found twice is one too many."""
    common = len(np.intersect1d(codes, truth))
    recall = common / len(truth) if len(truth) else None
    return {"recall": recall, "extra": len(codes) - common}


def decided(probe: np.ndarray, i: np.ndarray, j: np.ndarray, above: float) -> np.ndarray:
    """Codes i N + j, i < j, each once, of the pairs whose float64 cosine is above the threshold."""
    different = i != j
    i, j = i[different], j[different]
    codes = np.unique(np.minimum(i, j).astype(np.int64) * len(probe) + np.maximum(i, j))
    kept = [codes[:0]]
    for start in range(0, len(codes), PIECE):
        some = codes[start : start + PIECE]
        left, right = (probe[rows].astype(np.float64) for rows in np.divmod(some, len(probe)))
        kept.append(some[np.einsum("nd,nd->n", left, right) > above])
    return np.concatenate(kept)


def checked(task: Task, probe: np.ndarray, codes: np.ndarray) -> dict[str, int]:
    """Compare the pairs of some random rows with what float64 brute force says of them."""
    count = len(probe)
    queries = np.sort(np.random.default_rng(0).choice(count, task.checked, replace=False))
    wide, expected = probe[queries].astype(np.float64), []
    for start in range(0, count, PIECE):
        near = wide @ probe[start : start + PIECE].astype(np.float64).T > task.above
        row, other = near.nonzero()
        row, other = queries[row], other + start
        pairs = np.minimum(row, other) * count + np.maximum(row, other)
        expected.append(pairs[row != other])
    truth = np.unique(np.concatenate(expected))
    i, j = np.divmod(codes, count)
    touched = codes[np.isin(i, queries) | np.isin(j, queries)]
    common = len(np.intersect1d(touched, truth))
    return {
        "pairs": len(truth),
        "missed": len(truth) - common,
        "extra": len(touched) - common,
    }


def our_search(kernel: str) -> Callable[[Task, np.ndarray], Search]:
    """The package's search with one of its kernels."""

    def prepare(task: Task, probe: np.ndarray) -> Search:
        """Every pair that is alike to the probe, its cosine to the reference included, as is the
        check of the embeddings.
        """
        from clipblind.mining.join import search
        from clipblind.mining.kernel import kernel_named
        from clipblind.mining.question import ask

        reference = np.load(task.reference)

        def run() -> Pairs:
            question = ask(probe, reference, task.above, EVERY, kernel_named(kernel), task.threads)
            found = list(search(question, task.threads).run(task.threads))
            return joined([(hits.i, hits.j) for hits in found])

        return run

    return prepare


def gemm(task: Task, probe: np.ndarray) -> Search:
    """The upper triangle of the float32 product by numpy, 2,048 rows at a time, and no threshold:
    what each method that looks at all pairs has to pay, and the baseline.
    """
    return lambda: multiply(probe, upper_triangle(len(probe)))


def gemm_rate(task: Task, probe: np.ndarray) -> Search:
    """Products of some full blocks of rows, far apart."""
    last = (len(probe) // BLOCK - 1) * BLOCK
    across, along = (np.linspace(0, last, count).astype(int) for count in SAMPLED)
    pairs = [(slice(a, a + BLOCK), slice(b, b + BLOCK)) for a in across for b in along]
    return lambda: multiply(probe, pairs)


def multiply(probe: np.ndarray, pairs: Any) -> None:
    out = np.empty((BLOCK, BLOCK), np.float32)
    for a, b in pairs:
        left, right = probe[a], probe[b]
        np.matmul(left, right.T, out=out[: len(left), : len(right)])


def blocked(task: Task, probe: np.ndarray) -> Search:
    """The same, and the pairs above the threshold. Decided by float64, they are the exact set."""

    def run() -> Pairs:
        found, limit = [], np.float32(task.above - MARGIN)
        for a, b in upper_triangle(len(probe)):
            products = probe[a] @ probe[b].T
            i, j = np.divmod(np.flatnonzero(products > limit), products.shape[1])
            found.append((i + a.start, j + b.start))
        return joined(found)

    return run


def blocked_in_torch(task: Task, probe: np.ndarray) -> Search:
    """The same search in torch, float32."""
    import torch

    torch.set_num_threads(1)
    rows = torch.from_numpy(probe)

    def run() -> Pairs:
        found = []
        for a, b in upper_triangle(len(probe)):
            near = (rows[a] @ rows[b].T > task.above - MARGIN).nonzero().numpy()
            found.append((near[:, 0] + a.start, near[:, 1] + b.start))
        return joined(found)

    return run


def gemm_of_bfloats(task: Task, probe: np.ndarray) -> Search:
    """The upper triangle in bfloat16 and no threshold, for information: its numbers lie .004 apart
    at .95, so something else would still have to decide.
    """
    import torch

    torch.set_num_threads(1)

    def run() -> None:
        rows = torch.from_numpy(probe).bfloat16()
        for a, b in upper_triangle(len(probe)):
            torch.matmul(rows[a], rows[b].T)

    return run


def faiss_flat(task: Task, probe: np.ndarray) -> Search:
    """IndexFlatIP; 4,096 rows at a time are added and searched, so each pair is computed once."""
    import faiss

    def run() -> Pairs:
        index, found = faiss.IndexFlatIP(probe.shape[1]), []
        for start in range(0, len(probe), QUERIES):
            rows = probe[start : start + QUERIES]
            index.add(rows)
            found.append(in_range(index, rows, start, task.above))
        return joined(found)

    return run


def faiss_ivf(task: Task, probe: np.ndarray) -> Search:
    """IndexIVFFlat of 4 √N lists, trained on 40 rows a list; 16 lists probed. Training counts."""
    import faiss

    def run() -> Pairs:
        width, lists = probe.shape[1], int(4 * np.sqrt(len(probe)))
        quantiser = faiss.IndexFlatIP(width)
        index = faiss.IndexIVFFlat(quantiser, width, lists, faiss.METRIC_INNER_PRODUCT)
        index.cp.niter = 10
        index.train(probe[: 40 * lists])
        index.add(probe)
        index.nprobe = 16
        pieces = range(0, len(probe), QUERIES)
        found = [in_range(index, probe[at : at + QUERIES], at, task.above) for at in pieces]
        return joined(found)

    return run


def in_range(index: Any, rows: np.ndarray, start: int, above: float) -> Pairs:
    limits, _, others = index.range_search(rows, above - MARGIN)
    counts = np.diff(limits.astype(np.int64))
    return np.repeat(np.arange(start, start + len(rows)), counts), others


def faiss_hnsw(task: Task, probe: np.ndarray) -> Search:
    """IndexHNSWFlat, M 16, efConstruction 80, efSearch 64: the 32 nearest. Building counts."""
    import faiss

    def run() -> Pairs:
        index = faiss.IndexHNSWFlat(probe.shape[1], 16, faiss.METRIC_INNER_PRODUCT)
        index.hnsw.efConstruction, index.hnsw.efSearch = 80, 64
        index.add(probe)
        cosines, others = index.search(probe, 32)
        i, nearest = ((cosines > task.above - MARGIN) & (others >= 0)).nonzero()
        return i, others[i, nearest]

    return run


def scikit_learn(task: Task, probe: np.ndarray) -> Search:
    """`pairwise_distances_chunked`, cosine, 256 MiB of working memory: each pair twice."""
    from sklearn.metrics import pairwise_distances_chunked

    def run() -> Pairs:
        found = []

        def keep(distances: np.ndarray, start: int) -> None:
            i, j = np.nonzero(distances < 1 - task.above + MARGIN)
            found.append((i + start, j))

        for _ in pairwise_distances_chunked(
            probe, metric="cosine", reduce_func=keep, n_jobs=1, working_memory=256
        ):
            pass
        return joined(found)

    return run


def semdedup(task: Task, probe: np.ndarray) -> Search:
    """FAISS's spherical k-means, N / 1,000 clusters, 20 steps; then all pairs within each."""
    import faiss

    def run() -> Pairs:
        clusters = max(8, len(probe) // 1000)
        means = faiss.Kmeans(
            probe.shape[1], clusters, niter=20, spherical=True, max_points_per_centroid=256
        )
        means.train(probe)
        nearest = means.index.search(probe, 1)[1][:, 0]
        members = np.split(np.argsort(nearest), np.bincount(nearest).cumsum()[:-1])
        found = []
        for rows in members:
            near = np.triu(probe[rows] @ probe[rows].T > task.above - MARGIN, 1)
            i, j = near.nonzero()
            found.append((rows[i], rows[j]))
        return joined(found)

    return run


def upper_triangle(rows: int) -> Iterator[tuple[slice, slice]]:
    """Pairs of blocks that cover each pair of rows once, and a little more on the diagonal."""
    starts = range(0, rows, BLOCK)
    for a in starts:
        for b in starts[a // BLOCK :]:
            yield slice(a, min(a + BLOCK, rows)), slice(b, min(b + BLOCK, rows))


def joined(found: list[Pairs]) -> Pairs:
    i, j = (np.concatenate(part) for part in zip(*found, strict=True))
    return i, j


PEERS: Final = {
    BASELINE: Method("GEMM alone (OpenBLAS)", gemm, exact=None),
    TRUTH: Method("numpy, blocked", blocked),
    "torch": Method("torch, blocked", blocked_in_torch, "torch"),
    "torch-bf16": Method("bf16 GEMM alone (torch)", gemm_of_bfloats, "torch", exact=None),
    "faiss-flat": Method("FAISS Flat range search", faiss_flat, "faiss-cpu"),
    "faiss-ivf": Method("FAISS IVF range search", faiss_ivf, "faiss-cpu", exact=False),
    "faiss-hnsw": Method("FAISS HNSW, 32 nearest", faiss_hnsw, "faiss-cpu", exact=False),
    "sklearn": Method("scikit-learn, chunked", scikit_learn, "scikit-learn"),
    "semdedup": Method("SemDeDup's way", semdedup, "faiss-cpu", exact=False),
}
RATE: Final = Method("GEMM, its rate", gemm_rate, exact=None)


def our_methods() -> dict[str, Method]:
    """The package's kernels that run here, fastest first."""
    from clipblind.mining.kernel import builds

    names = [name for name in builds() if name != "portable"]
    return {f"ours-{name}": Method(f"clipblind, {name}", our_search(name)) for name in names}


def method_named(name: str) -> Method:
    """A peer, one of ours, or the rate of the matrix product."""
    if name == "gemm-rate":
        return RATE
    return PEERS[name] if name in PEERS else our_methods()[name]


def command(name: str, given: Task | dict[str, Any]) -> list[str]:
    """The command line of a process that does `draw`, `describe` or `measure`."""
    given = dataclasses.asdict(given) if isinstance(given, Task) else given
    return [sys.executable, __file__, name, json.dumps(given)]


if __name__ == "__main__":
    main()
