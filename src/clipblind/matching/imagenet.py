"""Zero-shot accuracy on ImageNet, with CLIP's own class names and templates."""

from collections.abc import Sequence
from typing import Final

import clipblind.models.torchvision  # noqa: F401  # isort: skip
import numpy as np
import polars as pl
import torch
from open_clip import (
    IMAGENET_CLASSNAMES,
    OPENAI_IMAGENET_TEMPLATES,
    SIMPLE_IMAGENET_TEMPLATES,
)
from timm.data import ImageNetInfo

from clipblind.encoders.base import LoadedEncoder, unit
from clipblind.ground.errors import UserError
from clipblind.ground.progress import track
from clipblind.ground.stats import wilson
from clipblind.ground.tables.matching import IMAGENET

IMAGES: Final = 8192  # compared with all classes at a time
TEXTS: Final = 320  # that go through the model at a time, about
TEMPLATES: Final = {"openai": OPENAI_IMAGENET_TEMPLATES, "simple": SIMPLE_IMAGENET_TEMPLATES}


def zero_shot_imagenet(
    encoder: LoadedEncoder,
    listed: pl.DataFrame,
    ids: Sequence[str],
    embeddings: np.ndarray,
    templates: str = "openai",
) -> pl.DataFrame:
    """The share of images whose own class is the nearest of the 1,000.

    A class is the mean over templates (Radford et al. 2021, their section 3.1.4), as unit vectors
    before and after.

    Args:
        encoder: embeds the classes' names; of the same weights as the embeddings.
        listed: the table `LISTED`; `label` is each image's synset.
        ids: N image ids.
        embeddings: float32 `[N, D]`, unit norm, of these images.
        templates: a key of `TEMPLATES`; the 80 of `openai` are those of Table 1.

    Returns:
        The table `IMAGENET`, one row; images that are listed but not embedded, since they can't be
        decoded, are counted as `unread`.

    Raises:
        UserError: if an image has no synset of ImageNet-1k, if one isn't listed, if there are none,
            or if the encoder has no text tower.
    """
    if encoder.embed_texts is None:
        raise UserError(f"The encoder {encoder.name} has no text tower to name classes with.")
    true = _classes_of(listed, ids)
    classes = class_embeddings(encoder, templates).numpy()
    right = 0
    for start in range(0, len(ids), IMAGES):
        nearest = (embeddings[start : start + IMAGES] @ classes.T).argmax(1)
        right += int((nearest == true[start : start + IMAGES]).sum())
    share = wilson(right, len(ids))
    row = {
        "encoder": encoder.name,
        "images": len(ids),
        "unread": len(listed) - len(ids),
        "right": right,
        "accuracy": share.value,
        "low": share.low,
        "high": share.high,
    }
    return pl.DataFrame([row], schema=dict(IMAGENET.columns))


def class_embeddings(encoder: LoadedEncoder, templates: str = "openai") -> torch.Tensor:
    """float32 `[1000, D]`, unit norm, in the order of synsets."""
    assert encoder.embed_texts is not None
    names, wordings = list(IMAGENET_CLASSNAMES), list(TEMPLATES[templates])
    classes = max(1, TEXTS // len(wordings))
    rows = []
    with track(f"classes {encoder.name}", len(names)) as advance:
        for start in range(0, len(names), classes):
            some = names[start : start + classes]
            texts = [wording(name) for name in some for wording in wordings]
            words = encoder.embed_texts(texts)
            rows.append(unit(words.view(len(some), len(wordings), -1).mean(1)))
            for name in some:
                advance(name)
    return torch.cat(rows)


def _classes_of(listed: pl.DataFrame, ids: Sequence[str]) -> np.ndarray:
    """Each image's class, in the order of synsets, which is that of the names, too."""
    place = {synset: n for n, synset in enumerate(ImageNetInfo("imagenet-1k").label_names())}
    labels = dict(listed.select("image_id", "label").iter_rows())
    if unlisted := [i for i in ids if i not in labels]:
        raise UserError(f"The image {unlisted[0]} is embedded but not listed; list them anew.")
    if unknown := [i for i in labels if labels[i] not in place]:
        said = labels[unknown[0]] or "none"
        raise UserError(
            f"{len(unknown):,} of {len(labels):,} images have no synset of ImageNet-1k, such as"
            f" {unknown[0]} (its label: {said}); put images into folders named by synset, or"
            " LOC_val_solution.csv beside them."
        )
    if not ids:
        raise UserError("No image of ImageNet is embedded, so there is no accuracy to measure.")
    return np.array([place[labels[i]] for i in ids])
