"""Writing that leaves nothing half done."""

import subprocess
import sys

import pytest

from clipblind.ground.errors import UserError
from clipblind.ground.files import (
    PARTIAL,
    atomic_path,
    digest,
    hold_lock,
    publish,
    scratch,
    write_text,
)


def test_a_writer_that_fails_leaves_neither_file_nor_leftover(tmp_path):
    with pytest.raises(RuntimeError), atomic_path(tmp_path / "a.txt") as partial:
        partial.write_text("half")
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_a_writer_that_fails_leaves_the_old_file_as_it_was(tmp_path):
    target = tmp_path / "a.txt"
    write_text(target, "old")
    with pytest.raises(RuntimeError), atomic_path(target) as partial:
        partial.write_text("half")
        raise RuntimeError
    assert target.read_text() == "old"


def test_two_writers_of_one_file_do_not_meet(tmp_path):
    target = tmp_path / "a.txt"
    with atomic_path(target) as one, atomic_path(target) as two:
        assert one != two
        one.write_text("one")
        two.write_text("two")
    assert target.read_text() == "one"


def test_a_digest_tells_parts_apart(tmp_path):
    assert digest("ab", "c") != digest("a", "bc")


def test_unfinished_work_is_found_again_and_finished_work_is_cleared(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RuntimeError), scratch("job", "cfg") as work:
        (work / "checkpoint").write_text("step 3")
        raise RuntimeError
    with scratch("job", "cfg") as work:
        assert (work / "checkpoint").read_text() == "step 3"
    with scratch("job", "cfg") as work:
        assert not (work / "checkpoint").exists()


def test_work_of_another_configuration_finds_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RuntimeError), scratch("job", "cfg") as work:
        (work / "checkpoint").write_text("step 3")
        raise RuntimeError
    with scratch("job-2", "cfg"), scratch("job", "other cfg") as work:
        assert not (work / "checkpoint").exists()
        left = [path.name.rpartition("-")[0] for path in (tmp_path / ".partial").iterdir()]
        assert sorted(left) == ["job", "job-2"]


def test_finished_files_are_published_whole(tmp_path):
    work = tmp_path / "work"
    work.mkdir()
    (work / "model.bin").write_text("weights")
    (work / f"{PARTIAL}half.bin").write_text("wei")
    publish(work, tmp_path / "out")
    assert (tmp_path / "out" / "model.bin").read_text() == "weights"
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["model.bin"]


def test_a_second_run_is_refused_while_the_first_lives_and_let_in_after_its_death(tmp_path):
    path = tmp_path / "run.lock"
    program = (
        "import sys; from pathlib import Path; from clipblind.ground.files import hold_lock;"
        f" lock = hold_lock(Path({str(path)!r})); print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as first:
        assert first.stdout.readline() == "held\n"
        with pytest.raises(UserError, match="Another run"):
            hold_lock(path)
        first.kill()
    hold_lock(path).close()


def test_a_new_run_waits_for_the_jobs_of_a_killed_one(tmp_path):
    (tmp_path / ".partial").mkdir()
    job = (
        "import sys; from clipblind.ground.files import at_work\n"
        "with at_work(): print(1, flush=True); "
    )
    run = "from pathlib import Path; from clipblind.ground.files import wait_for_jobs; "
    with subprocess.Popen(
        [sys.executable, "-c", job + "sys.stdin.read()"],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as orphan:
        orphan.stdout.readline()
        with subprocess.Popen(
            [sys.executable, "-c", run + f"wait_for_jobs(Path({str(tmp_path)!r}))"],
            stderr=subprocess.PIPE,
            text=True,
        ) as waiting:
            assert "Waiting for the jobs" in waiting.stderr.readline()
            assert waiting.poll() is None
            orphan.stdin.close()
            assert waiting.wait(timeout=30) == 0
