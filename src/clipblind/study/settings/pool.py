"""Where the images come from that are searched for blind pairs."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from clipblind.ground.factors import FACTORS
from clipblind.study.settings.base import Model, Name, PositiveInt, Share, Side, Text


class World(Model):
    """A rendered world: how many scenes of each split, how they are drawn and captioned.

    Attributes:
        image_size: width and height of the stored pictures, in pixels.
        shard_images: pictures in one packed file.
        encoder_images: for training the encoders.
        contender_images: for training the contenders.
        search_images: searched for blind pairs.
        near_twin_share: share of the search split that belongs to a couple of near-twins, which
            differ in one or two factors.
        heldout_images: for zero-shot accuracy on single factors.
        twin_pairs: pairs that differ in one factor only, for each of the nine patterns.
        captions: mention policies by name: the probability that a caption names each factor.
    """

    kind: Literal["world"]
    image_size: Side
    shard_images: PositiveInt
    encoder_images: PositiveInt
    contender_images: PositiveInt
    search_images: PositiveInt
    near_twin_share: Share
    heldout_images: PositiveInt
    twin_pairs: PositiveInt
    captions: dict[Name, dict[str, Share]]

    @model_validator(mode="after")
    def _captions_name_factors(self) -> "World":
        for policy, rates in self.captions.items():
            if unknown := sorted(set(rates) - set(FACTORS)):
                raise ValueError(
                    f"captions.{policy} names {unknown[0]!r}; there are {', '.join(FACTORS)}"
                )
        return self


class Files(Model):
    """Images that lie in files.

    Attributes:
        kind: `folder` (all images under it), `imagenet` (its usual trees), `webdataset` (tars),
            `huggingface` (a dataset that `save_to_disk` wrote, or tables in Parquet, Arrow or
            Feather) or `laion` (metadata that is downloaded into tars first).
        path: the folder; of `laion`, where the tars are put.
        limit: only so many images, the first by id.
        metadata: of `laion`, the Parquet files' folder.
        split: of `imagenet` and `huggingface`, which part; needed if there are several.
        column: of `huggingface`, which holds the images; needed if there are several.
    """

    kind: Literal["folder", "imagenet", "webdataset", "huggingface", "laion"]
    path: Text
    limit: PositiveInt | None = None
    metadata: str = ""
    split: str = ""
    column: str = ""


Source = Annotated[World | Files, Field(discriminator="kind")]


class Pool(Model):
    """The images that are searched.

    Attributes:
        path: for sources that refer to it, so that one override names a folder.
        sources: by name; the id of an image in files begins with it.
        parts: jobs that checking and embedding are cut into.
        near: perceptual hashes of 64 bits that differ in at most so many are near-duplicates;
            none: only the same bytes are, as for a world whose twins are alike on purpose.
    """

    path: str = ""
    sources: Annotated[dict[Name, Source], Field(min_length=1)]
    parts: Annotated[int, Field(gt=0, le=100_000)] = 1
    near: Annotated[int, Field(ge=0, le=8)] | None = 3

    @property
    def world(self) -> World | None:
        """Its rendered source, if it has one."""
        return next((s for s in self.sources.values() if isinstance(s, World)), None)

    @model_validator(mode="after")
    def _world_stands_alone(self) -> "Pool":
        if self.world and len(self.sources) > 1:
            raise ValueError(
                "sources holds a rendered world and others, which can't be searched together, as"
                " only of rendered pictures the truth is known; take two studies"
            )
        if self.world and self.parts > 1:
            raise ValueError("parts is for images in files; a rendered world is one part")
        return self
