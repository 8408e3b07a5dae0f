"""Who judges answers that no rule can read, and how questions get their visual pattern."""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, model_validator

from clipblind.study.settings.base import Model, NonNegativeInt, Share, Text
from clipblind.study.settings.contenders import UNFIT, Contender


def _reads_what_it_is_shown(by: object) -> object:
    kind = by.get("kind") if isinstance(by, dict) else getattr(by, "kind", "")
    if kind in UNFIT:
        raise ValueError(f"{UNFIT[kind]}; take kind: transformers or openai")
    return by


Reader = Annotated[Contender, BeforeValidator(_reads_what_it_is_shown)]


class Judge(Model):
    """Who decides what the parser can't, and checks what it isn't sure of.

    Attributes:
        asks: `undecided` (what the parser left open, and what it could only read from sentences) or
            `all` (then agreement is reported). Where judge and parser disagree, nobody decides.
        official: whether the paper's own judge is run too, for every answer; it is told the right
            answer and says yes or no, and is reported beside ours.
        by: the back-end that judges; a model here or behind a server that follows
            instructions.
        version: of the judge's wording, kept beside every judgement.
    """

    asks: Literal["undecided", "all"] = "undecided"
    official: bool = False
    by: Reader
    version: Text = "1"


class Patterns(Model):
    """How questions get their visual pattern.

    Attributes:
        file: a person's CSV with `pair_id` (or MMVP's `Index`) and `pattern`; goes first.
        votes: of the judge for each pair, if there is no file; 0: patterns stay unknown.
        by: the back-end that votes, as of a judge.
        agreement: a pattern is taken if at least this share of votes is for it.
    """

    file: str = ""
    votes: NonNegativeInt = 0
    by: Reader | None = None
    agreement: Share = 0.5

    @model_validator(mode="after")
    def _has_who_votes(self) -> Self:
        if self.votes and self.by is None:
            raise ValueError("votes need a back-end in `by`")
        return self
