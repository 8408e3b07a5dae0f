"""Encoders of open_clip: its named models, its hub models, and folders in its own format."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import clipblind.models.torchvision  # noqa: F401  # isort: skip
import open_clip
import torch
from open_clip.factory import load_checkpoint
from open_clip.transform import PreprocessCfg, image_transform_v2

from clipblind.encoders.base import LoadedEncoder, unit
from clipblind.encoders.checks import normalisation, not_cached, refuse_margin
from clipblind.encoders.own_clip import CONFIG, HUB_WEIGHTS, LOCAL, build, untrained
from clipblind.ground.errors import UserError
from clipblind.models.computing import device
from clipblind.models.layouts import TOKENIZERS
from clipblind.models.loading import read_tokenizer, refuse_keys, require
from clipblind.study.settings.encoder import Encoder

DECIDES: Final = ("mean", "std", "interpolation", "resize_mode")  # what pixels look like


def load(name: str, encoder: Encoder, folder: Path | None) -> LoadedEncoder:
    """Load a model from a folder, or by the library's name for it.

    Args:
        name: as the study calls it.
        encoder: its configuration.
        folder: laid out as its hub repository, or the place of its weights file; without an
            `open_clip_config.json`, `encoder.source` and `encoder.pretrained` say what to load.

    Raises:
        UserError: if files are missing, or if the checkpoint doesn't hold the model's weights.
    """
    if encoder.pretrained and not (folder and (folder / CONFIG).is_file()):
        return _load_by_name(name, encoder, folder or Path())
    assert folder is not None
    weights = require(name, folder, (CONFIG,), HUB_WEIGHTS)
    config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    own_tokenizer = config["model_cfg"]["text_cfg"].get("hf_tokenizer_name")
    if own_tokenizer:
        require(name, folder, TOKENIZERS)
    identifier = f"{LOCAL}{folder}"
    model = build(folder)
    _load_weights(name, model, weights)
    tokenizer = _tokenizer(identifier, config["model_cfg"]["text_cfg"])
    if own_tokenizer:
        tokenizer.tokenizer = read_tokenizer(folder)
    return wrap(name, model, tokenizer)


def _load_by_name(name: str, encoder: Encoder, folder: Path) -> LoadedEncoder:
    """A built-in model with the weights of a file, or of a tag that is in the hub's cache."""
    source, pretrained = encoder.source, encoder.pretrained or ""
    tags = open_clip.list_pretrained_tags_by_model(source)
    known = {tag: open_clip.get_pretrained_cfg(source, tag) or {} for tag in tags}
    files = [path for path in (folder / pretrained, Path(pretrained)) if path.is_file()]
    if files:
        agreed = normalisation(name, encoder, files[0], known, DECIDES)
        model = untrained(source, force_preprocess_cfg=agreed)
        _load_weights(name, model, files[0])
    elif known.get(pretrained, {}).get("hf_hub"):
        quick_gelu = bool(known[pretrained].get("quick_gelu"))
        try:
            model = open_clip.create_model(
                source, pretrained=pretrained, force_quick_gelu=quick_gelu
            )
        except RuntimeError as error:
            if "download" not in str(error):
                raise
            raise not_cached(name, encoder) from error
    else:
        raise UserError(
            f"encoder.{name}.pretrained={pretrained!r} is neither a file nor a tag of {source} on"
            f" the hub; there are {', '.join(tags) or 'none'}."
        )
    text = (open_clip.get_model_config(source) or {}).get("text_cfg", {})
    return wrap(name, model, _tokenizer(source, text))


def _tokenizer(identifier: str, text: dict[str, Any]) -> Any:
    """The library's tokenizer; one of transformers runs no code of its folder's."""
    given = {"trust_remote_code": False} if text.get("hf_tokenizer_name") else {}
    return open_clip.get_tokenizer(identifier, **given)


def _load_weights(name: str, model: Any, path: Path) -> None:
    """Load a checkpoint with the library's own conversions; every weight must find its place."""
    found = load_checkpoint(model, str(path), strict=False)
    refuse_keys(name, path, found.missing_keys, found.unexpected_keys)


def wrap(name: str, model: Any, tokenizer: Any) -> LoadedEncoder:
    """A `LoadedEncoder` around an open_clip model, which is frozen by it."""
    model = model.to(device()).eval().requires_grad_(False)
    preprocess = image_transform_v2(PreprocessCfg(**model.visual.preprocess_cfg), is_train=False)
    visual = model.visual
    size = visual.image_size
    refuse_margin(name, size, _patch(visual), siglip=_pooled(visual) == "map")
    width, num_patches, depth = _shape(visual)

    @torch.inference_mode()
    def embed_images(pixels: torch.Tensor) -> torch.Tensor:
        return unit(model.encode_image(pixels.to(device()))).cpu()

    @torch.inference_mode()
    def embed_texts(texts: Sequence[str]) -> torch.Tensor:
        return unit(model.encode_text(tokenizer(list(texts)).to(device()))).cpu()

    @torch.inference_mode()
    def patch_tokens(pixels: torch.Tensor, layer: int) -> torch.Tensor:
        found = visual.forward_intermediates(
            pixels.to(device()), indices=[depth + layer], output_fmt="NLC", stop_early=True
        )
        tokens: torch.Tensor = found["image_intermediates"][0]
        return tokens.float().cpu()

    return LoadedEncoder(
        name=name,
        model=model,
        image_size=size[0] if isinstance(size, tuple) else size,
        feature=_feature(visual),
        width=width,
        num_patches=num_patches,
        preprocess=preprocess,
        embed_images=embed_images,
        patch_tokens=patch_tokens,
        embed_texts=embed_texts,
    )


def _shape(visual: Any) -> tuple[int, int, int]:
    """Width, patches and layers of an image tower; its trunk may be one of timm's."""
    trunk = getattr(visual, "trunk", None)
    if trunk is not None and hasattr(trunk, "blocks"):
        return trunk.embed_dim, trunk.patch_embed.num_patches, len(trunk.blocks)
    if hasattr(visual, "transformer"):
        rows, columns = visual.grid_size
        return visual.transformer.width, rows * columns, len(visual.transformer.resblocks)
    return 0, 0, 0  # a convolutional tower: it embeds images, but has no patch tokens


def _patch(visual: Any) -> Any:
    """Side of a patch; 1 of towers that have none, or that pad."""
    trunk = getattr(visual, "trunk", None)
    if trunk is None:
        return getattr(visual, "patch_size", 1)
    embed = getattr(trunk, "patch_embed", None)
    return 1 if getattr(embed, "dynamic_img_pad", False) else getattr(embed, "patch_size", 1)


def _pooled(visual: Any) -> Any:
    return getattr(getattr(visual, "trunk", None), "global_pool", None)


def _feature(visual: Any) -> str:
    """What the image embedding is: the joint space's, made of one of these."""
    pooled = _pooled(visual)
    if pooled == "map" or getattr(visual, "attn_pool", None) is not None:
        return "attention-pooled embedding"
    if pooled == "avg" or getattr(visual, "pool_type", None) == "avg":
        return "projected mean of patches"
    return "projected class embedding"
