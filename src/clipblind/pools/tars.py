"""Images in tars: listed by where their bytes lie, and nothing is unpacked."""

import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import polars as pl

from clipblind.ground.errors import UserError
from clipblind.ground.tables.pool import LISTED

# of a webdataset's sample, which of its files is the image
IMAGES: Final = frozenset({
    "jpg", "jpeg", "png", "webp", "bmp", "gif", "tif", "tiff", "ppm", "pgm", "avif", "img",
})  # fmt: skip
RENDERED: Final = "world"
"""The source of rendered pictures."""


def list_shards(shards: Sequence[Path]) -> pl.DataFrame:
    """The pictures in the tars of a rendered world; the id of each is its file's stem.

    Args:
        shards: tars; their paths are listed as they are given.

    Returns:
        The table `LISTED`, sorted by id.

    Raises:
        UserError: if a tar is missing or is none, or if they hold no picture.
    """
    rows = []
    for path in shards:
        if not path.is_file():
            raise UserError(f"{path} is missing; run the rule that makes it.")
        for member in members(path):
            stem, start = member.name.rpartition(".")[0], member.offset_data
            rows.append((stem, RENDERED, str(path), member.name, start, member.size, ""))
    if not rows:
        said = ", ".join(map(str, shards)) or "none was given"
        raise UserError(f"The shards of the rendered world hold no picture ({said}).")
    return pl.DataFrame(rows, schema=dict(LISTED.columns), orient="row").sort("image_id")


def members(path: Path) -> Iterator[tarfile.TarInfo]:
    """The images of a tar; of one that is cut short, those before the cut."""
    try:
        with tarfile.open(path, "r:") as tar:
            while (member := tar.next()) is not None:
                suffix = member.name.rpartition("/")[2].partition(".")[2].lower()
                is_image = member.isfile() and suffix.rpartition(".")[2] in IMAGES
                if is_image and is_text(member.name):
                    yield member
                # tarfile keeps all it has seen, and a crawl has millions
                tar.members = []  # type: ignore[attr-defined]
    except (tarfile.TarError, OSError, EOFError) as error:
        if not path.stat().st_size:
            return
        if isinstance(error, tarfile.ReadError) and "invalid header" in str(error):
            raise UserError(f"{path} is no tar archive; take it out of the folder.") from error


def is_text(name: str) -> bool:
    """Whether a name in an archive or a folder is UTF-8, as ids must be."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
