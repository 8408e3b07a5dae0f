"""What a section of the page is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from clipblind.report.results import Results


@dataclass(frozen=True)
class Section:
    """One section of the page.

    Attributes:
        id: of its heading, and of its template `sections/<id>.html.j2`.
        title: of its heading.
        needs: patterns of files in the study's folder; the section is there if one of them is, or
            if nothing is needed.
        says: what its template shows, by name, computed from the study's tables.
        style: style sheets that it alone needs.
        when: what else the study must have.
    """

    id: str
    title: str
    needs: tuple[str, ...]
    says: Callable[[Results], Mapping[str, Any]]
    style: tuple[str, ...] = ()
    when: Callable[[Results], bool] = lambda results: True

    def is_in(self, results: Results) -> bool:
        """Whether a study has what the section is about."""
        return (not self.needs or results.has(*self.needs)) and self.when(results)

    @property
    def template(self) -> str:
        """The path of its template, for Jinja."""
        return f"sections/{self.id}.html.j2"
