"""The project in whose folder a verb runs."""

from pathlib import Path
from typing import Final

from clipblind.ground.errors import UserError
from clipblind.study.compose import compose
from clipblind.study.settings.study import Study

ROOT: Final = Path()


def compose_here(study: str, overrides: str) -> Study:
    """Compose a study of the project in the current folder.

    Raises:
        UserError: if there is no project here, or the study can't be composed.
    """
    conf = ROOT / "conf"
    if not (conf / "study").is_dir():
        raise UserError(
            f"{conf.resolve()} has no studies; run this in the project's folder, where conf/ is."
        )
    return compose(conf, study, overrides)
