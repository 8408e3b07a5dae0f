"""Does scale help? Encoders matched with texts, beside the paper's Table 1 where it is MMVP-VLM."""

from collections.abc import Mapping
from typing import Any, Final

from clipblind.report.results import Results
from clipblind.report.scaling import beside_table1, scaling
from clipblind.report.sections.section import Section


def says(results: Results) -> Mapping[str, Any]:
    """Who matches most, what each axis of scale brings, how far the paper's figures are."""
    return {"scaling": scaling(results), "beside": beside_table1(results)}


SCALING: Final = Section("scaling", "Does scale help?", ("matching/scores.csv",), says)
