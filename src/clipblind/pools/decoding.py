"""Decoding images that strangers made: whatever their bytes are, a run goes on."""

import io
import warnings
from typing import Final

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

MOST_PIXELS: Final = 178_956_970  # Pillow's own limit: a picture of a GiB at six bytes a pixel
LONGEST: Final = 65_535
WIDE: Final = ("I;16", "I;16L", "I;16B", "I;16N", "I", "F")

# Pillow warns of what is refused or mended here; a filter per call would not be safe in threads.
warnings.filterwarnings("ignore", module=r"PIL\.")


class Undecodable(Exception):
    """An image can't be used; the text is a short reason."""


def decode_image(data: bytes) -> Image.Image:
    """One picture in RGB, upright by its EXIF orientation; of an animation, the first frame.

    Transparency is dropped, as `convert("RGB")` does in open_clip and transformers. 16-bit grey is
    scaled to 8 bits, where Pillow alone would clip it to white.

    Args:
        data: an encoded image.

    Raises:
        Undecodable: if it is no image, is cut short, or has more than `MOST_PIXELS` pixels, which
            its header tells before anything is decoded.
    """
    if not data:
        raise Undecodable("the file is empty")
    try:
        return _decode(data)
    except Undecodable:
        raise
    except UnidentifiedImageError:
        raise Undecodable("not an image") from None
    except Image.DecompressionBombError:
        raise Undecodable(f"more than {MOST_PIXELS:,} pixels") from None
    # broken files make Pillow's readers raise almost anything
    except Exception as error:
        said = " ".join(str(error).split())[:80] or type(error).__name__
        kind = "cut short" if "truncated" in said else "damaged"
        raise Undecodable(f"{kind}: {said}") from None


def _decode(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data)) as opened:
        width, height = opened.size
        if width * height > MOST_PIXELS or max(width, height) > LONGEST:
            raise Undecodable(f"more than {MOST_PIXELS:,} pixels: {width} x {height}")
        if min(width, height) < 1:
            raise Undecodable(f"no pixels: {width} x {height}")
        opened.load()
        upright = ImageOps.exif_transpose(opened)
        return _rgb(upright)


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode == "RGB":
        # exif_transpose gives a copy; an image opened from bytes would hold on to them
        return image
    if image.mode in WIDE:
        return _grey(np.asarray(image)).convert("RGB")
    return image.convert("RGB")


def _grey(values: np.ndarray) -> Image.Image:
    """16-bit (or wider) grey to 8 bits; what fits in 8 bits already is left alone."""
    exact = np.nan_to_num(values.astype(np.float64))
    highest = float(exact.max(initial=0))
    if highest > 65_535:
        exact /= highest / 255
    elif values.dtype.itemsize > 1 and (highest > 255 or values.dtype != np.float32):
        exact /= 257
    return Image.fromarray(np.rint(exact.clip(0, 255)).astype(np.uint8))
