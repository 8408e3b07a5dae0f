"""Mixing in what CLIP lacks: A-MoF, I-MoF and their rivals."""

from collections.abc import Mapping
from typing import Any, Final

from clipblind.report import mixtures
from clipblind.report.results import Results
from clipblind.report.sections.section import Section
from clipblind.report.story import scope


def says(results: Results) -> Mapping[str, Any]:
    """Single towers and mixtures on every benchmark, and what one change does."""
    return {
        "benchmarks": results.benchmarks,
        "table": mixtures.mixture_table(results),
        "mixtures": mixtures.mixtures(results),
        "scope": scope(results),
    }


MIXTURES: Final = Section(
    "mixtures",
    "Mixing in what CLIP lacks",
    ("scores/benchmarks.csv",),
    says,
    when=lambda results: bool(results.small),
)
