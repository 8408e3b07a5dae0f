"""What could be wrong: contenders that can't see, and answers permuted."""

from collections.abc import Mapping
from typing import Any, Final

from clipblind.report import checks
from clipblind.report.results import Results
from clipblind.report.sections.section import Section


def says(results: Results) -> Mapping[str, Any]:
    """Baselines beside theory, effects beside permuted answers, what one run can't say."""
    return {
        "baselines": checks.baselines(results),
        "shuffled": checks.shuffled(results),
        "trained": bool(results.study.trained),
    }


CONTROLS: Final = Section(
    "controls",
    "What could be wrong",
    ("controls/baselines.csv", "controls/shuffled.csv"),
    says,
)
