"""Which files of a repository are fetched, and what a disk may do to them."""

import errno
from pathlib import Path

import pytest

from clipblind.errors import UserError
from clipblind.fetching import download
from clipblind.fetching.choice import needed
from clipblind.fetching.hub import HubFile, Repository, Unavailable
from clipblind.fetching.plan import megabytes
from clipblind.fetching.wanted import STAGE, Wanted


def wanted(loader="transformers", kind="model", folder=Path("there")):
    return Wanted("m", kind, "encoder.m", "owner/m", "", "MIT", 1, folder, loader)


def files(*paths):
    return {path: HubFile(path, 7, "", f"blob of {path}") for path in paths}


def chosen(loader, *paths):
    return [file.path for file in needed(wanted(loader), files(*paths))]


def test_parts_of_weights_come_with_their_index_and_nothing_in_another_format():
    parts = [f"model-0000{number}-of-00002.safetensors" for number in (1, 2)]
    held = ["config.json", "preprocessor_config.json", "model.safetensors.index.json", *parts]
    others = ["pytorch_model.bin", "tf_model.h5", "model.fp16-00001-of-00001.safetensors"]
    assert chosen("transformers", *held, *others) == [*held[:2], *parts, held[2]]


def test_a_repository_of_two_libraries_gives_each_its_own_files():
    held = ["config.json", "model.safetensors", "pytorch_model.bin", "tokenizer.json", "LICENSE"]
    clip = ["open_clip_config.json", "open_clip_model.safetensors", "open_clip_pytorch_model.bin"]
    assert chosen("timm", *held, *clip) == ["config.json", "LICENSE", "model.safetensors"]
    assert chosen("open_clip", *held, *clip) == [clip[0], "tokenizer.json", "LICENSE", clip[1]]


def test_pickled_weights_are_chosen_only_where_there_are_no_others():
    assert chosen("timm", "config.json", "pytorch_model.bin")[-1] == "pytorch_model.bin"


def test_a_repository_without_weights_is_one_sentence():
    with pytest.raises(Unavailable, match=r"holds no model.safetensors or .*encoder\.m\.loader"):
        chosen("timm", "config.json", "tf_model.h5")


@pytest.mark.parametrize(
    ("number", "said"),
    [(errno.ENOSPC, "The disk of .* is full"), (errno.EROFS, "can't be written: Read-only")],
)
def test_a_disk_that_takes_no_more_is_one_sentence(monkeypatch, tmp_path, number, said):
    def refuse(*_, **__):
        raise OSError(number, "Read-only")

    held = files("config.json", "model.safetensors")
    monkeypatch.setattr(download, "open_repository", lambda _: Repository("c" * 40, "mit", held))
    monkeypatch.setattr(download, "http_get", refuse)
    with pytest.raises(UserError, match=said):
        download.fetch(wanted("timm", folder=tmp_path / "m"))
    assert not (tmp_path / "m").exists()
    assert (tmp_path / f"{STAGE}m").is_dir()


def test_what_the_hub_says_of_sizes_is_held_against_the_disk(monkeypatch, tmp_path):
    held = files("config.json", "model.safetensors")
    monkeypatch.setattr(download, "open_repository", lambda _: Repository("c" * 40, "mit", held))
    monkeypatch.setattr(download, "free_bytes", lambda _: 13)
    with pytest.raises(UserError, match=r"owner/m needs 14 bytes more and .* has 13 bytes free"):
        download.fetch(wanted("timm", folder=tmp_path / "m"))


def test_sizes_are_said_in_the_unit_that_fits():
    said = [megabytes(size) for size in (12, 1_700, 605_000_000, 1_710_000_000)]
    assert said == ["12 bytes", "2 kB", "605 MB", "1.7 GB"]
