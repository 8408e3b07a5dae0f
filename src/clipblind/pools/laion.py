"""LAION's images, from its metadata into tars, by img2dataset."""

import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import polars as pl

from clipblind.ground.errors import UserError
from clipblind.pools.public import NOT_PUBLIC, TOO_LARGE

URLS: Final = ("URL", "url")
CAPTIONS: Final = ("TEXT", "text", "caption", "TOP_CAPTION")
START: Final = "from clipblind.pools.downloading import main; main()"
# its libraries would ask the network for newer versions of themselves, and report to a service
QUIET: Final = {"NO_ALBUMENTATIONS_UPDATE": "1", "WANDB_MODE": "disabled"}


def download(
    metadata: Path,
    out: Path,
    *,
    processes: int,
    threads: int,
    timeout: int,
    retries: int,
    shard: int,
    private: Sequence[str] = (),
) -> str:
    """Download what the metadata names; a run that was killed goes on where it was.

    Images are stored as the servers sent them: neither scaled, nor decoded, nor encoded anew.
    Servers that forbid it in their headers (`X-Robots-Tag: noai` and the like) are left alone, and
    none is asked that has no public address, see `public.install`.

    Args:
        metadata: the folder of Parquet files, or one of them.
        out: gets numbered tars.
        processes, threads: that download.
        timeout: seconds to wait for an image.
        retries: of an image that failed.
        shard: images in a tar.
        private: hosts of one's own network that may be asked all the same.

    Returns:
        How many images came, and why others didn't, in a sentence.

    Raises:
        UserError: if img2dataset isn't installed, the metadata is none, img2dataset fails, or no
            image came.
    """
    if importlib.util.find_spec("img2dataset") is None:
        raise UserError('img2dataset is not installed; run `pip install "clipblind[corpora]"`.')
    files = _files(metadata)
    url, caption = _columns(files)
    out.mkdir(parents=True, exist_ok=True)
    _forget_torn(out)
    with tempfile.TemporaryDirectory() as links:
        # img2dataset takes a path for a pattern, so it is shown one without signs
        for number, file in enumerate(files):
            (Path(links) / f"{number:06}.parquet").symlink_to(file.resolve())
        given = {
            "url_list": links,
            "output_folder": str(out.resolve()),
            "input_format": "parquet",
            "output_format": "webdataset",
            "url_col": url,
            "caption_col": caption or None,
            "processes_count": processes,
            "thread_count": threads,
            "timeout": timeout,
            "retries": retries,
            "number_sample_per_shard": shard,
            "incremental_mode": "incremental",
            "enable_wandb": False,
            "private": list(private),
        }
        command = [sys.executable, "-c", START, json.dumps(given)]
        done = subprocess.run(
            command, env=os.environ | QUIET, capture_output=True, text=True, errors="replace"
        )
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise UserError(f"img2dataset failed: {' '.join(last)[:200]}")
    if failed := re.search(r"but (\d+) shards still failed", done.stdout):
        why = re.findall(r"shard \d+ failed with error (.*)", done.stdout)[-1:]
        raise UserError(
            f"{failed[1]} tars in {out} could not be made ({' '.join(why)[:160]}); run again: what"
            " came is kept."
        )
    said = summary(out)
    if said.startswith("0 of"):
        raise UserError(
            f"{said} Look at the network and at the addresses in {metadata}, empty {out} and run"
            " again."
        )
    return said


def summary(out: Path) -> str:
    """What img2dataset's own statistics say of all tars in a folder.

    Raises:
        UserError: if statistics are torn.
    """
    asked = came = 0
    reasons: Counter[str] = Counter()
    for path in _stats(out):
        said = _read_stats(path)
        if said is None:
            raise UserError(
                f"{path} is cut short or damaged; run the download again, which gets its tar anew."
            )
        asked, came = asked + said["count"], came + said["successes"]
        for why, count in said["status_dict"].items():
            if why != "success":
                reasons[_cause(why)] += count
    lost = "; ".join(f"{why} ({count:,})" for why, count in reasons.most_common(5))
    return f"{came:,} of {asked:,} images came." + (f" The others: {lost}." if lost else "")


def _stats(out: Path) -> list[Path]:
    return sorted(path for path in out.iterdir() if path.name.endswith("_stats.json"))


def _read_stats(path: Path) -> dict[str, Any] | None:
    """The statistics of one tar; none if they are torn."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        counts = [said["count"], said["successes"], *said["status_dict"].values()]
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None
    is_whole = all(isinstance(count, int) and count >= 0 for count in counts)
    return said if is_whole else None


def _forget_torn(out: Path) -> None:
    """Take away torn statistics, so that their tars are made anew: a kill may have torn both.

    Raises:
        UserError: if the folder holds JSON of others, by whose names img2dataset would count tars.
    """
    for path in sorted(out.glob("*.json")):
        if not re.fullmatch(r"\d+_stats\.json", path.name):
            raise UserError(
                f"{path} is none of a download's files; move it away, or give another folder."
            )
        if _read_stats(path) is None:
            path.unlink()


def _cause(said: str) -> str:
    """A reason without the address that it names."""
    for known, words in (
        (NOT_PUBLIC, NOT_PUBLIC), (TOO_LARGE, "too large"), ("unknown url", "no web address"),
        ("404", "gone (404)"), ("403", "forbidden (403)"), ("timed out", "too slow"),
        ("refused", "no server"), ("Name or service", "no such server"),
        ("image decoding", "not an image"), ("disallowed", "the server forbids it"),
    ):  # fmt: skip
        if known in said:
            return words
    return said[:60]


def _files(metadata: Path) -> list[Path]:
    """The Parquet files, in the order in which they are downloaded."""
    if metadata.is_dir():
        files = sorted(path for path in metadata.iterdir() if path.suffix == ".parquet")
    else:
        files = [metadata] if metadata.is_file() else []
    if not files:
        raise UserError(f"{metadata} holds no Parquet file; put LAION's metadata there.")
    return files


def _columns(files: Sequence[Path]) -> tuple[str, str]:
    """The names of the columns of addresses and captions, which all files share."""
    found: dict[Path, tuple[str, str]] = {}
    for file in files:
        try:
            with file.open("rb") as opened:  # a path would be taken for a pattern
                names = pl.read_parquet_schema(opened)
        except (pl.exceptions.PolarsError, OSError) as error:
            said = " ".join(str(error).split())[:100]
            raise UserError(f"{file} can't be read as Parquet ({said}).") from error
        url = next((name for name in URLS if name in names), None)
        if url is None:
            raise UserError(
                f"{file} has no column URL; it has {', '.join(names)}. Is it LAION's metadata?"
            )
        if names[url] != pl.String:
            raise UserError(f"The column {url} of {file} holds {names[url]}, and no addresses.")
        found[file] = url, next((name for name in CAPTIONS if name in names), "")
        if found[file] != found[files[0]]:
            raise UserError(
                f"{file} has addresses and captions in the columns {_named(found[file])}, and"
                f" {files[0]} in {_named(found[files[0]])}; download them one by one."
            )
    return found[files[0]]


def _named(columns: tuple[str, str]) -> str:
    return f"{columns[0]} and {columns[1] or 'none'}"
