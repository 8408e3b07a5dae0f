"""This run's contenders beside the paper's Figure 4, where they were asked MMVP."""

from collections.abc import Iterator
from typing import Final

from clipblind.grading.figure4 import PEOPLE
from clipblind.printed import figure4
from clipblind.report.numbers import between, listing, percent, plural
from clipblind.report.results import Results, Row

PAIRS: Final = 150  # of MMVP
RANDOM: Final = "Random"
RETIRED: Final = ("Gemini", "GPT-4V", "Bard", "Bing Chat")
"""What was asked under these names at the paper's time is another model than any of today."""

UNSIZED: Final = ("InstructBLIP", "mini-GPT4")
"""Whose size Figure 4 doesn't tell."""


def beside_figure4(results: Results) -> list[Row]:
    """Rows of `AGAINST_FIGURE4` with labels, in the order of Figure 4."""
    rows = results.table("figure4").sort("paper", "contender", descending=[True, False])
    return [{**row, "label": results.label(row["contender"])} for row in rows.iter_rows(named=True)]


def figure4_said(results: Results) -> list[str]:
    """How far ours lies from the paper's, and what to know before the two are compared."""
    rows = beside_figure4(results)
    if not rows:
        return []
    far = max(rows, key=lambda row: abs(row["difference"]))
    inside, bounds = sum(row["inside"] for row in rows), between(far["low"], far["high"])
    return [
        f"The paper’s figure lies within our 95 % interval for {inside} of"
        f" {plural(len(rows), 'contender')}; furthest off is {far['label']},"
        f" {percent(far['accuracy'])} here ({bounds}) and {percent(far['paper'])} there.",
        *_caveats({row["row"] for row in rows}),
    ]


def _caveats(rows: set[str]) -> Iterator[str]:
    printed = dict(figure4().iter_rows())
    if PEOPLE in rows:
        yield (
            f"The paper’s {percent(printed[PEOPLE])} of people is the mean share of right questions"
            " over four volunteers, so questions are set beside it, not pairs."
        )
    odd = [name for name in printed if name in rows - {PEOPLE} and _is_no_count(printed[name])]
    if odd:
        told = listing(f"{percent(printed[name])} ({name})" for name in odd)
        yield f"No whole number of {PAIRS} pairs gives {told}, so it can’t be met exactly."
    if unsized := [name for name in UNSIZED if name in rows]:
        yield f"Which size of {listing(unsized)} the paper asked is not known here."
    if retired := [name for name in RETIRED if name in rows]:
        yield (
            f"Figure 4’s {listing(retired)} of the paper’s time is another model than any of today."
        )
    missing = [name for name in printed if name not in rows | {RANDOM}]
    if missing:
        told = listing(f"{name} ({percent(printed[name])})" for name in missing)
        yield f"Of Figure 4, this study did not ask {told}."
    if gone := [name for name in RETIRED if name in missing]:
        yield (
            f"{listing(gone)} of the paper’s time can’t be asked any more; recorded answers can"
            " stand in."
        )


def _is_no_count(share: float) -> bool:
    """Whether no number of pairs, printed as the paper prints it, is this share."""
    near = round(share * PAIRS) / PAIRS
    return round(100 * near, 1) != round(100 * share, 1)
