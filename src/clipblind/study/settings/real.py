"""What may stand in `conf/` for a study of real images and real models.

Paths are relative to the project's folder; `assets` is where `clipblind fetch` puts what it
downloads, and nothing is downloaded at any other time.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt, model_validator

from clipblind.study.settings.contenders import Asked, Judge, Patterns, Prompt
from clipblind.study.settings.recipes import Model, Name
from clipblind.study.settings.world import Encoder, Figure, Mining

FIGURES_OF_POOL = ("density", "blind_pairs")
FIGURES_OF_VLM = ("table1", "scaling_size", "scaling_pixels", "scaling_data", "against_paper")
FIGURES_OF_ANSWERS = ("mllm", "mllm_patterns")


class Source(Model):
    """Where images come from.

    Attributes:
        kind: `folder` (all images under it), `imagenet` (its usual trees), `webdataset` (tars),
            `huggingface` (a dataset that `save_to_disk` wrote) or `laion` (metadata that is
            downloaded into tars first).
        path: the folder; of `laion`, where the tars are put.
        limit: only so many images, the first by id.
        metadata: of `laion`, the Parquet files' folder.
        split: of `imagenet` and `huggingface`, which part.
    """

    kind: Literal["folder", "imagenet", "webdataset", "huggingface", "laion"]
    path: Annotated[str, Field(min_length=1)]
    limit: PositiveInt | None = None
    metadata: str = ""
    split: str = ""


class RealPool(Model):
    """The images that are searched.

    Attributes:
        path: for sources that refer to it, so that one override names a folder.
        sources: by name; an image's id begins with it.
        parts: jobs that checking and embedding are cut into.
        near: perceptual hashes of 64 bits that differ in at most so many are near-duplicates.
    """

    path: str = ""
    sources: Annotated[dict[Name, Source], Field(min_length=1)]
    parts: PositiveInt = 1
    near: Annotated[int, Field(ge=0, le=8)] = 3


class Pretrained(Encoder):
    """An encoder whose weights somebody else trained.

    Attributes:
        loader: the library that loads it.
        source: a hub id, or an open_clip or timm model name with `pretrained`.
        pretrained: an open_clip weights tag or file, where `source` is a model name.
        folder: its files, if they don't lie where `clipblind fetch` puts them.
        revision: the commit on the hub; empty: the newest, which `fetch` writes down.
        licence: of the weights, as its card says.
        megabytes: of the download, about.
        params_m: parameters in millions that it must have (Table 1 counts both towers).
        image_size: side of its input in pixels that it must have; of models of any size, to use.
        quick_gelu: whether its weights were trained with QuickGELU; checked on load.
        label: the name shown in figures; its own if empty.
        text: whether it has a text tower, so that the VLM study tests it.
        data: what it was trained on.
        samples_m: image-text pairs seen in training, in millions, if that is known.
        row: the model's name in the paper's Table 1, if it is there.
    """

    loader: Literal["open_clip", "transformers", "timm"]  # type: ignore[assignment]
    folder: str = ""
    revision: str = ""
    licence: str = ""
    megabytes: NonNegativeInt = 0
    params_m: PositiveFloat | None = None
    image_size: PositiveInt | None = None
    quick_gelu: bool = False
    label: str = ""
    text: bool = False
    data: str = ""
    samples_m: PositiveFloat | None = None
    row: str = ""


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


class Published(Model):
    """A benchmark as its authors published it.

    Attributes:
        path: its folder.
        source: the hub id of the dataset that `clipblind fetch` gets; empty: it is put there.
        revision: the commit on the hub; empty: the newest, which `fetch` writes down.
        licence: as its card says.
        megabytes: of the download, about.
    """

    path: str
    source: str = ""
    revision: str = ""
    licence: str = ""
    megabytes: NonNegativeInt = 0


class Official(Published):
    """MMVP.

    Attributes:
        labels: MMVP's labels as published, or with the corrections of its issues 14 and 30.
        digest: of its rows, which tells another copy; empty: not checked.
    """

    labels: Literal["original", "corrected"] = "original"
    digest: str = ""


class OfficialVlm(Published):
    """The VLM study on MMVP-VLM.

    Attributes:
        prefix: what stands before each statement (the official code: "a photo of ").
        digest: of its rows, which tells another copy; empty: not checked.
        imagenet: ImageNet's validation images, for zero-shot accuracy; empty: not measured.
        templates: that classes are named in: the 80 of CLIP's paper, or 7 for a quick look.
    """

    prefix: str
    digest: str = ""
    imagenet: str = ""
    templates: Literal["openai", "simple"] = "openai"


class Described(Model):
    """What figures over encoders say of one; `Pretrained` tells what each means."""

    label: str = ""
    row: str = ""
    data: str = ""
    samples_m: PositiveFloat | None = None


class FigureOfModels(Figure):
    """How a figure of a real study looks, and what it says of each encoder, by name."""

    encoders: dict[Name, Described] = Field(default_factory=dict)


class DescribedContender(Model):
    """What figures over contenders say of one; `Answerer` tells what each means."""

    label: str = ""
    row: str = ""


class FigureOfContenders(Figure):
    """How a figure of a real study looks, and what it says of each contender, by name."""

    contenders: dict[Name, DescribedContender] = Field(default_factory=dict)


class RealStudy(Model):
    """One composed configuration over real images and models.

    Attributes:
        name: the file's name in `conf/study/`.
        title: the report's.
        seed: of everything that is drawn, sampled answers included; but judges and voters, which
            measure, are asked the same whatever it is.
        assets: the folder of what was fetched.
        pool: the images to search; none: nothing is mined.
        encoder: every encoder of the study, mined with or tested.
        mining: what makes a pair blind; only with a pool.
        embedding: how images are embedded.
        benchmark: MMVP; none: nothing is asked.
        prompt: how questions are put, by name.
        contender: who answers them.
        judge: who decides what the parser can't; none: that stays unscored.
        people: a CSV of how people read contenders' answers, which the parser and the judge are
            then set beside; empty: nobody did.
        patterns: how questions get their visual pattern.
        ledger: the folder where every answer is kept for good; studies may share it.
        vlm: MMVP-VLM; none: no encoder is tested.
        figure: how figures look.
    """

    name: Name
    title: str
    seed: NonNegativeInt
    assets: str = "assets"
    pool: RealPool | None = None
    encoder: dict[Name, Pretrained] = Field(default_factory=dict)
    mining: Mining | None = None
    embedding: Embedding = Embedding()
    benchmark: Official | None = None
    prompt: dict[Name, Prompt] = Field(default_factory=dict)
    contender: dict[Name, Asked] = Field(default_factory=dict)
    judge: Judge | None = None
    people: str = ""
    patterns: Patterns = Patterns()
    ledger: str = "ledger"
    vlm: OfficialVlm | None = None
    figure: dict[Name, Figure] = Field(default_factory=dict)

    @property
    def text_towers(self) -> tuple[str, ...]:
        """The encoders that embed texts, too: the CLIP variants."""
        return tuple(name for name, encoder in self.encoder.items() if encoder.text)

    @property
    def often_named(self) -> tuple[str, ...]:
        """Nobody knows which factors the captions of real CLIPs name often."""
        return ()

    @property
    def validation_source(self) -> dict[str, Source]:
        """ImageNet's validation images, as a source."""
        path = self.vlm.imagenet if self.vlm else ""
        return {"imagenet": Source(kind="imagenet", path=path, split="val")} if path else {}

    @property
    def validation_parts(self) -> int:
        """They are one part."""
        return 1

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.pool is None) != (self.mining is None):
            raise ValueError("mining and pool belong together: a study has both or neither")
        if self.mining:
            for key in ("probe", "reference"):
                if getattr(self.mining, key) not in self.encoder:
                    named, known = getattr(self.mining, key), ", ".join(self.encoder)
                    raise ValueError(f"mining.{key} names the encoder {named!r}; there are {known}")
        return self

    @model_validator(mode="after")
    def _has_whom_to_test(self) -> Self:
        if self.vlm and not self.text_towers:
            raise ValueError(
                "vlm tests encoders with `text: true`, and there are none: name one in encoder, or"
                " set vlm=null"
            )
        return self

    @model_validator(mode="after")
    def _asks_by_a_prompt_it_has(self) -> Self:
        for name, contender in self.contender.items():
            if contender.prompt not in self.prompt:
                known = ", ".join(self.prompt) or "none"
                raise ValueError(
                    f"contender.{name}.prompt is {contender.prompt!r}; there are {known}"
                )
        return self
