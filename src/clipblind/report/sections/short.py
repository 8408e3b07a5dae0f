"""What came out, a sentence for each question."""

from collections.abc import Mapping
from typing import Any, Final

from clipblind.report.conclusions import conclusions
from clipblind.report.results import Results
from clipblind.report.sections.section import Section
from clipblind.report.story import scope


def says(results: Results) -> Mapping[str, Any]:
    """Conclusions, and what their intervals are over."""
    return {
        "conclusions": conclusions(results),
        "scope": "" if results.study.seeds else scope(results),
    }


SHORT: Final = Section(
    "short",
    "What came out",
    ("pairs/summary.json", "scores/*.csv", "matching/*.csv", "seeds/*.csv"),
    says,
)
