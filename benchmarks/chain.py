"""What the chain's choices save: each against its alternative, side by side in one run.

    make bench

Every pair is run in turns, several times, on one thread; the table gives the median CPU time of
each and their ratio. It is written to `benchmarks/chain.md` with the machine it was measured on.
"""

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", POLARS_MAX_THREADS="1")

import json
import platform
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from clipblind.ground.factors import sample_scene
from clipblind.mining import blind_pairs
from clipblind.mof.model import MofConfig, MofForConditionalGeneration
from clipblind.world.draw import png

TURNS = 5


def main() -> None:
    """Measure all comparisons, print the table and write it."""
    torch.set_num_threads(1)
    rows = [join(), questions(), start_up(), sizes()]
    lines = [
        "# What the chain's choices save",
        "",
        f"`make bench` on {machine()}, one thread, median of {TURNS} turns, CPU seconds.",
        "",
        "| ours | against | ours, s | other, s | ratio |",
        "|---|---|---|---|---|",
        *(f"| {a} | {b} | {x:.3f} | {y:.3f} | {y / x:.1f} |" for a, b, x, y in rows),
        "",
    ]
    lines += workflow()
    print("\n".join(lines))
    Path(__file__).with_suffix(".md").write_text("\n".join(lines))


def workflow() -> list[str]:
    """What `benchmarks/workflow.py` measured last, as a table; nothing if it never did."""
    notes = Path(__file__).with_name("workflow.json")
    if not notes.exists():
        return []
    found = json.loads(notes.read_text())
    lines = [
        "# The workflow",
        "",
        f"`python benchmarks/workflow.py --before {found['before']}`: fresh clones, clean"
        " environment, in turns, medians, seconds.",
        "",
        "| | wall, now | wall, before | ratio | CPU, now | CPU, before | ratio |",
        "|---|---|---|---|---|---|---|",
    ]
    for label, ((wall, cpu), (wall_before, cpu_before)) in found["rows"].items():
        walls = f"{wall:.1f} | {wall_before:.1f} | {wall_before / wall:.1f}"
        cpus = f"{cpu:.1f} | {cpu_before:.1f} | {cpu_before / cpu:.1f}"
        lines.append(f"| {label} | {walls} | {cpus} |")
    for target in ("reproduce", "test"):
        if target in found:
            wall, cpu = found[target]
            lines += ["", f"`make {target}`: {wall / 60:.1f} minutes, {cpu / 60:.1f} CPU minutes."]
    return [*lines, ""]


def join() -> tuple[str, str, float, float]:
    """The exact join against float64 brute force, 4,000 images of 96 and 128 dimensions."""
    rng = np.random.default_rng(0)
    probe, reference = (unit(rng.normal(size=(4000, width))) for width in (96, 128))

    def brute_force() -> None:
        wide = probe.astype(np.float64), reference.astype(np.float64)
        near, far = (rows @ rows.T for rows in wide)
        np.nonzero(np.triu((near > 0.3) & (far < 0.0), 1))

    ours, other = in_turns(lambda: blind_pairs(probe, reference, 0.3, 0.0), brute_force)
    return "exact join by blocks", "float64 brute force, all in memory", ours, other


def questions() -> tuple[str, str, float, float]:
    """Eight questions packed behind one image against a sequence for each."""
    text = {
        "model_type": "llama",
        "vocab_size": 100,
        "hidden_size": 128,
        "intermediate_size": 256,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 4,
    }
    towers = {"towers": ["a", "b"], "tower_widths": [128, 128], "mixture": "interleaved"}
    model = MofForConditionalGeneration(MofConfig(text_config=text, **towers))
    ids = torch.randint(100, (16, 8, 18))
    tokens = [torch.randn(16, 16, 128) for _ in range(2)]

    def packed() -> None:
        model(ids, tokens).sum().backward()

    def separate() -> None:
        model(ids.view(128, 18), [t.repeat_interleave(8, 0) for t in tokens]).sum().backward()

    ours, other = in_turns(packed, separate)
    return "8 questions packed behind one image", "a sequence for each", ours, other


def start_up() -> tuple[str, str, float, float]:
    """A verb that touches tables only against one that loads an encoder's library."""
    light = "import clipblind.cli, clipblind.grading.verdicts"
    heavy = "import clipblind.cli, clipblind.encoders.open_clip_loader"
    ours, other = in_turns(*(lambda c=c: run(c) for c in (light, heavy)), children=True)  # type: ignore[misc]
    return "start of a verb on tables", "start of a verb on encoders", ours, other


def sizes() -> tuple[str, str, float, float]:
    """Rendering at 64 pixels against 128."""
    rng = random.Random(0)
    scenes = [sample_scene(rng) for _ in range(200)]
    small, large = (lambda s=s: [png(scene, s) for scene in scenes] for s in (64, 128))
    ours, other = in_turns(small, large)
    return "200 pictures at 64 pixels", "at 128 pixels", ours, other


def in_turns(
    one: Callable[[], object], other: Callable[[], object], *, children: bool = False
) -> tuple[float, float]:
    """Median CPU seconds of two functions, run in turns after one run each to warm up."""
    spent: tuple[list[float], list[float]] = ([], [])
    for turn in range(TURNS + 1):
        for times, function in zip(spent, (one, other), strict=True):
            before = cpu(children)
            function()
            if turn:
                times.append(cpu(children) - before)
    return statistics.median(spent[0]), statistics.median(spent[1])


def cpu(children: bool) -> float:
    """CPU seconds so far, of this process or of the ones it started."""
    if children:
        times = os.times()
        return times.children_user + times.children_system
    return time.process_time()


def run(program: str) -> None:
    """Run a Python program in a process of its own."""
    subprocess.run([sys.executable, "-c", program], check=True)


def unit(rows: np.ndarray) -> np.ndarray:
    """Rows of unit norm, float32."""
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def machine() -> str:
    """The processor and its cores, in words."""
    names = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    return f"{names[0] if names else platform.machine()}, {os.cpu_count()} cores"


if __name__ == "__main__":
    main()
