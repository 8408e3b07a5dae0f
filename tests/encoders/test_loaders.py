"""Both loaders give the same things; what they load is the library's own model."""

import json

import pytest
import torch
from PIL import Image

from clipblind.encoders import load_encoder
from clipblind.encoders.pixels import Pixels
from clipblind.ground.errors import UserError
from clipblind.study.settings.encoder import Encoder


@pytest.fixture
def loaded(request, clip, reference):
    folder, encoder = {"clip": clip, "reference": reference}[request.param]
    return load_encoder(request.param, encoder, folder)


@pytest.mark.parametrize("loaded", ["clip", "reference"], indirect=True)
class TestEveryEncoder:
    def test_embeds_pictures_as_unit_rows(self, loaded, images):
        pictures = [Image.fromarray(image.transpose(1, 2, 0)) for image in images]
        pixels = torch.stack([loaded.preprocess(picture) for picture in pictures])
        embedded = loaded.embed_images(pixels)
        assert embedded.dtype == torch.float32
        assert torch.allclose(embedded.norm(dim=1), torch.ones(len(images)), atol=1e-5)

    def test_gives_patch_tokens_without_the_class_token(self, loaded, images):
        pixels = torch.rand(3, 3, loaded.image_size, loaded.image_size)
        tokens = loaded.patch_tokens(pixels, -1)
        assert tokens.shape == (3, loaded.num_patches, loaded.width) == (3, 4, 32)
        assert not torch.equal(tokens, loaded.patch_tokens(pixels, -2))

    def test_takes_pictures_of_any_size_and_mode(self, loaded, images):
        for picture in (Image.new("RGB", (90, 41)), Image.new("RGB", (16, 16))):
            assert loaded.preprocess(picture).shape == (3, 32, 32)

    def test_training_saw_what_its_own_preprocessing_gives(self, loaded, images):
        processor = getattr(loaded.model, "visual", None)
        if processor is not None:
            normalisation = processor.preprocess_cfg
        else:
            from transformers.image_utils import IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD

            normalisation = {"mean": IMAGENET_DEFAULT_MEAN, "std": IMAGENET_DEFAULT_STD}
        trained_on = Pixels(images, normalisation)[torch.tensor([3])][0].cpu()
        picture = Image.fromarray(images[3].transpose(1, 2, 0))
        assert torch.allclose(trained_on, loaded.preprocess(picture), atol=1e-5)

    def test_is_frozen_and_in_evaluation_mode(self, loaded):
        assert not loaded.model.training
        assert not any(parameter.requires_grad for parameter in loaded.model.parameters())

    def test_is_the_same_when_loaded_again(self, loaded, images, clip, reference):
        pixels = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
        folder, encoder = clip if loaded.name == "clip" else reference
        again = load_encoder(loaded.name, encoder, folder)
        assert torch.equal(loaded.embed_images(pixels), again.embed_images(pixels))


def test_open_clip_itself_reads_the_saved_configuration_and_tokenizer(clip):
    import open_clip

    folder, _ = clip
    model = open_clip.create_model(f"local-dir:{folder}", load_weights=False)
    assert isinstance(model, open_clip.CustomTextCLIP)
    ids = open_clip.get_tokenizer(f"local-dir:{folder}")(["a cat", "a zebra"])
    assert ids.tolist() == [[2, 3, 4, 9, 0, 0, 0, 0], [2, 3, 1, 9, 0, 0, 0, 0]]


def test_texts_are_embedded_by_which_words_they_hold(clip):
    folder, encoder = clip
    embed = load_encoder("clip", encoder, folder).embed_texts
    one, same, other = embed(["a red dog", "dog a red", "a red cat"])
    assert torch.allclose(one, same, atol=1e-6)
    assert not torch.allclose(one, other, atol=1e-3)


def test_dinov2_without_a_stem_is_loaded_by_the_same_loader(tmp_path):
    from transformers import BitImageProcessor, Dinov2Config, Dinov2Model

    config = Dinov2Config(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=2, image_size=56, patch_size=14
    )
    torch.manual_seed(0)
    model = Dinov2Model(config).eval()
    model.save_pretrained(tmp_path)
    size = {"height": 28, "width": 28}
    BitImageProcessor(size={"shortest_edge": 28}, crop_size=size).save_pretrained(tmp_path)
    loaded = load_encoder("dino", Encoder(loader="transformers", source=str(tmp_path)))
    pixels = torch.rand(2, 3, 28, 28)
    with torch.no_grad():
        expected = model(pixel_values=pixels).last_hidden_state[:, 0]
    expected = torch.nn.functional.normalize(expected, dim=1)
    assert torch.allclose(loaded.embed_images(pixels), expected, atol=1e-5)
    # as for DINOv2's own checkpoints, the processor's size is not the configuration's
    assert (loaded.image_size, loaded.num_patches) == (28, 4)
    assert loaded.patch_tokens(pixels, -1).shape == (2, 4, 32)


@pytest.mark.parametrize("feature", ["cls", "mean", "cls+mean"])
def test_the_feature_is_the_one_configured(reference, feature):
    folder, encoder = reference
    chosen = encoder.model_copy(update={"feature": feature})
    loaded = load_encoder("reference", chosen, folder)
    pixels = torch.rand(2, 3, 32, 32)
    width = loaded.embed_images(pixels).shape[1]
    assert width == (64 if feature == "cls+mean" else 32)
    assert (
        loaded.feature
        == {
            "cls": "class token",
            "mean": "mean of patches",
            "cls+mean": "class and mean",
        }[feature]
    )


def test_openai_clip_in_open_clip_format_is_loaded_by_name_and_file(tmp_path):
    import open_clip

    torch.manual_seed(0)
    vision = {"image_size": 32, "layers": 2, "width": 32, "head_width": 16, "patch_size": 16}
    text = {"context_length": 16, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1}
    config = {"embed_dim": 16, "quick_gelu": True, "vision_cfg": vision, "text_cfg": text}
    (tmp_path / "tiny-ViT.json").write_text(json.dumps(config))
    open_clip.add_model_config(tmp_path)
    model = open_clip.create_model("tiny-ViT").eval()
    weights = tmp_path / "weights.pt"
    torch.save(model.state_dict(), weights)
    named = {"source": "tiny-ViT", "pretrained": str(weights), "quick_gelu": True}
    encoder = Encoder(loader="open_clip", **named)
    loaded = load_encoder("tiny", encoder)
    pixels = torch.rand(2, 3, 32, 32)
    with torch.no_grad():
        expected = torch.nn.functional.normalize(model.encode_image(pixels), dim=1)
    assert torch.allclose(loaded.embed_images(pixels), expected, atol=1e-5)
    assert loaded.params_m == pytest.approx(sum(p.numel() for p in model.parameters()) / 1e6)


@pytest.mark.parametrize("wanted", [True, False])
def test_weights_that_want_quickgelu_get_it(tmp_path, monkeypatch, wanted):
    import open_clip

    vision = {"image_size": 32, "layers": 1, "width": 32, "head_width": 16, "patch_size": 16}
    text = {"context_length": 16, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1}
    config = {"embed_dim": 16, "vision_cfg": vision, "text_cfg": text}
    (tmp_path / "plain-ViT.json").write_text(json.dumps(config))
    open_clip.add_model_config(tmp_path)
    tag, create = {"hf_hub": "some/where", "quick_gelu": wanted}, open_clip.create_model
    monkeypatch.setattr(open_clip, "list_pretrained_tags_by_model", lambda _: ["some"])
    monkeypatch.setattr(open_clip, "get_pretrained_cfg", lambda *_: tag)
    monkeypatch.setattr(
        open_clip, "create_model", lambda name, pretrained, **how: create(name, **how)
    )
    named = {"source": "plain-ViT", "pretrained": "some", "quick_gelu": wanted}
    loaded = load_encoder("plain", Encoder(loader="open_clip", **named))
    activation = loaded.model.visual.transformer.resblocks[0].mlp.gelu
    assert (type(activation).__name__ == "QuickGELU") == wanted


@pytest.mark.parametrize("of", ["clip", "reference"])
def test_an_encoder_that_was_not_trained_yet_is_one_sentence(tmp_path, request, of):
    _, encoder = request.getfixturevalue(of)
    with pytest.raises(UserError, match=r"isn't at .*/none; run the rule that trains it"):
        load_encoder("x", encoder, tmp_path / "none")
    with pytest.raises(UserError, match=r"has no .*config\.json of the model x"):
        load_encoder("x", encoder, tmp_path)
