"""What a study's folder holds on answers; what is missing is empty."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import polars as pl

from clipblind.grading.labels import CIRCULAR, CORRECTED, OFFICIAL
from clipblind.ground.tables.answers import CHOICES, COSTS, REPLIES, VERDICTS
from clipblind.ground.tables.benchmark import PAIR_PATTERNS, QUESTIONS
from clipblind.ground.tables.matching import INHERITED
from clipblind.ground.tables.pool import THUMBNAILS
from clipblind.ground.tables.scores import (
    AGAINST_FIGURE4,
    BENCHMARK_SCORES,
    CALIBRATION,
    CONSISTENCY,
    PAIRED,
    PATTERN_SCORES,
)
from clipblind.ground.tables.table import Table

VARIANTS: Final = (CORRECTED, CIRCULAR, OFFICIAL)


@dataclass(frozen=True)
class AnswersResults:
    """The tables on answers that a study has made so far.

    Attributes:
        folder: where its results live.
        labels: contenders' names as figures show them; the order of the page is theirs. Encoders'
            may stand among them.
    """

    folder: Path
    labels: Mapping[str, str]

    @cached_property
    def questions(self) -> pl.DataFrame:
        return self._table(QUESTIONS, "benchmark/questions.parquet")

    @cached_property
    def thumbnails(self) -> dict[str, bytes]:
        """Small copies of the images, as JPEG, by id."""
        return dict(self._table(THUMBNAILS, "benchmark/thumbnails.parquet").iter_rows())

    @cached_property
    def patterns(self) -> pl.DataFrame:
        return self._table(PAIR_PATTERNS, "benchmark/patterns.csv")

    @cached_property
    def benchmarks(self) -> pl.DataFrame:
        return self._table(BENCHMARK_SCORES, "scores/benchmarks.csv")

    @cached_property
    def by_pattern(self) -> pl.DataFrame:
        return self._table(PATTERN_SCORES, "scores/patterns.csv")

    @cached_property
    def paired(self) -> pl.DataFrame:
        return self._table(PAIRED, "scores/paired.csv")

    @cached_property
    def calibration(self) -> pl.DataFrame:
        return self._table(CALIBRATION, "scores/calibration.csv")

    @cached_property
    def consistency(self) -> pl.DataFrame:
        return self._table(CONSISTENCY, "scores/consistency.csv")

    @cached_property
    def costs(self) -> pl.DataFrame:
        return self._table(COSTS, "scores/costs.csv")

    @cached_property
    def figure4(self) -> pl.DataFrame:
        """Contenders beside the paper's Figure 4."""
        return self._table(AGAINST_FIGURE4, "scores/against_figure4.csv")

    @cached_property
    def inherited(self) -> pl.DataFrame:
        """Correlation of contenders' accuracy by pattern with CLIP's."""
        return self._table(INHERITED, "scores/correlation_mllm.csv")

    @cached_property
    def answered(self) -> list[str]:
        """The contenders that have verdicts, in the page's order."""
        made = {path.stem for path in (self.folder / "verdicts").glob("*.parquet")}
        return [name for name in self.labels if name in made]

    @cached_property
    def own(self) -> str:
        """The benchmark's own name, under which its published labels go."""
        return self.questions["benchmark"][0] if len(self.questions) else "mmvp"

    def replies(self, name: str) -> pl.DataFrame:
        """The table `REPLIES` of one contender."""
        return self._table(REPLIES, f"answers/{name}.parquet")

    def choices(self, name: str) -> pl.DataFrame:
        """The table `CHOICES` of one contender."""
        return self._table(CHOICES, f"choices/{name}.parquet")

    def verdicts(self, name: str) -> pl.DataFrame:
        """The table `VERDICTS` of one contender."""
        return self._table(VERDICTS, f"verdicts/{name}.parquet")

    def label(self, name: str) -> str:
        """A contender's name as figures show it."""
        return self.labels.get(name) or name

    def _table(self, table: Table, path: str) -> pl.DataFrame:
        place = self.folder / path
        return table.read(place) if place.exists() else pl.DataFrame(schema=dict(table.columns))
