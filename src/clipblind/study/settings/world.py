"""What may stand in `conf/`: every setting of a study, typed, checked and frozen."""

from typing import Annotated, Literal, Self

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt, model_validator

from clipblind.ground.factors import FACTORS
from clipblind.study.settings.recipes import ClipRecipe, Model, MofRecipe, Name, Share, SimclrRecipe

FIGURES = (
    *("density", "blind_pairs", "differ", "probes"),
    *("contenders", "controls", "shuffled", "patterns"),
    *("scaling", "scale", "mention", "correlation", "mixtures", "training", "seeds"),
)

Cosine = Annotated[float, Field(ge=-1, le=1)]


class Pool(Model):
    """The rendered world: how many scenes of each split, how they are drawn and captioned.

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

    image_size: PositiveInt
    shard_images: PositiveInt
    encoder_images: PositiveInt
    contender_images: PositiveInt
    search_images: PositiveInt
    near_twin_share: Share
    heldout_images: PositiveInt
    twin_pairs: PositiveInt
    captions: dict[Name, dict[str, Share]]


class Encoder(Model):
    """An image encoder: which library loads it and from where.

    Attributes:
        loader: `open_clip` or `transformers`.
        source: an open_clip model name, a hub id or a folder; empty means the folder where this
            study's own training puts it.
        pretrained: an open_clip weights tag or file.
        feature: what stands for the whole image in a `transformers` encoder: the class token after
            the final norm, the mean of the patch tokens, or both.
        train: the recipe, if the study trains it itself.
    """

    loader: Literal["open_clip", "transformers"]
    source: str = ""
    pretrained: str | None = None
    feature: Literal["cls", "mean", "cls+mean"] = "cls"
    train: Annotated[ClipRecipe | SimclrRecipe, Field(discriminator="objective")] | None = None

    @model_validator(mode="after")
    def _comes_from_somewhere(self) -> Self:
        if bool(self.source) == (self.train is not None):
            raise ValueError("an encoder has either a source to load from or a recipe to train by")
        return self


class Selection(Model):
    """Which candidates become the benchmark's pairs.

    Attributes:
        pairs: at most so many.
        per_image: pairs that one image may be in.
        per_background: one background may be shown by at most this share of the wanted pairs.
    """

    pairs: PositiveInt
    per_image: PositiveInt
    per_background: Share


class Thresholds(Model):
    """What makes a pair blind.

    Attributes:
        probe: encoder that sees the two images as the same.
        reference: encoder that sees them as different.
        thresholds: `cosine` uses the two cosines; `quantile` uses the cosines at the two quantiles
            over all pairs of the pool. The counts of both are reported.
        probe_above: lowest cosine of the probe (paper, section 2: 0.95).
        reference_below: highest cosine of the reference (paper, section 2: 0.6).
        probe_quantile: the share of all pairs that lie below the probe's threshold.
        reference_quantile: the share of all pairs that lie below the reference's threshold.
    """

    probe: Name
    reference: Name
    thresholds: Literal["cosine", "quantile"]
    probe_above: Cosine
    reference_below: Cosine
    probe_quantile: Share
    reference_quantile: Share

    def describe(self) -> str:
        """The thresholds in words."""
        if self.thresholds == "cosine":
            return f"probe > {self.probe_above:g}, reference < {self.reference_below:g}"
        return (
            f"probe > its {self.probe_quantile:g} quantile over all pairs,"
            f" reference < its {self.reference_quantile:g} quantile"
        )


class Mining(Thresholds):
    """What makes a pair blind, which of them become the benchmark's, and how they are searched.

    Attributes:
        selection: of the benchmark's pairs.
        tiles: independent jobs that the search is cut into; they don't change what is found.
        threads: cores of each of these jobs; likewise.
    """

    selection: Selection
    tiles: PositiveInt = 1
    threads: PositiveInt = 1


class Benchmark(Model):
    """Questions beside those on the mined pairs.

    Attributes:
        random_pairs: pairs drawn at random from the searched images, as a control.
        twin_pairs: twin pairs asked about for each pattern.
    """

    random_pairs: NonNegativeInt
    twin_pairs: NonNegativeInt


class Contender(Model):
    """Who answers: a small LLaVA that the study trains, or a baseline.

    Attributes:
        kind: `llava`; `text_only` (the same without an image); `constant` (always the first
            option); `random` (one of the two, by seed).
        label: the name shown in figures; its own if empty.
        towers: frozen encoders that feed it, the language-aligned one first.
        mixture: how two towers are mixed: `additive` (A-MoF) or `interleaved` (I-MoF).
        reference_share: the second tower's weight in an additive mixture, in [0, 1].
        layer: the tower's hidden layer that is read; -1 is the last, -2 the one LLaVA reads.
        train: the recipe, for `llava` and `text_only`.
    """

    kind: Literal["llava", "text_only", "constant", "random"]
    label: str = ""
    towers: tuple[Name, ...] = ()
    mixture: Literal["none", "additive", "interleaved"] = "none"
    reference_share: Share = 0.5
    layer: Annotated[int, Field(lt=0)] = -1
    train: MofRecipe | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.kind in ("llava", "text_only")) != (self.train is not None):
            raise ValueError("kinds llava and text_only need a recipe in `train`, others have none")
        wanted = 0 if self.kind != "llava" else 1 if self.mixture == "none" else 2
        if len(self.towers) != wanted:
            raise ValueError(
                f"kind {self.kind} with mixture {self.mixture} needs {wanted} towers,"
                f" not {len(self.towers)}"
            )
        return self


class Vlm(Model):
    """The VLM study: every encoder with a text tower is tested pattern by pattern.

    Attributes:
        prefix: what stands before each statement (the official code: "a photo of ").
        often: lowest rate at which a factor counts as named often by the probe's captions;
            zero-shot accuracy on these factors stands in for ImageNet's.
    """

    prefix: str
    often: Share


class Figure(Model):
    """How figures look: resolution of the PNG in dots an inch, and widths in inches."""

    dpi: PositiveInt
    width: PositiveFloat


class Study(Model):
    """One composed configuration; its results live in `results/<name>/`.

    Attributes:
        name: the file's name in `conf/study/`.
        title: the report's.
        seed: of everything that is drawn.
        seeds: if there are any, the study is run whole for each of them, in a folder of its own
            each, and what was found is set side by side.
    """

    name: Name
    title: str
    seed: NonNegativeInt
    seeds: tuple[NonNegativeInt, ...] = ()
    pool: Pool
    encoder: dict[Name, Encoder]
    mining: Mining
    benchmark: Benchmark
    contender: Annotated[dict[Name, Contender], Field(min_length=1)]
    vlm: Vlm
    figure: dict[Name, Figure]

    @property
    def text_towers(self) -> tuple[str, ...]:
        """The encoders that embed texts, too: the CLIP variants."""
        return tuple(n for n, encoder in self.encoder.items() if encoder.loader == "open_clip")

    @property
    def often_named(self) -> tuple[str, ...]:
        """The factors that the probe's captions name often; all, if it was not trained here."""
        probe = self.encoder[self.mining.probe].train
        if not isinstance(probe, ClipRecipe):
            return tuple(FACTORS)
        rates = self.pool.captions[probe.captions]
        return tuple(name for name in FACTORS if rates.get(name, 0.0) >= self.vlm.often)

    @model_validator(mode="after")
    def _repeats_apart(self) -> Self:
        if len(set(self.seeds)) != len(self.seeds):
            raise ValueError("seeds holds a seed twice; each is run once")
        return self

    @model_validator(mode="after")
    def _names_what_it_has(self) -> Self:
        used = {
            "mining.probe": (self.mining.probe,),
            "mining.reference": (self.mining.reference,),
            **{f"contender.{name}.towers": c.towers for name, c in self.contender.items()},
        }
        for key, encoders in used.items():
            for encoder in encoders:
                if encoder not in self.encoder:
                    known = ", ".join(self.encoder)
                    raise ValueError(f"{key} names the encoder {encoder!r}; there are {known}")
        for name, settings in self.encoder.items():
            recipe = settings.train
            if isinstance(recipe, ClipRecipe) and recipe.captions not in self.pool.captions:
                known = ", ".join(self.pool.captions)
                raise ValueError(
                    f"encoder.{name}.train.captions is {recipe.captions!r}; there are {known}"
                )
        if both := sorted(set(self.encoder) & set(self.contender)):
            raise ValueError(f"contender.{both[0]} has the name of an encoder; choose another")
        return self

    @model_validator(mode="after")
    def _asks_what_there_is(self) -> Self:
        for policy, rates in self.pool.captions.items():
            if unknown := sorted(set(rates) - set(FACTORS)):
                raise ValueError(
                    f"pool.captions.{policy} names {unknown[0]!r}; there are {', '.join(FACTORS)}"
                )
        if unknown := sorted(set(self.figure) - set(FIGURES)):
            raise ValueError(f"figure.{unknown[0]} is no figure; there are {', '.join(FIGURES)}")
        if 2 * self.benchmark.random_pairs > self.pool.search_images:
            raise ValueError(
                f"benchmark.random_pairs is {self.benchmark.random_pairs}, but the"
                f" {self.pool.search_images} searched images make half as many at most"
            )
        return self

    @model_validator(mode="after")
    def _mixes_what_fits(self) -> Self:
        for name, contender in self.contender.items():
            recipes = [self.encoder[tower].train for tower in contender.towers]
            towers = [recipe.vision for recipe in recipes if recipe is not None]
            if any(-contender.layer > tower.layers for tower in towers):
                raise ValueError(f"contender.{name}.layer is {contender.layer}, above its towers")
            if contender.mixture == "additive" and len({tower.width for tower in towers}) > 1:
                raise ValueError(f"contender.{name}.towers differ in width and can't be added")
            if contender.mixture != "none" and len({t.num_patches for t in towers}) > 1:
                raise ValueError(f"contender.{name}.towers differ in patches and can't be mixed")
        return self
