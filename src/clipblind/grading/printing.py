"""Grades as a person reads them in a terminal."""

from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from clipblind.grading.labels import CIRCULAR, CORRECTED
from clipblind.grading.standalone import CONSTANT, GUESSING, Graded

WIDTH: Final = 110  # where there is no terminal
SETS: Final = {
    "": "as published",
    CORRECTED: "corrected",
    CIRCULAR: "both orders",
    CORRECTED + CIRCULAR: "both orders, corrected",
}


def show(graded: Graded, console: Console | None = None) -> None:
    """Print scores, chance, what was left unscored, and comparisons."""
    out = console or Console()
    if console is None and not out.is_terminal:
        out = Console(width=WIDTH)
    out.print(_scores(graded))
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


def _scores(graded: Graded) -> Table:
    table = _table("answers", "labels", "pairs right", "95 %", "questions right", "95 %", "unscored")
    for row in graded.scores.sort("contender", "benchmark").iter_rows(named=True):
        pairs = round(row["pair_accuracy"] * row["pairs"])
        table.add_row(
            row["contender"],
            _labels(row["benchmark"]),
            f"{pairs} of {row['pairs']}, {_percent(row['pair_accuracy'])} %",
            _between(row["low"], row["high"]),
            f"{row['questions_right']} of {row['questions']}, "
            f"{_percent(row['question_accuracy'])} %",
            _between(row["questions_low"], row["questions_high"]),
            str(row["unscored"]),
        )
    table.add_section()
    for name, (pairs_, questions) in (("guessing", GUESSING), ("one option always", CONSTANT)):
        expected = (f"{_percent(pairs_)} %", "", f"{_percent(questions)} %", "", "")
        table.add_row(name, "(from theory)", *expected, style="dim")
    return table


def _patterns(graded: Graded) -> Table:
    table = _table("answers", "labels", "pattern", "pairs right", "95 %", "unscored")
    for row in graded.patterns.sort("contender", "benchmark", "pattern").iter_rows(named=True):
        right = round(row["pair_accuracy"] * row["pairs"])
        share = f"{right} of {row['pairs']}, {_percent(row['pair_accuracy'])} %"
        bounds = _between(row["low"], row["high"])
        named = row["pattern"] or "none"
        labels = _labels(row["benchmark"])
        table.add_row(row["contender"], labels, named, share, bounds, str(row["unscored"]))
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
            f"{row['p_holm']:.3f}",
        )
    table.caption = "Pairs of the benchmark; McNemar's exact test, p corrected by Holm's method."
    return table


def _table(*heads: str) -> Table:
    table = Table(caption_justify="left")
    text = ("answers", "labels", "pattern", "first", "second")
    for head in heads:
        table.add_column(head, justify="left" if head in text else "right")
    return table


def _labels(benchmark: str) -> str:
    suffix: Any = max((s for s in SETS if benchmark.endswith(s)), key=len)
    return SETS[suffix]


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def _between(low: float, high: float) -> str:
    return f"{_percent(low)} to {_percent(high)}"
