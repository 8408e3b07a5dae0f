"""What public reports found in pools of strangers' images: told, image by image, in one run."""

import io
import os
import struct
import subprocess
import sys
import tarfile
import zlib
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image, PngImagePlugin

from clipblind.ground.errors import UserError
from clipblind.ground.guarded import Broken, guarded
from clipblind.ground.images import MOST_ASPECT, Undecodable
from clipblind.pools.checking import check_part, describe_loss, prove
from clipblind.pools.corpus import Corpus
from clipblind.pools.decoding import decode_image
from clipblind.pools.sources import list_sources
from clipblind.pools.tars import list_shards
from clipblind.study.settings.pool import Files

POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n{} loop\n"
HEIC = b"\0\0\0\x1cftypheic\0\0\0\0mif1heicmiaf" + bytes(200)


def encoded(image, kind="PNG", **how):
    written = io.BytesIO()
    image.save(written, kind, **how)
    return written.getvalue()


def photo(seed=0):
    rng = np.random.default_rng(seed)
    return Image.fromarray(rng.integers(0, 256, (4, 4, 3), dtype=np.uint8)).resize((40, 30))


def ramp(top, kind):
    """A grey picture from 0 to a value, left to right."""
    return Image.fromarray((np.linspace(0, top, 64)[None].repeat(48, 0)).astype(kind))


def chunked(*chunks, crc=None):
    """A PNG of (name, data)s; `crc` replaces the sum of all chunks of some name."""
    sums = crc or {}
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data))
        + name
        + data
        + struct.pack(">I", sums.get(name, zlib.crc32(name + data)))
        for name, data in chunks
    )


def chunks_of(png):
    at = 8
    while at < len(png):
        size = int.from_bytes(png[at : at + 4])
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + size]
        at += 12 + size


def with_chunks(extra, crc=None, last=False):
    """The photo as PNG with further chunks after its header, or before its end."""
    first, *middle, end = chunks_of(encoded(photo()))
    inner = (*middle, *extra) if last else (*extra, *middle)
    return chunked(first, *inner, end, crc=crc)


def wide_text():
    info = PngImagePlugin.PngInfo()
    info.add_text("prompt", "x" * (2 << 20), zip=True)
    return encoded(photo(), pnginfo=info)


def jpeg_with(marker, body):
    plain = encoded(photo(), "JPEG")
    segment = bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body
    return plain[:2] + segment + plain[2:]


def long_jpeg(scans=40_000):
    """A progressive JPEG that repeats its last scan: a small file, minutes of work."""
    plain = encoded(photo().resize((1200, 1200)), "JPEG", progressive=True, quality=1)
    last = plain[plain.rindex(b"\xff\xda") : -2]
    return plain[:-2] + last * scans + plain[-2:]


# Pillow 8363 and 2445: an error of metadata is not one of pixels
METADATA = {
    "text over 1 MiB": wide_text(),
    "text over 1 MiB, at the end": with_chunks(
        [(b"zTXt", b"a\0\0" + zlib.compress(bytes(2 << 20)))], last=True
    ),
    "a wrong sum of a text": with_chunks([(b"tEXt", b"a\0b")], {b"tEXt": 1}),
    "a wrong sum of a time": with_chunks([(b"tIME", bytes(7))], {b"tIME": 1}),
    "a short resolution": with_chunks([(b"pHYs", b"\0")]),
    "a profile over 1 MiB": with_chunks([(b"iCCP", b"a\0\0" + zlib.compress(bytes(2 << 20)))]),
    "hex EXIF that is none": with_chunks(
        [(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(b"\nexif\n 4\nzzzz\n"))]
    ),
    "EXIF of noise": with_chunks([(b"eXIf", b"MM\0*\xff\xff\xff\xff")]),
    "EXIF with a wrong sum": with_chunks([(b"eXIf", b"MM\0*\0\0\0\x08")], {b"eXIf": 1}),
    "JPEG: EXIF of noise": jpeg_with(0xE1, b"Exif\0\0MM\0*\xff\xff\xff\xff"),
    "JPEG: an index of pictures that is none": jpeg_with(0xE2, b"MPF\0MM\0*\0\0\0\x08\xff\xff"),
    "JPEG: a torn profile": jpeg_with(0xE2, b"ICC_PROFILE\0"),
    "JPEG: a torn Photoshop block": jpeg_with(0xED, b"Photoshop 3.0\x008BIM\x03"),
}


@pytest.mark.parametrize("what", METADATA)
def test_damaged_metadata_cost_no_pixel(what):
    kind = "JPEG" if what.startswith("JPEG") else "PNG"
    exact = np.asarray(Image.open(io.BytesIO(encoded(photo(), kind))))
    assert np.array_equal(np.asarray(decode_image(METADATA[what])), exact)


def test_an_orientation_is_kept_beside_damaged_text():
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = encoded(photo(), exif=exif)
    first, *rest = chunks_of(turned)
    data = chunked(first, (b"tEXt", b"a\0b"), *rest, crc={b"tEXt": 1})
    assert decode_image(data).size == (30, 40)


# Pillow 7333 and 5991: float 0..1, int32 and 16 bits that hold fewer became black
GREY = {
    "float to 1": ramp(1, np.float32),
    "float to 1.04": ramp(1.04, np.float32),
    "float to 255": ramp(255, np.float32),
    "float to 4095": ramp(4095, np.float32),
    "float to 65535": ramp(65535, np.float32),
    "int32 to 255": ramp(255, np.int32),
    "int32 to 4095": ramp(4095, np.int32),
    "int32 to 65535": ramp(65535, np.int32),
    "16 bits to 255": ramp(255, np.uint16),
    "16 bits to 256": ramp(256, np.uint16),
    "16 bits to 4095": ramp(4095, np.uint16),
    "16 bits to 65535": ramp(65535, np.uint16),
}


@pytest.mark.parametrize("what", GREY)
def test_grey_of_any_depth_goes_from_black_to_white(what):
    exact = np.linspace(0, 255, 64)
    row = np.asarray(decode_image(encoded(GREY[what], "TIFF")))[0, :, 0]
    assert np.abs(row - exact).max() <= 11  # of 1.04 and 256 the end is cut off
    assert row[0] == 0 and row[-1] >= 244


@pytest.mark.parametrize("odd", [np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("top", [1, 255])
def test_one_infinite_pixel_leaves_the_others_as_they_are(odd, top):
    values = np.linspace(0, top, 64)[None].repeat(48, 0).astype(np.float32)
    values[0, 0] = odd
    decoded = np.asarray(decode_image(encoded(Image.fromarray(values), "TIFF")))[..., 0]
    assert decoded[0, 0] == (255 if odd == np.inf else 0)
    assert np.abs(decoded[1] - np.linspace(0, 255, 64)).max() <= 1


DEEP_RGB = chunked(
    (b"IHDR", struct.pack(">IIBBBBB", 8, 8, 16, 2, 0, 0, 0)),
    (b"IDAT", zlib.compress((b"\0" + struct.pack(">H", 4095) * 24) * 8)),
    (b"IEND", b""),
)
UNKNOWN = {
    "float to 2": (encoded(ramp(2, np.float32), "TIFF"), "labels, or of fewer bits"),
    "float from -1": (encoded(Image.fromarray(np.full((8, 8), -1, np.float32)), "TIFF"), "from -1"),
    "int32 to a million": (encoded(ramp(10**6, np.int32), "TIFF"), "to 1e"),
    "labels in 16 bits": (encoded(ramp(7, np.uint16), "TIFF"), "labels, or of fewer bits"),
    "no finite pixel": (
        encoded(Image.fromarray(np.full((8, 8), np.nan, np.float32)), "TIFF"),
        "none is a finite",
    ),
    "colours of 12 bits in 16": (DEEP_RGB, "upper 4 are empty"),
}


@pytest.mark.parametrize("what", UNKNOWN)
def test_grey_of_which_white_is_not_known_is_refused_not_guessed(what):
    data, said = UNKNOWN[what]
    with pytest.raises(Undecodable, match=said):
        decode_image(data)


def test_a_black_picture_of_16_bits_is_black():
    assert decode_image(encoded(ramp(0, np.uint16))).getextrema() == ((0, 0),) * 3


def test_a_dark_pgm_stays_dark_for_its_header_says_what_is_white():
    data = b"P5 8 8 4095\n" + struct.pack(">H", 400) * 64
    assert decode_image(data).getpixel((0, 0)) == (25, 25, 25)


# Pillow 7391: bytes of another format than their name says are a program, which runs for ever
@pytest.mark.parametrize("name", ["x.jpg", "x.png", "x.eps", "x"])
def test_postscript_is_never_run(name, tmp_path):
    (tmp_path / name).write_bytes(POSTSCRIPT)
    (tmp_path / "a.jpg").write_bytes(encoded(photo(), "JPEG"))
    good, bad = checked("folder", tmp_path)
    assert len(good) == 1 and "PostScript" in bad["reason"][0]


UNREAD = {
    "HEIC": (HEIC, "pip install pillow-heif"),
    "JPEG XL": (b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(99), "pip install pillow-jxl"),
    "SVG": (b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
    "CR2": (b"II*\0\x10\0\0\0CR\2\0" + bytes(99), "damaged|not an image|raw"),
    "CR3": (b"\0\0\0\x18ftypcrx \0\0\0\1" + bytes(99), "raw file"),
    "RAF": (b"FUJIFILMCCD-RAW 0201" + bytes(99), "raw file"),
    "DNG": (encoded(photo(), "TIFF", tiffinfo={50706: b"\1\4\0\0"}), "raw file"),
    "NEF": (encoded(photo(), "TIFF", tiffinfo={254: 1}), "raw file"),
    "PDF": (b"%PDF-1.7\n" + bytes(99), "PDF"),
    "PSD": (b"8BPS\0\1" + bytes(99), "Photoshop"),
    "MP4": (b"\0\0\0\x18ftypisom\0\0\2\0" + bytes(99), "video"),
    "a pointer": (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git lfs pull"),
    "zeros": (bytes(999), "zeros"),
}


# clip-retrieval and its like: whole pools of what phones and cameras write
@pytest.mark.parametrize("what", UNREAD)
def test_what_no_decoder_reads_is_named_with_what_to_do(what):
    data, said = UNREAD[what]
    with pytest.raises(Undecodable, match=said) as refused:
        decode_image(data)
    assert len(str(refused.value)) < 120


def test_a_pool_of_which_nothing_can_be_read_is_an_error_that_names_the_formats(tmp_path):
    for k in range(3):
        (tmp_path / f"{k}.heic").write_bytes(HEIC + bytes([k]))
    (tmp_path / "d.svg").write_bytes(UNREAD["SVG"][0])
    good, bad = checked("folder", tmp_path)
    assert good.is_empty()
    said = describe_loss(bad, tmp_path)
    assert "3: HEIC" in said and "pillow-heif" in said and "1: not an image but a drawing" in said
    assert str(tmp_path) in said and said.endswith(".")


# CLIP 215, transformers 27381, Qwen-VL-Series-Finetune 133
@pytest.mark.parametrize(("width", "height"), [(5000, 1), (1, 5000), (40_200, 200), (201, 1)])
def test_a_thin_picture_is_refused_before_it_takes_gigabytes(width, height):
    with pytest.raises(Undecodable, match="too thin"):
        decode_image(encoded(Image.new("RGB", (width, height))))


def test_the_thinnest_that_processors_take_is_taken():
    assert decode_image(encoded(Image.new("RGB", (MOST_ASPECT, 1)))).size == (MOST_ASPECT, 1)


def test_an_image_that_takes_too_long_ends_alone(tmp_path):
    (tmp_path / "a.jpg").write_bytes(encoded(photo(), "JPEG"))
    (tmp_path / "b.jpg").write_bytes(long_jpeg())
    (tmp_path / "c.jpg").write_bytes(encoded(photo(1), "JPEG"))
    listed, _ = listed_from("folder", tmp_path)
    good, bad = check_part(listed, 0, 1, seconds=1)
    assert good["image_id"].to_list() == ["own/a.jpg", "own/c.jpg"]
    assert bad["image_id"].to_list() == ["own/b.jpg"] and "takes more than" in bad["reason"][0]


def test_a_crash_of_a_reader_is_a_reason():
    with pytest.raises(Broken, match=r"crashed \(SIGABRT\)"):
        guarded(crash, "SIGABRT")
    with pytest.raises(Broken, match="shrank while it was read"):
        guarded(crash, "SIGBUS")
    prove(encoded(photo()))
    with pytest.raises(Undecodable, match="PostScript"):
        prove(POSTSCRIPT)


def crash(name):
    import signal

    os.kill(os.getpid(), getattr(signal, name))


def listed_from(kind, path, **how):
    return list_sources({"own": Files(kind=kind, path=str(path), **how)}, path)


def checked(kind, path, **how):
    """What of a pool is good, and all that isn't, as `clipblind pool` finds it."""
    listed, unlisted = listed_from(kind, path, **how)
    good, bad = check_part(listed, 0, 1)
    return good, pl.concat([unlisted, bad]).sort("image_id")


def packed(path, members, **how):
    with tarfile.open(path, "w", **how) as tar:
        for name, data in members:
            member = tarfile.TarInfo(name)
            if isinstance(data, str):
                member.type, member.linkname, data = tarfile.SYMTYPE, data, b""
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return path


JPEG = encoded(photo(), "JPEG")


def reasons_of(path):
    good, bad = checked("webdataset", path)
    return set(good["image_id"]), dict(bad.select("image_id", "reason").iter_rows())


# tensorflow/datasets 2087, img2dataset 164: all behind a bad header was lost without a word
@pytest.mark.parametrize("hurt", ["bad header", "cut header", "cut data", "no end", "more behind"])
def test_what_follows_a_damaged_place_in_a_tar_is_told(tmp_path, hurt):
    path = packed(tmp_path / "0.tar", [(f"{k}.jpg", encoded(photo(k), "JPEG")) for k in range(4)])
    data, second = path.read_bytes(), 512 + -(-len(JPEG) // 512) * 512
    third = second + 512 + -(-len(encoded(photo(1), "JPEG")) // 512) * 512
    last = data.rindex(b"3.jpg")
    end = last + 512 + -(-len(encoded(photo(3), "JPEG")) // 512) * 512
    path.write_bytes(
        {
            "bad header": data[:third] + b"\xff" * 512 + data[third + 512 :],
            "cut header": data[: third + 100],
            "cut data": data[: third + 600],
            "no end": data[:end],
            "more behind": data[: end + 1024] + data,
        }[hurt]
    )
    good, bad = reasons_of(tmp_path)
    assert {"own/0.tar/0.jpg", "own/0.tar/1.jpg"} <= good
    said = "; ".join(bad.values())
    assert "read" in said or "more may be missing" in said
    assert any(image_id.startswith("own/0.tar@") for image_id in bad)


def test_pages_links_and_empty_files_named_tar_are_told(tmp_path):
    packed(
        tmp_path / "0.tar",
        [
            ("a.jfif", JPEG),
            ("b.HEIC", HEIC),
            ("l.jpg", "a.jfif"),
            ("n.json", b"{}"),
            ("o.svg", b"<svg/>"),
        ],
    )
    (tmp_path / "page.tar").write_bytes(b"<!doctype html><html>" + b" " * 900)
    (tmp_path / "short.tar").write_bytes(b"<html>")
    (tmp_path / "empty.tar").write_bytes(b"")
    good, bad = reasons_of(tmp_path)
    assert good == {"own/0.tar/a.jfif"}
    assert "pillow-heif" in bad["own/0.tar/b.HEIC"] and "SVG" in bad["own/0.tar/o.svg"]
    assert "a link to a.jfif" in bad["own/0.tar/l.jpg"]
    assert "no tar archive" in bad["own/page.tar"] and "no tar archive" in bad["own/short.tar"]
    assert "empty" in bad["own/empty.tar"]


def test_a_source_of_nothing_but_a_page_named_tar_says_so(tmp_path):
    (tmp_path / "page.tar").write_bytes(b"<html>" + b" " * 900)
    with pytest.raises(
        UserError, match=r"holds no image that can be used \(own/page.tar: it is no"
    ):
        listed_from("webdataset", tmp_path)


# webdataset 286 and 205: a name twice ended the study after all was embedded
def test_a_name_that_stands_twice_in_a_tar_is_told_before_anything_is_embedded(tmp_path):
    other = encoded(photo(1), "JPEG")
    packed(
        tmp_path / "0.tar", [("a.jpg", JPEG), ("b.jpg", other), ("a.jpg", other), ("a.jpg", JPEG)]
    )
    packed(tmp_path / "1.tar", [("a.jpg", other)])
    listed, bad = listed_from("webdataset", tmp_path)
    ids = ["own/0.tar/a.jpg", "own/0.tar/b.jpg", "own/1.tar/a.jpg"]
    assert listed["image_id"].to_list() == ids
    assert bad["image_id"].to_list() == ["own/0.tar/a.jpg#2", "own/0.tar/a.jpg#3"]
    assert "a.jpg stands twice" in bad["reason"][0] and "0.tar" in bad["reason"][0]
    assert Corpus(listed).bytes_of("own/0.tar/a.jpg") == JPEG


def test_a_picture_that_two_shards_of_a_world_hold_is_named_with_both(tmp_path):
    shards = [packed(tmp_path / f"search-{k}.tar", [("search-0.png", JPEG)]) for k in (0, 1)]
    with pytest.raises(UserError, match=r"search-0 stands twice, in .*0\.tar and in .*1\.tar"):
        list_shards(shards)
    shards[0].write_bytes(shards[0].read_bytes()[:900])
    with pytest.raises(UserError, match=r"search-0\.tar is damaged: .*; delete it and run again"):
        list_shards(shards[:1])


# ownphotos 112, dupeguru 335
def test_names_and_folders_that_cannot_be_read_are_rows_among_the_rejected(tmp_path, monkeypatch):
    (tmp_path / "good.jpg").write_bytes(JPEG)
    latin = os.fsencode(tmp_path) + b"/caf\xe9"
    Path(os.fsdecode(latin)).mkdir()
    for name in (latin + b"/in.jpg", latin + b".jpg"):
        Path(os.fsdecode(name)).write_bytes(JPEG)
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "loop.jpg").symlink_to("loop.jpg")
    (tmp_path / "dead.jpg").symlink_to("nowhere.jpg")
    (tmp_path / "log.jpg").symlink_to("/proc/kmsg")
    (tmp_path / "system").symlink_to("/proc")
    (tmp_path / "again").symlink_to(tmp_path)
    (tmp_path / "shut").mkdir()
    scandir = os.scandir

    def shut(folder):
        if Path(folder).name == "shut":
            raise PermissionError(13, "Permission denied", str(folder))
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", shut)
    good, bad = checked("folder", tmp_path)
    said = dict(bad.select("image_id", "reason").iter_rows())
    assert good["image_id"].to_list() == ["own/good.jpg"]
    assert (
        "isn't UTF-8" in said["own/caf\\xe9/in.jpg"] and "isn't UTF-8" in said["own/caf\\xe9.jpg"]
    )
    assert "pipe" in said["own/pipe.jpg"] and "can't be read" in said["own/dead.jpg"]
    assert "levels of symbolic links" in said["own/loop.jpg"]
    assert said["own/log.jpg"] == "the file is empty"
    assert "folder of the system" in said["own/system"]
    assert said["own/shut"] == "the folder can't be read: Permission denied"
    assert len(said) == 8


def test_a_file_that_shrinks_after_it_was_listed_is_told(tmp_path):
    for name in "ab":
        (tmp_path / f"{name}.jpg").write_bytes(JPEG)
    listed, _ = listed_from("folder", tmp_path)
    (tmp_path / "a.jpg").write_bytes(JPEG[:100])
    (tmp_path / "b.jpg").unlink()
    os.mkfifo(tmp_path / "b.jpg")
    _, bad = check_part(listed, 0, 1)
    assert "has changed since it was listed" in bad["reason"][0]
    assert "no regular file" in bad["reason"][1]


def test_processes_for_guarded_work_end_with_the_one_that_asked():
    code = (
        "from clipblind.ground import guarded as g; from clipblind.pools.checking import prove\n"
        "try: prove(b'')\nexcept Exception as e: print(e)\n"
        "print(g._idle.get().process.pid)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    said, pid = done.stdout.split("\n")[:2]
    assert said == "the file is empty"
    with pytest.raises(ProcessLookupError):
        for _ in range(10**7):  # it sees the pipe close
            os.kill(int(pid), 0)
