"""Beside later papers: CLIPs tuned to see more, and zero-shot accuracy on ImageNet."""

from collections.abc import Mapping
from typing import Any, Final

from clipblind.report import later
from clipblind.report.results import Results
from clipblind.report.sections.section import Section


def says(results: Results) -> Mapping[str, Any]:
    """Printed figures of tuned models beside this run's, and ImageNet beside Table 1."""
    return {
        "tuned": later.tuned(results),
        "tuned_said": later.tuned_said(results),
        "zero_shot": later.zero_shot(results),
        "zero_shot_said": later.zero_shot_said(results),
    }


LATER: Final = Section(
    "later",
    "Beside later papers",
    ("matching/against_table1.csv", "matching/imagenet.csv"),
    says,
)
