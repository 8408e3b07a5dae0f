"""Claim by claim: what the paper says, and what this run says to it."""

from collections.abc import Mapping
from typing import Any, Final

from clipblind.report.findings import findings
from clipblind.report.results import Results
from clipblind.report.sections.section import Section
from clipblind.report.story import scope


def says(results: Results) -> Mapping[str, Any]:
    """The claims that were fixed before the run, each with its outcome and evidence."""
    return {"findings": findings(results), "scope": scope(results)}


FINDINGS: Final = Section(
    "findings",
    "Claim by claim, beside the paper",
    ("scores/paired.csv", "matching/paired.csv"),
    says,
    # the claims are about small LLaVAs that are fed by what is mined with
    when=lambda results: bool(results.small),
)
