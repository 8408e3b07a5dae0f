"""What of a study holds over seeds: contenders, the caption control, counts of blind pairs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import log10
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from clipblind.figures.mention import LOWEST, above_chance, caption_axis
from clipblind.figures.parts.benchmarks import chance_lines, colours_of, guessing, in_words
from clipblind.figures.parts.over_seeds import Number, draw_seeds, read_number
from clipblind.figures.parts.panels import Grid
from clipblind.figures.parts.read import Inputs, table
from clipblind.figures.parts.style import (
    BLUE,
    FAINT,
    INK,
    MARGIN,
    MUTED,
    SAND,
    SMALL,
    VERMILION,
    Mark,
    nothing,
    share_axis,
    sheet,
    styled,
    width_of,
)
from clipblind.ground.factors import FACTORS
from clipblind.ground.tables.answers import MADE
from clipblind.ground.tables.controls import NUMBERS, SPREAD
from clipblind.study.settings.figure import Figure as Settings

TITLE: Final = "What holds over seeds"
ROW: Final = 0.22
HEADING, GAP = 0.3, 0.14
CHANCE: Final = 0.25
"""What guessing gets of pairs with one question, as all benchmarks of studies over seeds have."""

THRESHOLDS: Final = {"cosine": (INK, -0.14), "quantile": (VERMILION, 0.14)}
"""Colour of each kind of threshold, as in the figure of all pairs, and its place in a row."""
NO_PAIR: Final = 0.4
"""Where no pair stands on a logarithmic axis."""


@dataclass(frozen=True)
class Section:
    """A heading over equal panels.

    Attributes:
        heading: what the panels show.
        rows: names of the rows that all panels share.
        titles: of the panels, each with a quieter second line.
        panel: draws panel number i.
    """

    heading: str
    rows: Sequence[str]
    titles: Sequence[tuple[str, str]]
    panel: Callable[[int, Axes], None]

    def grid(self, names: float) -> Grid:
        columns = min(4, len(self.titles))
        return Grid(len(self.titles), columns, ROW * len(self.rows), names)


@styled
def draw(inputs: Inputs, settings: Settings) -> Figure:
    """Contenders by benchmark, caption policies by factor, and counts of blind pairs."""
    numbers, spread = table(inputs, "numbers", NUMBERS), table(inputs, "spread", SPREAD)
    labels = dict(table(inputs, "made", MADE).select("contender", "label").iter_rows())

    def number(of: str, column: str) -> Number:
        return read_number(numbers, spread, of, column)

    accuracy, rates = (
        number("matching/zero_shot", "accuracy"),
        number("matching/zero_shot", "mention_rate"),
    )
    compared = number("matching/paired", "difference").present(1)
    found = (
        _contenders(number("scores/benchmarks", "pair_accuracy"), labels),
        _captions(accuracy, rates, compared),
        _blind_pairs(number("controls/survey", "blind_pairs")),
    )
    sections = [section for section in found if section is not None]
    if not sections:
        return nothing(settings, TITLE, "No seed has any numbers.")
    names = 0.12 + max(width_of(row, SMALL) for section in sections for row in section.rows)
    grids = [section.grid(names) for section in sections]
    seeds = [str(seed) for seed in numbers["seed"].unique().sort()]
    subtitle = (
        f"{'Seeds' if len(seeds) > 1 else 'Seed'} {', '.join(seeds)}; scenes, captions, weights,"
        " batches, pairs and questions are drawn anew for each. Small dots: the seeds. Large dot:"
        " their mean with Student's 95 % interval over seeds, which is wide for few of them. Grey:"
        " not told apart from guessing."
    )
    on = sheet(settings, TITLE, subtitle, sum(HEADING + g.total + GAP for g in grids), KEY)
    top = 0.06
    for section, grid in zip(sections, grids, strict=True):
        on.text(MARGIN, top, section.heading, fontsize=10, fontweight="bold")
        grid.draw(on, top + HEADING, section.titles, section.panel, section.rows)
        top += HEADING + grid.total + GAP
    return on.figure


KEY: Final[tuple[Mark, ...]] = (
    guessing([CHANCE]),
    ("share of captions that name the factor", SAND, "box"),
    ("blind pairs at fixed thresholds", INK, "dot"),
    ("and at quantiles", VERMILION, "dot"),
)


def _contenders(scores: Number, labels: Mapping[str, str]) -> Section | None:
    present = scores.present(0)
    contenders = [name for name in labels if name in present]
    found = scores.present(1)
    # other readings of a benchmark go by its name and an ending
    colours = colours_of(b for b in found if not any(b.startswith(f"{o}_") for o in found))
    benchmarks = list(colours)
    if not contenders or not benchmarks:
        return None

    def panel(i: int, axes: Axes) -> None:
        share_axis(axes, len(contenders))
        chance_lines(axes, [CHANCE])
        for y, contender in enumerate(contenders):
            key, colour = (contender, benchmarks[i]), colours[benchmarks[i]]
            if key in scores.values:
                draw_seeds(axes, y, scores.values[key], scores.means[key], colour)

    titles = [(in_words(b), "pair accuracy") for b in benchmarks]
    return Section("Contenders", [labels[name] for name in contenders], titles, panel)


def _captions(accuracy: Number, rates: Number, compared: Sequence[str]) -> Section | None:
    """The base and the CLIPs whose captions name factors at other rates than the base's."""
    encoders, factors = accuracy.present(0), accuracy.present(1)
    if not encoders or not rates.values:
        return None
    base = compared[0] if compared else encoders[0]

    def rates_of(encoder: str) -> list[float]:
        # settings, hence the same for all seeds
        return [rates.values[encoder, factor][0] for factor in factors]

    others = [e for e in encoders if e != base and rates_of(e) != rates_of(base)]
    shown = [base, *others]
    by_rate = sorted(factors, key=lambda factor: -rates.values[base, factor][0])

    def panel(i: int, axes: Axes) -> None:
        caption_axis(axes, len(by_rate))
        for y, factor in enumerate(by_rate):
            key, chance = (shown[i], factor), 1 / len(FACTORS[factor].values)
            axes.barh(y, rates.values[key][0], height=0.8, color=SAND, zorder=2)
            values = [above_chance(value, chance) for value in accuracy.values[key]]
            mean, low, high = (above_chance(bound, chance) for bound in accuracy.means[key])
            colour = BLUE if low > 0 else MUTED
            draw_seeds(axes, y, values, (mean, max(low, LOWEST), min(high, 1.1)), colour)

    titles = [(name, "zero-shot accuracy, corrected for chance") for name in shown]
    return Section("What captions name, and what CLIP then recognises", by_rate, titles, panel)


def _blind_pairs(counts: Number) -> Section | None:
    encoders, most = counts.present(0), max((max(v) for v in counts.values.values()), default=0)
    if not encoders:
        return None
    ticks = [10**d for d in range(int(log10(max(most, 1))) + 1)]

    def panel(_: int, axes: Axes) -> None:
        axes.set_xscale("log")
        axes.set(xlim=(NO_PAIR / 1.3, 2 * max(most, 10)), ylim=(len(encoders) - 0.5, -0.5))
        axes.set_yticks([])
        axes.set_xticks([NO_PAIR, *ticks], ["0", *(f"{tick:,}" for tick in ticks)])
        axes.set_xticks([], minor=True)
        axes.grid(axis="x", color=FAINT, linewidth=0.7, zorder=0)
        for (encoder, kind), values in counts.values.items():
            at, colour, shift = [max(value, NO_PAIR) for value in values], *THRESHOLDS[kind]
            y = [encoders.index(encoder) + shift] * len(at)
            axes.plot(at, y, "-", color=colour, linewidth=1.4, alpha=0.5)
            axes.plot(at, y, "o", color=colour, markersize=3.6, alpha=0.8, mew=0)

    titles = [("pairs that pass both thresholds", "a dot a seed, on a logarithmic axis")]
    return Section("Blind pairs, each CLIP as the probe", encoders, titles, panel)
