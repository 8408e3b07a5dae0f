"""What the probe cannot see: the blind pairs, and which factors it takes for nothing."""

from collections.abc import Mapping
from typing import Any, Final

from clipblind.report import checks, gallery, story
from clipblind.report.results import Results
from clipblind.report.sections.section import Section


def says(results: Results) -> Mapping[str, Any]:
    """How many pairs are blind, some of them, and what their two images differ in."""
    return {
        "mining": story.mining(results),
        "pairs": gallery.blind_pairs(results),
        "blindness": checks.blindness(results),
        "thresholds": checks.thresholds(results),
    }


BLIND: Final = Section("blind", "What CLIP cannot see", ("pairs/summary.json",), says)
