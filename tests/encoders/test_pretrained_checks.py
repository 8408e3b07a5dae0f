"""Files that aren't what their entry says are a sentence each, never a wrong embedding."""

import io
import json
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

import clipblind.models.torchvision  # noqa: F401  # isort: skip
import open_clip
import timm
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from timm.models import PretrainedCfg

from clipblind.encoders import load_encoder
from clipblind.encoders.checks import refuse_margin
from clipblind.ground.errors import UserError
from clipblind.models.loading import readable
from clipblind.study.settings.encoder import Pixels
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


def margin_of_dinov2(folder):
    checkpoints.save_vision(folder, checkpoints.vision_model("dinov2"))
    return checkpoints.entry("transformers", image_size=30)


def margin_of_processor(folder):
    checkpoints.save_vision(folder, checkpoints.vision_model("dinov2"), image_size=29)
    return checkpoints.entry("transformers")


def margin_of_vit(folder):
    checkpoints.save_vision(folder, checkpoints.vision_model("vit", 41), 41)
    return checkpoints.entry("transformers")


def margin_of_siglip(folder):
    checkpoints.save_siglip(folder)
    said = json.loads((folder / "preprocessor_config.json").read_text())
    said["size"] = {"height": 40, "width": 40}
    (folder / "preprocessor_config.json").write_text(json.dumps(said))
    return checkpoints.entry("transformers")


def margin_of_open_clip(folder):
    checkpoints.save_open_clip(folder, image_size=40)
    return checkpoints.entry("open_clip", quick_gelu=True)


def margin_of_timm(folder):
    checkpoints.save_timm(folder, checkpoints.timm_model(image_size=30), image_size=30)
    return checkpoints.entry("timm")


def margin_of_timm_by_entry(folder):
    checkpoints.save_timm(folder, checkpoints.timm_model())
    return checkpoints.entry("timm", image_size=41)


MARGINS = {
    "DINOv2, by its entry": (margin_of_dinov2, "30 pixels in patches of 14", "28 or 42"),
    "DINOv2, by its processor": (margin_of_processor, "29 pixels in patches of 14", "28 or 42"),
    "ViT": (margin_of_vit, "41 pixels in patches of 14", "28 or 42"),
    "SigLIP, by its processor": (margin_of_siglip, "40 pixels in patches of 16", "32 or 48"),
    "open_clip": (margin_of_open_clip, "40 pixels in patches of 16", "32 or 48"),
    "timm": (margin_of_timm, "30 pixels in patches of 14", "28 or 42"),
    "timm, by its entry": (margin_of_timm_by_entry, "41 pixels in patches of 14", "28 or 42"),
}


@pytest.mark.parametrize("save_model, said, fitting", MARGINS.values(), ids=MARGINS)
def test_a_size_whose_margin_no_patch_sees_is_refused(folder, save_model, said, fitting):
    """dinov2 401: the right margin was ignored, and a change of it changed nothing."""
    entry = save_model(folder)
    with pytest.raises(UserError, match=said) as error:
        load_encoder("x", entry, folder)
    assert f"set encoder.x.image_size to {fitting}, or" in sentence(error)


def test_a_model_that_pads_by_itself_takes_any_size_and_sees_it_all(folder):
    pads = {"dynamic_img_pad": True, "dynamic_img_size": True}
    model = checkpoints.timm_model(image_size=30, **pads)
    checkpoints.save_timm(folder, model, image_size=30, **pads)
    loaded = load_encoder("x", checkpoints.entry("timm"), folder)
    pixels = torch.zeros(1, 3, 30, 30)
    changed = pixels.clone()
    changed[..., -1] = 3
    assert not torch.equal(loaded.embed_images(pixels), loaded.embed_images(changed))


def test_sizes_are_checked_in_both_directions_and_one_published_model_is_known():
    for size, patch in ((224, 14), ((224, 320), 16), ((32, 28), (16, 14)), (250, 1)):
        refuse_margin("x", size, patch)
    refuse_margin("x", 384, 14, siglip=True)
    for size, patch in (((224, 330), 16), ((32, 28), (14, 16)), (384, 14), (10, 14)):
        with pytest.raises(UserError, match="never sees the last"):
            refuse_margin("x", size, patch)


def own_weights(folder, monkeypatch, **tags):
    """Weights of a file, of an architecture whose published ones want pixels so."""
    checkpoints.save_open_clip(folder, name="own.pt")
    config = json.loads((folder / "open_clip_config.json").read_text())["model_cfg"]
    monkeypatch.setitem(open_clip.factory._MODEL_CONFIGS, "tiny", config)
    (folder / "open_clip_config.json").unlink()
    monkeypatch.setitem(open_clip.pretrained._PRETRAINED, "tiny", tags)
    return checkpoints.entry("open_clip", source="tiny", pretrained="own.pt", quick_gelu=True)


HALF = {"mean": (0.5,) * 3, "std": (0.5,) * 3}


@pytest.mark.parametrize(
    "one, other, key",
    [
        (checkpoints.OPENAI, HALF, "mean"),
        ({**HALF, "std": (0.2,) * 3}, HALF, "std"),
        ({**HALF, "interpolation": "bilinear"}, {**HALF, "interpolation": "bicubic"}, "interpol"),
        ({**HALF, "resize_mode": "squash"}, HALF, "resize_mode"),
    ],
)
def test_a_file_of_weights_asks_how_it_wants_pixels_where_published_ones_differ(
    folder, monkeypatch, one, other, key
):
    """open_clip 1068: of ViT-L-14, weights of laion2b got the normalisation of OpenAI's."""
    entry = own_weights(folder, monkeypatch, openai=one, laion2b=other)
    with pytest.raises(
        UserError, match=rf"differ in {key}.*say it as encoder\.x\.pixels\."
    ) as error:
        load_encoder("x", entry, folder)
    assert "openai" in sentence(error) and "laion2b" in sentence(error)


def test_what_an_entry_says_of_pixels_is_what_a_file_of_weights_gets(folder, monkeypatch):
    entry = own_weights(folder, monkeypatch, openai=checkpoints.OPENAI, laion2b=HALF)
    for mean in (0.5, 0.25):
        pixels = Pixels(mean=(mean,) * 3, std=(0.5,) * 3)
        loaded = load_encoder("x", entry.model_copy(update={"pixels": pixels}), folder)
        white = loaded.preprocess(Image.new("RGB", (32, 32), "white"))
        assert white.max().item() == pytest.approx((1 - mean) / 0.5)
    with pytest.raises(ValidationError, match="pixels is of a file of weights"):
        checkpoints.entry("open_clip", pixels=pixels)


def test_a_file_of_timms_weights_asks_too(folder, monkeypatch):
    folder.mkdir()
    source = "vit_tiny_patch16_224"
    torch.save({}, folder / "own.pth")
    tags = ["a", "b"]
    ways = {"a": HALF, "b": {**HALF, "mean": (0.1,) * 3}}
    monkeypatch.setattr(timm, "list_pretrained", lambda _: [f"{source}.{tag}" for tag in tags])
    monkeypatch.setattr(
        timm, "get_pretrained_cfg", lambda tag: PretrainedCfg(**ways[tag.partition(".")[2]])
    )
    entry = checkpoints.entry("timm", source=source, pretrained="own.pth")
    with pytest.raises(UserError, match=r"differ in mean, such as .* \(a\); .* \(b\): say it as"):
        load_encoder("x", entry, folder)


def test_this_project_own_published_example_is_the_one_that_was_wrong(tmp_path):
    (tmp_path / "own.pt").touch()
    entry = checkpoints.entry("open_clip", source="ViT-L-14", pretrained="own.pt")
    with pytest.raises(UserError, match=r"published ones of ViT-L-14 differ in mean"):
        load_encoder("x", entry, tmp_path)


EVIL = "import pathlib\npathlib.Path({ran!r}).touch()\nclass Own: pass\n"
NAMES_CODE = {
    "AutoConfig": ("config.json", {"AutoConfig": "own.Own"}),
    "AutoModel": ("config.json", {"AutoModel": "own.Own"}),
    "from elsewhere": ("config.json", {"AutoModel": "nobody/other--own.Own"}),
    "a processor": ("preprocessor_config.json", {"AutoImageProcessor": "own.Own"}),
    "a tokenizer": ("tokenizer_config.json", {"AutoTokenizer": ["own.Own", None]}),
}


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize("file, named", NAMES_CODE.values(), ids=NAMES_CODE)
def test_code_in_a_models_folder_is_refused_without_a_prompt(
    folder, monkeypatch, loader, file, named
):
    """Injected fault 37: code ran if "y" reached the prompt."""
    monkeypatch.setattr("builtins.input", lambda _: pytest.fail("a prompt was shown"))
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n" * 9))
    entry = save(loader, folder)
    ran = folder / "ran"
    (folder / "own.py").write_text(EVIL.format(ran=str(ran)))
    path = folder / file
    said = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps({**said, "auto_map": named}))
    with pytest.raises(UserError, match=rf"{file} of the model x names code of its own") as error:
        load_encoder("x", entry, folder)
    sentence(error)
    assert not ran.exists() and sys.stdin.read() == "y\n" * 9
    path.write_text(json.dumps({**said, "auto_map": {}}))
    if file != "preprocessor_config.json":  # which DINOv2 needs whole
        load_encoder("x", entry, folder)


def test_a_prompt_of_a_library_itself_is_an_error_and_no_question(folder, monkeypatch):
    from transformers import AutoConfig

    monkeypatch.setattr("builtins.input", lambda _: pytest.fail("a prompt was shown"))
    folder.mkdir()
    own = {"model_type": "own", "auto_map": {"AutoConfig": "own.Own"}}
    (folder / "config.json").write_text(json.dumps(own))
    with pytest.raises(UserError, match="can't be loaded from"), readable("x", folder):
        AutoConfig.from_pretrained(folder)


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
