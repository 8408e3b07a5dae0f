"""Files that aren't what their entry says are a sentence each, never a wrong embedding."""

import json
from pathlib import Path

import pytest

import clipblind.models.torchvision  # noqa: F401  # isort: skip
import torch
from safetensors.torch import load_file, save_file

from clipblind.encoders import load_encoder
from clipblind.ground.errors import UserError
from tests.encoders import checkpoints


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "model"


def save(loader, folder):
    if loader == "open_clip":
        checkpoints.save_open_clip(folder)
    elif loader == "transformers":
        checkpoints.save_vision(folder, checkpoints.vision_model("dinov2"))
    else:
        checkpoints.save_timm(folder, checkpoints.timm_model())
    return checkpoints.entry(loader, quick_gelu=loader == "open_clip")


WEIGHTS = {
    "open_clip": ("open_clip_model.safetensors", "visual.ln_pre.weight"),
    "transformers": ("model.safetensors", "layernorm.weight"),
    "timm": ("model.safetensors", "norm.weight"),
}
CONFIGS = {
    "open_clip": "open_clip_config.json",
    "transformers": "config.json",
    "timm": "config.json",
}
LOADERS = list(WEIGHTS)


def sentence(error):
    """The one sentence of a `UserError`."""
    said = str(error.value)
    assert said.endswith(".")
    assert "\n" not in said
    return said


@pytest.mark.parametrize("loader", LOADERS)
def test_a_missing_folder_or_file_names_fetch(folder, loader):
    with pytest.raises(UserError, match="`clipblind fetch` gets it") as error:
        load_encoder("x", checkpoints.entry(loader), folder)
    assert "nobody/nothing" in sentence(error)
    entry = save(loader, folder)
    for file in (WEIGHTS[loader][0], CONFIGS[loader]):
        (folder / file).rename(folder / "away")
        with pytest.raises(UserError, match="`clipblind fetch` gets it") as error:
            load_encoder("x", entry, folder)
        assert file in sentence(error)
        (folder / "away").rename(folder / file)
    load_encoder("x", entry, folder)


def test_no_folder_at_all_names_fetch_and_the_one_given_goes_before_the_entrys_own(folder):
    with pytest.raises(UserError, match="`clipblind fetch` gets it") as error:
        load_encoder("x", checkpoints.entry("open_clip"))
    sentence(error)
    checkpoints.save_open_clip(folder)
    entry = checkpoints.entry("open_clip", quick_gelu=True, folder=str(folder))
    assert load_encoder("x", entry).image_size == 32
    entry = checkpoints.entry("open_clip", quick_gelu=True, folder=str(folder / "elsewhere"))
    assert load_encoder("x", entry, folder).image_size == 32
    entry = checkpoints.entry("open_clip", quick_gelu=True, source=str(folder))
    assert load_encoder("x", entry).image_size == 32


@pytest.mark.parametrize(
    "save_model, loader, file",
    [
        (checkpoints.save_open_clip_siglip, "open_clip", "tokenizer.json"),
        (checkpoints.save_siglip, "transformers", "tokenizer.json"),
        (checkpoints.save_siglip, "transformers", "preprocessor_config.json"),
    ],
)
def test_a_missing_tokenizer_or_processor_names_fetch(folder, save_model, loader, file):
    save_model(folder)
    (folder / file).unlink()
    with pytest.raises(UserError, match="`clipblind fetch` gets it") as error:
        load_encoder("x", checkpoints.entry(loader), folder)
    assert file in sentence(error)


@pytest.mark.parametrize("loader", LOADERS)
def test_a_checkpoint_without_some_weight_is_refused(folder, loader):
    entry = save(loader, folder)
    file, key = WEIGHTS[loader]
    weights = load_file(folder / file)
    del weights[key]
    save_file(weights, folder / file, metadata={"format": "pt"})
    with pytest.raises(UserError, match="lacks") as error:
        load_encoder("x", entry, folder)
    assert key in sentence(error)


@pytest.mark.parametrize("loader", ["open_clip", "timm"])
def test_a_checkpoint_with_weights_of_another_model_is_refused(folder, loader):
    entry = save(loader, folder)
    file, _ = WEIGHTS[loader]
    weights = load_file(folder / file)
    save_file({**weights, "adapter.weight": torch.zeros(2)}, folder / file)
    with pytest.raises(UserError, match=r"no place for: adapter\.weight") as error:
        load_encoder("x", entry, folder)
    sentence(error)


@pytest.mark.parametrize("loader", LOADERS)
def test_weights_of_another_shape_are_refused(folder, loader):
    entry = save(loader, folder)
    file, key = WEIGHTS[loader]
    weights = load_file(folder / file)
    weights[key] = torch.zeros(7)
    save_file(weights, folder / file, metadata={"format": "pt"})
    with pytest.raises(UserError, match="can't be loaded") as error:
        load_encoder("x", entry, folder)
    sentence(error)


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize("what", ["weights", "config"])
def test_a_damaged_file_is_a_sentence(folder, loader, what):
    entry = save(loader, folder)
    file = WEIGHTS[loader][0] if what == "weights" else CONFIGS[loader]
    (folder / file).write_bytes((folder / file).read_bytes()[:40])
    with pytest.raises(UserError, match="can't be loaded") as error:
        load_encoder("x", entry, folder)
    sentence(error)


class Harmful:
    """What a pickle runs if it is read by a careless loader."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.mark.parametrize(
    "loader, name",
    [
        ("open_clip", "open_clip_pytorch_model.bin"),
        ("transformers", "pytorch_model.bin"),
        ("timm", "pytorch_model.bin"),
    ],
)
def test_a_pickle_that_runs_code_is_refused(folder, loader, name):
    entry = save(loader, folder)
    (folder / WEIGHTS[loader][0]).unlink()
    ran = folder / "ran"
    torch.save({"weight": Harmful(ran)}, folder / name)
    with pytest.raises(UserError, match="can't be loaded") as error:
        load_encoder("x", entry, folder)
    sentence(error)
    assert not ran.exists()


@pytest.mark.parametrize("loader", LOADERS)
def test_wrong_parameters_are_refused(folder, loader):
    entry = save(loader, folder)
    true = load_encoder("x", entry, folder).params_m
    load_encoder("x", entry.model_copy(update={"params_m": true + 0.09}), folder)
    with pytest.raises(UserError, match=r"encoder\.x\.params_m") as error:
        load_encoder("x", entry.model_copy(update={"params_m": true + 0.11}), folder)
    assert f"{true:.1f} million" in sentence(error)


def test_a_wrong_size_is_refused_where_the_size_is_the_model(folder):
    entry = save("open_clip", folder)
    with pytest.raises(UserError, match=r"encoder\.x\.image_size is 336") as error:
        load_encoder("x", entry.model_copy(update={"image_size": 336}), folder)
    assert "32 pixels" in sentence(error)
    clip = folder.parent / "clip"
    checkpoints.save_clip(clip)
    entry = checkpoints.entry("transformers", quick_gelu=True, image_size=64)
    with pytest.raises(UserError, match=r"encoder\.x\.image_size is 64") as error:
        load_encoder("x", entry, clip)
    sentence(error)


@pytest.mark.parametrize("wanted", [True, False])
def test_a_mismatch_of_quickgelu_is_refused(folder, wanted):
    checkpoints.save_open_clip(folder, quick_gelu=not wanted)
    with pytest.raises(UserError, match=r"encoder\.x\.quick_gelu") as error:
        load_encoder("x", checkpoints.entry("open_clip", quick_gelu=wanted), folder)
    assert "every embedding would be wrong" in sentence(error)
    load_encoder("x", checkpoints.entry("open_clip", quick_gelu=not wanted), folder)


def test_a_mismatch_of_quickgelu_is_refused_in_transformers(folder):
    checkpoints.save_clip(folder)
    load_encoder("x", checkpoints.entry("transformers", quick_gelu=True), folder)
    config = json.loads((folder / "config.json").read_text())
    for tower in ("text_config", "vision_config"):
        config[tower]["hidden_act"] = "gelu"
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(UserError, match=r"encoder\.x\.quick_gelu") as error:
        load_encoder("x", checkpoints.entry("transformers", quick_gelu=True), folder)
    sentence(error)


def test_a_text_tower_that_isnt_there_is_refused(folder):
    entry = save("transformers", folder).model_copy(update={"text": True})
    with pytest.raises(UserError, match="no text tower") as error:
        load_encoder("x", entry, folder)
    sentence(error)


def test_architectures_without_the_feature_are_refused(folder):
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"model_type": "bert"}))
    for file in ("preprocessor_config.json", "model.safetensors"):
        (folder / file).write_text("{}")
    with pytest.raises(UserError, match="is a 'bert' model") as error:
        load_encoder("x", checkpoints.entry("transformers"), folder)
    sentence(error)
    averaged = checkpoints.timm_model("vit_small_patch16_224", 32, global_pool="avg")
    checkpoints.save_timm(folder.parent / "avg", averaged, 32, global_pool="avg")
    with pytest.raises(UserError, match="without a final norm") as error:
        load_encoder("x", checkpoints.entry("timm"), folder.parent / "avg")
    sentence(error)


@pytest.mark.parametrize("loader, source", [("open_clip", "ViT-B-32"), ("timm", "test_vit")])
def test_a_tag_that_doesnt_exist_is_a_sentence(tmp_path, loader, source):
    entry = checkpoints.entry(loader, source=source, pretrained="nonsense")
    with pytest.raises(UserError, match="neither a file nor a tag") as error:
        load_encoder("x", entry, tmp_path)
    sentence(error)


@pytest.mark.parametrize(
    "loader, source, tag",
    [("open_clip", "ViT-B-32", "openai"), ("timm", "vit_small_patch14_dinov2", "lvd142m")],
)
def test_a_tag_that_isnt_in_the_cache_is_not_downloaded(tmp_path, loader, source, tag, monkeypatch):
    from huggingface_hub import constants

    checkpoints.refuse_network(monkeypatch)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    entry = checkpoints.entry(loader, source=source, pretrained=tag, quick_gelu=True)
    with pytest.raises(UserError, match="aren't in this machine's cache") as error:
        load_encoder("x", entry, tmp_path)
    sentence(error)
    assert not constants.HF_HUB_OFFLINE
