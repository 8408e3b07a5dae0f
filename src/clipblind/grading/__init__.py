"""Grading: from free-text answers to letters, verdicts and scores."""

from clipblind.grading.reading.outcome import ParsedChoice, Reading, Reason, Tier
from clipblind.grading.reading.parser import parse_choice, parse_choice_reason, read_answer

__all__ = [
    "ParsedChoice",
    "Reading",
    "Reason",
    "Tier",
    "parse_choice",
    "parse_choice_reason",
    "read_answer",
]
