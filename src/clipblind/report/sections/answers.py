"""Question by question: every pair with its images, and what everybody said."""

from collections.abc import Mapping
from typing import Any, Final

from clipblind.grading.verdicts import CORRECT, INCORRECT, UNSCORED
from clipblind.report.results import Results
from clipblind.report.sections.section import Section
from clipblind.report.sheet import WORDS, sheet


def says(results: Results) -> Mapping[str, Any]:
    """The sheet, and by what it is filtered."""
    verdicts = [(verdict, WORDS[verdict]) for verdict in (CORRECT, INCORRECT, UNSCORED)]
    return {"sheet": sheet(results), "verdicts": verdicts}


ANSWERS: Final = Section(
    "answers", "Question by question", ("choices/*.parquet",), says, ("explore.css", "sheet.css")
)
