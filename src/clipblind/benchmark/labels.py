"""Sets of labels: as published and, for MMVP, with the corrections of its issues 14 and 30."""

import hashlib
from collections.abc import Iterable
from typing import Final

import polars as pl

from clipblind.benchmark.ids import index_of
from clipblind.printed import table

CORRECTED: Final = "_corrected"
CIRCULAR: Final = "_circular"
OFFICIAL: Final = "_official"
QUESTIONS: Final = 300
OTHER: Final = {"a": "b", "b": "a"}
SHORT: Final = 4  # digits of a digest
# of the question and the options of each pair of MMVP; copies differ in a few, never in more
TEXTS: Final = (
    "eb65f1adcc938bf62cfb218146c2ce0334a5037c41797ebba8f4577a42ab842ca05ad1a9471bb498"
    "1a0c378a0a3f1b8c67da13a745b5d6d113e85509113355fa35b9fb711342e6d1eab401afc68ceb79"
    "b075e7cc38e9f3b524fed7f2491141e3047c42ce94dcfbc3b3a29448ffa3d3e28e09a16439a31168"
    "9e7078a45e3d74062b7eb9afb8e8e723b49e25ec6886cf4ce1e5ca7c689196d3db5e7573085df197"
    "a6f801682121e023d6e5195eea2cefb8a1812c68000189767414bece41bdd8cae12a091c6e16c604"
    "136e3278943983ee13cac586ecd4e5add2e29dcf4b65babfbbf089014e9c4ba97817e56efdade69d"
    "9a63ad06fb49eb6e1199623f0a8d07d179ae74accbefbd2d04d09b9d86dbf5c75a99d7bbdfa1f739"
    "0dd3b0dac1b0e7368e83da50ee1a111401cf3d7b"
)
ALIKE: Final = 140  # of 150 pairs


def label_sets(questions: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The questions under each set of labels, by the name it goes by in results.

    Corrections are for MMVP alone. It is told by what it asks, and by its labels, which nobody
    shuffled: (a) for every odd index, (b) for every even one, in 300 rows. Other benchmarks in its
    layout have one set, and so have copies of MMVP with other labels.

    Args:
        questions: the table `QUESTIONS` of one benchmark, with published or corrected labels; at
            least one row.

    Returns:
        The published labels first, under the benchmark's own name.
    """
    name = questions["benchmark"][0]
    mended = dict(table("mmvp_label_corrections").select("Index", "corrected").iter_rows())
    index = index_of(questions)
    if index is None or not asks_as_mmvp(questions):
        return {name: questions}
    exchange = pl.Series([i in mended for i in index])
    other = _exchanged(questions, exchange)
    published = next((q for q in (questions, other) if _is_mmvp(q, index)), None)
    if published is None:
        return {name: questions}
    return {name: published, f"{name}{CORRECTED}": _exchanged(published, exchange)}


def asks_as_mmvp(questions: pl.DataFrame) -> bool:
    """Whether these are MMVP's questions, whatever their labels.

    A copy may differ in the words of a few pairs, but not of those whose labels were corrected.

    Args:
        questions: the table `QUESTIONS` of one benchmark.
    """
    index = index_of(questions)
    if index is None or sorted(index) != list(range(1, QUESTIONS + 1)):
        return False
    texts = questions.select("question", "option_a", "option_b").iter_rows()
    same = {i for i, row in zip(index, texts, strict=True) if _text_digest(i, row) == _published(i)}
    return len(same) >= 2 * ALIKE and same >= set(table("mmvp_label_corrections")["Index"])


def _published(index: int) -> str:
    at = (index - 1) // 2 * SHORT
    return TEXTS[at : at + SHORT]


def _text_digest(index: int, texts: Iterable[str]) -> str:
    """Of the letters and digits of a pair's texts; both of its rows have the same."""
    first = index - (index + 1) % 2
    bare = ("".join(c for c in text.lower() if c.isalnum()) for text in texts)
    return hashlib.sha256("\n".join((str(first), *bare)).encode()).hexdigest()[:SHORT]


def _is_mmvp(questions: pl.DataFrame, index: list[int]) -> bool:
    pairs = zip(index, questions["answer"], strict=True)
    return all(answer == ("a" if i % 2 else "b") for i, answer in pairs)


def _exchanged(questions: pl.DataFrame, where: pl.Series) -> pl.DataFrame:
    other = pl.col("answer").replace_strict(OTHER)
    return questions.with_columns(answer=pl.when(where).then(other).otherwise("answer"))
