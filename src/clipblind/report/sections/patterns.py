"""Pattern by pattern: where each contender is above and below guessing."""

from collections.abc import Mapping
from typing import Any, Final

from clipblind.report import answers, story
from clipblind.report.results import Results
from clipblind.report.sections.section import Section


def says(results: Results) -> Mapping[str, Any]:
    """Contenders by pattern, and where the patterns of pairs come from."""
    return {
        "twins": bool(results.asked("twins")),
        "assigned": answers.patterns(results),
        "patterns": story.patterns(results),
    }


PATTERNS: Final = Section(
    "patterns", "Pattern by pattern", ("scores/patterns.csv", "benchmark/patterns.csv"), says
)
