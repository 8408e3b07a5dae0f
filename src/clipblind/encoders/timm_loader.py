"""Vision transformers of timm: folders laid out as its hub repositories, and its named models."""

import sys
from pathlib import Path
from typing import Any, Final

import clipblind.models.torchvision  # noqa: F401  # isort: skip
import timm
import torch
from timm.data import create_transform, resolve_data_config
from timm.models import load_state_dict

from clipblind.encoders.base import FEATURES, LoadedEncoder, pool, unit
from clipblind.encoders.checks import normalisation, not_cached, refuse_margin
from clipblind.ground.errors import UserError
from clipblind.models.computing import device
from clipblind.models.layouts import LAYOUTS
from clipblind.models.loading import refuse_keys, require
from clipblind.study.settings.encoder import Encoder

DECIDES: Final = ("mean", "std", "interpolation")  # what pixels look like
(CONFIG,), WEIGHTS, _ = LAYOUTS["timm"]


def load(name: str, encoder: Encoder, folder: Path | None) -> LoadedEncoder:
    """Load a model from a folder, or by the library's name for it.

    Args:
        name: as the study calls it.
        encoder: its configuration; `image_size` resamples the position embeddings if the weights
            are of another size.
        folder: laid out as its hub repository, or the place of its weights file; without its
            `config.json`, `encoder.source` and `encoder.pretrained` say what to load.

    Raises:
        UserError: if files are missing, or if the checkpoint doesn't hold the model's weights.
    """
    size = {"img_size": encoder.image_size} if encoder.image_size else {}
    if encoder.pretrained and not (folder and (folder / CONFIG).is_file()):
        model = _load_by_name(name, encoder, folder or Path(), size)
    else:
        assert folder is not None
        weights = require(name, folder, (CONFIG,), WEIGHTS)
        model = timm.create_model(f"local-dir:{folder}", pretrained=False, **size)
        _load_weights(name, model, weights)
    return wrap(name, model, encoder.feature, encoder.image_size)


def wrap(name: str, model: Any, feature: str, image_size: int | None = None) -> LoadedEncoder:
    """A `LoadedEncoder` around a vision transformer of timm, which is frozen by it.

    Args:
        name: as the study calls it.
        model: the library's own.
        feature: a key of `FEATURES`.
        image_size: side of its input in pixels; none means what its configuration says.

    Raises:
        UserError: if it isn't one with a class token and a final norm over its tokens.
    """
    blocks = getattr(model, "blocks", None)
    prefix = getattr(model, "num_prefix_tokens", 0)
    lacks_class = "cls" in feature and not prefix
    # models that average patches may norm the average alone; their tokens then lack a final norm
    lacks_norm = isinstance(getattr(model, "norm", None), torch.nn.Identity)
    if blocks is None or lacks_class or lacks_norm:
        raise UserError(
            f"The encoder {name} is a {type(model).__name__} of timm without a class token or"
            f" without a final norm over its tokens, so it has no {FEATURES[feature]} to take."
        )
    model = model.to(device()).eval().requires_grad_(False)
    asked = {"input_size": (3, image_size, image_size)} if image_size else {}
    data = resolve_data_config(asked, pretrained_cfg=model.pretrained_cfg, model=model)
    if not getattr(model.patch_embed, "dynamic_img_pad", False):
        is_siglip = model.global_pool == "map"
        refuse_margin(name, data["input_size"][1:], model.patch_embed.patch_size, siglip=is_siglip)

    @torch.inference_mode()
    def embed_images(pixels: torch.Tensor) -> torch.Tensor:
        return unit(pool(model.forward_features(pixels.to(device())), feature, prefix)).cpu()

    @torch.inference_mode()
    def patch_tokens(pixels: torch.Tensor, layer: int) -> torch.Tensor:
        found = model.forward_intermediates(
            pixels.to(device()),
            indices=[len(blocks) + layer],
            output_fmt="NLC",
            intermediates_only=True,
            stop_early=True,
        )
        tokens: torch.Tensor = found[0]
        return tokens.float().cpu()

    return LoadedEncoder(
        name=name,
        model=model,
        image_size=data["input_size"][-1],
        feature=FEATURES[feature],
        width=model.embed_dim,
        num_patches=model.patch_embed.num_patches,
        preprocess=create_transform(**data, is_training=False),
        embed_images=embed_images,
        patch_tokens=patch_tokens,
    )


def _load_by_name(name: str, encoder: Encoder, folder: Path, size: dict[str, int]) -> Any:
    """A named model with the weights of a file, or of a tag that is in the hub's cache."""
    source, pretrained = encoder.source, encoder.pretrained or ""
    files = [path for path in (folder / pretrained, Path(pretrained)) if path.is_file()]
    if files:
        names = timm.list_pretrained(f"{source}.*")
        published = {tag.partition(".")[2]: timm.get_pretrained_cfg(tag).to_dict() for tag in names}
        agreed = normalisation(name, encoder, files[0], published, DECIDES)
        model = timm.create_model(
            source, pretrained=False, pretrained_cfg_overlay=agreed or None, **size
        )
        _load_weights(name, model, files[0])
        return model
    tagged = f"{source}.{pretrained}"
    own = timm.get_pretrained_cfg(tagged) if timm.is_model_pretrained(tagged) else None
    if own is None or not own.hf_hub_id:
        raise UserError(
            f"encoder.{name}.pretrained={pretrained!r} is neither a file nor a tag of {source} on"
            " the hub."
        )
    try:
        return timm.create_model(tagged, pretrained=True, **size)
    except FileNotFoundError as error:
        raise not_cached(name, encoder) from error


def _load_weights(name: str, model: Any, path: Path) -> None:
    """Load a checkpoint with the architecture's own conversions; every weight must have a place."""
    state = load_state_dict(str(path), weights_only=True)
    convert = getattr(sys.modules[type(model).__module__], "checkpoint_filter_fn", None)
    found = model.load_state_dict(convert(state, model) if convert else state, strict=False)
    refuse_keys(name, path, found.missing_keys, found.unexpected_keys)
