"""The exact miner against its peers: CPU time, recall and memory, side by side in one run.

    python benchmarks/mining.py --large

Every method and size is timed in a fresh process on one core, on embeddings that are drawn once a
size; `peers.py` has the methods. What was measured is kept in `mining.json`, entry by entry, so
that a run that was killed goes on with `--resume`; `mining.md`, `.png` and `.svg` show it, and
`--redraw` writes them anew. The peers' packages are in `requirements.txt`; those that aren't
installed are left out. Linux only; with `--large` it takes 12 GB of memory and 10 GB of disk.
"""

import argparse
import dataclasses
import datetime
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

from clipblind.figures import save_figure
from clipblind.ground.files import digest, write_text
from clipblind.mining import synthetic
from mining_report import FIGURE, RATE, Record, amount, chart, cost, pick, report
from peers import (
    BASELINE,
    PEERS,
    TRUTH,
    Task,
    command,
    our_methods,
)

SIZES: Final = (25_000, 50_000, 100_000, 200_000)
QUICK_SIZES: Final = (5_000, 10_000)
IMAGENET: Final = 1_281_167
# what the other parts take at most; never more than the largest size that was asked for
NARROW, ISOTROPIC, THRESHOLDS, CORES = 50_000, 20_000, 100_000, 200_000
ABOVE: Final = 0.95
OTHERS_ABOVE: Final = (0.97, 0.95, 0.9, 0.85, 0.8)
CHECKED: Final = 256
WARM: Final = {1: 3, 2: 9}  # calls after the first, on so many cores: two are seldom undisturbed
GIVE_UP: Final = 8  # a process may take so many times the patience, as its method is called 4 times

PACKAGES: Final = ("numpy", "torch", "faiss-cpu", "scikit-learn")
# a setting meant for other work, such as an older processor's BLAS kernels, would slow some methods
CLEARED: Final = ("OPENBLAS_", "GOTO_", "OMP_", "KMP_", "MKL_", "FAISS_", "NPY_", "CLIPBLIND_")
LIMITED: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
WIDE: Final = ("avx2", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8", "amx_bf16")


@dataclass(frozen=True)
class Job:
    """One measurement.

    Attributes:
        part: of the report: sizes, narrow, isotropic, thresholds, cores or large.
        population: general, narrow or isotropic.
        rows: N.
        above: the probe's threshold.
        method: its name.
        threads: that it may use.
    """

    part: str
    population: str
    rows: int
    above: float
    method: str
    threads: int = 1


@dataclass(frozen=True)
class Files:
    """Embeddings of both encoders, and the exact pairs once they are known."""

    probe: Path
    reference: Path
    truth: Path


def main() -> None:
    """Measure what the command line asks for, and write the report."""
    options = arguments()
    kept = options.out.with_suffix(".json")
    state = json.loads(kept.read_text()) if kept.exists() else {}
    if not options.redraw:
        state = on_this_machine(state, kept)
        measure_all(options, state, kept)
    write_text(options.out, report(state, options.out.stem))
    save_figure(chart(state["runs"]), options.out.with_suffix(""), FIGURE)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--sizes", type=int, nargs="+", help=f"images; {' '.join(map(str, SIZES))} by default")
    add("--large", action="store_true", help=f"ours at {IMAGENET:,} images too")
    add("--peers", nargs="*", choices=list(PEERS), default=list(PEERS), help="all by default")
    add("--quick", action="store_true", help="small sizes, one warm call")
    add("--out", type=Path, default=Path(__file__).with_suffix(".md"))
    add("--patience", type=float, default=900, help="seconds that one call may take")
    add("--resume", action="store_true", help="measure only what is missing")
    add("--redraw", action="store_true", help="measure nothing, write table and chart anew")
    options = parser.parse_args()
    options.sizes = sorted(options.sizes or (QUICK_SIZES if options.quick else SIZES))
    return options


def on_this_machine(state: Record, kept: Path) -> Record:
    """What is kept, unless another machine or other versions measured it."""
    here = machine()
    if state and state["machine"] != here:
        say(f"{kept} is of another machine or other versions: begun anew.")
        state = {}
    return state or {"machine": here, "runs": []}


def measure_all(options: argparse.Namespace, state: Record, kept: Path) -> None:
    """Run all jobs, one set of embeddings after the other, and keep each record at once."""
    names = installed(options.peers, state["machine"]["versions"])
    todo, number = list(jobs(options.sizes, names, options.large)), 0
    for (population, rows), group in groupby(todo, lambda job: (job.population, job.rows)):
        some, files = list(group), files_of(population, rows)
        wanted = missing(some, state["runs"], files, options) if options.resume else some
        for job in some:
            number += 1
            if job not in wanted:
                continue
            say(f"[{number}/{len(todo)}] {in_words(job)}: ", end="")
            record = too_long(job, state["runs"], options.patience)
            record = record or run(job, files, state["machine"]["core"], options)
            keep(state, job, record)
            write_text(kept, json.dumps(state, indent=1) + "\n")
            say(outcome(key_of(job) | record))
        for path in dataclasses.astuple(files):
            path.unlink(missing_ok=True)


def installed(peers: Sequence[str], versions: dict[str, str]) -> list[str]:
    """Names of all methods that can run, the exact set's and the baseline among them."""
    for name in peers:
        if PEERS[name].distribution not in versions:
            say(f"{name} is left out: {PEERS[name].distribution} isn't installed.")
    there = [name for name in peers if PEERS[name].distribution in versions]
    # the exact set is needed first; the baseline stands right before ours
    return [TRUTH, BASELINE, *our_methods(), *(n for n in there if n not in (TRUTH, BASELINE))]


def jobs(sizes: Sequence[int], names: Sequence[str], large: bool) -> Iterator[Job]:
    """All measurements; those on the same embeddings follow each other."""
    ours = [name for name in names if name not in PEERS]
    thresholds, cores = (
        max([size for size in sizes if size <= most] or sizes[:1]) for most in (THRESHOLDS, CORES)
    )
    for rows in sizes:
        yield from (Job("sizes", "general", rows, ABOVE, name) for name in names)
        if rows == thresholds:
            yield from (Job("thresholds", "general", rows, t, ours[0]) for t in OTHERS_ABOVE)
        if rows == cores and len(os.sched_getaffinity(0)) > 1:
            yield from (Job("cores", "general", rows, ABOVE, ours[0], n) for n in (1, 2))
    narrow, isotropic = min(NARROW, sizes[-1]), min(ISOTROPIC, sizes[-1])
    yield from (Job("narrow", "narrow", narrow, ABOVE, name) for name in names)
    for name in (TRUTH, BASELINE, *ours):
        yield Job("isotropic", "isotropic", isotropic, ABOVE, name)
    if large:
        yield Job("large", "general", IMAGENET, ABOVE, RATE)
        yield Job("large", "general", IMAGENET, ABOVE, ours[0])


def missing(
    some: Sequence[Job], runs: Sequence[Record], files: Files, options: argparse.Namespace
) -> list[Job]:
    """Jobs on one set of embeddings that haven't been measured, or whose exact set was lost."""
    left = [
        job
        for job in some
        if not pick(runs, **key_of(job)) and not too_long(job, runs, options.patience)
    ]
    truth = [job for job in some if job.method == TRUTH and not files.truth.exists()]
    return [job for job in some if job in left or (left and job in truth)]


def too_long(job: Job, runs: Sequence[Record], patience: float) -> Record | None:
    """A record that says so, if a smaller size tells that a method will take too long."""
    smaller = pick(runs, part="sizes", method=job.method)
    smaller = [run for run in smaller if run["rows"] < job.rows]
    if not smaller or job.part not in ("sizes", "narrow"):
        return None
    last = max(smaller, key=lambda run: run["rows"])
    seconds = last["first"]["wall"] * (job.rows / last["rows"]) ** 2
    return {"skipped": f"would take about {amount(seconds)} s"} if seconds > patience else None


def run(job: Job, files: Files, core: str, options: argparse.Namespace) -> Record:
    """Measure in a process of its own; a process that fails says why in its record."""
    large, cores = job.part == "large", 2 if job.part == "cores" else 1
    task = Task(
        method=job.method,
        probe=str(files.probe),
        reference=str(files.reference),
        above=job.above,
        threads=job.threads,
        cores=cores,
        warm=0 if large and job.method != RATE else 1 if options.quick else WARM[cores],
        # exact sets are known for one threshold
        truth="" if large or job.above != ABOVE else str(files.truth),
        checked=CHECKED if large and job.method != RATE else 0,
    )
    limit = GIVE_UP * options.patience
    try:
        if not files.reference.exists():
            where = {"probe": str(files.probe), "reference": str(files.reference)}
            child("draw", {"population": job.population, "rows": job.rows} | where, core)
        return child("measure", dataclasses.asdict(task), core, limit)
    except subprocess.CalledProcessError as error:
        return {"failed": (error.stderr.strip().splitlines() or [f"exit {error.returncode}"])[-1]}
    except subprocess.TimeoutExpired:
        return {"failed": f"stopped after {amount(limit)} s"}


def child(name: str, given: Record, core: str = "", limit: float | None = None) -> Record:
    """What a process of `peers.py` reports; it sees one thread and no BLAS setting but `core`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(CLEARED)}
    kept |= dict.fromkeys(LIMITED, "1") | ({"OPENBLAS_CORETYPE": core} if core else {})
    done = subprocess.run(
        command(name, given), env=kept, check=True, capture_output=True, text=True, timeout=limit
    )
    report: Record = json.loads(done.stdout.splitlines()[-1])
    return report


def machine() -> Record:
    """The processor, its memory, the packages and the BLAS kernels they run."""
    lines = [line.partition(":") for line in Path("/proc/cpuinfo").read_text().splitlines()]
    facts = {name.strip(): value.strip() for name, _, value in lines}
    given = {"distributions": list(PACKAGES)}
    # An older OpenBLAS, as FAISS brings it, doesn't know newer processors and falls back to SSE;
    # all are told to run the kernels that numpy's chooses by itself.
    core = child("describe", given)["kernels"].get("numpy", ["", ""])[1]
    flags = facts.get("flags", "").split()
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "processor": facts.get("model name", platform.machine()),
        "family": f"family {facts.get('cpu family')}, model {facts.get('model')}",
        "cores": os.cpu_count(),
        "memory": round(pages / 2**30),
        "instructions": [name for name in WIDE if name in flags],
        "python": platform.python_version(),
        "core": core,
        **child("describe", given, core),
    }


def files_of(population: str, rows: int) -> Files:
    """Where embeddings lie for as long as they are needed; what draws them is in the name."""
    drawn_by = digest(Path(str(synthetic.__file__)))
    folder = Path(tempfile.gettempdir()) / f"clipblind-mining-{drawn_by}"
    folder.mkdir(exist_ok=True)
    names = (f"{population}-{rows}-{what}.npy" for what in ("probe", "reference", "truth"))
    return Files(*(folder / name for name in names))


def keep(state: Record, job: Job, record: Record) -> None:
    """Put a record in the place of an older one of the same job; the order stays the jobs'."""
    key, runs = key_of(job), state["runs"]
    same = (i for i, run in enumerate(runs) if all(run[k] == key[k] for k in key))
    place = next(same, len(runs))
    runs[place : place + 1] = [key | record]
    state["date"] = datetime.date.today().isoformat()


def key_of(job: Job) -> Record:
    """What tells a job's record from others."""
    return dataclasses.asdict(job)


def in_words(job: Job) -> str:
    """A job, for the line that tells of progress."""
    threads = f", {job.threads} threads" if job.part == "cores" else ""
    return f"{job.part}, {job.rows:,} images, above {job.above}, {job.method}{threads}"


def outcome(record: Record) -> str:
    """What came of a job, for the line that tells of progress."""
    if "first" not in record:
        return record.get("skipped") or record["failed"]
    recall = f", recall {record['recall']:.4f}" if record.get("recall") is not None else ""
    return f"{amount(cost(record))} CPU s, {record['top']:,.0f} MiB on top{recall}"


def say(words: str, end: str = "\n") -> None:
    """Tell the person who waits."""
    print(words, end=end, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
