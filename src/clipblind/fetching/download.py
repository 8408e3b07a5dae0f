"""Downloading one repository: goes on where it broke off, and looks finished only when verified.

Files come into a folder beside the one they are for, named by their digests, and move there when
all have come and are what the hub states. The library's own downloads begin anew after a kill, so
only its reading of one file from an offset is used.
"""

import errno
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import IO

from huggingface_hub.errors import HfHubHTTPError, HTTPError
from huggingface_hub.file_download import http_get

from clipblind.fetching.choice import needed
from clipblind.fetching.hub import HubFile, Unavailable, address_of, explained, open_repository
from clipblind.fetching.plan import MEGABYTE, free_bytes, megabytes, size_of
from clipblind.fetching.wanted import Wanted
from clipblind.ground.errors import UserError
from clipblind.ground.files import sha256_of
from clipblind.ground.progress import track_amount
from clipblind.models.record import (
    Fetched,
    FetchedFile,
    blob_of,
    read_record,
    write_record,
)
from clipblind.study.stamps import RECORD

WHOLE, PART = ".whole", ".part"
TRIES = 2  # of a file that comes with wrong bytes


def fetch(wanted: Wanted, *, anew: bool = False) -> Fetched:
    """Get a repository's files, verify them, and write down what they are.

    Files that are there already and are what the hub states are not fetched again.

    Args:
        wanted: what and where to.
        anew: hash files that are there even if nothing wrote to them since they were verified.

    Raises:
        Unavailable: if the repository can't be had, or sends other bytes than it states.
        UserError: if the network breaks off or the disk is full; what came is kept.
    """
    repository = open_repository(wanted)
    files = needed(wanted, repository.files, partial(_read, wanted, repository.commit))
    before = read_record(wanted.folder)
    known = before.files if before else {}
    lacking = [
        file
        for file in files
        if not _is_there(wanted.folder / file.path, file, known.get(file.path), anew)
    ]
    wanted.stage.mkdir(parents=True, exist_ok=True)
    _check_space(wanted, lacking)
    try:
        _download(wanted, repository.commit, lacking)
        _publish(wanted, lacking, sorted(set(known) - {file.path for file in files}))
    except OSError as error:
        if said := _disk_fault(wanted, error):
            raise UserError(said) from error
        raise
    record = Fetched(
        source=wanted.source,
        kind=wanted.kind,
        revision=wanted.revision,
        commit=repository.commit,
        licence=repository.licence,
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        files={file.path: _entry(wanted.folder / file.path, file) for file in files},
    )
    write_record(wanted.folder, record)
    shutil.rmtree(wanted.stage)
    return record


def _is_there(path: Path, file: HubFile, known: FetchedFile | None, anew: bool) -> bool:
    if not path.is_file() or path.stat().st_size != file.size:
        return False
    untouched = known is not None and known.modified == path.stat().st_mtime_ns
    if known and untouched and file.sha256 and not anew:
        return known.sha256 == file.sha256
    return _is_right(path, file)


def _is_right(path: Path, file: HubFile) -> bool:
    """Whether a file holds what the hub states."""
    if path.stat().st_size != file.size:
        return False
    return sha256_of(path) == file.sha256 if file.sha256 else blob_of(path) == file.blob


def _check_space(wanted: Wanted, lacking: list[HubFile]) -> None:
    left = sum(file.size for file in lacking) - size_of(wanted.stage)
    free = free_bytes(wanted.stage)
    if left > free:
        raise UserError(
            f"{wanted.source} needs {megabytes(left)} more and the disk of {wanted.folder} has"
            f" {megabytes(free)} free; make room, or set `assets` to a folder on another disk."
        )


def _download(wanted: Wanted, commit: str, lacking: list[HubFile]) -> None:
    came = sum(_came(wanted.stage, file) for file in lacking)
    left, done = sum(file.size for file in lacking) - came, 0
    if not lacking:
        return
    label = f"{wanted.name}, MB"
    with track_amount(label, -(-left // MEGABYTE)) as advance:
        for file in lacking:

            def arrived(amount: int, path: str = file.path) -> None:
                nonlocal done
                advance((done + amount) // MEGABYTE - done // MEGABYTE, path)
                done += amount

            _get(wanted, commit, file, arrived)


def _read(wanted: Wanted, commit: str, file: HubFile) -> bytes:
    """The contents of a small file, which stays in the stage."""
    wanted.stage.mkdir(parents=True, exist_ok=True)
    _get(wanted, commit, file, lambda _: None)
    return (wanted.stage / f"{_key(file)}{WHOLE}").read_bytes()


def _came(stage: Path, file: HubFile) -> int:
    paths = (stage / f"{_key(file)}{suffix}" for suffix in (WHOLE, PART))
    return next((path.stat().st_size for path in paths if path.is_file()), 0)


def _get(wanted: Wanted, commit: str, file: HubFile, arrived: Callable[[int], None]) -> None:
    """Bring one file into the stage, verified."""
    whole, part = (wanted.stage / f"{_key(file)}{suffix}" for suffix in (WHOLE, PART))
    if whole.is_file():
        return
    for _ in range(TRIES):
        with explained(wanted):
            _stream(*address_of(wanted, file.path, commit), file, part, arrived)
        if _is_right(part, file):
            part.replace(whole)
            return
        part.unlink()
    raise Unavailable(
        f"{file.path} of {wanted.source} came {TRIES} times with other bytes than the hub states;"
        " it was thrown away: fetch again later."
    )


def _stream(
    url: str, headers: dict[str, str], file: HubFile, part: Path, arrived: Callable[[int], None]
) -> None:
    """Read a file to its end, from where it broke off, as long as anything comes."""
    while True:
        came = part.stat().st_size if part.is_file() else 0
        if came > file.size:
            part.unlink()
            came = 0
        try:
            with part.open("ab") as out:
                target: IO[bytes] = _Counted(out, arrived)  # type: ignore[assignment]
                http_get(url, target, resume_size=came, headers=headers, expected_size=file.size)
                out.flush()
                os.fsync(out.fileno())
            return
        except HTTPError as error:
            if isinstance(error, HfHubHTTPError) or part.stat().st_size <= came:
                raise
        except OSError as error:
            if error.errno is not None:
                raise
            return  # it came shorter than stated, which its check will find


def _publish(wanted: Wanted, lacking: list[HubFile], gone: list[str]) -> None:
    """Move verified files to where they are for; without a record until the last is there."""
    if lacking or gone:
        (wanted.folder / RECORD).unlink(missing_ok=True)
    for path in gone:  # of another revision
        (wanted.folder / path).unlink(missing_ok=True)
    wanted.folder.mkdir(parents=True, exist_ok=True)
    for file in lacking:
        target = wanted.folder / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        source = wanted.stage / f"{_key(file)}{WHOLE}"
        if _shared(file, lacking):
            shutil.copyfile(source, target)
        else:
            source.replace(target)


def _shared(file: HubFile, lacking: list[HubFile]) -> bool:
    """Whether another file has the same contents, and so the same name in the stage."""
    return sum(_key(other) == _key(file) for other in lacking) > 1


def _entry(path: Path, file: HubFile) -> FetchedFile:
    known = path.stat()
    return FetchedFile(
        size=known.st_size,
        sha256=file.sha256 or sha256_of(path),
        modified=known.st_mtime_ns,
    )


def _key(file: HubFile) -> str:
    return file.sha256 or file.blob


def _disk_fault(wanted: Wanted, error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk of {wanted.folder} is full; make room and fetch again: what came is kept."
    if error.errno in (errno.EACCES, errno.EROFS, errno.EPERM):
        return f"{error.filename or wanted.folder} can't be written: {error.strerror}."
    return ""


class _Counted:
    """A file that tells how much is written to it."""

    def __init__(self, file: IO[bytes], arrived: Callable[[int], None]) -> None:
        self.file, self.arrived = file, arrived

    def write(self, chunk: bytes) -> int:
        written = self.file.write(chunk)
        self.arrived(written)
        return written

    def tell(self) -> int:
        return self.file.tell()

    def seek(self, place: int) -> int:
        return self.file.seek(place)

    def truncate(self) -> int:
        return self.file.truncate()
