"""The world's small references before their weights."""

from typing import Any

import clipblind.models.torchvision  # noqa: F401  # isort: skip
from transformers import Dinov2Model

from clipblind.encoders.small import ConvStem


class StemmedDinov2(Dinov2Model):  # type: ignore[misc]
    """`Dinov2Model` whose patch projection is a convolutional stem.

    Args:
        config: a `Dinov2Config` with this project's own key `stem_width`.
    """

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        self.embeddings.patch_embeddings.projection = ConvStem(
            config.hidden_size, config.patch_size, config.stem_width
        )
