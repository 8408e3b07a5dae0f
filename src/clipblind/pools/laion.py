"""LAION's images, from its metadata into tars, by img2dataset."""

import importlib.util
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Final

import polars as pl

from clipblind.ground.errors import UserError

URLS: Final = ("URL", "url")
CAPTIONS: Final = ("TEXT", "text", "caption", "TOP_CAPTION")
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
) -> str:
    """Download what the metadata names; a run that was killed goes on where it was.

    Images are stored as the servers sent them, neither scaled nor encoded anew. Servers that forbid
    it in their headers (`X-Robots-Tag: noai` and the like) are left alone.

    Args:
        metadata: the folder of Parquet files, or one of them.
        out: gets numbered tars.
        processes, threads: that download.
        timeout: seconds to wait for an image.
        retries: of an image that failed.
        shard: images in a tar.

    Returns:
        How many images came, and why others didn't, in a sentence.

    Raises:
        UserError: if img2dataset isn't installed, the metadata is none, or img2dataset fails.
    """
    if importlib.util.find_spec("img2dataset") is None:
        raise UserError('img2dataset is not installed; run `pip install "clipblind[corpora]"`.')
    url, caption = _columns(metadata)
    out.mkdir(parents=True, exist_ok=True)
    command = [
        *(sys.executable, "-c", "import sys, img2dataset; img2dataset.main()"),
        f"--url_list={metadata}",
        f"--output_folder={out}",
        "--input_format=parquet",
        "--output_format=webdataset",
        f"--url_col={url}",
        *([f"--caption_col={caption}"] if caption else []),
        "--resize_mode=no",
        "--skip_reencode=True",
        f"--processes_count={processes}",
        f"--thread_count={threads}",
        f"--timeout={timeout}",
        f"--retries={retries}",
        f"--number_sample_per_shard={shard}",
        "--incremental_mode=incremental",
        "--enable_wandb=False",
    ]
    done = subprocess.run(command, env=os.environ | QUIET, capture_output=True, text=True)
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise UserError(f"img2dataset failed: {' '.join(last)[:200]}")
    return summary(out)


def summary(out: Path) -> str:
    """What img2dataset's own statistics say of all tars in a folder."""
    asked = came = 0
    reasons: Counter[str] = Counter()
    for path in sorted(out.glob("*_stats.json")):
        said = json.loads(path.read_text(encoding="utf-8"))
        asked, came = asked + said["count"], came + said["successes"]
        reasons.update(
            {_cause(why): n for why, n in said["status_dict"].items() if why != "success"}
        )
    lost = "; ".join(f"{why} ({count:,})" for why, count in reasons.most_common(5))
    return f"{came:,} of {asked:,} images came." + (f" The others: {lost}." if lost else "")


def _cause(said: str) -> str:
    """A reason without the address that it names."""
    for known, words in (
        ("404", "gone (404)"), ("403", "forbidden (403)"), ("timed out", "too slow"),
        ("refused", "no server"), ("Name or service", "no such server"),
        ("image decoding", "not an image"), ("disallowed", "the server forbids it"),
    ):  # fmt: skip
        if known in said:
            return words
    return said[:60]


def _columns(metadata: Path) -> tuple[str, str]:
    """The names of the columns of addresses and captions."""
    files = sorted(metadata.glob("**/*.parquet")) if metadata.is_dir() else [metadata]
    if not files or not files[0].is_file():
        raise UserError(f"{metadata} holds no Parquet file; put LAION's metadata there.")
    try:
        names = pl.scan_parquet(files[0], glob=False).collect_schema()
    except (pl.exceptions.PolarsError, OSError) as error:
        said = " ".join(str(error).split())[:100]
        raise UserError(f"{files[0]} can't be read as Parquet ({said}).") from error
    url = next((name for name in URLS if name in names), None)
    if url is None:
        raise UserError(
            f"{files[0]} has no column URL; it has {', '.join(names)}. Is it LAION's metadata?"
        )
    return url, next((name for name in CAPTIONS if name in names), "")
