"""Grading: from free-text answers to letters, verdicts and scores."""

from clipblind.grading.reading.parser import (
    ParsedChoice,
    Reading,
    Reason,
    parse_choice,
    parse_choice_reason,
    read_answer,
)

__all__ = [
    "ParsedChoice",
    "Reading",
    "Reason",
    "parse_choice",
    "parse_choice_reason",
    "read_answer",
]
