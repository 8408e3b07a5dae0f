"""The embedding engine against the bare forward pass and against others, in one run.

    make bench-embedding

A ViT-B/32 of open_clip with random weights embeds JPEGs of 500 x 375 pixels; `embedders.py` has the
ways. Each turn runs all of them one after the other, so that whatever else the machine does meets
all alike; what counts are ratios within a turn, and their median over turns. `embedding.json` keeps
what was measured, `embedding.md` shows it; `--redraw` writes the page anew. The packages of
`requirements.txt` that aren't installed are left out. On a GPU it also tells the share of the
peak. About seven minutes on two quiet cores.
"""

import os

os.environ["TQDM_DISABLE"] = "1"  # bars of others; read when their library is imported

import argparse
import datetime
import json
import logging
import platform
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

import embedders as e
from clipblind.embedding.engine import compile_encoder
from clipblind.ground.files import write_text
from clipblind.models.computing import device
from embedding_report import report

Record = dict[str, Any]

TURNS: Final = 3
WORKERS: Final = (0, 1, 2, 4)
BATCHES: Final = (8, 32, 64, 128)
GPU_BATCHES: Final = (32, 128, 256, 512, 1024)
OURS, BARE, AMP = "clipblind", "bare forward pass", "CLIP_benchmark, its defaults"
# TFLOP/s of tensor cores in bfloat16 or float16, dense, by a part of the name: from data sheets
PEAKS: Final = {
    "H200": 989,
    "H100": 989,
    "A100": 312,
    "L40S": 362,
    "L4": 121,
    "V100": 125,
    "T4": 65,
}


@dataclass(frozen=True)
class Way:
    """One way to embed.

    Attributes:
        name: in the report.
        run: embeds so many photos.
        images: that are enough to time it.
    """

    name: str
    run: Callable[[int], Any]
    images: int


def main() -> None:
    """Measure, and write the report."""
    options = arguments()
    kept = options.out.with_suffix(".json")
    if not options.redraw:
        warnings.filterwarnings("ignore")
        logging.disable(logging.WARNING)
        with tempfile.TemporaryDirectory() as folder:
            state = measure(Path(folder), options)
        write_text(kept, json.dumps(state, indent=1) + "\n")
    write_text(options.out, report(json.loads(kept.read_text())))


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--images", type=int, help="photos; 256 on a CPU, 8192 on a GPU by default")
    add("--turns", type=int, default=TURNS)
    add("--precision", choices=("float32", "bfloat16", "float16"), default="bfloat16")
    add("--quick", action="store_true", help="a few images, one turn: shows that it runs")
    add("--out", type=Path, default=Path(__file__).with_suffix(".md"))
    add("--redraw", action="store_true", help="measure nothing, write the page anew")
    return parser.parse_args()


def measure(folder: Path, options: argparse.Namespace) -> Record:
    """All parts of the report."""
    on_gpu = device().type == "cuda"
    count = 8 if options.quick else options.images or (8192 if on_gpu else 256)
    cores = len(os.sched_getaffinity(0))
    torch.set_num_threads(cores)
    encoder = e.make_model(folder / "model")
    flops = flops_of(encoder.model)
    e.make_photos(folder / "photos", 2 * count)
    scene = e.Scene(
        encoder, folder / "photos", cores, options.precision if on_gpu else "float32",
        torch.randn(64, 3, encoder.image_size, encoder.image_size).to(device()),
    )  # fmt: skip
    state = machine(cores) | {
        "date": datetime.date.today().isoformat(),
        "precision": scene.precision,
        "gflops": flops / 1e9,
        "kilobytes": float(np.mean([path.stat().st_size for path in scene.paths]) / 1e3),
        "turns": 1 if options.quick else options.turns,
    }
    some = max(8, count // 4)
    sizes = BATCHES[:2] if options.quick else GPU_BATCHES if on_gpu else BATCHES
    state["batches"] = in_turns(
        [Way(str(n), partial(e.bare, scene, batch=n), max(n, some)) for n in sizes], 1
    )
    scene.best[0] = max(sizes, key=lambda n: fastest(state["batches"][str(n)]))
    state["best"] = scene.best[0]
    say(f"the bare forward pass is fastest with batches of {scene.best[0]}")
    state["apart"] = apart(scene, 8)
    state["ways"] = in_turns(ways(scene, count), state["turns"])
    state["workers"] = in_turns(
        [Way(BARE, partial(e.bare, scene), some)]
        + [Way(str(n), partial(e.ours, scene, workers=n), count // 2) for n in WORKERS],
        max(1, state["turns"] - 1),
    )
    torch.set_num_threads(1)
    state["decode"] = in_turns([Way("decode", partial(e.decode, scene), count)], state["turns"])
    torch.set_num_threads(cores)
    if on_gpu:
        state["gpu"] = gpu(scene, count, state["turns"])
    return state


def ways(scene: e.Scene, count: int) -> list[Way]:
    """Ours and the others', the bare forward pass first."""
    quarter = max(8, count // 4)
    found = [
        Way(BARE, partial(e.bare, scene), count // 2),
        Way(OURS, partial(e.ours, scene), count),
        Way("open_clip's README, one by one", partial(e.readme, scene), quarter),
        Way("the same, 32 at a time", partial(e.readme, scene, batch=32), count // 2),
    ]
    if e.version_of(e.CLIP_BENCHMARK):
        exact = partial(e.clip_benchmark, scene, amp=False)
        found += [
            Way("CLIP_benchmark, --no_amp", exact, count),
            Way(AMP, partial(e.clip_benchmark, scene), count),
        ]
    if e.version_of(e.CLIP_RETRIEVAL):
        # a worker puts a whole batch together: with one batch nothing could overlap
        found.append(Way("clip-retrieval", partial(e.clip_retrieval, scene), 2 * count))
    return found


def apart(scene: e.Scene, count: int) -> dict[str, float]:
    """The largest difference of any embedding's value from the README's, by way."""
    truth = e.readme(scene, count)
    ours = [way for way in ways(scene, count) if way.name != BARE]
    return {way.name: float(np.abs(way.run(count) - truth).max()) for way in ours}


def in_turns(some: list[Way], turns: int) -> dict[str, list[Record]]:
    """What each took in each turn, after a short call to warm up."""
    taken: dict[str, list[Record]] = {way.name: [] for way in some}
    for way in some:
        way.run(min(8, way.images))
    for turn in range(turns):
        for way in some:
            record = timed(way)
            taken[way.name].append(record)
            say(
                f"{turn + 1}/{turns} {way.name}: {record['rate']:.1f} images/s,"
                f" {record['others']:.1f} cores taken by others"
            )
    return taken


def timed(way: Way) -> Record:
    """Images a second, CPU seconds an image, and how many cores other programs took meanwhile."""
    busy, own, started = busy_seconds(), own_seconds(), time.perf_counter()
    way.run(way.images)
    wall = time.perf_counter() - started
    own = own_seconds() - own
    return {
        "rate": way.images / wall,
        "cpu": own / way.images,
        "others": max(0.0, busy_seconds() - busy - own) / wall,
    }


def own_seconds() -> float:
    """CPU seconds of this process and of those it started, so far."""
    return sum(os.times()[:4])


def busy_seconds() -> float:
    """CPU seconds of all programs of the machine, so far."""
    path = Path("/proc/stat")
    if not path.exists():
        return 0.0
    user, nice, system = map(int, path.read_text().split()[1:4])
    return (user + nice + system) / os.sysconf("SC_CLK_TCK")


def fastest(records: list[Record]) -> float:
    """Images a second in the best turn."""
    return float(max(record["rate"] for record in records))


def flops_of(model: Any) -> int:
    """Floating point operations an image, multiplications and additions apart."""
    side = model.visual.image_size[0]
    pixels = torch.zeros(1, 3, side, side, device=next(model.parameters()).device)
    # torch's fused layer, which it takes where no gradient is wanted, is not counted
    with FlopCounterMode(display=False) as counter, torch.enable_grad():
        model.encode_image(pixels.requires_grad_())
    return int(counter.get_total_flops())


def gpu(scene: e.Scene, count: int, turns: int) -> Record:
    """Images a second of ours and of the bare forward pass, compiled too."""
    found = in_turns(ways(scene, count)[:2], turns)
    compile_encoder(scene.encoder)
    compiled = in_turns(ways(scene, count)[:2], turns)
    return found | {f"{name}, compiled": records for name, records in compiled.items()}


def machine(cores: int) -> Record:
    """The processor, the GPU, and the versions."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    name = torch.cuda.get_device_name() if device().type == "cuda" else ""
    return {
        "processor": names[0] if names else platform.machine(),
        "cores": cores,
        "threads": torch.get_num_threads(),
        "gpu_name": name,
        "peak": next((peak for part, peak in PEAKS.items() if part in name), 0),
        "versions": {
            package: version(package) for package in ("torch", "open_clip_torch", "pillow")
        }
        | {name: e.version_of(name) for name in (e.CLIP_BENCHMARK, e.CLIP_RETRIEVAL)},
    }


def say(words: str) -> None:
    """Tell the person who waits."""
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
