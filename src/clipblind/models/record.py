"""What `fetch` writes down of a folder that it filled, and whether its files are still those."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

from pydantic import NonNegativeInt, ValidationError

from clipblind.ground.files import sha256_of, write_text
from clipblind.study.settings.base import Model
from clipblind.study.stamps import RECORD

CHUNK: Final = 1 << 20  # bytes hashed at a time


class FetchedFile(Model):
    """One verified file.

    Attributes:
        size: bytes.
        sha256: of its contents.
        modified: its time of modification when it was verified, in nanoseconds since 1970.
    """

    size: NonNegativeInt
    sha256: str
    modified: int


class Fetched(Model):
    """A folder's record; it is written last, so a folder that has one was whole.

    Attributes:
        source: the hub id.
        kind: `model` or `dataset`.
        revision: as the configuration asked for; empty: the newest.
        commit: what that was.
        licence: as the hub states it.
        date: when it was fetched, in UTC.
        files: by path inside the folder.
    """

    source: str
    kind: str
    revision: str
    commit: str
    licence: str
    date: str
    files: dict[str, FetchedFile]


def write_record(folder: Path, record: Fetched) -> None:
    """Write a folder's record."""
    write_text(folder / RECORD, record.model_dump_json(indent=2) + "\n")


def read_record(folder: Path) -> Fetched | None:
    """A folder's record; none if there is none, or none that can be read."""
    try:
        return Fetched.model_validate_json((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValidationError):
        return None


def changed(folder: Path, record: Fetched, *, anew: bool = False) -> list[str]:
    """The files that aren't what the record says, or aren't there.

    Args:
        folder: what was fetched.
        record: of that folder.
        anew: hash every file; else only those whose time says that they were written since.
    """
    return [path for path, file in record.files.items() if _differs(folder / path, file, anew)]


def revision_of(folder: Path) -> str:
    """What a folder's files are: the commit that was fetched, or a digest of all of them.

    The commit counts only while the files are those of `fetch`'s record, so that weights which
    somebody trained further in place never pass for the published ones.
    """
    record = read_record(folder)
    if record and record.commit and not changed(folder, record):
        return record.commit
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in inside.parts)
        if path.is_file() and path.name != RECORD and not hidden:
            digest.update(f"{inside.as_posix()}\0{sha256_of(path)}\n".encode())
    return f"sha256:{digest.hexdigest()}"


def blob_of(path: Path) -> str:
    """The id that git gives to a file's contents, as 40 hex digits."""
    total = hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
    with path.open("rb") as file:
        read: Callable[[], bytes] = lambda: file.read(CHUNK)  # noqa: E731
        for chunk in iter(read, b""):
            total.update(chunk)
    return total.hexdigest()


def _differs(path: Path, file: FetchedFile, anew: bool) -> bool:
    try:
        known = path.stat()
    except OSError:
        return True
    if known.st_size != file.size:
        return True
    if known.st_mtime_ns == file.modified and not anew:
        return False
    return sha256_of(path) != file.sha256
