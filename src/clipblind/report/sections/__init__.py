"""The sections of the page, in their order. A new one: a module, a template, a line here."""

from typing import Final

from clipblind.report.sections.answers import ANSWERS
from clipblind.report.sections.benchmark import BENCHMARK
from clipblind.report.sections.blind import BLIND
from clipblind.report.sections.captions import CAPTIONS
from clipblind.report.sections.contenders import CONTENDERS
from clipblind.report.sections.controls import CONTROLS
from clipblind.report.sections.correlation import CORRELATION
from clipblind.report.sections.findings import FINDINGS
from clipblind.report.sections.later import LATER
from clipblind.report.sections.manifest import MANIFEST
from clipblind.report.sections.mixtures import MIXTURES
from clipblind.report.sections.patterns import PATTERNS
from clipblind.report.sections.pool import POOL
from clipblind.report.sections.probes import PROBES
from clipblind.report.sections.readers import READERS
from clipblind.report.sections.scaling import SCALING
from clipblind.report.sections.section import Section
from clipblind.report.sections.seeds import SEEDS
from clipblind.report.sections.short import SHORT

SECTIONS: Final[tuple[Section, ...]] = (
    SHORT,
    SEEDS,
    POOL,
    BLIND,
    BENCHMARK,
    CONTENDERS,
    PATTERNS,
    CORRELATION,
    CAPTIONS,
    PROBES,
    SCALING,
    LATER,
    MIXTURES,
    CONTROLS,
    FINDINGS,
    READERS,
    ANSWERS,
    MANIFEST,
)
"""Every section, in the order of the page."""
