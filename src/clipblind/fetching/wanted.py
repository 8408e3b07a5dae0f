"""What a study needs from elsewhere: what `fetch` can get, and what it can't."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

STAGE: Final = ".fetching-"  # begins the name of the folder beside the one that is being filled


@dataclass(frozen=True)
class Wanted:
    """Something of the hub that a study needs.

    Attributes:
        name: as the study calls it.
        kind: of the hub's repository.
        setting: the key of the configuration that asks for it.
        source: the hub id.
        revision: the commit; empty: the newest.
        licence: as the configuration says.
        megabytes: of the download, about.
        folder: where it goes.
        loader: of a model, who reads it: an encoder's library, or a layout of models that answer.
        source_key: the setting's key that holds the hub id.
        revision_key: the one that holds the commit.
        code: whether Python files come, too, as the entry lets them run.
    """

    name: str
    kind: Literal["model", "dataset"]
    setting: str
    source: str
    revision: str
    licence: str
    megabytes: int
    folder: Path
    loader: str = ""
    source_key: str = "source"
    revision_key: str = "revision"
    code: bool = False

    @property
    def stage(self) -> Path:
        """Where unfinished downloads lie, on the same disk."""
        return self.folder.parent / f"{STAGE}{self.folder.name}"


@dataclass(frozen=True)
class Elsewhere:
    """Something a study needs and `fetch` can't get.

    Attributes:
        name: as the study calls it.
        what: what it is.
        folder: where the study looks for it.
        advice: how to get it.
    """

    name: str
    what: str
    folder: Path
    advice: str
