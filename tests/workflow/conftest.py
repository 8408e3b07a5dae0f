"""Whole DAGs, run as a user runs them, in copies of the project."""

import os
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SMOKE = "--config study=smoke"
PAPER = (
    # every process that loads torch costs seconds: two parts, and three of the ten CLIPs
    "encoder=[openai_l14_224,siglip_so400m_384,dfn_h14_378,dinov2_l14] pool.parts=2"
    " mining.probe_above=0.2 mining.reference_below=0.99 mining.selection.pairs=9"
    " matching.imagenet=assets/corpora/imagenet_val matching.templates=simple"
    " embedding.batch=8 embedding.workers=1"
    # one LLaVA is enough; MiniGPT-4 and typed answers are added, as their users add them
    " contender=[constant,random,typed,llava15_7b,llava15_7b_blind,instructblip_7b,minigpt4_7b,"
    "qwen25_vl_7b]"
    " contender.instructblip_7b.orders=both patterns.file=answers/patterns.csv"
    " judge.by.kind=transformers judge.by.source=nobody/llama"
)


@dataclass(frozen=True)
class Project:
    """A copy of the project, with git and DVC."""

    folder: Path

    @property
    def results(self) -> Path:
        return self.folder / "results" / "smoke"

    def run(self, command: str, *, check: bool = True) -> str:
        """Run a shell command in the project; its output, both streams."""
        done = subprocess.run(
            command,
            shell=True,
            cwd=self.folder,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if check:
            assert done.returncode == 0, done.stdout[-6000:]
        else:
            assert done.returncode != 0, done.stdout[-6000:]
        return done.stdout

    def planned(self, options: str = "") -> Counter[str]:
        """Jobs that a dry run plans, by rule."""
        said = self.run(f"snakemake -n {SMOKE} {options}")
        return planned_jobs(said)


def planned_jobs(said: str) -> Counter[str]:
    """The table of jobs in Snakemake's output."""
    if "Nothing to be done" in said:
        return Counter()
    table = said.split("Job stats:")[1].split("total")[0].splitlines()
    rows = [line.split() for line in table[3:] if len(line.split()) == 2]
    return Counter({rule: int(count) for rule, count in rows if rule != "all"})


def environment() -> dict[str, str]:
    """As in a shell with the virtual environment active, and nobody's git identity."""
    bin_folder = str(Path(sys.executable).parent)
    identity = {
        f"GIT_{who}_{what}": "t@example.org" if what == "EMAIL" else "t"
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    return {**os.environ, **identity, "PATH": f"{bin_folder}:{os.environ['PATH']}"}


def copy_project(folder: Path) -> Project:
    """The project's own files, committed to a new repository; no results."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.splitlines():
        if name.startswith(("results/", "dvc.lock")) or not (ROOT / name).exists():
            continue
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target)
    project = Project(folder)
    project.run("git init -q && git add -A && git commit -qm start")
    return project


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """A project whose smoke study was run by `dvc repro`."""
    project = copy_project(tmp_path_factory.mktemp("finished") / "clipblind")
    project.run("sed -i 's/--cores all/--cores 2/' dvc.yaml && dvc repro study@smoke")
    return project


@pytest.fixture(scope="session")
def shrunken_paper(tmp_path_factory):
    """A project whose `study=paper` was run on a shrunken copy of all it reads.

    Every rule that a setting can switch on is on. With the project come what to run it with, and
    the jobs that were done, by rule.
    """
    from tests.workflow.shrunken import shrink

    project = copy_project(tmp_path_factory.mktemp("paper") / "clipblind")
    options = f'''--config study=paper overrides="{shrink(project.folder, "paper", PAPER)}" '''
    said = project.run(f"snakemake --cores 2 {options}")
    return project, options, planned_jobs(said)
