"""One composed study: every setting of it, and what must fit together."""

from difflib import get_close_matches
from typing import Self

from pydantic import Field, model_validator

from clipblind.ground.factors import FACTORS
from clipblind.study.settings.base import Model, Name, Seed
from clipblind.study.settings.benchmark import (
    QUESTIONS,
    TEXTS,
    Benchmark,
    Matching,
    Statements,
    Truth,
)
from clipblind.study.settings.contenders import Contender, Mof, Prompt
from clipblind.study.settings.encoder import Embedding, Encoder
from clipblind.study.settings.figure import Figure, figures
from clipblind.study.settings.judge import Judge, Patterns
from clipblind.study.settings.mining import Mining
from clipblind.study.settings.pool import Files, Pool, World
from clipblind.study.settings.training import ClipRecipe


class Study(Model):
    """One composed configuration; its results live in `results/<name>/`.

    Paths are relative to the project's folder. A study has the chapters that its settings name:
    without a pool nothing is mined, without benchmarks nothing is asked or matched.

    Attributes:
        name: the file's name in `conf/study/`.
        title: the report's.
        seed: of everything that is drawn, sampled answers included; but judges and voters, which
            measure, are asked the same whatever it is.
        seeds: if there are any, the study is run whole for each of them, in a folder of its own
            each, and what was found is set side by side.
        assets: the folder of what was fetched.
        ledger: the folder where every answer is kept for good; studies may share it.
        pool: the images to search; none: nothing is mined.
        encoder: every encoder of the study, mined with or tested.
        mining: what makes a pair blind; only with a pool.
        embedding: how images are embedded.
        benchmark: what is asked or matched, by name; the first that is asked is the headline.
        matching: how encoders are matched with texts; none: no encoder is tested.
        prompt: how questions are put, by name.
        contender: who answers them.
        judge: who decides what the parser can't; none: that stays unscored.
        people: a CSV of how people read contenders' answers, which the parser and the judge are
            then set beside; empty: nobody did.
        patterns: how questions get their visual pattern, where their benchmark doesn't say.
        figure: how figures look.
    """

    name: Name
    title: str
    seed: Seed
    seeds: tuple[Seed, ...] = ()
    assets: str = "assets"
    ledger: str = "ledger"
    pool: Pool | None = None
    encoder: dict[Name, Encoder] = Field(default_factory=dict)
    mining: Mining | None = None
    embedding: Embedding = Embedding()
    benchmark: dict[Name, Benchmark] = Field(default_factory=dict)
    matching: Matching | None = None
    prompt: dict[Name, Prompt] = Field(default_factory=dict)
    contender: dict[Name, Contender] = Field(default_factory=dict)
    judge: Judge | None = None
    people: str = ""
    patterns: Patterns = Patterns()
    figure: dict[Name, Figure] = Field(default_factory=dict)

    @property
    def world(self) -> World | None:
        """The rendered world, if the pool is one."""
        return self.pool.world if self.pool else None

    @property
    def trained(self) -> tuple[str, ...]:
        """The encoders that the study trains."""
        return tuple(name for name, encoder in self.encoder.items() if encoder.train)

    @property
    def text_towers(self) -> tuple[str, ...]:
        """The encoders that embed texts, too: the CLIP variants."""
        return tuple(name for name, encoder in self.encoder.items() if encoder.text)

    @property
    def asked(self) -> tuple[str, ...]:
        """The benchmarks of questions; the first is the headline."""
        return tuple(n for n, one in self.benchmark.items() if isinstance(one, QUESTIONS))

    @property
    def headline(self) -> str:
        """The benchmark of questions whose scores stand first; empty if nothing is asked."""
        return next(iter(self.asked), "")

    @property
    def matched(self) -> tuple[str, ...]:
        """The benchmarks of texts, if encoders are matched with any."""
        return tuple(
            n for n, one in self.benchmark.items() if self.matching and isinstance(one, TEXTS)
        )

    @property
    def taught(self) -> tuple[str, ...]:
        """The contenders that the study trains: its small LLaVAs."""
        return tuple(name for name, who in self.contender.items() if who.files == "trained")

    @property
    def beside(self) -> dict[str, str]:
        """Benchmarks of texts, each to the one of questions that it is set beside, if asked."""
        named = {name: getattr(self.benchmark[name], "beside", "") for name in self.matched}
        return {n: of for n, of in named.items() if self.contender and of in self.asked}

    @property
    def assigns_patterns(self) -> bool:
        """Whether patterns that no benchmark says come from a person's file or from votes."""
        return bool(self.patterns.file or self.patterns.votes)

    @property
    def often_named(self) -> tuple[str, ...]:
        """The factors that the probe's captions name often; all, if it was not trained here.

        Nobody knows which factors the captions of real CLIPs name often: without a rendered world
        there are none.
        """
        if not (self.world and self.mining and self.matching):
            return ()
        probe = self.encoder[self.mining.probe].train
        if not isinstance(probe, ClipRecipe):
            return tuple(FACTORS)
        rates = self.world.captions[probe.captions]
        return tuple(name for name in FACTORS if rates.get(name, 0.0) >= self.matching.often)

    @property
    def validation_source(self) -> dict[str, Files]:
        """ImageNet's validation images, as a source."""
        path = self.matching.imagenet if self.matching else ""
        return {"imagenet": Files(kind="imagenet", path=path, split="val")} if path else {}

    @property
    def validation_parts(self) -> int:
        """They are one part."""
        return 1

    @model_validator(mode="after")
    def _repeats_apart(self) -> Self:
        if len(set(self.seeds)) != len(self.seeds):
            raise ValueError("seeds holds a seed twice; each is run once")
        return self

    @model_validator(mode="after")
    def _mines_with_what_it_has(self) -> Self:
        if (self.pool is None) != (self.mining is None):
            raise ValueError("mining and pool belong together: a study has both or neither")
        if self.mining and self.mining.probe == self.mining.reference:
            raise ValueError("mining.probe is mining.reference, too; take two encoders")
        for key in ("probe", "reference") if self.mining else ():
            if getattr(self.mining, key) not in self.encoder:
                named, known = getattr(self.mining, key), ", ".join(self.encoder) or "none"
                raise ValueError(f"mining.{key} names the encoder {named!r}; there are {known}")
        return self

    @model_validator(mode="after")
    def _trains_where_there_is_a_world(self) -> Self:
        for name in self.trained:
            recipe = self.encoder[name].train
            if self.world is None:
                raise ValueError(
                    f"encoder.{name}.train needs a rendered world to learn from; take pool=world,"
                    " or an encoder with a source"
                )
            if isinstance(recipe, ClipRecipe) and recipe.captions not in self.world.captions:
                known = ", ".join(self.world.captions)
                raise ValueError(
                    f"encoder.{name}.train.captions is {recipe.captions!r}; there are {known}"
                )
        return self

    @model_validator(mode="after")
    def _asks_what_there_is(self) -> Self:
        for name, one in self.benchmark.items():
            if isinstance(one, Truth | Statements) and self.world is None:
                raise ValueError(
                    f"benchmark.{name} is written from rendered scenes; take pool=world, or a"
                    " benchmark with a path"
                )
            if isinstance(one, Truth) and one.pairs != "mined" and self.world:
                images, twins = self.world.search_images, self.world.twin_pairs
                most = twins if one.pairs == "twins" else images // 2
                made = (
                    f"{twins} twins of each pattern" if one.pairs == "twins" else f"{images} images"
                )
                if not 0 < one.count <= most:
                    raise ValueError(
                        f"benchmark.{name}.count is {one.count}, but of {made} there can be 1 to"
                        f" {most} pairs"
                    )
        for name in self.matched:
            beside = getattr(self.benchmark[name], "beside", "")
            default = type(self.benchmark[name]).model_fields["beside"].default
            if beside not in self.benchmark and beside != default:
                raise ValueError(
                    f"benchmark.{name}.beside is {beside!r}; there are {', '.join(self.benchmark)}"
                )
        if self.matched and not self.text_towers:
            raise ValueError(
                "matching tests encoders with `text: true`, and there are none: name one in"
                " encoder, or set matching=null"
            )
        return self

    @model_validator(mode="after")
    def _leaves_nothing_out_silently(self) -> Self:
        if self.matching and self.matching.imagenet and not self.matched:
            raise ValueError(
                "matching.imagenet is named, but no benchmark of texts is, with which encoders are"
                " matched: name one in benchmark, or set matching.imagenet=''"
            )
        named = {
            "judge": self.judge is not None,
            "people": bool(self.people),
            "patterns.votes": bool(self.patterns.votes),
        }
        for key, is_named in named.items():
            if is_named and not (self.asked and self.contender):
                raise ValueError(
                    f"{key} is set, but nobody answers: name who in contender, what in benchmark"
                )
        return self

    @model_validator(mode="after")
    def _draws_what_can_be_drawn(self) -> Self:
        if unknown := sorted(set(self.figure) - set(figures())):
            close = get_close_matches(unknown[0], figures(), n=1)
            hint = f" (did you mean {close[0]}?)" if close else ""
            raise ValueError(
                f"figure.{unknown[0]} is no figure{hint}; there are {', '.join(figures())}"
            )
        return self

    @model_validator(mode="after")
    def _feeds_what_fits(self) -> Self:
        for name, contender in self.contender.items():
            if isinstance(contender, Mof):
                self._check_towers(name, contender)
        return self

    @model_validator(mode="after")
    def _asks_by_a_prompt_it_has(self) -> Self:
        for name, contender in self.contender.items():
            if contender.prompt not in self.prompt:
                known = ", ".join(self.prompt) or "none"
                raise ValueError(
                    f"contender.{name}.prompt is {contender.prompt!r}; there are {known}: name it"
                    " in prompt"
                )
        return self

    @model_validator(mode="after")
    def _names_apart(self) -> Self:
        """Files of models go by name, and so do those of who judges or votes."""
        if both := sorted(set(self.encoder) & set(self.contender)):
            raise ValueError(f"contender.{both[0]} has the name of an encoder; choose another")
        for group in ("encoder", "contender"):
            for name in ("judge", "patterns"):
                if name in getattr(self, group):
                    raise ValueError(f"{group}.{name} has a name that is taken; choose another")
            # in exported tables each has columns of its name beside those of the keys
            for name in ("question_id", "pair_id", "image_id", "benchmark", "pattern", "factor"):
                if name in getattr(self, group):
                    raise ValueError(
                        f"{group}.{name} has the name of a column of tables; choose another"
                    )
        return self

    def _check_towers(self, name: str, contender: Mof) -> None:
        if self.world is None:
            raise ValueError(
                f"contender.{name}.kind is {contender.kind}, which learns from a rendered world;"
                " take pool=world, or a contender of another kind"
            )
        trained = ", ".join(self.trained) or "none"
        for tower in contender.towers:
            if tower not in self.encoder:
                known = ", ".join(self.encoder) or "none"
                raise ValueError(
                    f"contender.{name}.towers names the encoder {tower!r}; there are {known}"
                )
            if self.encoder[tower].train is None:
                raise ValueError(
                    f"contender.{name}.towers names {tower}, which was trained elsewhere; a small"
                    f" LLaVA is fed by encoders that the study trains: {trained}"
                )
        towers = [r.vision for t in contender.towers if (r := self.encoder[t].train) is not None]
        if any(-contender.layer > tower.layers for tower in towers):
            raise ValueError(f"contender.{name}.layer is {contender.layer}, above its towers")
        if contender.mixture == "additive" and len({tower.width for tower in towers}) > 1:
            raise ValueError(f"contender.{name}.towers differ in width and can't be added")
        if contender.mixture != "none" and len({t.num_patches for t in towers}) > 1:
            raise ValueError(f"contender.{name}.towers differ in patches and can't be mixed")
