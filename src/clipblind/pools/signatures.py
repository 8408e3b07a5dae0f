"""What bytes are that no decoder here reads: by how they begin, with what to do about it."""

from dataclasses import dataclass
from typing import Final

BEGIN: Final = 4096  # bytes that are looked at


@dataclass(frozen=True)
class Plugin:
    """A package that reads a format for Pillow.

    Attributes:
        format: as Pillow calls it.
        package: as it is installed.
        module: as it is imported.
        register: its function that must be called, if it has one.
    """

    format: str
    package: str
    module: str
    register: str = ""


HEIF: Final = Plugin("HEIF", "pillow-heif", "pillow_heif", "register_heif_opener")
JXL: Final = Plugin("JXL", "pillow-jxl-plugin", "pillow_jxl")

CONVERT: Final = "convert it, for instance to PNG"
# the brand of a file in boxes, from its fifth byte on
HEIC: Final = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"mif2")
AVIF: Final = (b"avif", b"avis")
STARTS: Final = (
    (b"version https://git-lfs", "a pointer of Git LFS; run `git lfs pull` where it is from"),
    (b"%!PS", f"PostScript, a program; {CONVERT}"),
    (b"\xc5\xd0\xd3\xc6", f"PostScript, a program; {CONVERT}"),
    (b"%PDF", f"a PDF; {CONVERT}"),
    (b"8BPS", f"a Photoshop file; {CONVERT}"),
    (b"\0\0\1\0", f"an icon; {CONVERT}"),
    (b"FUJIFILMCCD-RAW", f"a camera's raw file; {CONVERT}"),
    (b"IIRO", f"a camera's raw file; {CONVERT}"),
    (b"IIRS", f"a camera's raw file; {CONVERT}"),
    (b"MMOR", f"a camera's raw file; {CONVERT}"),
    (b"IIU\0", f"a camera's raw file; {CONVERT}"),
    (b"FOVb", f"a camera's raw file; {CONVERT}"),
    (b"\0MRM", f"a camera's raw file; {CONVERT}"),
    (b"PK\x03\x04", "a zip archive; unpack it"),
    (b"\x1f\x8b", "compressed by gzip; unpack it"),
    (b"\x28\xb5\x2f\xfd", "compressed by zstd; unpack it"),
    (b"Rar!", "a RAR archive; unpack it"),
    (b"7z\xbc\xaf", "a 7z archive; unpack it"),
    (b"PAR1", "a Parquet file; name it by a source of kind huggingface"),
    (b"ARROW1", "an Arrow file; name it by a source of kind huggingface"),
    (b"\x1aE\xdf\xa3", "a video"),
    (b"v/1\x01", f"OpenEXR; {CONVERT}"),
    (b"SIMPLE  =", f"FITS; {CONVERT}"),
)


def plugin_for(data: bytes) -> Plugin | None:
    """The package that could read these bytes, if there is one."""
    if data[4:8] == b"ftyp" and data[8:12] in HEIC:
        return HEIF
    if data.startswith((b"\xff\x0a", b"\0\0\0\x0cJXL ")):
        return JXL
    return None


def what_is(data: bytes) -> str:
    """What bytes are that can't be opened as an image, in a few words."""
    head = data[:BEGIN]
    if plugin := plugin_for(data):
        name = "HEIC" if plugin is HEIF else "JPEG XL"
        return f"{name}, which can't be read without a plugin: `pip install {plugin.package}`"
    if data[4:8] == b"ftyp":
        if data[8:12] in AVIF:
            return f"AVIF that this Pillow doesn't read; {CONVERT}"
        is_raw = data[8:12] == b"crx "
        return f"a camera's raw file; {CONVERT}" if is_raw else "a video"
    for start, said in STARTS:
        if head.startswith(start):
            return said
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"<svg" in text:
        return f"not an image but a drawing (SVG); {CONVERT}"
    if text.startswith((b"<!doctype html", b"<html")):
        return "not an image but a page (HTML)"
    if text.startswith(b"<?xml"):
        return "not an image but XML"
    if text.startswith((b"{", b"[")):
        return "not an image but JSON"
    if not any(data):
        return "not an image but zeros"
    return "not an image"
