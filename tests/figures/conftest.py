"""Made-up studies, each written once, and their figures, each drawn once."""

from collections.abc import Callable
from functools import cache

import pytest
from matplotlib.figure import Figure

from clipblind.figures import draw_figure
from tests.figures.made_up.of_both import mixed_tables
from tests.figures.made_up.of_paper import REAL, paper_tables
from tests.figures.made_up.of_world import world_tables
from tests.figures.made_up.tables import SHARP, Inputs, given

Studies = Callable[[str], Inputs]
Drawn = Callable[[str, str], Figure]


@pytest.fixture(scope="session")
def studies(tmp_path_factory: pytest.TempPathFactory) -> Studies:
    """Tables by study: sizes of a rendered one, mixes of real models, or `mixed`."""

    @cache
    def made(study: str) -> Inputs:
        folder = tmp_path_factory.mktemp(study)
        if study == "mixed":
            return mixed_tables(folder)
        if study in REAL:
            return paper_tables(folder, study)
        return world_tables(folder, study)

    return made


@pytest.fixture(scope="session")
def drawn(studies: Studies) -> Drawn:
    """A figure by name and study, from what the registry says that it reads."""
    return cache(lambda name, study: draw_figure(name, given(name, studies(study)), SHARP))
