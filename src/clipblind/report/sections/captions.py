"""Why: what captions name, all else equal."""

from collections.abc import Mapping
from typing import Any, Final

from clipblind.report.captions import captions
from clipblind.report.results import Results
from clipblind.report.sections.section import Section
from clipblind.report.story import scope


def says(results: Results) -> Mapping[str, Any]:
    """What changes when captions name other things."""
    return {"captions": captions(results), "scope": scope(results)}


CAPTIONS: Final = Section("captions", "Why: what captions name", ("matching/zero_shot.csv",), says)
