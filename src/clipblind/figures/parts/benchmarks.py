"""What figures say of benchmarks: their names and colours, and what guessing scores on them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from matplotlib.axes import Axes

from clipblind.figures.parts.read import Inputs, table
from clipblind.figures.parts.style import (
    BLUE,
    GREEN,
    INK,
    MUTED,
    ORANGE,
    PURPLE,
    VERMILION,
    Mark,
)
from clipblind.ground.tables.benchmark import BENCHMARKS

FIGURE4: Final = "mmvp"
"""The benchmark of the paper's Figure 4."""

TABLE1: Final = "mmvp_vlm"
"""The benchmark of the paper's Table 1."""

_WORDS: Final = {
    "mined": "mined pairs",
    "random": "random pairs",
    "twins": "twin pairs",
    "statements": "twins with statements",
    FIGURE4: "MMVP",
    TABLE1: "MMVP-VLM",
}
_COLOURS: Final = {"mined": VERMILION, "random": BLUE, "twins": GREEN}
_OTHERS: Final = (ORANGE, PURPLE, INK)


@dataclass(frozen=True)
class Benchmark:
    """One benchmark of questions.

    Attributes:
        name: as the study calls it.
        control: whether its pairs were drawn as a control for the study's headline.
        corrected: the name of its corrected labels in results; empty if it has none.
        chance: the share of pairs that fair guesses get right.
    """

    name: str
    control: bool
    corrected: str
    chance: float

    @property
    def words(self) -> str:
        """What it is called in figures."""
        return in_words(self.name)


def read_benchmarks(inputs: Inputs) -> dict[str, Benchmark]:
    """The benchmarks of a study by name, the headline first; other readings are part of them."""
    rows = list(table(inputs, "benchmarks", BENCHMARKS).iter_rows(named=True))
    names = {row["benchmark"] for row in rows}
    own = [row for row in rows if row["of"] == row["benchmark"]]
    return {
        row["benchmark"]: Benchmark(
            name=row["benchmark"],
            control=place > 0 and row["kind"] == "truth",
            corrected=next(iter({f"{row['benchmark']}_corrected"} & names), ""),
            chance=row["chance"],
        )
        for place, row in enumerate(own)
    }


def in_words(name: str) -> str:
    """What a benchmark is called in figures."""
    return _WORDS.get(name, name)


def colours_of(names: Iterable[str]) -> dict[str, str]:
    """A colour for each benchmark, the same in all figures."""
    names = list(names)
    others = [name for name in names if name not in _COLOURS]
    found = {name: _OTHERS[i % len(_OTHERS)] for i, name in enumerate(others)}
    return {name: _COLOURS.get(name) or found[name] for name in names}


def guessing(chances: Iterable[float]) -> Mark:
    """For a figure's key: what fair guesses get right."""
    return (f"independent guessing, {levels(chances)}", MUTED, "dashes")


def levels(chances: Iterable[float]) -> str:
    """Levels of guessing in words, each once."""
    return ", ".join(f"{100 * chance:.3g} %" for chance in sorted(set(chances)))


def chance_lines(axes: Axes, chances: Iterable[float], *, upright: bool = True) -> None:
    """A dashed line at each level of guessing."""
    line = axes.axvline if upright else axes.axhline
    for chance in sorted(set(chances)):
        line(chance, color=MUTED, linewidth=0.9, linestyle=(0, (2, 2)), zorder=1)


def chances_of(benchmarks: Mapping[str, Benchmark], names: Iterable[str]) -> list[float]:
    """The levels of guessing of some benchmarks, each once."""
    return sorted({benchmarks[name].chance for name in names if name in benchmarks})
