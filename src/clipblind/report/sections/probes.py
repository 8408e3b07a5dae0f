"""Is what CLIP can't name absent from its embedding, or only not aligned with words?"""

from collections.abc import Mapping
from typing import Any, Final

from clipblind.report.checks import probes
from clipblind.report.results import Results
from clipblind.report.sections.section import Section


def says(results: Results) -> Mapping[str, Any]:
    """What linear probes read beside what the text tower names."""
    return {"probes": probes(results)}


PROBES: Final = Section("probes", "Absent, or only not aligned?", ("controls/probes.csv",), says)
