"""Encoders of transformers: hub models, and folders in its own format."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import clipblind.models.torchvision  # noqa: F401  # isort: skip
import torch
from PIL import Image
from transformers import AutoConfig, AutoImageProcessor, AutoModel

from clipblind.encoders.base import FEATURES, LoadedEncoder, pool, unit
from clipblind.encoders.checks import refuse_margin
from clipblind.encoders.own_dinov2 import StemmedDinov2
from clipblind.ground.errors import UserError
from clipblind.models.computing import device
from clipblind.models.layouts import LAYOUTS, TOKENIZERS
from clipblind.models.loading import read_tokenizer, refuse_keys, require
from clipblind.study.settings.encoder import Encoder

(CONFIG, PROCESSOR), WEIGHTS, _ = LAYOUTS["transformers"]
LOCAL: Final = {"local_files_only": True, "trust_remote_code": False}
JOINT = ("clip", "siglip")
VISION = ("dinov2", "dinov2_with_registers", "dinov3_vit", "vit", "vit_mae")
ANY_SIZE = ("dinov2", "dinov2_with_registers", "dinov3_vit")  # they resample their positions


def load(name: str, encoder: Encoder, folder: Path | None) -> LoadedEncoder:
    """Load a model from a folder that is laid out as its hub repository.

    Pixels are made by the library's PIL processors where it has them: they resize to the bit as
    open_clip and timm do; its torchvision ones resize tensors and differ by a grey level.

    Args:
        name: as the study calls it.
        encoder: its configuration.
        folder: holds `config.json`, weights, `preprocessor_config.json` and, where the model has
            a text tower, tokenizer files.

    Raises:
        UserError: if files are missing, or if the checkpoint doesn't hold the model's weights.
    """
    assert folder is not None
    weights = require(name, folder, (CONFIG,), (PROCESSOR,), WEIGHTS)
    config = AutoConfig.from_pretrained(folder, **LOCAL)
    kind = config.model_type
    if kind not in JOINT + VISION:
        raise UserError(
            f"The encoder {name} is a {kind!r} model, which can't be loaded by transformers here;"
            f" there are {', '.join(JOINT + VISION)}."
        )
    # a pooler is a layer that many checkpoints lack and no feature needs
    extra = {"add_pooling_layer": False} if kind == "vit" else {}
    if kind == "vit_mae":
        config.mask_ratio = 0.0
    # this project's own key, of the world's references
    built = StemmedDinov2 if hasattr(config, "stem_width") else AutoModel
    model, found = built.from_pretrained(
        folder,
        config=config,
        **LOCAL,
        dtype=torch.float32,
        output_loading_info=True,
        **extra,
    )
    refuse_keys(name, weights, list(found["missing_keys"]), ())
    processor = AutoImageProcessor.from_pretrained(folder, backend="pil", **LOCAL)
    if kind in JOINT:
        require(name, folder, TOKENIZERS)
        return wrap_joint(name, model, processor, read_tokenizer(folder))
    if kind in ANY_SIZE and encoder.image_size:
        _resize(processor, encoder.image_size)
    return wrap(name, model, processor, encoder.feature)


def wrap(name: str, model: Any, processor: Any, feature: str) -> LoadedEncoder:
    """A `LoadedEncoder` around a vision model of transformers, which is frozen by it."""
    model = model.to(device()).eval().requires_grad_(False)
    config = model.config
    prefix = 1 + getattr(config, "num_register_tokens", 0)
    preprocess = partial(_pixels, processor)

    def forward(pixels: torch.Tensor, **wanted: bool) -> Any:
        extra: dict[str, Any] = dict(wanted)
        if config.model_type == "vit_mae":
            # it shuffles patches by noise even where it masks none; rising noise keeps their order
            count = (pixels.shape[-1] // config.patch_size) ** 2
            extra["noise"] = torch.arange(count, device=device()).float().expand(len(pixels), -1)
        return model(pixel_values=pixels.to(device()), **extra)

    @torch.inference_mode()
    def embed_images(pixels: torch.Tensor) -> torch.Tensor:
        return unit(pool(forward(pixels).last_hidden_state, feature, prefix)).cpu()

    @torch.inference_mode()
    def patch_tokens(pixels: torch.Tensor, layer: int) -> torch.Tensor:
        found = forward(pixels, output_hidden_states=True)
        tokens: torch.Tensor = found.hidden_states[layer][:, prefix:]
        return tokens.float().cpu()

    # the processor decides, not the configuration: DINOv2's says 518 where its processor gives 224
    image_size = preprocess(Image.new("RGB", (8, 8))).shape[-1]
    refuse_margin(name, image_size, config.patch_size)

    return LoadedEncoder(
        name=name,
        model=model,
        image_size=image_size,
        feature=FEATURES[feature],
        width=config.hidden_size,
        num_patches=(image_size // config.patch_size) ** 2,
        preprocess=preprocess,
        embed_images=embed_images,
        patch_tokens=patch_tokens,
    )


def wrap_joint(name: str, model: Any, processor: Any, tokenizer: Any) -> LoadedEncoder:
    """A `LoadedEncoder` around a `CLIPModel` or `SiglipModel`, which is frozen by it."""
    model = model.to(device()).eval().requires_grad_(False)
    vision, is_clip = model.config.vision_config, model.config.model_type == "clip"
    prefix = 1 if is_clip else 0  # SigLIP pools by attention and has no class token
    length = model.config.text_config.max_position_embeddings

    @torch.inference_mode()
    def embed_images(pixels: torch.Tensor) -> torch.Tensor:
        found = model.get_image_features(pixel_values=pixels.to(device()))
        return unit(found.pooler_output).cpu()

    @torch.inference_mode()
    def embed_texts(texts: Sequence[str]) -> torch.Tensor:
        # SigLIP reads the last position, so every text must be padded to the full length
        tokens = tokenizer(
            list(texts), padding="max_length", max_length=length, truncation=True,
            return_tensors="pt",
        )  # fmt: skip
        wanted = ("input_ids", "attention_mask") if is_clip else ("input_ids",)
        inputs = {key: tokens[key].to(device()) for key in wanted}
        return unit(model.get_text_features(**inputs).pooler_output).cpu()

    @torch.inference_mode()
    def patch_tokens(pixels: torch.Tensor, layer: int) -> torch.Tensor:
        found = model.vision_model(pixel_values=pixels.to(device()), output_hidden_states=True)
        tokens: torch.Tensor = found.hidden_states[layer][:, prefix:]
        return tokens.float().cpu()

    preprocess = partial(_pixels, processor)
    image_size = preprocess(Image.new("RGB", (8, 8))).shape[-1]
    refuse_margin(name, image_size, vision.patch_size, siglip=not is_clip)
    return LoadedEncoder(
        name=name,
        model=model,
        image_size=image_size,
        feature="projected class embedding" if is_clip else "attention-pooled embedding",
        width=vision.hidden_size,
        num_patches=(vision.image_size // vision.patch_size) ** 2,
        preprocess=preprocess,
        embed_images=embed_images,
        patch_tokens=patch_tokens,
        embed_texts=embed_texts,
    )


def _pixels(processor: Any, image: Image.Image) -> torch.Tensor:
    """A function of the module, so that workers which decode can be sent it."""
    pixels: torch.Tensor = processor(image.convert("RGB"), return_tensors="pt").pixel_values[0]
    return pixels


def _resize(processor: Any, image_size: int) -> None:
    """Have a processor give another size: the crop, and the edge before it in proportion."""
    side = {"height": image_size, "width": image_size}
    edge = processor.size.get("shortest_edge")
    if edge and processor.do_center_crop:
        processor.size = {"shortest_edge": round(edge * image_size / processor.crop_size["height"])}
        processor.crop_size = side
    else:
        processor.size = side
