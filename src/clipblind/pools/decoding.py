"""Decoding images that strangers made: whatever their bytes are, a run goes on.

Grey pictures of more than 8 bits don't say what is white. It is the least of 1 (of floats alone),
255, 4,095 and 65,535 that no pixel exceeds by over 5 %; then white is white, and what is below 0 or
infinite is cut off. What fits none is refused: a guess would make a black picture, or a grey one.
"""

import zlib
from contextlib import suppress
from importlib import import_module
from typing import Any, Final

import numpy as np
from PIL import Image, ImageFile, UnidentifiedImageError

from clipblind.ground.images import Undecodable, open_image, reasons
from clipblind.pools.signatures import plugin_for, what_is

WIDE: Final = ("I;16", "I;16L", "I;16B", "I;16N", "I", "F")
WHITE: Final = (1.0, 255.0, 4_095.0, 65_535.0)
OVER: Final = 0.05  # of white, by which resampling may exceed it
# All pixels below it: the brightness of a label, or of fewer bits than are stored.
DARK: Final = 16

ORIENTATION: Final = 0x0112  # EXIF
TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
SUBFILE: Final = 254  # TIFF tags
REDUCED: Final = 1
DNG: Final = 50_706

PNG: Final = b"\x89PNG\r\n\x1a\n"
# of a PNG's chunks that aren't critical, those that pixels and their orientation need
NEEDED: Final = (b"tRNS", b"eXIf")
JPEG: Final = b"\xff\xd8\xff"
SCAN: Final = 0xDA
EXIF: Final = b"Exif\0\0"
# the segments of a JPEG that hold no pixels, but for those of JFIF, which is 0, and Adobe
APART: Final = frozenset({*range(0xE1, 0xF0), 0xFE} - {0xEE})


def decode_image(data: bytes) -> Image.Image:
    """One picture in RGB, upright by its EXIF orientation; of an animation, the first frame.

    Transparency is dropped, as `convert("RGB")` does in open_clip and transformers. Grey of more
    than 8 bits is scaled to 8 (see above), where Pillow alone would clip it to white. Where only
    metadata are damaged, the pixels are used.

    Args:
        data: an encoded image.

    Raises:
        Undecodable: if it is no image, is cut short, can't be made 8 bits, or has too many pixels
            or too few for its length, which its header tells before anything is decoded.
    """
    with reasons():
        try:
            return _decode(data)
        except Undecodable:
            raise
        except Exception as error:
            bare = _without_metadata(data)
            if bare is not None:
                with suppress(Exception):
                    return _decode(bare)
            if isinstance(error, UnidentifiedImageError):
                if _load_plugin(data):
                    return _decode(data)
                raise Undecodable(what_is(data)) from None
            raise


def is_turned(data: bytes) -> bool:
    """Whether an encoded image is to be turned or mirrored by its EXIF; so is one that is damaged.

    Its pixels are not decoded.
    """
    try:
        with open_image(data) as opened:
            return bool(opened.getexif().get(ORIENTATION, 1) != 1)
    except Exception:  # broken files make Pillow raise almost anything; decoding says what it is
        return True


def _decode(data: bytes) -> Image.Image:
    with open_image(data) as opened:
        _refuse_raw(opened)
        stored = " ".join(f"{tile.codec_name} {tile.args}" for tile in opened.tile)
        opened.load()
        if opened.mode in WIDE:
            picture = _grey(np.asarray(opened), _known_white(stored)).convert("RGB")
        else:
            # a copy; an image opened from bytes would hold on to them
            picture = opened.convert("RGB")
        if ";16" in stored and opened.mode not in WIDE:
            _refuse_dark(picture)
        turn = TURNS.get(_orientation(opened))
        return picture if turn is None else picture.transpose(turn)


def _orientation(opened: ImageFile.ImageFile) -> Any:
    try:
        return opened.getexif().get(ORIENTATION)
    except Exception:  # damaged EXIF: the pixels are good
        return None


def _refuse_raw(opened: ImageFile.ImageFile) -> None:
    """Most cameras' raw files are TIFFs of which the first picture is a small preview."""
    tags = getattr(opened, "tag_v2", {}) if opened.format == "TIFF" else {}
    if DNG in tags or tags.get(SUBFILE) == REDUCED:
        raise Undecodable("a camera's raw file; convert it, for instance to PNG")


def _known_white(stored: str) -> float | None:
    """What is white by the header: Pillow scales PGM by it, and TIFF may have 12 bits."""
    if ";12" in stored:
        return WHITE[2]
    return WHITE[3] if stored.startswith("ppm") else None


def _grey(values: np.ndarray, white: float | None) -> Image.Image:
    """Grey of more than 8 bits to 8."""
    is_float = values.dtype.kind == "f"
    finite = values[np.isfinite(values)] if is_float else values
    if not finite.size:
        raise Undecodable("grey values of which none is a finite number")
    lowest, highest = float(finite.min()), float(finite.max())
    white = white or _white(lowest, highest, is_float)
    exact = values.astype(np.float32)
    if is_float:
        np.nan_to_num(exact, copy=False, nan=0, posinf=white, neginf=0)
    exact *= 255 / white
    return Image.fromarray(np.rint(exact.clip(0, 255, out=exact), out=exact).astype(np.uint8))


def _white(lowest: float, highest: float, is_float: bool) -> float:
    whites = WHITE if is_float else WHITE[1:]
    white = next((white for white in whites if highest <= white * (1 + OVER)), None)
    said = f"grey values from {lowest:.6g} to {highest:.6g}, of which none is known to be white"
    if white is None or lowest < -OVER * white:
        raise Undecodable(said)
    if white == WHITE[1] and 0 < highest < DARK:
        raise Undecodable(f"{said}: labels, or of fewer bits than are stored")
    return white


def _refuse_dark(picture: Image.Image) -> None:
    """Of colours in 16 bits Pillow keeps the upper 8, which are empty where 12 are used or 8."""
    extrema: Any = picture.getextrema()
    highest = max(high for _, high in extrema)
    if highest < DARK:
        raise Undecodable("colours in 16 bits of which the upper 4 are empty; scale it to 8 bits")


def _without_metadata(data: bytes) -> bytes | None:
    """An image without what its pixels don't need; none if that can't be told apart."""
    if data.startswith(PNG):
        return _bare_png(data)
    return _bare_jpeg(data) if data.startswith(JPEG) else None


def _bare_png(data: bytes) -> bytes:
    kept, at = [PNG], len(PNG)
    while at + 12 <= len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4])
        kind, chunk = data[at + 4 : at + 8], data[at:end]
        is_critical = not kind[0] & 0x20
        is_whole = zlib.crc32(chunk[4:-4]) == int.from_bytes(chunk[-4:])
        if is_critical or (kind in NEEDED and is_whole):
            kept.append(chunk)
        at = end
    return b"".join(kept)


def _bare_jpeg(data: bytes) -> bytes:
    kept, at = [data[:2]], 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != SCAN:
        if data[at + 1] == 0xFF:  # fills up
            at += 1
            continue
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4])
        if data[at + 1] not in APART or data[at + 4 : at + 10] == EXIF:
            kept.append(data[at:end])
        at = end
    return b"".join([*kept, data[at:]])


def _load_plugin(data: bytes) -> bool:
    """Whether a package that reads this format was installed, and not at work yet."""
    plugin = plugin_for(data)
    if plugin is None or plugin.format in Image.OPEN:
        return False
    try:
        module = import_module(plugin.module)
    except ImportError:
        return False
    if plugin.register:
        getattr(module, plugin.register)()
    return plugin.format in Image.OPEN
