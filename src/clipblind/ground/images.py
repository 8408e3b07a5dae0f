"""The one way to open an encoded image: which formats, how large, how thin.

What is done with its pixels is `pools.decoding`'s; trainings, which see rendered pictures alone,
need no more than this.
"""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from PIL import Image, ImageFile, UnidentifiedImageError

# Pillow tries all that it knows unless it is told, PostScript among them: a program, which runs as
# long as it likes. HEIF and JXL come with plugins.
FORMATS: Final[tuple[str, ...]] = (
    *("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "JPEG2000", "AVIF", "HEIF", "JXL"),
)
MOST_PIXELS: Final = 178_956_970  # Pillow's own limit: a picture of a GiB at six bytes a pixel
LONGEST: Final = 65_535
# Encoders scale the short side to theirs, so 94 bytes of 5000 x 1 take gigabytes to preprocess;
# Qwen-VL's processor raises from here on, and the good pictures of the batch are lost with it.
MOST_ASPECT: Final = 200

# Pillow warns of what is refused or mended here; a filter per call would not be safe in threads.
warnings.filterwarnings("ignore", module=r"PIL\.")


class Undecodable(Exception):
    """An image can't be used; the text is a short reason."""


def open_image(data: bytes) -> ImageFile.ImageFile:
    """An image by its header; its pixels are decoded when they are asked for.

    Call it, and what then decodes, under `reasons`.

    Args:
        data: an encoded image.

    Raises:
        Undecodable: if it is empty, of too many pixels or too thin, which its header tells.
        Exception: almost anything, of Pillow's readers.
    """
    if not data:
        raise Undecodable("the file is empty")
    Image.init()  # at once after the first time
    known = tuple(name for name in FORMATS if name in Image.OPEN)
    opened = Image.open(io.BytesIO(data), formats=known)
    width, height = opened.size
    if width * height > MOST_PIXELS or max(width, height) > LONGEST:
        raise Undecodable(f"more than {MOST_PIXELS:,} pixels: {width} x {height}")
    if min(width, height) < 1:
        raise Undecodable(f"no pixels: {width} x {height}")
    if max(width, height) > MOST_ASPECT * min(width, height):
        raise Undecodable(f"too thin, over {MOST_ASPECT} to 1: {width} x {height}")
    return opened


@contextmanager
def reasons() -> Iterator[None]:
    """Make whatever broken files make Pillow's readers raise into `Undecodable`."""
    try:
        yield
    except Undecodable:
        raise
    except UnidentifiedImageError:
        raise Undecodable("not an image") from None
    except Image.DecompressionBombError:
        raise Undecodable(f"more than {MOST_PIXELS:,} pixels") from None
    except MemoryError:
        raise Undecodable("decoding it takes more memory than there is") from None
    except Exception as error:
        said = " ".join(str(error).split())[:80] or type(error).__name__
        kind = "cut short" if "truncated" in said else "damaged"
        raise Undecodable(f"{kind}: {said}") from None
