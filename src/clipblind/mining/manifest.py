"""What a search that is cut into tiles writes down about itself."""

import hashlib
import json
from pathlib import Path
from typing import Final, TypeVar

import numpy as np

from clipblind.ground.errors import UserError
from clipblind.ground.files import digest
from clipblind.mining.plan import Method
from clipblind.mining.question import Question
from clipblind.study.settings.base import Model

M = TypeVar("M", bound=Model)
SEEN: Final = 1024  # rows that the fingerprint of embeddings is taken from


class Tile(Model):
    """A range of units.

    Attributes:
        tile: its number.
        first: its first unit.
        stop: the unit after its last.
        pairs: pairs of rows it decides.
        cost: what it is expected to cost, as a share of the whole.
    """

    tile: int
    first: int
    stop: int
    pairs: int
    cost: float


class Manifest(Model):
    """How a search is cut.

    Attributes:
        method: of the search.
        rows: N.
        above: the probe's threshold.
        below: the reference's.
        embeddings: fingerprint of what is searched.
        kinds: the thresholds of each kind of pair that is kept.
        tiles: together they decide every pair once.
    """

    method: Method
    rows: int
    above: float
    below: float
    embeddings: str
    kinds: dict[str, tuple[float, float]]
    tiles: list[Tile]

    @property
    def digest(self) -> str:
        """What the index and the tiles' reports name it by."""
        return digest(self.model_dump_json())


class Report(Model):
    """What a tile did.

    Attributes:
        tile: its number.
        plan: digest of the manifest that it followed.
        decided: pairs of rows it decided.
        found: pairs it wrote.
    """

    tile: int
    plan: str
    decided: int
    found: int


def read_json(kind: type[M], path: Path) -> M:
    """Read a manifest or a report.

    Raises:
        UserError: if it is missing or something else.
    """
    try:
        return kind.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise UserError(f"{path} is missing; run the rule that makes it.") from None
    except ValueError:
        raise UserError(f"{path} is damaged or of another program; delete it, run again.") from None


def fingerprint(question: Question) -> str:
    """A digest of the shapes, the sums and a thousand rows of the two sets of embeddings."""
    total = hashlib.sha256()
    for rows in (question.probe, question.reference):
        step = max(1, len(rows) // SEEN)
        total.update(json.dumps([*rows.shape]).encode() + rows[::step].tobytes())
        total.update(rows.sum(0, dtype=np.float64).tobytes())
    return total.hexdigest()[:16]
