"""Writing that leaves nothing half done."""

import subprocess
import sys

import pytest

from clipblind.errors import UserError
from clipblind.files import atomic_path, digest, hold_lock, publish, scratch, write_text


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
    with scratch("job", "other cfg") as work:
        assert not (work / "checkpoint").exists()


def test_finished_files_are_published_whole(tmp_path):
    work = tmp_path / "work"
    work.mkdir()
    (work / "model.bin").write_text("weights")
    publish(work, tmp_path / "out")
    assert (tmp_path / "out" / "model.bin").read_text() == "weights"


def test_a_second_run_is_refused_while_the_first_lives_and_let_in_after_its_death(tmp_path):
    path = tmp_path / "run.lock"
    program = (
        "import sys; from pathlib import Path; from clipblind.files import hold_lock;"
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
