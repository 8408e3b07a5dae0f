"""Every library and architecture is loaded from the real format, whole, and without a network."""

import json
import pickle
from pathlib import Path

import numpy as np
import pytest

import clipblind.models.torchvision  # noqa: F401  # isort: skip
import open_clip
import timm
import torch
import transformers
import yaml
from PIL import Image
from tokenizers import Tokenizer

from clipblind.encoders import load_encoder
from clipblind.models.loading import read_tokenizer
from tests.encoders import checkpoints

ROOT = Path(__file__).resolve().parents[2]
VISION = ("dinov2", "dinov2_with_registers", "dinov3_vit", "vit", "vit_mae")


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    checkpoints.refuse_network(monkeypatch)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "model"


def pixels_of(loaded, count=2):
    generator = torch.Generator().manual_seed(1)
    return torch.randn(count, 3, loaded.image_size, loaded.image_size, generator=generator)


def unit(vectors):
    return torch.nn.functional.normalize(vectors.detach().float(), dim=-1)


def checked(loaded, *, patches, width):
    """What every encoder promises, whatever library it comes from."""
    pixels = pixels_of(loaded)
    embedded = loaded.embed_images(pixels)
    assert embedded.dtype == torch.float32
    assert torch.allclose(embedded.norm(dim=1), torch.ones(2), atol=1e-5)
    assert torch.equal(embedded, loaded.embed_images(pixels))
    for layer in (-1, -2):
        assert loaded.patch_tokens(pixels, layer).shape == (2, patches, width)
    assert not torch.equal(loaded.patch_tokens(pixels, -1), loaded.patch_tokens(pixels, -2))
    assert (loaded.num_patches, loaded.width) == (patches, width)
    for size in ((90, 41), (16, 16)):
        picture = Image.new("RGB", size, "red")
        made = loaded.preprocess(picture)
        # workers that decode are sent it
        assert torch.equal(made, pickle.loads(pickle.dumps(loaded.preprocess))(picture))
        assert made.shape == (3, loaded.image_size, loaded.image_size)
        assert made.dtype == torch.float32
    assert not loaded.model.training
    assert not any(parameter.requires_grad for parameter in loaded.model.parameters())
    return pixels, embedded


@pytest.mark.parametrize("name", ["open_clip_model.safetensors", "open_clip_pytorch_model.bin"])
def test_open_clip_is_loaded_as_its_hub_repositories_are(folder, name):
    model = checkpoints.save_open_clip(folder, name=name)
    entry = checkpoints.entry("open_clip", quick_gelu=True, image_size=32, text=True)
    loaded = load_encoder("clip", entry, folder)
    pixels, embedded = checked(loaded, patches=4, width=32)
    assert torch.allclose(embedded, unit(model.encode_image(pixels)), atol=1e-5)
    one, two = loaded.embed_texts(["a red dog", "a cat"])
    assert one @ two < 0.999
    assert loaded.feature == "projected class embedding"


def test_siglip_of_open_clip_takes_trunk_and_tokenizer_from_the_folder(folder):
    model = checkpoints.save_open_clip_siglip(folder)
    loaded = load_encoder("siglip", checkpoints.entry("open_clip", text=True), folder)
    pixels, embedded = checked(loaded, patches=100, width=64)
    assert torch.allclose(embedded, unit(model.encode_image(pixels)), atol=1e-5)
    assert loaded.feature == "attention-pooled embedding"
    # canonicalised: neither capitals nor punctuation count; both texts are padded to 8 tokens
    said, same, other = loaded.embed_texts(["a red cat", "A red cat!", "a red dog"])
    expected = unit(model.encode_text(torch.tensor([[3, 8, 6, 1, 0, 0, 0, 0]])))[0]
    assert torch.allclose(said, expected, atol=1e-5)
    assert torch.equal(said, same)
    assert not torch.allclose(said, other, atol=1e-3)
    # squashed, not cropped: both ends of a wide picture are seen
    wide = Image.new("RGB", (320, 160), "black")
    wide.paste("white", (0, 0, 20, 160))
    assert loaded.preprocess(wide)[0, 80, 0] == 1


def test_clip_of_transformers_embeds_in_the_joint_space(folder):
    model = checkpoints.save_clip(folder)
    entry = checkpoints.entry("transformers", quick_gelu=True, image_size=32, text=True)
    loaded = load_encoder("clip", entry, folder)
    pixels, embedded = checked(loaded, patches=4, width=32)
    expected = unit(model.get_image_features(pixel_values=pixels).pooler_output)
    assert torch.allclose(embedded, expected, atol=1e-5)
    assert embedded.shape == (2, 8) == loaded.embed_texts(["a cat", "a dog"]).shape
    assert loaded.feature == "projected class embedding"


def test_siglip_of_transformers_pads_every_text_to_the_full_length(folder):
    model = checkpoints.save_siglip(folder)
    loaded = load_encoder("siglip", checkpoints.entry("transformers", text=True), folder)
    pixels, embedded = checked(loaded, patches=4, width=32)
    expected = unit(model.get_image_features(pixel_values=pixels).pooler_output)
    assert torch.allclose(embedded, expected, atol=1e-5)
    ids = torch.tensor([[3, 8, 6, 1, 0, 0, 0, 0]])
    expected = unit(model.get_text_features(input_ids=ids).pooler_output)
    alone = loaded.embed_texts(["a red cat"])
    assert torch.allclose(alone, expected, atol=1e-5)
    beside = loaded.embed_texts(["a red cat", "a photo of a red dog"])
    assert torch.allclose(alone[0], beside[0], atol=1e-5)
    # `tokenizer.json` lower-cases, transformers' own T5 tokenizer doesn't
    assert torch.equal(alone, loaded.embed_texts(["A Red CAT"]))


@pytest.mark.parametrize("kind", VISION)
@pytest.mark.parametrize("feature", ["cls", "mean", "cls+mean"])
def test_features_of_transformers_leave_class_token_and_registers_out(folder, kind, feature):
    model = checkpoints.vision_model(kind)
    checkpoints.save_vision(folder, model)
    entry = checkpoints.entry("transformers", feature=feature, image_size=28)
    loaded = load_encoder(kind, entry, folder)
    pixels, embedded = checked(loaded, patches=4, width=32)
    extra = {}
    if kind == "vit_mae":
        model.config.mask_ratio = 0.0
        extra["noise"] = torch.arange(4.0).expand(2, -1)
    tokens = model(pixel_values=pixels, **extra).last_hidden_state
    parts = {"cls": tokens[:, 0], "mean": tokens[:, -4:].mean(1)}
    expected = torch.cat([parts[part] for part in feature.split("+")], dim=-1)
    assert torch.allclose(embedded, unit(expected), atol=1e-5)
    assert loaded.embed_texts is None
    said = {"cls": "class token", "mean": "mean of patches", "cls+mean": "class and mean"}
    assert loaded.feature == said[feature]


@pytest.mark.parametrize("kind", VISION)
def test_patch_tokens_lie_in_the_order_of_the_picture(folder, kind):
    checkpoints.save_vision(folder, checkpoints.vision_model(kind))
    loaded = load_encoder(kind, checkpoints.entry("transformers"), folder)
    pixels = pixels_of(loaded, 1)
    changed = pixels.clone()
    changed[:, :, 14:, :14] += 3  # the third patch
    moved = (loaded.patch_tokens(pixels, -2) - loaded.patch_tokens(changed, -2)).abs().sum(-1)
    assert moved[0].argmax() == 2


def test_mae_masks_and_shuffles_nothing(folder):
    checkpoints.save_vision(folder, checkpoints.vision_model("vit_mae"))
    loaded = load_encoder("mae", checkpoints.entry("transformers"), folder)
    pixels = pixels_of(loaded)
    assert loaded.model.config.mask_ratio == 0
    torch.manual_seed(1)
    once = loaded.patch_tokens(pixels, -1)
    torch.manual_seed(2)
    assert torch.equal(once, loaded.patch_tokens(pixels, -1))


@pytest.mark.parametrize("kind", ["vit", "vit_mae"])
def test_what_a_published_checkpoint_has_beyond_the_encoder_is_left_alone(folder, kind):
    """MAE's come with a decoder under a prefix, ViTs with a pooler: neither is counted or used."""
    encoder = checkpoints.vision_model(kind)
    whole = checkpoints.whole_model(kind)
    inner = whole.vit if kind == "vit_mae" else whole
    inner.load_state_dict(encoder.state_dict(), strict=False)
    checkpoints.save_vision(folder, whole)
    loaded = load_encoder(kind, checkpoints.entry("transformers"), folder)
    assert loaded.params_m == pytest.approx(sum(p.numel() for p in encoder.parameters()) / 1e6)
    checkpoints.save_vision(folder.parent / "alone", encoder)
    alone = load_encoder(kind, checkpoints.entry("transformers"), folder.parent / "alone")
    pixels = pixels_of(loaded)
    assert torch.equal(loaded.embed_images(pixels), alone.embed_images(pixels))


@pytest.mark.parametrize("feature", ["cls", "mean", "cls+mean"])
@pytest.mark.parametrize("name", ["vit_small_patch14_dinov2", "vit_small_patch14_reg4_dinov2"])
def test_timm_is_loaded_as_its_hub_repositories_are(folder, name, feature):
    model = checkpoints.timm_model(name)
    checkpoints.save_timm(folder, model)
    entry = checkpoints.entry("timm", feature=feature, image_size=28)
    loaded = load_encoder("dino", entry, folder)
    pixels, embedded = checked(loaded, patches=4, width=32)
    tokens = model.forward_features(pixels)
    parts = {"cls": tokens[:, 0], "mean": tokens[:, -4:].mean(1)}
    expected = torch.cat([parts[part] for part in feature.split("+")], dim=-1)
    assert torch.allclose(embedded, unit(expected), atol=1e-5)
    assert loaded.params_m == pytest.approx(sum(p.numel() for p in model.parameters()) / 1e6)


def test_another_size_resamples_the_positions_of_timm(folder):
    checkpoints.save_timm(folder, checkpoints.timm_model(image_size=56), image_size=56)
    assert load_encoder("dino", checkpoints.entry("timm"), folder).image_size == 56
    loaded = load_encoder("dino", checkpoints.entry("timm", image_size=28), folder)
    checked(loaded, patches=4, width=32)


@pytest.mark.parametrize("kind", ["dinov2", "dinov2_with_registers", "dinov3_vit"])
def test_another_size_is_made_by_the_processor_of_transformers(folder, kind):
    checkpoints.save_vision(folder, checkpoints.vision_model(kind))
    loaded = load_encoder("dino", checkpoints.entry("transformers", image_size=56), folder)
    checked(loaded, patches=16, width=32)


def test_timm_models_go_by_name_with_a_file_of_weights(folder):
    folder.mkdir()
    model = checkpoints.randomise(timm.create_model("test_vit"))
    torch.save(model.state_dict(), folder / "own.pth")
    entry = checkpoints.entry("timm", source="test_vit", pretrained="own.pth")
    loaded = load_encoder("tiny", entry, folder)
    pixels, embedded = checked(loaded, patches=100, width=64)
    assert torch.allclose(embedded, unit(model.forward_features(pixels)[:, 0]), atol=1e-5)


def test_open_clip_models_go_by_name_and_want_pixels_as_their_published_weights_do(
    folder, monkeypatch
):
    model = checkpoints.save_open_clip(folder, name="own.pt")
    config = json.loads((folder / "open_clip_config.json").read_text())["model_cfg"]
    monkeypatch.setitem(open_clip.factory._MODEL_CONFIGS, "tiny", config)
    (folder / "open_clip_config.json").unlink()
    tag = {"mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5), "resize_mode": "squash"}
    monkeypatch.setitem(open_clip.pretrained._PRETRAINED, "tiny", {"published": tag})
    entry = checkpoints.entry("open_clip", source="tiny", pretrained="own.pt", quick_gelu=True)
    loaded = load_encoder("tiny", entry, folder)
    pixels, embedded = checked(loaded, patches=4, width=32)
    assert torch.allclose(embedded, unit(model.encode_image(pixels)), atol=1e-5)
    assert loaded.preprocess(Image.new("RGB", (32, 32), "white")).max() == 1


TEXTS = ["a red Cat and DOG.", "A RED CAT", "ÄÉ äé", "Photo of a cat!", ""]


@pytest.mark.parametrize(
    "model_type, named",
    [
        ("siglip", "GemmaTokenizer"),
        ("siglip2", "GemmaTokenizerFast"),
        ("siglip", "Siglip2Tokenizer"),
    ],
)
def test_siglip_2_reads_lower_case_as_the_librarys_own_class_does(folder, model_type, named):
    """The base class reads `tokenizer.json` as it is, and skips what that class adds in Python."""
    checkpoints.save_gemma(folder, model_type, named)
    own = transformers.Siglip2Tokenizer.from_pretrained(folder)
    as_it_is = transformers.PreTrainedTokenizerFast.from_pretrained(folder)
    ours = read_tokenizer(folder)
    assert ours(TEXTS).input_ids == own(TEXTS).input_ids != as_it_is(TEXTS).input_ids


@pytest.mark.parametrize("model_type", ["gemma", "paligemma"])
def test_a_gemma_that_is_no_siglip_keeps_its_capitals(folder, model_type):
    checkpoints.save_gemma(folder, model_type)
    own = transformers.GemmaTokenizer.from_pretrained(folder)
    assert read_tokenizer(folder)(TEXTS).input_ids == own(TEXTS).input_ids
    assert own(TEXTS[0]).input_ids != own(TEXTS[0].lower()).input_ids


def tokenizers_of_entries():
    """Of each tokenizer of its own that an entry names, how its repository's files are made."""
    found = {}
    for path in sorted((ROOT / "conf/encoder").glob("*.yaml")):
        entry = yaml.safe_load(path.read_text()).get(path.stem, {})
        if entry.get("text") and entry.get("source") and "SigLIP" in entry["source"]:
            found[path.stem] = "save_gemma" if "SigLIP2" in entry["source"] else "save_words"
    return found


@pytest.mark.parametrize("save", tokenizers_of_entries().values(), ids=tokenizers_of_entries())
def test_every_tokenizer_that_an_entry_names_gives_the_ids_of_training(folder, save):
    getattr(checkpoints, save)(folder)
    ours = read_tokenizer(folder)
    backend = Tokenizer.from_file(str(folder / "tokenizer.json"))
    for text in TEXTS:
        # trained on texts in lower case, by `tokenizer.json` or by the class that read it
        assert ours(text).input_ids == backend.encode(text.lower()).ids


def test_the_entries_tokenizers_are_of_both_kinds_or_openais():
    assert set(tokenizers_of_entries().values()) == {"save_gemma", "save_words"}


def test_half_precision_files_are_computed_with_as_float32(folder):
    from safetensors.torch import load_file, save_file

    for save, loader, name in (
        (checkpoints.save_open_clip, "open_clip", "open_clip_model.safetensors"),
        (checkpoints.save_clip, "transformers", "model.safetensors"),
    ):
        place = folder.parent / loader
        save(place)
        halved = {key: value.half() for key, value in load_file(place / name).items()}
        save_file(halved, place / name, metadata={"format": "pt"})
        for config in place.glob("config.json"):
            said = json.loads(config.read_text())
            config.write_text(json.dumps({**said, "dtype": "float16"}))
        loaded = load_encoder("half", checkpoints.entry(loader, quick_gelu=True), place)
        kinds = {parameter.dtype for parameter in loaded.model.parameters()}
        assert kinds == {torch.float32}
        assert np.isfinite(loaded.embed_images(pixels_of(loaded)).numpy()).all()
