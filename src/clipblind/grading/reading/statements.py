"""Reads a statement as the answer to a yes/no question that is asked in the same words."""

from clipblind.grading.reading.options import Choice, Options


def read_statement(answer: str, options: Options, question: str) -> Choice | None:
    return None
