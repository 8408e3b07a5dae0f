"""Renders the report of a study of real images: one page that needs nothing beside it."""

from pathlib import Path
from typing import Final

from clipblind.report import later, real_story
from clipblind.report.answers.page import answers_part
from clipblind.report.gallery import figure_of
from clipblind.report.manifest import manifest
from clipblind.report.page import environment, style
from clipblind.report.real_results import RealResults
from clipblind.study.settings.study import Study

FIGURES: Final = {
    "density": "All pairs of searched images by the two cosines; the blind corner is tinted.",
    "blind_pairs": "A contact sheet of chosen pairs.",
    "table1": "Accuracy of each CLIP variant by pattern on MMVP-VLM, beside the paper's Table 1.",
    "scaling_size": "Accuracy by pattern over parameters.",
    "scaling_pixels": "Accuracy by pattern over image size.",
    "scaling_data": "Accuracy by pattern over training data.",
    "against_paper": "Differences from the paper's Table 1, by model.",
    "mllm": "Pair accuracy of each contender, as dots on intervals, beside the paper's Figure 4."
    " The numbers are in the tables.",
    "mllm_patterns": "Table of pair accuracy by contender and pattern, under that of CLIP.",
}


SECTIONS: Final = {
    "blind": ("What CLIP cannot see here", "pool"),
    "scaling": ("Does scale help?", "vlm"),
    "later": ("Beside later papers", "vlm"),
    "answers": ("Who answers what", "benchmark"),
    "manifest": ("How this was made", ""),
}
"""Every section of the page, by its id: its title, and what part of a study it needs, if any."""


def render_real(study: Study, folder: Path, root: Path | None = None) -> str:
    """The report as HTML.

    Args:
        study: its configuration.
        folder: its results, as far as they were made.
        root: the project's folder, to say which commits of models were fetched.

    Raises:
        UserError: if a file that is there can't be read.
    """
    results = RealResults(study, folder, root)
    return (
        environment()
        .get_template("real.html.j2")
        .render(
            css=style("report.css"),
            study=study,
            sections=[
                (i, title)
                for i, (title, part) in SECTIONS.items()
                if not part or getattr(study, part)
            ],
            figures={name: figure_of(folder, name) for name in FIGURES},
            alts=FIGURES,
            searched=real_story.searched(results),
            mined=real_story.mined(results),
            pairs=real_story.pairs(results),
            scaling=real_story.scaling(results),
            agreement=real_story.agreement(results),
            tuned=later.tuned(results),
            tuned_said=later.tuned_said(results),
            zero_shot=later.zero_shot(results),
            zero_shot_said=later.zero_shot_said(results),
            answers=answers_part(folder, _labels(study)),
            models=real_story.models(results),
            answering=real_story.answering(results),
            manifest=manifest(study, folder),
        )
    )


def _labels(study: Study) -> dict[str, str]:
    """What figures call encoders and contenders, by name."""
    return {name: told.label for name, told in (study.encoder | study.contender).items()}
