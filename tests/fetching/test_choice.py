"""Which files of a repository are fetched, and what a disk may do to them."""

import errno
import json
from pathlib import Path

import pytest

from clipblind.fetching import download
from clipblind.fetching.choice import needed
from clipblind.fetching.hub import HubFile, Repository, Unavailable
from clipblind.fetching.plan import megabytes
from clipblind.fetching.wanted import STAGE, Wanted
from clipblind.ground.errors import UserError


def wanted(loader="transformers", kind="model", folder=Path("there")):
    return Wanted("m", kind, "encoder.m", "owner/m", "", "MIT", 1, folder, loader)


def files(*paths):
    return {path: HubFile(path, 7, "", f"blob of {path}") for path in paths}


def chosen(loader, *paths, index=b""):
    """The paths that are fetched; only a loader that wants parts of the weights reads the index."""
    return [file.path for file in needed(wanted(loader), files(*paths), lambda _: index)]


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


def test_of_a_model_that_answers_come_tokenizers_templates_and_one_format_of_weights():
    parts = [f"model-0000{number}-of-00002.safetensors" for number in (1, 2)]
    read = [
        *("chat_template.jinja", "config.json", "generation_config.json"),
        *("preprocessor_config.json", "processor_config.json"),
        *("qformer_tokenizer/tokenizer.json", "qformer_tokenizer/vocab.txt"),
        *("special_tokens_map.json", "tokenizer.json", "tokenizer.model", "tokenizer_config.json"),
    ]
    others = [
        *("pytorch_model.bin", "pytorch_model.bin.index.json", "README.md", "trainer_state.json"),
        *("modeling_custom.py", "onnx/config.json", "pytorch_model-00001-of-00002.bin"),
    ]
    index = "model.safetensors.index.json"
    assert chosen("model", *read, *parts, index, *others) == [*read, *parts, index]
    # a model that judges sees nothing, and has no processor
    words = ["config.json", "tokenizer.model", "pytorch_model.bin"]
    assert chosen("model", *words) == words


def test_of_blip2_come_the_shards_that_hold_what_minigpt4_takes():
    held = ["config.json", "preprocessor_config.json"]
    shards = [f"pytorch_model-0000{number}-of-00003.bin" for number in (1, 2, 3)]
    names = ("query_tokens", "qformer.layernorm.bias", "language_model.shared.weight")
    index = json.dumps({"weight_map": dict(zip(names, shards, strict=True))}).encode()
    listed = "pytorch_model.bin.index.json"
    found = chosen("blip2", *held, "tokenizer.json", *shards, listed, index=index)
    assert found == [*held, *shards[:2], listed]
    whole = [*held, "pytorch_model.bin"]
    assert chosen("blip2", *whole) == whole


@pytest.mark.parametrize("index", [b"<html>", b"[]", b"{}", b'{"weight_map": {"qformer.a": "no"}}'])
def test_an_index_that_names_no_shards_is_one_sentence(index):
    held = ["config.json", "preprocessor_config.json", "pytorch_model-00001-of-00001.bin"]
    with pytest.raises(Unavailable, match=r"index of weights of owner/m can't be read"):
        chosen("blip2", *held, "pytorch_model.bin.index.json", index=index)


@pytest.mark.parametrize("lost", ["config.json", "tokenizer.model", "model.safetensors"])
def test_a_repository_of_no_model_that_answers_is_one_sentence(lost):
    held = {"config.json", "tokenizer.model", "model.safetensors"} - {lost}
    with pytest.raises(Unavailable, match=rf"holds no .*{lost}.*; check encoder\.m\.source"):
        chosen("model", *held)


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
