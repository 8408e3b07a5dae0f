"""What the scores on MMVP say about themselves, recomputed."""

from collections.abc import Iterator
from math import ceil, floor
from typing import Any, Final

import polars as pl

from clipblind.ground.stats import wilson
from clipblind.printed.lines import Line, Tables, is_share_of, nearest

PAIRS: Final = 150
QUESTIONS: Final = 300

SCORES: Final = (
    ("Figure 4", "mllm_fig4", ("model",), "pair_accuracy"),
    ("GPT-4V's ablations", "gpt4v_ablations", ("prompt",), "pair_accuracy"),
    ("Table 2, by SSL ratio", "mof_table2_additive", ("ssl_ratio",), "mmvp"),
    ("Table 3", "mof_table3_interleaved", ("method", "resolution"), "mmvp"),
    ("I-MoF with other SSL encoders", "mof_ssl_encoders", ("ssl_encoder",), "mmvp"),
)
"""What to call a table, its name, the columns that name a row, the column of the score."""

REPEATED: Final = (
    (("mof_table2_additive", (0.0,)), ("mof_table3_interleaved", ("LLaVA", 224))),
    (("mllm_fig4", ("LLaVA",)), ("mof_table3_interleaved", ("LLaVA", 336))),
    (("mllm_fig4", ("LLaVA-1.5",)), ("mof_table3_interleaved", ("LLaVA-1.5", 336))),
    (("mllm_fig4", ("GPT-4V",)), ("gpt4v_ablations", ("as asked",))),
    (
        ("mof_ssl_encoders", ("DINOv2",)),
        ("mof_table3_interleaved", ("LLaVA-1.5 + I-MoF", 224)),
    ),
)
"""Two places where one score is printed: a table's name and its row's key, twice."""


def check_counts(tables: Tables) -> Iterator[Line]:
    """Is every score a count of 150 pairs? Each with its 95 % interval."""
    for about, name, keys, column in SCORES:
        for row in tables[name].iter_rows(named=True):
            who = " ".join(str(row[key]) for key in keys)
            if who == "Human":
                text = f"{who}: {row[column]} is a mean share of questions, so no count of pairs"
                yield Line(about, text, None)
            elif who != "Random":  # what guessing expects is no count
                yield _count(about, who, row[column])


def check_repeated(tables: Tables) -> Iterator[Line]:
    """Is a score that is printed twice the same in both places?"""
    for first, second in REPEATED:
        (here, a), (there, b) = (_find(tables, *place) for place in (first, second))
        text = f"{here} has {a}; {there} has {b}"
        yield Line("Printed twice", text, a == b)


def _count(about: str, who: str, printed: float) -> Line:
    fits, k = is_share_of(printed, PAIRS), nearest(printed, PAIRS)
    below, above = (k, k) if fits else (f(printed * PAIRS / 100) for f in (floor, ceil))
    low, high = 100 * wilson(below, PAIRS).low, 100 * wilson(above, PAIRS).high
    interval = f"95 % interval {low:.1f} to {high:.1f}"
    if fits:
        return Line(about, f"{who}: {printed} is {k} of {PAIRS} pairs; {interval}", True)
    halves = f", but {nearest(printed, QUESTIONS)} of {QUESTIONS}"
    also = halves if is_share_of(printed, QUESTIONS) else ""
    beside = f"{below} are {100 * below / PAIRS:.1f}, {above} are {100 * above / PAIRS:.1f}"
    text = f"{who}: {printed} is no count of {PAIRS} pairs ({beside}){also}; {interval}"
    return Line(about, text, False)


def _find(tables: Tables, name: str, key: tuple[Any, ...]) -> tuple[str, float]:
    about, keys, column = next((s[0], s[2], s[3]) for s in SCORES if s[1] == name)
    chosen = [pl.col(k) == value for k, value in zip(keys, key, strict=True)]
    score: float = tables[name].filter(chosen)[column].item()
    return f"{about}, {' '.join(str(value) for value in key)}", score
