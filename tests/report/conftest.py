from pathlib import Path

import pytest

from clipblind.study.settings.study import Study
from tests.report.synthetic import make_folder, small_study


@pytest.fixture(scope="session")
def study() -> Study:
    return small_study()


@pytest.fixture(scope="session")
def folder(study: Study, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole study's folder; tests that change it work on a copy."""
    place = tmp_path_factory.mktemp("study")
    return make_folder(study, place, figures=("contenders", "scaling"))
