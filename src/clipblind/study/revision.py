"""Which commit the code is of, whatever was done to results since."""

import subprocess
from pathlib import Path
from typing import Final, NamedTuple

# what shapes results; results themselves, docs and tests don't
CODE: Final = ("src", "rules", "conf", "Snakefile", "constraints.txt", "pyproject.toml")
PATIENCE: Final = 10  # seconds


class Revision(NamedTuple):
    """The last commit that changed any code; empty outside a repository or before its first one."""

    commit: str
    is_clean: bool

    def __str__(self) -> str:
        """In words."""
        if not self.commit:
            return "none"
        return self.commit if self.is_clean else f"{self.commit}, with changes since"


def revision(project: Path) -> Revision:
    """The revision of a project's code."""
    commit = _git(project, "log", "-1", "--format=%H", "--", *CODE)[:12]
    return Revision(commit, not _git(project, "status", "--porcelain", "--", *CODE))


def _git(project: Path, *arguments: str) -> str:
    try:
        ran = subprocess.run(
            ["git", "-C", str(project), *arguments],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return ran.stdout.strip() if ran.returncode == 0 else ""
