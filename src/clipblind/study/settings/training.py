"""How the study's own models are made and trained: the settings that are about learning."""

from typing import Literal, Self

from pydantic import NonNegativeFloat, PositiveFloat, model_validator

from clipblind.study.settings.base import Model, Name, NonNegativeInt, PositiveInt, Share, Side


class Schedule(Model):
    """Length and learning rate of one training.

    Attributes:
        steps: optimiser steps; never seconds, so that results don't depend on load.
        batch: examples a step.
        learning_rate: its peak.
        warmup: steps of linear rise.
        shape: `constant` (then linear decay over the last `cooldown`) or `cosine`.
        cooldown: share of the steps, used by `constant` only.
        weight_decay: of all matrices but those of `nn.Embedding`.
    """

    steps: PositiveInt
    batch: PositiveInt
    learning_rate: PositiveFloat
    warmup: NonNegativeInt = 50
    shape: Literal["constant", "cosine"] = "cosine"
    cooldown: Share = 0.25
    weight_decay: NonNegativeFloat = 0.05


class VisionTower(Model):
    """A small ViT with a convolutional stem.

    Attributes:
        image_size: side of its input, in pixels.
        patch: side of a patch, in pixels.
        width: of its transformer's tokens.
        layers: of its transformer.
        heads: of each layer.
        stem_width: channels of its first convolution.
    """

    image_size: Side
    patch: Literal[8, 16]
    width: PositiveInt
    layers: PositiveInt
    heads: PositiveInt
    stem_width: PositiveInt

    @property
    def num_patches(self) -> int:
        """Patch tokens that one picture gives."""
        return (self.image_size // self.patch) ** 2

    @model_validator(mode="after")
    def _divides(self) -> Self:
        if self.width % self.heads:
            raise ValueError(f"width {self.width} is no multiple of {self.heads} heads")
        if self.image_size % self.patch:
            raise ValueError(f"image_size {self.image_size} is no multiple of patch {self.patch}")
        return self


class ClipRecipe(Model):
    """How the world's own CLIP is trained: contrastively on captions, through open_clip.

    Attributes:
        captions: the mention policy its captions follow.
        images: how many of the pool's encoder images it sees; none: all.
        vision: its image tower.
        embed_dim: width of the joint space.
        text_width: of a word vector in the text tower, which adds up words.
        context_length: longest caption in tokens, two of them the frame.
        schedule: length and learning rate of its training.
    """

    objective: Literal["clip"]
    captions: Name
    images: PositiveInt | None = None
    vision: VisionTower
    embed_dim: PositiveInt
    text_width: PositiveInt
    context_length: PositiveInt
    schedule: Schedule


class SimclrRecipe(Model):
    """How the world's own reference is trained: two crops of one image agree (SimCLR, NT-Xent).

    Attributes:
        images: how many of the pool's encoder images it sees; none: all.
        vision: its tower.
        temperature: of the contrastive softmax.
        smallest_crop: smallest share of the image's area in a crop; there are no flips.
        hue: largest rotation of the hue, in radians.
        grey: probability of a grey crop.
        schedule: length and learning rate of its training.
    """

    objective: Literal["simclr"]
    images: PositiveInt | None = None
    vision: VisionTower
    temperature: PositiveFloat
    smallest_crop: Share
    hue: NonNegativeFloat
    grey: Share
    schedule: Schedule


class LanguageModel(Model):
    """A causal language model of `transformers`, made anew.

    Attributes:
        config: keyword arguments of `AutoConfig.for_model`, `model_type` among them.
    """

    config: dict[str, str | int | float | bool]


class MofRecipe(Model):
    """How a small LLaVA is trained on questions about the pool's contender images.

    Attributes:
        language_model: that reads the question and writes the answer.
        questions: asked about each image of a batch, each alone.
        adapter_width: hidden width of the two-layer adapter.
        standardise: bring every feature dimension of a tower to mean 0 and variance 1 before the
            adapter; without it the share of a mixture means little, as towers differ in scale.
        schedule: length and learning rate of its training.
    """

    language_model: LanguageModel
    questions: PositiveInt
    adapter_width: PositiveInt
    standardise: bool
    schedule: Schedule
