"""A study over seeds: what holds in every seed, and what was luck."""

from collections.abc import Mapping
from typing import Any, Final

from clipblind.report import seeds
from clipblind.report.results import Results
from clipblind.report.sections.section import Section


def says(results: Results) -> Mapping[str, Any]:
    """Means, contrasts and spreads over seeds."""
    return {
        "introduction": seeds.introduction(results),
        "benchmarks": results.benchmarks,
        "scores": seeds.score_table(results),
        "cell": seeds.cell,
        "contrasts": seeds.contrasts(results),
        "parts": [
            ("Captions", seeds.captions(results)),
            ("Scale", seeds.scaling(results)),
            ("Correlation", seeds.correlation(results)),
            ("Thresholds", seeds.thresholds(results)),
        ],
    }


SEEDS: Final = Section("seeds", "What holds over seeds", ("seeds/spread.csv",), says)
