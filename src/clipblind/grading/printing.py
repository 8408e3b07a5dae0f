"""Grades as a person reads them in a terminal."""

from typing import Any, Final

import polars as pl
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from clipblind.benchmark.labels import CIRCULAR, CORRECTED
from clipblind.grading.standalone import Graded
from clipblind.ground.tables.scores import TIERS

WIDTH: Final = 124  # where there is no terminal
NONE: Final = "\N{EN DASH}"  # where there is no pair
SETS: Final = {
    "": "as published",
    CORRECTED: "corrected",
    CIRCULAR: "as published, both orders",
}


def show(graded: Graded, console: Console | None = None) -> None:
    """Print scores, chance, what was left unscored, and comparisons."""
    out = console or Console()
    if console is None and not out.is_terminal:
        out = Console(width=WIDTH)
    for name, notes in graded.notes.items():
        for note in notes:
            out.print(Text(f"{name}: {note}."))
    out.print(_scores(graded))
    if graded.unpaired:
        out.print(Text(f"No pairs are scored: {graded.unpaired}."))
    for row in graded.unscored.iter_rows(named=True):
        many = "question is" if row["questions"] == 1 else "questions are"
        out.print(
            Text(
                f"{row['contender']}: {row['questions']} {many} unscored: {row['reason']}"
                f" (such as {row['first']})"
            )
        )
    if len(graded.patterns):
        out.print(_patterns(graded))
    if len(graded.paired):
        out.print(_paired(graded))


def show_agreement(agreement: pl.DataFrame, console: Console | None = None) -> None:
    """Print how many answers readers decided, and where they conflict: the table `CALIBRATION`."""
    out = console or Console()
    if console is None and not out.is_terminal:
        out = Console(width=WIDTH)
    heads = ("1st only", "2nd only", "neither", "agree", "conflict", "kappa, 95 %")
    table = _table("answers", "first", "second", "read", *heads)
    for row in agreement.iter_rows(named=True):
        first, second, both = (
            row[name] for name in ("first_decided", "second_decided", "both_decided")
        )
        counts = (first - both, second - both, row["answers"] - first - second + both)
        defined = row["kappa_open"] == row["kappa_open"]
        table.add_row(
            *(row["contender"], row["first"], row["second"], str(row["answers"])),
            *map(str, (*counts, row["agree"], both - row["agree"])),
            f"{row['kappa_open']:.2f} ({row['low_open']:.2f} to {row['high_open']:.2f})"
            if defined
            else "–",
        )
    table.caption = "Cohen's kappa, an answer left open being a category of its own."
    out.print(table)


def _scores(graded: Graded) -> Table:
    heads = ("pairs right %", "95 %", "questions right %", "95 %")
    table = _table("answers", "labels", *heads, *TIERS, "unscored")
    for row in graded.scores.sort("contender", "benchmark").iter_rows(named=True):
        table.add_row(
            row["contender"],
            _labels(row["benchmark"]),
            _pairs_right(row),
            _between(row["low"], row["high"]),
            f"{row['questions_right']}/{row['questions']} {_percent(row['question_accuracy'])}",
            _between(row["questions_low"], row["questions_high"]),
            *(str(row[tier]) for tier in TIERS),
            str(row["unscored"]),
        )
    table.add_section()
    for name, expected in (("guessing", graded.guessing), ("constant", graded.constant)):
        of_pairs = NONE if expected.pairs is None else _percent(expected.pairs)
        shares = (of_pairs, "", _percent(expected.questions or 0))
        table.add_row(name, "theory", *shares, style="dim")
    return table


def _patterns(graded: Graded) -> Table:
    table = _table("answers", "pattern", "pairs right %", "95 %", *TIERS, "unscored")
    first = graded.patterns.filter(pl.col("benchmark") == pl.col("benchmark").first())
    for row in first.sort("contender", "pattern").iter_rows(named=True):
        named, bounds = row["pattern"] or "none", _between(row["low"], row["high"])
        counts = (str(row[count]) for count in (*TIERS, "unscored"))
        table.add_row(row["contender"], named, _pairs_right(row), bounds, *counts)
    return table


def _paired(graded: Graded) -> Table:
    heads = ("labels", "first", "second", "only first", "only second", "difference", "95 %", "p")
    table = _table(*heads)
    for row in graded.paired.iter_rows(named=True):
        table.add_row(
            *(_labels(row["benchmark"]), row["first"], row["second"]),
            *(str(row["only_first"]), str(row["only_second"])),
            f"{100 * row['difference']:+.1f}",
            _between(row["low"], row["high"]),
            "< 0.001" if row["p_holm"] < 0.001 else f"{row['p_holm']:.3f}",
        )
    table.caption = "Pairs of the benchmark; McNemar's exact test, p corrected by Holm's method."
    return table


def _table(*heads: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, caption_justify="left")
    text = ("answers", "labels", "pattern", "first", "second")
    for head in heads:
        table.add_column(head, justify="left" if head in text else "right")
    return table


def _labels(benchmark: str) -> str:
    suffix: str = max((s for s in SETS if benchmark.endswith(s)), key=len)
    return SETS[suffix]


def _pairs_right(row: dict[str, Any]) -> str:
    if not row["pairs"]:
        return NONE
    right = round(row["pair_accuracy"] * row["pairs"])
    return f"{right}/{row['pairs']} {_percent(row['pair_accuracy'])}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def _between(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return NONE
    return f"{_percent(low)} to {_percent(high)}"
