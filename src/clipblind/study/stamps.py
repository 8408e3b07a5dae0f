"""Stamps of what lies outside the results: another stamp reruns the jobs that read it.

They go by content, never by place or time, so that two checkouts with the same files have the same
stamps. Snakemake asks at every start and weights have gigabytes, so what was read is remembered; it
is read again if its size or its time changed.
"""

import json
import os
import stat
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any, Final

from clipblind.ground.files import digest, leaves_files, sha256_of
from clipblind.study.memory import memory

MEMORY: Final = "stamps"
RECORD: Final = "fetched.json"
"""What `clipblind fetch` writes beside the files that it verified: their digests, among others."""
MISSING: Final = "missing"
MANY: Final = 1000  # files of a folder from which on their sizes aren't looked at
RACE: Final = 2_000_000_000  # nanoseconds within which a clock may not tell two writes apart


def file_stamp(path: Path) -> str:
    """The content of one file, as a digest; `missing` if there is none."""
    if not stat.S_ISREG(_mode(path)):
        return MISSING
    content = _content(path)
    memory(MEMORY).save()
    return digest(content)


def folder_stamp(folder: Path) -> str:
    """Names and contents of the files in a folder, as a digest; `missing` if there is none.

    Files that `clipblind fetch` verified aren't read again. Hidden ones don't count: download tools
    keep times in them, and no loader reads them.
    """
    if not stat.S_ISDIR(_mode(folder)):
        return MISSING
    verified = _verified(folder)
    found = []
    for path in _all_files(folder):
        inner = path.relative_to(folder)
        if not stat.S_ISREG(_mode(path)) or str(inner) == RECORD or _is_hidden(inner):
            continue
        known = path.stat()
        content = verified.get((inner.as_posix(), known.st_size, known.st_mtime_ns))
        found.append(f"{inner.as_posix()}\0{content or _content(path)}")
    memory(MEMORY).save()
    return digest(*sorted(found))


def tree_stamp(path: Path, tables: Collection[str] = ()) -> str:
    """Which files a tree has, by name; `missing` if there is none.

    Folders that links lead to count, each once, as a pool lists them. A corpus has millions of
    files: folders are listed again only if something came or went, sizes count in folders of at
    most a thousand files, and contents of the small files named `tables` alone. A file that is
    written anew in place is found out when it is read.

    Args:
        path: of the tree, or of one file, of which name and size count.
        tables: names of small files of which the content counts.
    """
    if stat.S_ISREG(_mode(path)):
        return digest(f"{path.name}\0{path.stat().st_size}")
    if not stat.S_ISDIR(_mode(path)):
        return MISSING
    found, todo, seen = [], [path], set[tuple[int, int]]()
    while todo:
        folder = todo.pop()
        inner = folder.relative_to(path).as_posix()
        try:
            known = folder.stat()
            if (known.st_dev, known.st_ino) in seen:
                continue
            listed, folders = _listing(folder, known)
        except OSError as error:
            found.append(f"{inner}\0{error.strerror}")
            continue
        seen.add((known.st_dev, known.st_ino))
        found.append(f"{inner}\0{listed}")
        todo += [folder / name for name in folders]
        for table in (folder / name for name in tables):
            if stat.S_ISREG(_mode(table)):
                found.append(f"{table.relative_to(path).as_posix()}\0{_content(table)}")
    memory(MEMORY).save()
    return digest(*sorted(found))


def _mode(path: Path) -> int:
    """What a path is, for `stat`; 0: nothing, or nothing that may be seen."""
    try:
        return path.stat().st_mode
    except (OSError, ValueError):
        return 0


def _all_files(folder: Path) -> Iterator[Path]:
    """Files under a folder, those that links lead to as well, but not in circles."""
    seen = set[tuple[int, int]]()
    for here, folders, files in os.walk(folder, followlinks=True):
        known = Path(here).stat()
        if (known.st_dev, known.st_ino) in seen:
            folders.clear()
            continue
        seen.add((known.st_dev, known.st_ino))
        folders[:] = sorted(name for name in folders if not leaves_files(Path(here) / name))
        yield from (Path(here) / file for file in files)


def _content(path: Path) -> str:
    """SHA-256 of a file, read if its size or time isn't as remembered."""
    known = path.stat()
    return str(_recall(path, [known.st_size, known.st_mtime_ns], sha256_of))


def _listing(folder: Path, known: os.stat_result) -> tuple[str, list[str]]:
    """A digest of what a folder holds, and the names of the folders in it."""
    # a link may lead to another folder of the same time
    listed, folders = _recall(folder, [known.st_ino, known.st_mtime_ns], _list)
    return str(listed), list(folders)


def _recall(path: Path, same: list[int], read: Callable[[Path], Any]) -> Any:
    remembered = memory(MEMORY)
    key = os.path.relpath(path, remembered.project or Path())
    known = remembered.get(key)
    if known and known[:-1] == same:
        return known[-1]
    found = read(path)
    if time.time_ns() - same[-1] > RACE:
        remembered.put(key, [*same, found])
    return found


def _list(folder: Path) -> tuple[str, list[str]]:
    with os.scandir(folder) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    folders = [entry.name for entry in found if entry.is_dir() and not leaves_files(entry.path)]
    files = [entry for entry in found if entry.name not in folders]
    is_few = len(files) <= MANY
    sizes = (entry.stat().st_size if is_few and entry.is_file() else 0 for entry in files)
    lines = (f"{entry.name}\0{size}" for entry, size in zip(files, sizes, strict=True))
    return digest("\n".join(lines), "\n".join(folders)), folders


def _verified(folder: Path) -> dict[tuple[str, int, int], str]:
    """What `fetch` wrote down: a file's SHA-256 by its path, size and time."""
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        return {
            (path, file["size"], file["modified"]): str(file["sha256"])
            for path, file in record["files"].items()
        }
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return {}


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)
