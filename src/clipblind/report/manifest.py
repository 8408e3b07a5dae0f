"""How a study was made: versions, revision, configuration, times, machine."""

import csv
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import yaml

from clipblind.study.revision import revision
from clipblind.study.settings.study import Study

PACKAGES: Final = (
    "clipblind", "torch", "open_clip_torch", "transformers", "numpy", "polars", "scipy",
    "matplotlib", "snakemake", "hydra-core",
)  # fmt: skip


def manifest(study: Study, folder: Path) -> dict[str, Any]:
    """All of it, as the page shows it.

    Args:
        study: the configuration.
        folder: the study's results.
    """
    return {
        "facts": [
            ("study", f"{study.name}: {study.title}"),
            ("seeds" if study.seeds else "seed", ", ".join(map(str, study.seeds or [study.seed]))),
            ("revision", str(revision(Path(__file__).parents[3]))),
            ("machine", machine()),
        ],
        "versions": versions(),
        "configuration": yaml.safe_dump(
            study.model_dump(mode="json"), sort_keys=False, allow_unicode=True, width=90
        ),
        "times": times(folder),
    }


def versions() -> list[tuple[str, str]]:
    """Python's version and those of the packages that shape results."""
    found = [("python", platform.python_version())]
    for name in PACKAGES:
        try:
            found.append((name, version(name)))
        except PackageNotFoundError:
            found.append((name, "not installed"))
    return found


def machine() -> str:
    """The machine that wrote the page, without its name."""
    model = platform.processor() or platform.machine()
    cpus = Path("/proc/cpuinfo")
    if cpus.exists():
        names = [
            line.partition(":")[2].strip()
            for line in cpus.read_text(encoding="utf-8", errors="replace").splitlines()
            if line.startswith("model name")
        ]
        model = names[0] if names else model
    return f"{platform.system()} {platform.machine()}, {model}, {os.cpu_count()} CPU threads"


def times(folder: Path) -> list[dict[str, Any]]:
    """Seconds and peak memory of the jobs that were timed, the longest first."""
    rows = []
    for path in sorted((folder / "times").glob("**/*.tsv")):
        with path.open(encoding="utf-8", newline="") as lines:
            measured = next(csv.DictReader(lines, delimiter="\t"), {})
        job = path.relative_to(folder / "times").with_suffix("").as_posix()
        if seconds := _number(measured.get("s")):
            rows.append(
                {"job": job, "seconds": seconds, "memory": _number(measured.get("max_rss"))}
            )
    return sorted(rows, key=lambda row: -(row["seconds"] or 0))


def _number(text: str | None) -> float | None:
    try:
        return float(text or "")
    except ValueError:
        return None
