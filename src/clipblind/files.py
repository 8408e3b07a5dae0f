"""Writing files so that a job that dies leaves nothing that looks finished."""

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from clipblind.errors import UserError


@contextmanager
def atomic_path(target: Path) -> Iterator[Path]:
    """A path beside `target` to write to; it becomes `target` when the block ends well.

    The name is unique, so an orphan of a killed run and the job that replaces it can both write.
    The suffix is kept, since writers choose their format by it.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(
        dir=target.parent, prefix=f".{target.stem}-", suffix=target.suffix
    )
    os.close(handle)
    partial = Path(name)
    try:
        yield partial
        with partial.open("rb+") as written:
            os.fsync(written.fileno())
        # mkstemp makes files for their owner alone; results are for everyone the umask allows
        partial.chmod(0o666 & ~_umask())
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def write_text(target: Path, text: str) -> None:
    """Write a UTF-8 text file atomically, with Unix line ends on every system."""
    with atomic_path(target) as partial:
        partial.write_text(text, encoding="utf-8", newline="\n")


def digest(*parts: str | Path) -> str:
    """The first 16 hex digits of SHA-256 over texts and the contents of files."""
    total = hashlib.sha256()
    for part in parts:
        content = part.read_bytes() if isinstance(part, Path) else part.encode()
        total.update(len(content).to_bytes(8, "little") + content)
    return total.hexdigest()[:16]


@contextmanager
def scratch(name: str, *parts: str | Path) -> Iterator[Path]:
    """A folder for unfinished work, removed when the work ends well.

    Its name holds a digest of all that the work depends on (this package's code included): a job
    that goes on after a kill finds what it had, a job whose configuration, input or code changed
    finds nothing. If an orphan of a killed run is still at the same work, waits for it to end.
    """
    code = sorted(Path(__file__).parent.rglob("*.py"))
    folder = Path(".partial") / f"{name}-{digest(*parts, *code)}"
    folder.parent.mkdir(exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder.mkdir(exist_ok=True)
        yield folder
        shutil.rmtree(folder)


def hold_lock(path: Path) -> IO[str]:
    """Lock a path for as long as the returned file stays open, or this process lives.

    The system lets go of it whatever ends the process, a kill included.

    Raises:
        UserError: if another process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = path.open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise UserError(f"Another run is at work in {path.parent}; wait for it to end.") from None
    return lock


def publish(work: Path, folder: Path) -> None:
    """Move finished files, each in one step, from scratch to where the study keeps them."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(work.iterdir()):
        if path.is_file():
            path.replace(folder / path.name)


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
