"""Models of open_clip before their weights: its own, and the world's small CLIPs."""

import json
import logging
from pathlib import Path
from typing import Any, Final

import clipblind.models.torchvision  # noqa: F401  # isort: skip
import open_clip

from clipblind.encoders.small import BagOfWords, ConvStem
from clipblind.models.layouts import LAYOUTS

(CONFIG,), HUB_WEIGHTS, _ = LAYOUTS["open_clip"]
WEIGHTS: Final = HUB_WEIGHTS[0]
LOCAL: Final = "local-dir:"


def build(folder: Path) -> Any:
    """The untrained model that a folder's `open_clip_config.json` describes.

    The keys `stem_width` and `bag_of_words` beside `model_cfg` are this project's, and put its
    small parts in place.
    """
    model = untrained(f"{LOCAL}{folder}")
    config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    cfg = config["model_cfg"]
    if "stem_width" in config:
        vision = cfg["vision_cfg"]
        model.visual.conv1 = ConvStem(vision["width"], vision["patch_size"], config["stem_width"])
    if config.get("bag_of_words"):
        text = cfg["text_cfg"]
        model.text = BagOfWords(text["vocab_size"], text["width"], cfg["embed_dim"])
    return model


def untrained(identifier: str, **extra: Any) -> Any:
    """A model whose weights come next; the library's warning that they are random is not for us."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        return open_clip.create_model(identifier, load_weights=False, **extra)
    finally:
        logging.disable(before)
