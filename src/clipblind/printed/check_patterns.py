"""What MMVP-VLM's tables and Figure 6 say about themselves, recomputed."""

from collections.abc import Iterator
from itertools import combinations
from statistics import correlation, fmean
from typing import Any, Final

import polars as pl

from clipblind.ground.patterns import AVERAGE, PATTERNS
from clipblind.printed.lines import Line, Tables, is_share_of, nearest, prints_as

COLUMNS: Final = tuple(pattern.column for pattern in PATTERNS)
PAIRS: Final = 15
"""Pairs of MMVP-VLM by pattern."""

MOST_PAIRS: Final = 150
"""A pattern has no more of MMVP's pairs."""

SYSTEMS: Final = ("InstructBLIP", "LLaVA-1.5", "Gemini", "GPT-4V")
"""The multimodal LLMs of Figure 6."""


def check_cells(about: str, rows: pl.DataFrame, named_by: list[str]) -> Iterator[Line]:
    """Is every cell a count of 15 pairs, and the average their sum out of 135? One line a row."""
    for row in rows.iter_rows(named=True):
        name = " ".join(str(row[column]) for column in named_by)
        counts = {column: nearest(row[column], PAIRS) for column in COLUMNS}
        wrong = [c for c in COLUMNS if not is_share_of(row[c], PAIRS)]
        total, of = sum(counts.values()), PAIRS * len(COLUMNS)
        same = prints_as(total / of, row[AVERAGE])
        cells = ", ".join(
            f"{c} {row[c]} is no count of {PAIRS} ({counts[c]} are {100 * counts[c] / PAIRS:.1f})"
            for c in wrong
        )
        average = f"{total} of {of} pairs are {100 * total / of:.1f}"
        text = f"{name}: {cells or f'all cells are counts of {PAIRS}'}; {average}"
        yield Line(about, text + ("" if same else f", not {row[AVERAGE]}"), not wrong and same)


def check_clip_column(tables: Tables) -> Line:
    """Which of Table 1's rows give Figure 6's CLIP column, when their mean is taken?"""
    figure = {row["pattern"]: row["CLIP"] for row in _figure6(tables)}
    rows = {
        f"{row['model']} {row['image_size']}": [nearest(row[c], PAIRS) / PAIRS for c in COLUMNS]
        for row in tables["mmvp_vlm_table1"].iter_rows(named=True)
    }
    sets = [s for size in range(1, len(rows) + 1) for s in combinations(rows, size)]
    fitting = [
        chosen
        for chosen in sets
        if all(
            prints_as(fmean(rows[name][i] for name in chosen), figure[column], digits=2)
            for i, column in enumerate(COLUMNS)
        )
    ]
    tried = f"of {len(sets):,} sets of Table 1's rows"
    means = " or of ".join(" + ".join(chosen) for chosen in fitting)
    said = f"is the mean of {means} ({tried})" if fitting else f"is the mean of none {tried}"
    return Line("Figure 6", f"the CLIP column {said}", len(fitting) == 1)


def check_correlations(tables: Tables) -> Iterator[Line]:
    """Do the columns of Figure 6 correlate as printed?"""
    rows = _figure6(tables)
    for system, printed in tables["pattern_correlations"].iter_rows():
        if system not in rows[0]:
            text = f"{system}: r {printed:.2f} can't be recomputed; the figure leaves it out"
            yield Line("Figure 6", text, None)
            continue
        r = correlation([row["CLIP"] for row in rows], [row[system] for row in rows])
        fits = abs(r - printed) <= 0.005 + 1e-9
        text = f"{system}: r with CLIP is {r:.3f}; the paper prints {printed:.2f}"
        yield Line("Figure 6", text, fits)


def check_sizes(tables: Tables) -> Iterator[Line]:
    """How many pairs has each pattern, and do the right ones add up to Figure 4?"""
    rows = _figure6(tables)
    sizes = {}
    for row in rows:
        pattern, shares = row["pattern"], [row[system] for system in SYSTEMS]
        fitting = pairs_implied(shares)
        if fitting:
            sizes[pattern] = fitting
        yield Line("Figure 6", f"{pattern}: {_implied(fitting)}", len(fitting) == 1)
    if len(sizes) < len(rows):
        return
    least, most = (sum(end(size) for size in sizes.values()) for end in (min, max))
    total = f"the patterns have {least} to {most} pairs together; MMVP has {MOST_PAIRS}"
    yield Line("Figure 6", total, least <= MOST_PAIRS <= most)
    printed = dict(tables["mllm_fig4"].iter_rows())
    for system in SYSTEMS:
        right = sum(_right(row[system], sizes[row["pattern"]]) for row in rows)
        wanted = nearest(printed[system], MOST_PAIRS)
        text = f"{system}: its right pairs add up to {right}; Figure 4 has {wanted}"
        yield Line("Figure 6", text, right == wanted)


def pairs_implied(shares: list[float]) -> tuple[int, ...]:
    """The fewest pairs of which all these percentages are shares.

    Returns:
        One number; or n and n + 1, where each percentage is a share of one or the other; or
        nothing, where no such numbers are.
    """
    for n in range(1, MOST_PAIRS):
        both = (n, n + 1)
        if all(any(is_share_of(x, m) for m in both) for x in shares):
            return tuple(m for m in both if all(is_share_of(x, m) for x in shares)) or both
    return ()


def _implied(sizes: tuple[int, ...]) -> str:
    if len(sizes) == 1:
        return f"all {len(SYSTEMS)} systems' shares are counts of {sizes[0]} pairs"
    some = f"{sizes[0]} does for some, {sizes[1]} for the others" if sizes else "nor do two"
    return f"no one number of pairs gives all {len(SYSTEMS)} systems' shares; {some}"


def _right(share: float, sizes: tuple[int, ...]) -> int:
    return next(nearest(share, n) for n in sizes if is_share_of(share, n))


def _figure6(tables: Tables) -> list[dict[str, Any]]:
    return list(tables["pattern_scores_fig6"].iter_rows(named=True))
