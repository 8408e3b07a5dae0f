"""Whatever strangers call an image: decoded rightly, or refused with a reason."""

import io
import struct
import zlib
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from clipblind.pools.decoding import Undecodable, decode_image

PHOTOS = Path(__file__).parents[3] / "shared" / "reference" / "photos"


def encoded(image, kind="PNG", **how):
    written = io.BytesIO()
    image.save(written, kind, **how)
    return written.getvalue()


def scene(mode="RGB"):
    """Four quarters of four colours, so that turning and mirroring show."""
    image = Image.new("RGB", (40, 24), "red")
    for place, colour in (((20, 0), "lime"), ((0, 12), "blue"), ((20, 12), "white")):
        image.paste(colour, (*place, place[0] + 20, place[1] + 12))
    return image.convert(mode)


@pytest.mark.parametrize("mode", ["RGB", "CMYK", "L", "1", "P", "RGBA", "LA", "YCbCr"])
def test_every_mode_comes_out_in_rgb(mode):
    kind = {"CMYK": "JPEG", "YCbCr": "JPEG"}.get(mode, "PNG")
    decoded = decode_image(encoded(scene(mode), kind))
    assert (decoded.mode, decoded.size) == ("RGB", (40, 24))
    exact = np.asarray(scene(mode).convert("RGB")).astype(int)
    tolerance = 30 if kind == "JPEG" else 0
    assert np.abs(np.asarray(decoded).astype(int) - exact).mean() <= tolerance


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_16_bits_are_scaled_not_clipped(kind):
    grey = np.linspace(0, 65535, 40 * 24).astype(np.uint16).reshape(24, 40)
    decoded = np.asarray(decode_image(encoded(Image.fromarray(grey), kind)))
    assert np.abs(decoded[..., 0] - grey / 257).max() <= 0.51


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_of_an_animation_the_first_frame_counts(kind):
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "blue", "lime")]
    data = encoded(frames[0], kind, save_all=True, append_images=frames[1:])
    red, _, blue = decode_image(data).getpixel((8, 8))
    assert red > 240 and blue < 10


TURNS = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@pytest.mark.parametrize("orientation", [0, *TURNS])
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
def test_nine_orientations_are_one_picture(kind, orientation):
    turn = TURNS.get(orientation)
    stored = scene() if turn is None else scene().transpose(turn)
    exif = Image.Exif()
    exif[0x0112] = orientation
    how = {"lossless": True} if kind == "WEBP" else {}
    decoded = decode_image(encoded(stored, kind, exif=exif, **how))
    assert np.array_equal(np.asarray(decoded), np.asarray(scene()))


@pytest.mark.skipif(not PHOTOS.is_dir(), reason="the photographs lie beside the project only")
@pytest.mark.parametrize("view", ["Landscape", "Portrait"])
def test_the_nine_orientations_of_a_photograph_are_one_picture(view):
    decoded = [decode_image((PHOTOS / f"{view}_{k}.jpg").read_bytes()) for k in range(9)]
    assert len({image.size for image in decoded}) == 1
    small = [np.asarray(image.resize((32, 32))).astype(int) for image in decoded]
    # the photographs carry a number that names their orientation, and were encoded one by one
    assert max(np.abs(one - small[0]).mean() for one in small) < 6


def huge_png(width, height):
    """A PNG's header alone claims the size; a megabyte of zeros would fill it."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


BAD = {
    "nothing": (b"", "empty"),
    "a page": (b"<!doctype html><html></html>", "not an image"),
    "a drawing": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not an image"),
    "cut short": (encoded(scene().resize((400, 240)), "JPEG")[:2000], "cut short"),
    "cut short, PNG": (encoded(scene())[:70], "not an image|cut short|damaged"),
    "200 megapixels": (huge_png(20_000, 10_000), "pixels"),
    "too long": (huge_png(100_000, 1), "pixels"),
    "noise": (bytes(range(256)) * 8, "not an image"),
    "a broken chunk": (encoded(scene())[:40] + b"\0" * 60, "damaged|not an image|cut short"),
}


@pytest.mark.parametrize("what", BAD)
def test_what_is_no_image_is_refused_with_a_reason(what):
    data, reason = BAD[what]
    with pytest.raises(Undecodable, match=reason) as refused:
        decode_image(data)
    assert 5 < len(str(refused.value)) < 120


@pytest.mark.filterwarnings("ignore")
def test_flipped_bytes_never_raise_anything_else():
    rng = np.random.default_rng(0)
    sources = [encoded(scene(), kind) for kind in ("PNG", "JPEG", "GIF", "TIFF", "WEBP", "BMP")]
    for _ in range(600):
        data = bytearray(sources[rng.integers(len(sources))])
        for at in rng.integers(0, len(data), 6):
            data[at] = rng.integers(256)
        with suppress(Undecodable):
            assert decode_image(bytes(data)).mode == "RGB"
