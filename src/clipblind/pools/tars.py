"""Images in tars: listed by where their bytes lie, and nothing is unpacked."""

import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from clipblind.ground.errors import UserError
from clipblind.ground.tables.pool import LISTED

# of a webdataset's sample, which of its files is the image
IMAGES: Final = frozenset({
    *("jpg", "jpeg", "jpe", "jfif", "pjpeg", "pjp", "png", "apng", "webp", "bmp", "dib", "gif"),
    *("tif", "tiff", "ppm", "pgm", "pbm", "pnm", "pfm", "jp2", "j2k", "jpx", "avif", "avifs"),
    *("heic", "heif", "hif", "jxl", "img", "image"),
    # no decoder here knows these, but they are named among what can't be used
    *("svg", "raw", "dng", "cr2", "cr3", "nef", "arw", "orf", "rw2", "raf", "psd", "tga", "eps"),
})  # fmt: skip
RENDERED: Final = "world"
"""The source of rendered pictures."""


@dataclass(frozen=True)
class Packed:
    """An image in a tar, or a place in it from which nothing can be read.

    Attributes:
        name: as the tar has it; of a place, empty.
        offset: of its bytes, from the tar's start.
        size: of it, in bytes.
        fault: why it can't be used; empty if it may.
    """

    name: str
    offset: int
    size: int
    fault: str = ""


def list_shards(shards: Sequence[Path]) -> pl.DataFrame:
    """The pictures in the tars of a rendered world; the id of each is its file's stem.

    Args:
        shards: tars; their paths are listed as they are given.

    Returns:
        The table `LISTED`, sorted by id.

    Raises:
        UserError: if a tar is missing, damaged or none, if one id stands twice, or if they hold no
            picture.
    """
    rows: dict[str, tuple[str, str, str, str, int, int, str]] = {}
    for path in shards:
        if not path.is_file():
            raise UserError(f"{path} is missing; run the rule that makes it.")
        for found in packed_images(path):
            if found.fault:
                raise UserError(f"{path} is damaged: {found.fault}; delete it and run again.")
            stem = found.name.rpartition(".")[0]
            if stem in rows:
                raise UserError(f"Image {stem} stands twice, in {rows[stem][2]} and in {path}.")
            rows[stem] = (stem, RENDERED, str(path), found.name, found.offset, found.size, "")
    if not rows:
        said = ", ".join(map(str, shards)) or "none was given"
        raise UserError(f"The shards of the rendered world hold no picture ({said}).")
    listed = list(rows.values())
    return pl.DataFrame(listed, schema=dict(LISTED.columns), orient="row").sort("image_id")


def packed_images(path: Path) -> Iterator[Packed]:
    """The images of a tar in their order, and what of it can't be used.

    Links are named as faults, and so is the place of a damaged header or of a cut, behind which
    nothing can be found. Names that aren't UTF-8 come as lone surrogates.
    """
    end = 0
    try:
        if not path.stat().st_size:
            yield Packed("", 0, 0, "the file is empty")
            return
        with tarfile.open(path, "r:") as tar:
            while (member := tar.next()) is not None:
                end = tar.offset
                suffix = member.name.rpartition("/")[2].rpartition(".")[2].lower()
                if suffix in IMAGES and not member.isdir():
                    fault = "" if _is_plain(member) else _what_instead(member)
                    yield Packed(member.name, member.offset_data, member.size, fault)
                # tarfile keeps all it has seen, and a crawl has millions
                tar.members = []  # type: ignore[attr-defined]
            if fault := _after(path, tar.offset):
                yield Packed("", tar.offset, -1, fault)
    # of a broken header it raises almost anything
    except (tarfile.TarError, OSError, EOFError, ValueError, IndexError, OverflowError) as error:
        said = getattr(error, "strerror", None) or str(error)
        where = (
            f"from byte {end:,} on it can't be read"
            if end
            else "it is no tar archive, or torn at its start"
        )
        yield Packed("", end, -1, f"{where} ({said})")


def _is_plain(member: tarfile.TarInfo) -> bool:
    return member.isfile() and not member.issparse()


def _what_instead(member: tarfile.TarInfo) -> str:
    if member.issym() or member.islnk():
        name = member.linkname.encode(errors="backslashreplace").decode()
        return f"a link to {name} in place of an image"
    return "its bytes don't lie in one piece"


def _after(path: Path, end: int) -> str:
    """What is wrong where a tar seems to end, which `tarfile` doesn't tell: empty, if nothing is.

    Two blocks of zeros should end it, and nothing but zeros should follow.
    """
    with path.open("rb") as file:
        file.seek(end)
        block = file.read(tarfile.BLOCKSIZE)
        if not block:
            return "it ends without the mark that ends a tar, so more may be missing"
        if any(block):
            cut = len(block) < tarfile.BLOCKSIZE
            return f"from byte {end:,} on it can't be read ({'cut short' if cut else 'bad header'})"
        while more := file.read(1 << 20):
            if more.count(0) != len(more):
                return f"its end is marked at byte {end:,}, but more follows, which isn't read"
    return ""


def is_text(name: str) -> bool:
    """Whether a name in an archive or a folder is UTF-8, as ids must be."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
