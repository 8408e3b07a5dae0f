"""kill -9 in the middle: the next run finishes, with the results of an undisturbed one.

Parts of a finished study are made again, in a copy of it, and killed while they are unfinished. The
disturbed jobs run with one core and the undisturbed ones ran with two, so this also shows that
results don't depend on `--cores`.
"""

import os
import shutil
import signal
import subprocess
import time

import pytest

from tests.workflow.conftest import SMOKE, Project, environment

PATIENCE = 300  # seconds
# what is lost, and the unfinished work on which the next run goes on
PARTS = {
    "a training": ("encoders/reference", "train-*/checkpoint.pt"),
    "an embedding": ("embeddings/clip_web", "embed-*/*.arrow"),
}


@pytest.fixture(scope="module")
def copy(finished, tmp_path_factory):
    """A copy of the finished project, for changes."""
    folder = tmp_path_factory.mktemp("kill") / "clipblind"
    shutil.copytree(finished.folder, folder, symlinks=True)
    return Project(folder)


def _kill_when(project, target, pattern):
    """Make a file, and kill all that makes it once a file of unfinished work is there."""
    running = subprocess.Popen(
        f"snakemake --cores 1 {target} {SMOKE}",
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
            time.sleep(0.01)
    finally:
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
    assert list((project.results / ".partial").glob(pattern)), "the work was over before the kill"


@pytest.mark.parametrize("part", PARTS)
def test_a_killed_job_goes_on_and_ends_like_an_undisturbed_one(finished, copy, part):
    lost, unfinished = PARTS[part]
    made = sorted(path.name for path in (finished.results / lost).iterdir())
    shutil.rmtree(copy.results / lost)
    target = f"{lost}/{made[0]}"
    _kill_when(copy, target, unfinished)
    said = copy.run(f"snakemake --cores 1 {target} {SMOKE}")
    if part == "a training":
        assert "goes on from" in said
    # a kill may leave a part of a file, under a hidden name of its own
    assert sorted(path.name for path in (copy.results / lost).glob("[!.]*")) == made
    for name in made:
        undisturbed, disturbed = finished.results / lost / name, copy.results / lost / name
        assert disturbed.read_bytes() == undisturbed.read_bytes(), name
    assert not list((copy.results / ".partial").glob("*/"))


def test_a_killed_study_has_nothing_left_to_do(copy):
    assert "Nothing to be done" in copy.run(f"snakemake -n {SMOKE}")
