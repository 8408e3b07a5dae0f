"""Stamps of what lies outside the results: another stamp reruns the jobs that read it."""

import os
from collections.abc import Collection, Iterable
from pathlib import Path

from clipblind.ground.files import digest


def folder_stamp(folder: Path) -> str:
    """Names, sizes and times of the files in a folder, as a digest; `missing` if there is none.

    Contents aren't read: weights have gigabytes, and Snakemake asks at every start.
    """
    if not folder.is_dir():
        return "missing"
    return _digest(path for path in folder.rglob("*") if path.is_file())


def tree_stamp(path: Path, tables: Collection[str] = ()) -> str:
    """Which folders a tree has, and when files last came or went; `missing` if there is none.

    Files aren't looked at one by one, as a corpus has millions. A file that is written anew in
    place is found out when it is read.

    Args:
        path: of the tree, or of one file.
        tables: names of small files that are looked at all the same.
    """
    if path.is_file():
        return _digest([path])
    if not path.is_dir():
        return "missing"
    found = [path]
    for here, folders, files in os.walk(path):
        found += [Path(here) / name for name in (*folders, *(f for f in files if f in tables))]
    return _digest(inner for inner in found if inner.exists())


def _digest(paths: Iterable[Path]) -> str:
    found = []
    for path in paths:
        known = path.stat()
        size = 0 if path.is_dir() else known.st_size
        found.append(f"{path}\0{size}\0{known.st_mtime_ns}")
    return digest(*sorted(found))
