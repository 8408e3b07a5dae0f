"""What a study's folder holds; what is missing is empty, never a crash."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from clipblind.ground.errors import UserError
from clipblind.ground.factors import Scene
from clipblind.ground.tables.answers import ANSWERS, VERDICTS
from clipblind.ground.tables.benchmark import QUESTIONS
from clipblind.ground.tables.controls import BASELINES, DIFFER_RATES, PROBES, SHUFFLED, SURVEY
from clipblind.ground.tables.matching import (
    CORRELATION,
    VARIANTS,
    MATCH_PAIRED,
    MATCH_SCORES,
    ZERO_SHOT,
)
from clipblind.ground.tables.pairs import PAIRS
from clipblind.ground.tables.scores import (
    BENCHMARK_SCORES,
    CONTENDER_SCORES,
    NAMED_SCORES,
    PAIRED,
    PATTERN_SCORES,
)
from clipblind.ground.tables.table import Table
from clipblind.ground.tables.world import SCENES
from clipblind.report.compare import Comparison, comparison
from clipblind.study.settings.study import Study
from clipblind.world.scenes import scene_of

Row = dict[str, Any]


@dataclass(frozen=True)
class Results:
    """A study and the tables it has made so far.

    Attributes:
        study: its configuration.
        folder: where its results live.
    """

    study: Study
    folder: Path

    @cached_property
    def scenes(self) -> pl.DataFrame:
        paths = sorted((self.folder / "pool/scenes").glob("[a-z]*.parquet"))
        return SCENES.read_all(paths) if paths else pl.DataFrame(schema=dict(SCENES.columns))

    @cached_property
    def scene(self) -> Mapping[str, Scene]:
        """Scenes by image id."""
        return {row["image_id"]: scene_of(row) for row in self.scenes.iter_rows(named=True)}

    @cached_property
    def summary(self) -> Row:
        """Thresholds and counts of the mining; empty if it was not done."""
        return self._json("pairs/summary.json")

    @cached_property
    def fates(self) -> Row:
        """What became of the candidates, by reason."""
        return self._json("pairs/selection.json") or self.summary.get("fates", {})

    @cached_property
    def pairs(self) -> pl.DataFrame:
        return self._table(PAIRS, "pairs/selected.parquet")

    @cached_property
    def questions(self) -> pl.DataFrame:
        return self._table(QUESTIONS, "benchmark/questions.parquet")

    @cached_property
    def verdicts(self) -> Mapping[str, pl.DataFrame]:
        """Verdicts by contender, of those that were graded."""
        return self._by_contender(VERDICTS, "verdicts")

    @cached_property
    def answers(self) -> Mapping[str, pl.DataFrame]:
        """Answers by contender."""
        return self._by_contender(ANSWERS, "answers")

    @cached_property
    def contenders(self) -> pl.DataFrame:
        return self._table(CONTENDER_SCORES, "scores/contenders.csv")

    @cached_property
    def benchmarks(self) -> pl.DataFrame:
        return self._table(BENCHMARK_SCORES, "scores/benchmarks.csv")

    @cached_property
    def patterns(self) -> pl.DataFrame:
        return self._table(PATTERN_SCORES, "scores/patterns.csv")

    @cached_property
    def correlation(self) -> pl.DataFrame:
        return self._table(CORRELATION, "scores/correlation.csv")

    @cached_property
    def vlm(self) -> pl.DataFrame:
        return self._table(MATCH_SCORES, "vlm/scores.csv")

    @cached_property
    def named(self) -> pl.DataFrame:
        return self._table(NAMED_SCORES, "scores/named.csv")

    @cached_property
    def paired(self) -> pl.DataFrame:
        return self._table(PAIRED, "scores/paired.csv")

    @cached_property
    def vlm_paired(self) -> pl.DataFrame:
        return self._table(MATCH_PAIRED, "vlm/paired.csv")

    @cached_property
    def variants(self) -> pl.DataFrame:
        return self._table(VARIANTS, "vlm/variants.csv")

    @cached_property
    def survey(self) -> pl.DataFrame:
        return self._table(SURVEY, "controls/survey.csv")

    @cached_property
    def rates(self) -> pl.DataFrame:
        return self._table(DIFFER_RATES, "controls/rates.csv")

    @cached_property
    def probes(self) -> pl.DataFrame:
        return self._table(PROBES, "controls/probes.csv")

    @cached_property
    def baselines(self) -> pl.DataFrame:
        return self._table(BASELINES, "controls/baselines.csv")

    @cached_property
    def shuffled(self) -> pl.DataFrame:
        return self._table(SHUFFLED, "controls/shuffled.csv")

    @cached_property
    def zero_shot(self) -> pl.DataFrame:
        return self._table(ZERO_SHOT, "vlm/zero_shot.csv")

    def label(self, contender: str) -> str:
        """The name of a contender as figures show it."""
        known = self.study.contender.get(contender)
        return (known.label if known else "") or contender

    def quoted(self, contender: str) -> str:
        """The same in a sentence, where a label such as `reference` would read as a word."""
        return f"“{self.label(contender)}”"

    def fed_by(self, *towers: str) -> list[str]:
        """Contenders that these towers feed, and no others."""
        return [name for name, c in self.study.contender.items() if c.towers == towers]

    def heir(self, tower: str) -> str | None:
        """The contender that this tower alone feeds; the first, if it feeds several."""
        return next(iter(self.fed_by(tower)), None)

    def often(self, contender: str, benchmark: str = "random") -> Row | None:
        """One contender's score on what captions name often."""
        rows = self.named.filter(
            pl.col("contender") == contender,
            pl.col("benchmark") == benchmark,
            pl.col("named") == "often",
            pl.col("pairs") > 0,
        )
        return rows.row(0, named=True) if len(rows) else None

    def compared(self, first: str, second: str, benchmark: str = "mined") -> Comparison | None:
        """Two contenders over the same pairs; `None` if they were not compared."""
        of_benchmark = self.paired.filter(pl.col("benchmark") == benchmark, pl.col("cases") > 0)
        for one, other in ((first, second), (second, first)):
            rows = of_benchmark.filter(pl.col("first") == one, pl.col("second") == other)
            if len(rows):
                found = comparison(rows.row(0, named=True))
                return found if one == first else found.reversed()
        return None

    def against_base(
        self, encoder: str, item: str = "average", measure: str = "text_to_image"
    ) -> Comparison | None:
        """An encoder against the one that all are compared with; `None` if it was not."""
        rows = self.vlm_paired.filter(
            pl.col("first") == encoder, pl.col("item") == item, pl.col("measure") == measure
        )
        return comparison(rows.row(0, named=True)) if len(rows) else None

    def score(self, contender: str, benchmark: str = "mined") -> Row | None:
        """One contender's score on one benchmark; `None` if there is none with any pair."""
        frame = self.benchmarks
        if benchmark == "mined" and frame.is_empty():
            frame = self.contenders.with_columns(benchmark=pl.lit("mined"))
        found = frame.filter(
            pl.col("contender") == contender, pl.col("benchmark") == benchmark, pl.col("pairs") > 0
        )
        return found.row(0, named=True) if len(found) else None

    def _table(self, table: Table, name: str) -> pl.DataFrame:
        path = self.folder / name
        return table.read(path) if path.exists() else pl.DataFrame(schema=dict(table.columns))

    def _by_contender(self, table: Table, name: str) -> Mapping[str, pl.DataFrame]:
        paths = {c: self.folder / name / f"{c}.parquet" for c in self.study.contender}
        return {c: table.read(path) for c, path in paths.items() if path.exists()}

    def _json(self, name: str) -> Row:
        path = self.folder / name
        if not path.exists():
            return {}
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise UserError(f"{path} is no JSON ({error}); delete it and run again.") from error
        return found if isinstance(found, dict) else {}
