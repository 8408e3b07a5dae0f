"""Renders the report of a study over seeds: one HTML page that needs nothing beside it."""

from pathlib import Path
from typing import Final

from clipblind.report import seeds
from clipblind.report.gallery import figure
from clipblind.report.manifest import manifest
from clipblind.report.mixtures import BENCHMARKS
from clipblind.report.page import environment, style
from clipblind.report.seeds import SeedResults
from clipblind.study.settings.study import Study

FIGURES: Final = {
    "seeds": "Over seeds: pair accuracy of each contender on each benchmark, zero-shot accuracy by"
    " factor of the CLIPs that differ in their captions, and blind pairs by kind of threshold. The"
    " numbers are in the table and the sentences below.",
}


def render_seeds(study: Study, folder: Path) -> str:
    """The report of a study over seeds as HTML.

    Args:
        study: its configuration.
        folder: its results, as far as they were made.

    Raises:
        UserError: if a file that is there can't be read.
    """
    results = SeedResults(study, folder)
    return (
        environment()
        .get_template("seeds.html.j2")
        .render(
            css=style("report.css"),
            study=study,
            figures={name: figure(results.one, name) for name in FIGURES},
            alts=FIGURES,
            introduction=seeds.introduction(results),
            scores=seeds.score_table(results),
            benchmarks=BENCHMARKS,
            cell=seeds.cell,
            contrasts=seeds.contrasts(results),
            captions=seeds.captions(results),
            scaling=seeds.scaling(results),
            correlation=seeds.correlation(results),
            thresholds=seeds.thresholds(results),
            manifest=manifest(study, folder),
        )
    )
