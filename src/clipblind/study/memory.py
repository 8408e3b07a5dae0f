"""What was worked out before, remembered in the project's `.clipblind/`, so that starts are quick.

Nothing depends on it: what it holds is found again by what it was made from, and made anew where it
is not there. Git and DVC leave it out.
"""

import json
import os
import tempfile
from functools import cache
from pathlib import Path
from typing import Any, Final

FOLDER: Final = ".clipblind"


class Memory:
    """One file of things by key; without a project it forgets them with the process."""

    def __init__(self, name: str, project: Path | None, most: int = 0) -> None:
        """Read what is there.

        Args:
            name: of the file, without its suffix.
            project: whose folder it lies in.
            most: things to keep, those put last; 0: all.
        """
        self.project = project
        self._path = project / FOLDER / f"{name}.json" if project else None
        self._most = most
        self._is_new = False
        self._known = _read(self._path)

    def get(self, key: str) -> Any:
        """What was put there; none if nothing was."""
        return self._known.get(key)

    def put(self, key: str, value: Any) -> None:
        """Keep something that JSON can hold."""
        self._known.pop(key, None)
        self._known[key] = value
        self._is_new = True

    def save(self) -> None:
        """Write down what is new, where that can be."""
        if self._path is None or not self._is_new:
            return
        if self._most:
            self._known = dict(list(self._known.items())[-self._most :])
        try:
            self._path.parent.mkdir(exist_ok=True)
            # whole or not at all, but with no wait for the disk: it can be made again
            handle, partial = tempfile.mkstemp(dir=self._path.parent)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(self._known, file)
            Path(partial).replace(self._path)
        except OSError:
            return  # a disk that is full, or may not be written to
        self._is_new = False


def memory(name: str, most: int = 0) -> Memory:
    """That of the project around the current folder, as git finds a repository."""
    here = Path.cwd()
    around = (place for place in (here, *here.parents) if (place / "conf/config.yaml").is_file())
    return _opened(name, next(around, None), most)


@cache
def _opened(name: str, project: Path | None, most: int) -> Memory:
    return Memory(name, project, most)


def _read(path: Path | None) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8"))) if path else {}
    except (OSError, ValueError, TypeError):
        return {}
