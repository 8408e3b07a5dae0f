"""Numbers over seeds: read by what they are of, drawn as small dots below their mean."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan

import polars as pl
from matplotlib.axes import Axes

from clipblind.figures.parts.style import interval

Key = tuple[str, ...]
Mean = tuple[float, float, float]


@dataclass(frozen=True)
class Number:
    """One kind of number over seeds, by what it is of.

    Attributes:
        values: those of the seeds, in the seeds' order.
        means: (mean, low, high), with Student's 95 % interval.
    """

    values: Mapping[Key, list[float]]
    means: Mapping[Key, Mean]

    def present(self, place: int) -> list[str]:
        """What stands at one place of the keys, in the order of the table."""
        return list(dict.fromkeys(key[place] for key in self.values))


def read_number(numbers: pl.DataFrame, spread: pl.DataFrame, of: str, number: str) -> Number:
    """One kind of number.

    Args:
        numbers: the table `NUMBERS`.
        spread: the table `SPREAD`.
        of: the table that it comes from, as `matching/scores`.
        number: its column there.
    """
    chosen = (pl.col("table") == of) & (pl.col("number") == number)
    values: dict[Key, list[float]] = {}
    for row in numbers.filter(chosen).sort("seed", maintain_order=True).iter_rows(named=True):
        values.setdefault(_key(row["what"]), []).append(_float(row["value"]))
    means = {
        _key(row["what"]): (_float(row["mean"]), _float(row["low"]), _float(row["high"]))
        for row in spread.filter(chosen).iter_rows(named=True)
    }
    return Number(values, means)


def draw_seeds(axes: Axes, y: float, values: Sequence[float], mean: Mean, colour: str) -> None:
    """A row: the mean on its interval, and below it a small dot for each seed."""
    interval(axes, y - 0.13, mean, colour, 5)
    axes.plot(
        values, [y + 0.24] * len(values), "o", color=colour, markersize=2.6, alpha=0.75, mew=0
    )


def _key(what: str) -> Key:
    return tuple(what.split("/"))


def _float(value: float | None) -> float:
    return nan if value is None else value
