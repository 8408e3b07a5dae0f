"""Writing files so that a job that dies leaves nothing that looks finished."""

import fcntl
import hashlib
import os
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from clipblind.ground.errors import UserError, cannot_write, shortage

PARTIAL: Final = ".part-"  # begins the name of every file that is still being written
JOBS_LOCK: Final = "jobs.lock"
LONE: Final = "surrogatepass"
SYSTEM: Final = (Path("/proc"), Path("/sys"), Path("/dev"))
AHEAD_S: Final = 1.0  # that clocks and disks may differ by


@contextmanager
def atomic_path(target: Path) -> Iterator[Path]:
    """A path beside `target` to write to; it becomes `target` when the block ends well.

    The name is unique, so an orphan of a killed run and the job that replaces it can both write.
    The suffix is kept, since writers choose their format by it.

    Raises:
        UserError: if the system refuses the place, or has no room for the file.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = _beside(target)
    except OSError as error:
        raise UserError(cannot_write(target, error)) from error
    try:
        yield partial
        with partial.open("rb+") as written:
            os.fsync(written.fileno())
        # mkstemp makes files for their owner alone; results are for everyone the umask allows
        partial.chmod(0o666 & ~_umask())
        partial.replace(target)
    except Exception as error:
        own = isinstance(error, OSError) and error.filename in (str(partial), str(target))
        if isinstance(error, UserError) or not (own or shortage(error)):
            raise
        raise UserError(cannot_write(target, error)) from error
    finally:
        partial.unlink(missing_ok=True)


def check_target(target: Path, *, folder: bool = False) -> None:
    """Try, before the work, whether a file or a folder can be written there; nothing is left.

    Args:
        target: need not be there, nor the folders that it is to lie in.
        folder: whether it is to be a folder.

    Raises:
        UserError: if something else is there, or the system refuses.
    """
    try:
        there = _mode(target)
        if there is not None and not folder and stat.S_ISDIR(there):
            raise UserError(f"{target} can't be written: it is a folder.")
        if there is not None and not (stat.S_ISDIR(there) if folder else stat.S_ISREG(there)):
            kind = "no folder" if folder else "no file but a pipe or a device"
            raise UserError(f"{target} can't be written: it is {kind}.")
        inside = target if folder else target.parent
        around = next(place for place in (inside, *inside.parents) if _mode(place) is not None)
        if not around.is_dir():
            raise UserError(f"{target} can't be written: {around} is no folder.")
        _beside(around / target.name).unlink()
    except OSError as error:
        raise UserError(cannot_write(target, error)) from error


def write_text(target: Path, text: str) -> None:
    """Write a UTF-8 text file atomically, with Unix line ends on every system."""
    with atomic_path(target) as partial:
        partial.write_text(text, encoding="utf-8", newline="\n")


def require_file(path: Path) -> None:
    """Refuse what no table can be read from: a pipe would wait for ever, a device never ends.

    Raises:
        UserError: if nothing is there, or a pipe, a socket or a device.
    """
    if not path.exists():
        raise UserError(f"{path} is missing.")
    if not path.is_file() and not path.is_dir():
        raise UserError(f"{path} is no file but a pipe or a device; write it to a file first.")


def digest(*parts: str | Path) -> str:
    """The first 16 hex digits of SHA-256 over texts and the contents of files."""
    total = hashlib.sha256()
    for part in parts:
        # names of files may be no UTF-8, and come as lone surrogates
        content = part.read_bytes() if isinstance(part, Path) else part.encode(errors=LONE)
        total.update(len(content).to_bytes(8, "little") + content)
    return total.hexdigest()[:16]


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's contents, as 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_bytes(path: Path, size: int, offset: int = -1) -> bytes:
    """What lies in a regular file, as it was listed: all of it, or the bytes from an offset on.

    Pipes and devices, which may never end, aren't waited for; nor is what the system calls empty,
    such as `/proc/kmsg`.

    Args:
        path: of the file.
        size: bytes.
        offset: -1: all of the file, which is that long.

    Raises:
        OSError: if it can't be read.
        ValueError: if it is no regular file, or is no longer as it was listed.
    """
    if size == 0:
        return b""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        known = os.fstat(file.fileno())
        if not stat.S_ISREG(known.st_mode):
            raise ValueError("it is no regular file")
        file.seek(max(offset, 0))
        data = file.read(size) if size > 0 else b""
        if len(data) != size or (offset < 0 and known.st_size != size):
            raise ValueError("its file is cut short or has changed since it was listed")
    return data


def leaves_files(folder: str | Path) -> bool:
    """Whether a folder is a link into the system's own, where files are made up when looked for."""
    real = Path(os.path.realpath(folder))
    return Path(folder).is_symlink() and any(real.is_relative_to(own) for own in SYSTEM)


@contextmanager
def scratch(name: str, code: str, *parts: str | Path) -> Iterator[Path]:
    """A folder for unfinished work, removed when the work ends well.

    Its name holds a digest of all that the work depends on: a job that goes on after a kill finds
    what it had, a job whose configuration, input or code changed finds nothing, and clears what was
    left.

    Args:
        name: of the work.
        code: the digest of the code that its verb reaches, see `study.provenance.code_of`.
        parts: texts and files that it depends on.
    """
    folder = Path(".partial") / f"{name}-{digest(code, *parts)}"
    for other in folder.parent.glob(f"{name}-{'[0-9a-f]' * 16}"):
        if other != folder:  # of another configuration, input or code
            shutil.rmtree(other)
    folder.mkdir(parents=True, exist_ok=True)
    yield folder
    shutil.rmtree(folder)


def hold_lock(path: Path) -> IO[str]:
    """Lock a path for as long as the returned file stays open, or this process lives.

    The system lets go of it whatever ends the process, a kill included.

    Raises:
        UserError: if another process holds it.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.open("w")
    except OSError as error:
        raise UserError(cannot_write(path.parent, error)) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise UserError(f"Another run is at work in {path.parent}; wait for it to end.") from None
    return lock


@contextmanager
def at_work() -> Iterator[None]:
    """Tell `wait_for_jobs` that a job of the study in this folder is running, until it ends."""
    folder = Path(".partial")
    if not folder.is_dir():
        yield
        return
    with (folder / JOBS_LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield


def wait_for_jobs(folder: Path) -> None:
    """Wait until no job is at work in a study's folder.

    Jobs outlive a Snakemake that was killed, and would write over the results of the next run.
    """
    with (folder / ".partial" / JOBS_LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Waiting for the jobs of a killed run to end.", file=sys.stderr, flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)


def mend_times(folder: Path) -> int:
    """Date files that are dated ahead of the clock to now, and say how many there were.

    Snakemake throws away what a job made if it is older than what it was made from, on every run:
    after a clock was set back, or with files from a machine whose clock is ahead. Contents stay.
    """
    now = time.time()
    ahead = [
        path
        for path in folder.rglob("*")
        if ".snakemake" not in path.parts and path.lstat().st_mtime > now + AHEAD_S
    ]
    for path in ahead:
        os.utime(path, (now, now), follow_symlinks=False)
    return len(ahead)


def publish(work: Path, folder: Path) -> None:
    """Move finished files, each in one step, from scratch to where the study keeps them."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(work.iterdir()):
        if path.is_file() and not path.name.startswith(PARTIAL):
            with path.open("rb+") as written:
                os.fsync(written.fileno())
            path.replace(folder / path.name)


def _beside(target: Path) -> Path:
    """A new file in the same folder, by a name that is not too long if the target's isn't."""
    # as many bytes as a random part takes, so that a name of the longest length has one, too
    stem = os.fsdecode(os.fsencode(target.stem)[:64])
    handle, name = tempfile.mkstemp(
        dir=target.parent, prefix=f"{PARTIAL}{stem}-", suffix=target.suffix[-64:]
    )
    os.close(handle)
    return Path(name)


def _mode(path: Path) -> int | None:
    """What kind of thing lies there, links followed; none if nothing does."""
    try:
        return path.stat().st_mode
    except FileNotFoundError:
        return None
    except NotADirectoryError:
        return None


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
