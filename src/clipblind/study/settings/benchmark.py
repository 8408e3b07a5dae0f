"""Benchmarks: pairs of images with questions, or with texts that are matched with them."""

from typing import Annotated, Literal

from pydantic import Field

from clipblind.study.settings.base import FromHub, Model, Name, NonNegativeInt, PositiveInt, Text


class Truth(Model):
    """Questions that are written from what rendered scenes truly show.

    Attributes:
        pairs: `mined` (the blind pairs that were chosen), `random` (drawn from the searched images,
            as a control) or `twins` (pairs that differ in one factor).
        count: pairs: of `random` in all, of `twins` for each pattern; all `mined` ones are asked.
    """

    kind: Literal["truth"]
    pairs: Literal["mined", "random", "twins"]
    count: NonNegativeInt = 0


class Mmvp(FromHub):
    """A folder in MMVP's layout: `Questions.csv` and numbered images, any number of pairs.

    Attributes:
        path: the folder.
        labels: as published, or with the corrections of MMVP's issues 14 and 30.
        count: pairs that it must have; none: any number.
        digest: of its rows, which tells another copy; empty: not checked.
    """

    kind: Literal["mmvp"]
    path: Text
    labels: Literal["original", "corrected"] = "original"
    count: PositiveInt | None = None
    digest: str = ""


class PairSheet(Model):
    """A folder with a table of one's own, `pairs.csv`: two image files, a question, two answers.

    Attributes:
        path: the folder.
    """

    kind: Literal["pair_sheet"]
    path: Text


class Statements(Model):
    """The rendered twins, each with a statement of what it shows.

    Attributes:
        beside: the benchmark of questions whose accuracies by pattern it is correlated with.
    """

    kind: Literal["statements"]
    beside: Name = "twins"


class MmvpVlm(FromHub):
    """A folder in MMVP-VLM's layout: `Questions.csv` with types, and images by type.

    Attributes:
        path: the folder.
        count: pairs of each pattern that it must have; none: any number.
        digest: of its rows, which tells another copy; empty: not checked.
        beside: the benchmark of questions whose accuracies by pattern it is correlated with.
    """

    kind: Literal["mmvp_vlm"]
    path: Text
    count: PositiveInt | None = None
    digest: str = ""
    beside: Name = "mmvp"


Benchmark = Annotated[Truth | Mmvp | PairSheet | Statements | MmvpVlm, Field(discriminator="kind")]
QUESTIONS = (Truth, Mmvp, PairSheet)
TEXTS = (Statements, MmvpVlm)


class Matching(Model):
    """How encoders with a text tower are tested: matching, zero-shot accuracy.

    Attributes:
        prefix: what stands before each statement (the official code: "a photo of ").
        often: lowest rate at which a factor counts as named often by the probe's captions;
            zero-shot accuracy on these factors stands in for ImageNet's in a rendered world.
        imagenet: ImageNet's validation images, for the accuracy that Table 1 prints; empty: none.
        templates: that its classes are named in: the 80 of CLIP's paper, or 7 `simple` ones.
    """

    prefix: str
    often: Annotated[float, Field(ge=0, le=1)] = 0.3
    imagenet: str = ""
    templates: Literal["openai", "simple"] = "openai"
