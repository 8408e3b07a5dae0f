"""Sets of labels: as published and, for MMVP, with the corrections of its issues 14 and 30."""

from typing import Final

import polars as pl

from clipblind.benchmark.ids import index_of
from clipblind.printed import table

CORRECTED: Final = "_corrected"
CIRCULAR: Final = "_circular"
OFFICIAL: Final = "_official"
QUESTIONS: Final = 300
OTHER: Final = {"a": "b", "b": "a"}


def label_sets(questions: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The questions under each set of labels, by the name it goes by in results.

    Corrections are for MMVP alone. It is told by its labels, which nobody shuffled: (a) for every
    odd index, (b) for every even one, in 300 rows. Other benchmarks in its layout have one set.

    Args:
        questions: the table `QUESTIONS` of one benchmark, with published or corrected labels; at
            least one row.

    Returns:
        The published labels first, under the benchmark's own name.
    """
    name = questions["benchmark"][0]
    mended = dict(table("mmvp_label_corrections").select("Index", "corrected").iter_rows())
    index = index_of(questions)
    if index is None or not set(mended) <= set(index):
        return {name: questions}
    exchange = pl.Series([i in mended for i in index])
    other = _exchanged(questions, exchange)
    published = next((q for q in (questions, other) if _is_mmvp(q, index)), None)
    if published is None:
        return {name: questions}
    return {name: published, f"{name}{CORRECTED}": _exchanged(published, exchange)}


def _is_mmvp(questions: pl.DataFrame, index: list[int]) -> bool:
    if len(questions) != QUESTIONS:
        return False
    pairs = zip(index, questions["answer"], strict=True)
    return all(answer == ("a" if i % 2 else "b") for i, answer in pairs)


def _exchanged(questions: pl.DataFrame, where: pl.Series) -> pl.DataFrame:
    other = pl.col("answer").replace_strict(OTHER)
    return questions.with_columns(answer=pl.when(where).then(other).otherwise("answer"))
