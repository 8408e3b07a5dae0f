"""Encoders of open_clip: its named models, its hub models, and folders in its own format."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import clipblind._torchvision  # noqa: F401  # isort: skip
import open_clip
import torch
from open_clip.factory import load_checkpoint
from open_clip.transform import PreprocessCfg, image_transform_v2

from clipblind.encoders.base import LoadedEncoder, device, unit
from clipblind.encoders.small import BagOfWords, ConvStem
from clipblind.errors import UserError
from clipblind.settings import Encoder

CONFIG = "open_clip_config.json"
WEIGHTS = "open_clip_model.safetensors"
LOCAL = "local-dir:"


def load(name: str, encoder: Encoder, source: str) -> LoadedEncoder:
    """Load `source`: a folder that holds `open_clip_config.json`, a hub id or a model name."""
    if (Path(source) / CONFIG).exists():
        identifier = f"{LOCAL}{source}"
        model = build(Path(source))
        load_checkpoint(model, str(Path(source) / WEIGHTS))
    elif encoder.train is not None:
        raise UserError(f"{source}/{CONFIG} is missing: train the encoder {name} first.")
    else:
        identifier = source
        # the tag knows whether its weights want QuickGELU; a mismatch changes every embedding
        tag = open_clip.get_pretrained_cfg(source, encoder.pretrained or "") or {}
        model = open_clip.create_model(
            source,
            pretrained=encoder.pretrained,
            require_pretrained=True,
            force_quick_gelu=bool(tag.get("quick_gelu")),
        )
    return wrap(name, model, open_clip.get_tokenizer(identifier))


def build(folder: Path) -> Any:
    """The untrained model that `open_clip_config.json` describes, its own small parts in place.

    The keys `stem_width` and `bag_of_words` beside `model_cfg` are this project's.
    """
    model = open_clip.create_model(f"{LOCAL}{folder}", load_weights=False)
    config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    cfg = config["model_cfg"]
    if "stem_width" in config:
        vision = cfg["vision_cfg"]
        model.visual.conv1 = ConvStem(vision["width"], vision["patch_size"], config["stem_width"])
    if config.get("bag_of_words"):
        text = cfg["text_cfg"]
        model.text = BagOfWords(text["vocab_size"], text["width"], cfg["embed_dim"])
    return model


def wrap(name: str, model: Any, tokenizer: Any) -> LoadedEncoder:
    """A `LoadedEncoder` around an open_clip model, which is frozen by it."""
    model = model.to(device()).eval().requires_grad_(False)
    preprocess = image_transform_v2(PreprocessCfg(**model.visual.preprocess_cfg), is_train=False)
    visual = model.visual
    size = visual.image_size
    rows, columns = getattr(visual, "grid_size", (0, 0))

    @torch.inference_mode()
    def embed_images(pixels: torch.Tensor) -> torch.Tensor:
        return unit(model.encode_image(pixels.to(device()))).cpu()

    @torch.inference_mode()
    def embed_texts(texts: Sequence[str]) -> torch.Tensor:
        return unit(model.encode_text(tokenizer(list(texts)).to(device()))).cpu()

    @torch.inference_mode()
    def patch_tokens(pixels: torch.Tensor, layer: int) -> torch.Tensor:
        depth = len(visual.transformer.resblocks)
        found = visual.forward_intermediates(
            pixels.to(device()), indices=[depth + layer], output_fmt="NLC", stop_early=True
        )
        tokens: torch.Tensor = found["image_intermediates"][0]
        return tokens.float().cpu()

    return LoadedEncoder(
        name=name,
        model=model,
        image_size=size[0] if isinstance(size, tuple) else size,
        feature="projected class embedding",
        width=visual.transformer.width if hasattr(visual, "transformer") else 0,
        num_patches=rows * columns,
        preprocess=preprocess,
        embed_images=embed_images,
        patch_tokens=patch_tokens,
        embed_texts=embed_texts,
    )
