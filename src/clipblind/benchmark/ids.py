"""Ids of questions, and the numbers that published files know them by."""

import polars as pl


def index_of(questions: pl.DataFrame) -> list[int] | None:
    """MMVP's numbers of the questions, which end their ids; none if some id has no number."""
    numbers = questions["question_id"].str.extract(r"(\d+)$").cast(pl.Int64, strict=False)
    return None if numbers.null_count() else numbers.to_list()
