"""What the folder of a study of real images holds; what is missing is empty."""

import base64
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from clipblind.ground.errors import UserError
from clipblind.ground.tables.matching import AGAINST_TABLE1, IMAGENET, MATCH_SCORES
from clipblind.ground.tables.pairs import PAIRS
from clipblind.ground.tables.pool import CHECKED, DUPLICATES, REJECTED
from clipblind.ground.tables.table import Table
from clipblind.ground.tables.world import SHARD
from clipblind.models.answerers import BLIP2
from clipblind.models.places import model_folder
from clipblind.models.record import read_record
from clipblind.study.settings.contenders import LocalModel, MiniGpt4
from clipblind.study.settings.encoder import Encoder
from clipblind.study.settings.study import Study

Row = dict[str, Any]


@dataclass(frozen=True)
class RealResults:
    """A study and the tables it has made so far.

    Attributes:
        study: its configuration.
        folder: where its results live.
        root: the project's folder, below which what was fetched lies; none: nobody looks there.
    """

    study: Study
    folder: Path
    root: Path | None = None

    @cached_property
    def images(self) -> pl.DataFrame:
        return self._table(CHECKED, "pool/images.parquet")

    @cached_property
    def rejected(self) -> pl.DataFrame:
        return self._table(REJECTED, "pool/rejected.parquet")

    @cached_property
    def duplicates(self) -> pl.DataFrame:
        return self._table(DUPLICATES, "pool/duplicates.parquet")

    @cached_property
    def summary(self) -> Row:
        """Thresholds and counts of the mining."""
        return self._json("pairs/summary.json")

    @cached_property
    def fates(self) -> Row:
        """What became of the candidates, by reason."""
        return self._json("pairs/selection.json")

    @cached_property
    def pairs(self) -> pl.DataFrame:
        return self._table(PAIRS, "pairs/selected.parquet")

    @cached_property
    def pictures(self) -> dict[str, str]:
        """Small pictures of the chosen pairs as data URIs, by image id."""
        packed = self._table(SHARD, "pairs/pictures.parquet")
        return {
            image_id: f"data:image/png;base64,{base64.b64encode(png).decode()}"
            for image_id, png in packed.iter_rows()
        }

    @cached_property
    def features(self) -> dict[str, Row]:
        """How each encoder embedded the pool, by its name: feature, precision."""
        found = {}
        for name in self.study.encoder:
            first = next(iter(sorted((self.folder / "embeddings" / name).glob("*.json"))), None)
            if first is not None:
                found[name] = self._json(str(first.relative_to(self.folder)))
        return found

    @cached_property
    def vlm(self) -> pl.DataFrame:
        return self._table(MATCH_SCORES, "vlm/scores.csv")

    @cached_property
    def against_paper(self) -> pl.DataFrame:
        return self._table(AGAINST_TABLE1, "vlm/against_paper.csv")

    @cached_property
    def imagenet(self) -> pl.DataFrame:
        """Zero-shot accuracy of those encoders of which it was measured."""
        # the first is there where a study has no encoders
        none = pl.DataFrame(schema=dict(IMAGENET.columns))
        found = [self._table(IMAGENET, f"vlm/{name}/imagenet.csv") for name in self.study.encoder]
        return pl.concat([none, *found])

    def commit(self, name: str, entry: Encoder | LocalModel | MiniGpt4) -> str:
        """The commit that was fetched of a model; empty if it wasn't, or is another model's."""
        if self.root is None:
            return ""
        folder = model_folder(self.root, self.study.assets, name, entry)
        record = read_record(folder / BLIP2 if isinstance(entry, MiniGpt4) else folder)
        return record.commit if record and record.source == entry.source else ""

    def label(self, name: str) -> str:
        """The name of an encoder or contender as figures show it."""
        known = self.study.encoder.get(name) or self.study.contender.get(name)
        return (known.label if known else "") or name

    def _table(self, table: Table, path: str) -> pl.DataFrame:
        place = self.folder / path
        return table.read(place) if place.exists() else pl.DataFrame(schema=dict(table.columns))

    def _json(self, path: str) -> Row:
        place = self.folder / path
        if not place.exists():
            return {}
        try:
            found: Row = json.loads(place.read_text(encoding="utf-8"))
        except ValueError as error:
            raise UserError(f"{place} can't be read ({error}); delete it and run again.") from error
        return found
