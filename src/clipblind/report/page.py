"""Renders the report of any study: one HTML page that needs nothing beside it."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from clipblind.figures.inputs import captions
from clipblind.report.explore import scripts
from clipblind.report.gallery import figure
from clipblind.report.headline import headline
from clipblind.report.numbers import decimals, number, percent
from clipblind.report.results import Results
from clipblind.report.sections import SECTIONS
from clipblind.report.sections.section import Section
from clipblind.study.settings.study import Study


def render_page(study: Study, folder: Path, root: Path | None = None) -> str:
    """The report as HTML: every section of which the study has what it needs.

    Args:
        study: its configuration.
        folder: its results, as far as they were made.
        root: the project's folder, to say which commits of models were fetched; none: nobody looks.

    Raises:
        UserError: if a file that is there can't be read.
    """
    results = Results(study, folder, root)
    sections = sections_of(results)
    said = {section.id: section.says(results) for section in sections}
    sheets = dict.fromkeys(sheet for section in sections for sheet in section.style)
    explored = (said.get(id_, {}).get("explore") for id_ in ("benchmark", "contenders"))
    shown = {
        "study": study,
        "css": style("report.css", *sheets),
        "sections": sections,
        "said": said,
        "headline": headline(results),
        "numbers": _numbers(results),
        "scripts": scripts(*explored),
        "captions": captions(),
        "figures": {name: figure(folder, name) for name in captions()},
        "probe": results.label(results.probe),
        "reference": results.label(results.reference),
    }
    return environment().get_template("report.html.j2").render(shown)


def sections_of(results: Results) -> list[Section]:
    """The sections that a study has, in the page's order."""
    return [section for section in SECTIONS if section.is_in(results)]


def environment() -> Environment:
    """Jinja with this folder's templates and the report's way with numbers."""
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "percent": percent,
        "number": number,
        "decimals": decimals,
        "tight": lambda text: str(text).replace(" %", "\N{NO-BREAK SPACE}%"),
    }
    return made


def style(*sheets: str) -> Markup:
    """Style sheets of this folder as one."""
    here = Path(__file__).parent
    return Markup("\n".join((here / sheet).read_text(encoding="utf-8") for sheet in sheets))


def _numbers(results: Results) -> list[tuple[str, Any]]:
    """What was searched and found, in a few counts."""
    found = results.summary
    if not found:
        return []
    return [
        (number(found["images"]), "images searched"),
        (number(found["all_pairs"]), "pairs compared"),
        (number(found["used"]["pairs"]), "blind pairs"),
        (number(len(results.table("pairs"))), "of them chosen"),
    ]
