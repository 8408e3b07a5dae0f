"""Where CLIP fails, do contenders fail?"""

from collections.abc import Mapping
from typing import Any, Final

from clipblind.report.correlation import correlation
from clipblind.report.results import Results
from clipblind.report.sections.section import Section


def says(results: Results) -> Mapping[str, Any]:
    """Each contender's correlation with encoders, beside the paper's."""
    return {"correlation": correlation(results)}


CORRELATION: Final = Section(
    "correlation",
    "Where CLIP fails, do contenders fail?",
    ("scores/correlation.csv",),
    says,
)
