"""kill -9 in the middle: the next run finishes, with the results of an undisturbed one.

The disturbed study runs with one core and the undisturbed one with two, so this also shows that
results don't depend on `--cores`.
"""

import os
import signal
import subprocess
import time

from tests.workflow.conftest import SMOKE, copy_project, environment

PATIENCE = 300  # seconds
TABLES = ("*.parquet", "*.arrow", "*.csv", "*.safetensors", "figures/*", "*.json")


def _kill_when(project, pattern):
    """Start the study, and kill it with all its jobs once a file of unfinished work is there."""
    running = subprocess.Popen(
        f"snakemake --cores 1 {SMOKE}",
        shell=True,
        cwd=project.folder,
        env=environment(),
        stdout=(project.folder / "killed.txt").open("a"),
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    waited = time.monotonic()
    try:
        while not list((project.results / ".partial").glob(pattern)):
            assert running.poll() is None, f"the study ended before {pattern} was seen"
            assert time.monotonic() - waited < PATIENCE, f"{pattern} was never seen"
            time.sleep(0.02)
    finally:
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
    assert list((project.results / ".partial").glob(pattern)), "the work was over before the kill"


def _contents(results):
    files = {path for pattern in TABLES for path in results.rglob(pattern)}
    return {
        str(path.relative_to(results)): path.read_bytes()
        for path in files
        if not {".snakemake", ".partial"} & set(path.relative_to(results).parts)
    }


def test_a_study_killed_thrice_ends_like_an_undisturbed_one(finished, tmp_path):
    project = copy_project(tmp_path / "clipblind")
    for unfinished in (
        "train-*/checkpoint.pt",
        "embed-*/search-0.arrow",
        "answer-*/answers-0000.parquet",
    ):
        _kill_when(project, unfinished)
    said = project.run(f"snakemake --cores 1 {SMOKE}")
    assert "100%" in said
    assert "goes on from" in (project.folder / "killed.txt").read_text() + said
    undisturbed, disturbed = _contents(finished.results), _contents(project.results)
    assert set(undisturbed) == set(disturbed)
    assert [name for name in undisturbed if undisturbed[name] != disturbed[name]] == []
    assert not list((project.results / ".partial").glob("*/"))
