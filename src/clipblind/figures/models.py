"""What figures of real CLIP models share: scores, the paper's Table 1, and what each model is."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import polars as pl

from clipblind.figures import Inputs
from clipblind.figures.heat import AVERAGE
from clipblind.figures.read import Shares, patterns_in, shares, table
from clipblind.figures.style import BLUE, GREEN, MUTED, ORANGE, PURPLE, VERMILION, Mark
from clipblind.ground.tables.matching import AGAINST_TABLE1, MATCH_SCORES
from clipblind.printed import table1
from clipblind.study.settings.figure import FigureOfModels

NEEDS: Final = ("scores", "against")
DIRECTION: Final = "text_to_image"
COLOURS: Final = (BLUE, GREEN, VERMILION, PURPLE, ORANGE)
OTHERS: Final = "others"


@dataclass(frozen=True)
class ClipModel:
    """One model that was tested.

    Attributes:
        name: as the study calls it.
        label: as figures show it.
        family: the first word of its label, without a version.
        colour: of its family.
        row: its name in Table 1; empty if it is not there.
        image_size: side of its input in pixels.
        params_m: parameters in millions, both towers.
        samples_m: image-text pairs seen in training, in millions, if that is known.
        data: what it was trained on.
    """

    name: str
    label: str
    family: str
    colour: str
    row: str
    image_size: int
    params_m: float
    samples_m: float | None
    data: str


@dataclass(frozen=True)
class Tested:
    """All models of a study with their shares.

    Attributes:
        models: those of Table 1 first and in its order.
        columns: patterns, then the average.
        cells: (accuracy, low, high) by model and column.
        paper: Table 1's accuracy by model and column.
        beside: rows of `AGAINST_TABLE1` that have a figure of the paper.
        pairs: how many pairs the columns have, from the fewest to the most, without the average.
    """

    models: Sequence[ClipModel]
    columns: Sequence[str]
    cells: Shares
    paper: Mapping[tuple[str, str], float]
    beside: Sequence[Mapping[str, Any]]
    pairs: tuple[int, int]

    @property
    def pairs_in_words(self) -> str:
        """How many pairs a pattern has."""
        fewest, most = self.pairs
        return f"{most} pairs" if fewest == most else f"{fewest} to {most} pairs"


def read_models(inputs: Inputs, settings: FigureOfModels) -> Tested:
    """The models of `scores` and `against`, as `settings.encoders` describes them.

    Raises:
        UserError: if a table is missing or can't be read.
    """
    scores = table(inputs, "scores", MATCH_SCORES).filter(
        (pl.col("direction") == DIRECTION) & (pl.col("pairs") > 0)
    )
    against = table(inputs, "against", AGAINST_TABLE1).filter(
        pl.col("paper").is_not_null() & (pl.col("pairs") > 0)
    )
    single = scores.filter(pl.col("pattern") != AVERAGE)["pairs"].to_list()
    columns = patterns_in(scores)
    columns += [AVERAGE] if AVERAGE in scores["pattern"] else []
    beside = against.to_dicts()
    return Tested(
        models=_models(scores, settings),
        columns=columns,
        cells=shares(scores, "encoder", "pattern", "accuracy"),
        paper={(row["encoder"], row["pattern"]): row["paper"] for row in beside},
        beside=beside,
        pairs=(min(single, default=0), max(single, default=0)),
    )


def families(models: Sequence[ClipModel]) -> list[Mark]:
    """A dot for each family's colour, for a figure's key."""
    colours = {model.family: model.colour for model in models}
    marks: list[Mark] = [(name, colour, "dot") for name, colour in colours.items()]
    return [mark for mark in marks if mark[1] != MUTED] + (
        [(OTHERS, MUTED, "dot")] if MUTED in colours.values() else []
    )


def _models(scores: pl.DataFrame, settings: FigureOfModels) -> list[ClipModel]:
    rows = list(scores.unique("encoder", keep="first", maintain_order=True).iter_rows(named=True))
    known = {name: place for place, name in enumerate(table1()["row"].unique(maintain_order=True))}
    found = []
    for row in rows:
        told = settings.encoders.get(row["encoder"])
        label = (told.label if told else "") or row["encoder"]
        found.append(
            ClipModel(
                name=row["encoder"],
                label=label,
                family=re.split(r"[\s_\d]", label)[0] or label,
                colour=MUTED,
                row=told.row if told else "",
                image_size=row["image_size"],
                params_m=row["params_m"],
                samples_m=told.samples_m if told else None,
                data=told.data if told else "",
            )
        )
    return _coloured(sorted(found, key=lambda model: known.get(model.row, len(known))))


def _coloured(models: Sequence[ClipModel]) -> list[ClipModel]:
    """The same with a colour each for the largest families."""
    counts = Counter(model.family for model in models)
    largest = sorted(counts, key=lambda family: -counts[family])[: len(COLOURS)]
    order = [family for family in counts if family in largest]
    colours = dict(zip(order, COLOURS, strict=False))
    return [replace(model, colour=colours.get(model.family, MUTED)) for model in models]
