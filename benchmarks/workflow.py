"""The workflow against an earlier commit, side by side: the smoke study, a run with nothing to do.

    python benchmarks/workflow.py --before 2c1390a

Both commits are cloned, set up by `make setup` with a clean environment, and run in turns. Wall
seconds and CPU seconds go to `benchmarks/workflow.json`, which `benchmarks/chain.py` shows. Longer
runs are measured once each: `--reproduce` and `--test` time those targets of this commit alone.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
NOTES: Final = Path(__file__).with_suffix(".json")
TURNS: Final = 3
SMOKE: Final = "--config study=smoke"
KEPT: Final = ("HOME", "LANG", "PIP_", "UV_", "SSL_", "PYTHONDONTWRITEBYTECODE")


def main() -> None:
    """Measure what was asked for, and write it beside what was measured before."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--before", help="the commit to compare with")
    parser.add_argument("--reproduce", action="store_true", help="time `make reproduce`")
    parser.add_argument("--test", action="store_true", help="time `make test`")
    parser.add_argument("--turns", type=int, default=TURNS, help="of each command, side by side")
    given = parser.parse_args()
    notes = json.loads(NOTES.read_text()) if NOTES.exists() else {}
    with tempfile.TemporaryDirectory() as folder:
        here = clone(Path(folder) / "here", "HEAD")
        if given.before:
            earlier = clone(Path(folder) / "before", given.before)
            rows = side_by_side(here, earlier, given.turns)
            notes |= {"before": given.before, "turns": given.turns, "rows": rows}
        for target in ("reproduce", "test"):
            if getattr(given, target):
                notes[target] = spent(here, f"make {target}")
    NOTES.write_text(json.dumps(notes, indent=1) + "\n")


def side_by_side(here: Path, before: Path, turns: int) -> dict[str, list[list[float]]]:
    """Wall and CPU seconds of each command, here and before, medians over turns."""
    rows = {}
    for label, command, once in (
        ("the smoke study", f"snakemake --cores 2 {SMOKE}", True),
        ("`snakemake -n`, nothing to do", f"snakemake -n {SMOKE}", False),
        ("`dvc repro`, nothing to do", "dvc repro -q study@smoke", False),
    ):
        if command.startswith("dvc"):
            for place in (here, before):
                spent(place, "dvc commit -q -f study@smoke")
        found: list[list[list[float]]] = [[], []]
        for _ in range(turns):
            for taken, place in zip(found, (here, before), strict=True):
                if once:
                    shutil.rmtree(place / "results/smoke", ignore_errors=True)
                taken.append(spent(place, command))
        rows[label] = [[statistics.median(t[k] for t in taken) for k in (0, 1)] for taken in found]
    return rows


def clone(folder: Path, commit: str) -> Path:
    """A clone at a commit, set up."""
    subprocess.run(["git", "clone", "-q", str(ROOT), str(folder)], check=True)
    subprocess.run(["git", "checkout", "-q", commit], cwd=folder, check=True)
    spent(folder, "make setup")
    return folder


def spent(folder: Path, command: str) -> list[float]:
    """Wall and CPU seconds of a command in a clone, with a clean environment."""
    environment = {k: v for k, v in os.environ.items() if k.startswith(KEPT)}
    environment["PATH"] = f"{folder}/.venv/bin:{os.environ['PATH']}"
    cpu, wall = os.times(), time.perf_counter()
    done = subprocess.run(command, shell=True, cwd=folder, env=environment, capture_output=True)
    if done.returncode:
        raise SystemExit(f"{command} failed:\n{done.stdout.decode()[-3000:]}{done.stderr.decode()}")
    now = os.times()
    used = now.children_user + now.children_system - cpu.children_user - cpu.children_system
    return [time.perf_counter() - wall, used]


if __name__ == "__main__":
    main()
