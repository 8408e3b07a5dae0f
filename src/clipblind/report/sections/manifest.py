"""How this was made: code, models, versions, times, configuration."""

from collections.abc import Mapping
from typing import Any, Final

from clipblind.report import models
from clipblind.report.manifest import manifest
from clipblind.report.results import Results
from clipblind.report.sections.section import Section


def says(results: Results) -> Mapping[str, Any]:
    """Everything that shaped the results, and which models they are of."""
    return {
        "models": models.encoders(results),
        "answering": models.answering(results),
        **manifest(results.study, results.folder),
    }


MANIFEST: Final = Section("manifest", "How this was made", (), says)
