"""How answers were read and what they cost."""

from collections.abc import Mapping
from typing import Any, Final

from clipblind.report import answers
from clipblind.report.results import Results
from clipblind.report.sections.section import Section


def says(results: Results) -> Mapping[str, Any]:
    """Agreement of parser, judges and people; tokens and prices."""
    return {"calibration": answers.calibration(results), "costs": answers.costs(results)}


READERS: Final = Section(
    "readers",
    "Who reads answers, and what they cost",
    ("scores/calibration.csv", "scores/costs.csv"),
    says,
)
