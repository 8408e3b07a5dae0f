"""Grading: from free-text answers to letters, verdicts and scores."""

from clipblind.grading.reading.parser import ParsedChoice, Reason, parse_choice, parse_choice_reason

__all__ = ["ParsedChoice", "Reason", "parse_choice", "parse_choice_reason"]
