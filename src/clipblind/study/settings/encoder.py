"""Encoders: loaded from somebody's weights or trained by the study; and how they embed."""

from typing import Annotated, Literal, Self

from pydantic import Field, PositiveFloat, model_validator

from clipblind.study.settings.base import FromHub, Model, NonNegativeInt, Side
from clipblind.study.settings.training import ClipRecipe, SimclrRecipe

Channels = tuple[float, float, float]


class Pixels(Model):
    """How weights in a file of one's own want pixels, where published ones differ in it.

    Attributes:
        mean, std: of red, green and blue, for values from 0 to 1.
        interpolation: of the resizing.
        resize_mode: which side of a picture is made to fit; `squash`: both.
    """

    mean: Channels | None = None
    std: Channels | None = None
    interpolation: Literal["bicubic", "bilinear"] | None = None
    resize_mode: Literal["shortest", "longest", "squash"] | None = None


class Encoder(FromHub):
    """An image encoder, with a text tower or without.

    Attributes:
        loader: the library that loads it.
        source: a hub id, or an open_clip or timm model name with `pretrained`; empty for one that
            the study trains.
        train: the recipe, if the study trains it itself.
        pretrained: an open_clip weights tag or file, where `source` is a model name.
        pixels: how a file of weights in `pretrained` wants pixels, where published weights of its
            architecture differ in that.
        feature: what stands for the whole image in a `transformers` encoder: the class token after
            the final norm, the mean of the patch tokens, or both.
        folder: its files, if they don't lie where `clipblind fetch` puts them.
        params_m: parameters in millions that it must have (Table 1 counts both towers).
        image_size: side of its input in pixels that it must have; of models of any size, to use.
        quick_gelu: whether its weights were trained with QuickGELU; checked on load.
        label: the name shown in figures; its own if empty.
        text: whether it has a text tower, so that it is matched with texts.
        data: what it was trained on.
        samples_m: image-text pairs seen in training, in millions, if that is known.
        row: the model's name in the paper's Table 1, if it is there.
    """

    loader: Literal["open_clip", "transformers", "timm"]
    train: Annotated[ClipRecipe | SimclrRecipe, Field(discriminator="objective")] | None = None
    pretrained: str | None = None
    pixels: Pixels | None = None
    feature: Literal["cls", "mean", "cls+mean"] = "cls"
    folder: str = ""
    params_m: PositiveFloat | None = None
    image_size: Side | None = None
    quick_gelu: bool = False
    label: str = ""
    text: bool = False
    data: str = ""
    samples_m: PositiveFloat | None = None
    row: str = ""

    @model_validator(mode="after")
    def _comes_from_somewhere(self) -> Self:
        if bool(self.source) == (self.train is not None):
            raise ValueError("an encoder has either a source to load from or a recipe to train by")
        if isinstance(self.train, ClipRecipe) != self.text and self.train is not None:
            raise ValueError(
                "text is true of an encoder that is trained as a CLIP, and of no other"
            )
        if self.pixels and not self.pretrained:
            raise ValueError("pixels is of a file of weights in pretrained, which isn't given")
        if self.loader == "timm" and self.text:
            raise ValueError(
                "text is true, and timm loads no text tower; take loader: open_clip or transformers"
            )
        wanted = "open_clip" if isinstance(self.train, ClipRecipe) else "transformers"
        if self.train and self.loader != wanted:
            raise ValueError(
                f"loader is {self.loader}, and the study trains {self.train.objective} for {wanted}"
            )
        return self


class Embedding(Model):
    """How images are embedded; none of it changes what is meant, precision changes digits.

    Attributes:
        batch: images at once; 0: on a GPU as many as pay, on a CPU 32.
        workers: that decode; 0: as many as there are cores, or none on a CPU of few.
        precision: of the forward pass on a GPU.
        compiled: by `torch.compile`.
    """

    batch: NonNegativeInt = 0
    workers: NonNegativeInt = 0
    precision: Literal["float32", "bfloat16", "float16"] = "float32"
    compiled: bool = False
