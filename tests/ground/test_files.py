"""Writing that leaves nothing half done."""

import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from clipblind.ground.errors import UserError, refused
from clipblind.ground.files import (
    PARTIAL,
    atomic_path,
    check_target,
    digest,
    hold_lock,
    mend_times,
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


# --- places that can't be written, tried before the work (STOmics/SAW 180)


def _place(folder, what):
    """A path where no file can be written, and what there is to say."""
    (folder / "taken").mkdir()
    (folder / "file").write_text("")
    os.mkfifo(folder / "pipe")
    (folder / "loop").symlink_to(folder / "loop")
    return {
        "a folder": (folder / "taken", "it is a folder"),
        "inside a file": (folder / "file" / "x.csv", "file is no folder"),
        "deep inside a file": (folder / "file" / "a" / "b" / "x.csv", "file is no folder"),
        "a pipe": (folder / "pipe", "a pipe or a device"),
        "a device": (Path("/dev/null"), "a pipe or a device"),
        "of the kernel's": (Path("/proc/x.csv"), "can't be written ("),
        "deep in the kernel's": (Path("/proc/a/b/x.csv"), "can't be written ("),
        "a link to itself": (folder / "loop" / "x.csv", "symbolic links"),
        "of a name of 300 letters": (folder / ("n" * 300), "too long"),
        "of a path of 5000 letters": (Path(*[str(folder), *["d" * 200] * 25]), "too long"),
    }[what]


PLACES = (
    *("a folder", "inside a file", "deep inside a file", "a pipe", "a device", "of the kernel's"),
    *("deep in the kernel's", "a link to itself", "of a name of 300 letters"),
    "of a path of 5000 letters",
)


@pytest.mark.parametrize("what", PLACES)
def test_a_place_that_cannot_be_written_is_refused_before_the_work(tmp_path, what):
    place, said = _place(tmp_path, what)
    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(UserError, match="can't be written") as caught:
        check_target(place)
    assert said in str(caught.value) and "\n" not in str(caught.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == before


@pytest.mark.parametrize("target", ["new.csv", "a/b/new.csv", "file.csv", "ü [*] {b} 'q'.csv"])
def test_a_place_that_can_be_written_is_left_as_it_was(tmp_path, target):
    (tmp_path / "file.csv").write_text("before")
    check_target(tmp_path / target)
    assert [path.name for path in tmp_path.rglob("*")] == ["file.csv"]
    assert (tmp_path / "file.csv").read_text() == "before"


@pytest.mark.parametrize(("folder", "is_refused"), [("there", False), ("new", False), ("f", True)])
def test_a_folder_to_write_to_is_tried_likewise(tmp_path, folder, is_refused):
    (tmp_path / "there").mkdir()
    (tmp_path / "f").write_text("")
    if is_refused:
        with pytest.raises(UserError, match="no folder"):
            check_target(tmp_path / folder, folder=True)
    else:
        check_target(tmp_path / folder, folder=True)


@pytest.mark.parametrize("name", ["n" * 251 + ".csv", "é" * 125 + ".csv", "a." + "s" * 250])
def test_a_name_of_the_longest_length_is_written(tmp_path, name):
    write_text(tmp_path / name, "whole")
    assert (tmp_path / name).read_text() == "whole"


def _raised(error, cause=None):
    try:
        raise error from cause
    except Exception as raised:
        return raised


SHORTAGES = {
    "disk": OSError(errno.ENOSPC, "No space left on device"),
    "quota": OSError(errno.EDQUOT, "Disk quota exceeded"),
    "length": OSError(errno.EFBIG, "File too large"),
    "polars": ValueError("No space left on device (os error 28): /x/.part-a.parquet"),
    "torch": RuntimeError("[enforce fail at inline_container.cc:672] . PytorchStreamWriter failed"
                          " writing file data/3: file write failed"),
    "wrapped": _raised(RuntimeError("could not save"), OSError(errno.ENOSPC, "No space left")),
}  # fmt: skip
LACKS = {
    "python": MemoryError(),
    "numpy": RuntimeError("Unable to allocate 74.5 GiB for an array with shape (100000, 100000)"),
    "torch": RuntimeError("[enforce fail at alloc_cpu.cpp:121] DefaultCPUAllocator: can't allocate"
                          " memory: you tried to allocate 40 bytes. Error code 12"),
    "a GPU": type("OutOfMemoryError", (RuntimeError,), {})("CUDA out of memory. Tried to ..."),
    "threads": RuntimeError("can't start new thread"),
    "mapping": OSError(errno.ENOMEM, "Cannot allocate memory"),
}  # fmt: skip


@pytest.mark.parametrize("what", SHORTAGES)
def test_a_full_disk_is_one_sentence_and_nothing_is_left(tmp_path, what):
    assert refused(SHORTAGES[what]).startswith("The disk is full (")
    write_text(tmp_path / "a.csv", "before")
    with pytest.raises(UserError, match=r"a\.csv can't be written: the disk is full"):  # noqa: SIM117
        with atomic_path(tmp_path / "a.csv") as partial:
            partial.write_text("half")
            raise SHORTAGES[what]
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]
    assert (tmp_path / "a.csv").read_text() == "before"


@pytest.mark.parametrize("what", LACKS)
def test_too_little_memory_is_one_sentence(what):
    assert refused(LACKS[what]).startswith("There is not enough memory")


@pytest.mark.parametrize("error", [ValueError("of ours"), KeyError("x"), RuntimeError("shape [3]")])
def test_a_fault_of_ours_is_no_refusal(error):
    assert refused(error) == ""


LIMITED = (
    "import resource, sys; resource.setrlimit(resource.RLIMIT_{limit}, ({most}, {most}));"
    " import clipblind.cli; from clipblind.ground.files import write_text;"
    " clipblind.cli.command_line = lambda *_: lambda: {work}; clipblind.cli.app()"
)


@pytest.mark.parametrize(
    ("limit", "most", "work", "said"),
    [
        (
            "FSIZE",
            4096,
            "write_text(Path('a.csv'), 'x' * 9999)",
            "a.csv can't be written: the disk",
        ),
        ("AS", 2**31, "bytearray(2**33)", "There is not enough memory"),
    ],
)
def test_a_limit_ends_a_command_with_the_sentence(tmp_path, limit, most, work, said):
    code = LIMITED.format(limit=limit, most=most, work=work)
    done = subprocess.run(
        [sys.executable, "-c", f"from pathlib import Path; {code}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("clipblind: ") and said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_second_interrupt_shows_no_trace_and_leaves_nothing(tmp_path):
    work = (
        "import os, signal, time\n"
        "import clipblind.cli as cli\n"
        "from pathlib import Path\n"
        "from clipblind.ground.files import atomic_path\n"
        "def work():\n"
        "    with atomic_path(Path('a.csv')):\n"
        "        try:\n"
        "            os.kill(os.getpid(), signal.SIGINT)\n"
        "            time.sleep(9)\n"
        "        finally:\n"
        "            os.kill(os.getpid(), signal.SIGINT)\n"
        "            time.sleep(0.01)\n"
        "app = cli.typer.Typer(pretty_exceptions_enable=False)\n"
        "app.command()(work)\n"
        "cli.command_line = lambda *_: app\n"
        "cli.app()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", work], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode not in (0, None)
    assert "Traceback" not in done.stderr and "KeyboardInterrupt" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ahead", [10, 3600, 86400 * 400])
def test_files_dated_ahead_are_dated_now_and_no_other_is_touched(tmp_path, ahead):
    # else Snakemake throws away on every run what is made from them
    now = time.time()
    for name, date in (("pool/a.tar", now + ahead), ("pool/b.tar", now - 500), ("c", now)):
        write_text(tmp_path / name, name)
        os.utime(tmp_path / name, (date, date))
    assert mend_times(tmp_path) == 1
    assert (tmp_path / "pool/a.tar").stat().st_mtime <= time.time()
    assert (tmp_path / "pool/b.tar").stat().st_mtime == pytest.approx(now - 500)
    assert (tmp_path / "pool/a.tar").read_text() == "pool/a.tar"
    assert mend_times(tmp_path) == 0
