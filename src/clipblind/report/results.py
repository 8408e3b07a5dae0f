"""What a study's folder holds, of whatever kind the study is; what is missing is empty."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from clipblind.controls.seeds import COLLECTED
from clipblind.ground.errors import UserError
from clipblind.ground.factors import Scene
from clipblind.ground.tables import answers, controls, matching, scores
from clipblind.ground.tables.benchmark import BENCHMARKS, PAIR_PATTERNS, QUESTIONS
from clipblind.ground.tables.pairs import PAIRS
from clipblind.ground.tables.pool import CHECKED, DUPLICATES, REJECTED, THUMBNAILS
from clipblind.ground.tables.table import Table
from clipblind.ground.tables.world import SCENES, SHARD
from clipblind.report.compare import Comparison, comparison
from clipblind.study.settings.benchmark import Truth
from clipblind.study.settings.contenders import Mof
from clipblind.study.settings.study import Study
from clipblind.world.scenes import scene_of

Row = dict[str, Any]

TABLES: Mapping[str, tuple[Table, str]] = {
    "images": (CHECKED, "pool/images.parquet"),
    "rejected": (REJECTED, "pool/rejected.parquet"),
    "duplicates": (DUPLICATES, "pool/duplicates.parquet"),
    "pairs": (PAIRS, "pairs/selected.parquet"),
    "questions": (QUESTIONS, "benchmark/questions.parquet"),
    "benchmarks": (BENCHMARKS, "tables/benchmarks.csv"),
    "pair_patterns": (PAIR_PATTERNS, "benchmark/patterns.csv"),
    "scores": (scores.BENCHMARK_SCORES, "scores/benchmarks.csv"),
    "patterns": (scores.PATTERN_SCORES, "scores/patterns.csv"),
    "named": (scores.NAMED_SCORES, "scores/named.csv"),
    "paired": (scores.PAIRED, "scores/paired.csv"),
    "calibration": (scores.CALIBRATION, "scores/calibration.csv"),
    "consistency": (scores.CONSISTENCY, "scores/consistency.csv"),
    "costs": (answers.COSTS, "scores/costs.csv"),
    "figure4": (scores.AGAINST_FIGURE4, "scores/against_figure4.csv"),
    "correlation": (matching.CORRELATION, "scores/correlation.csv"),
    "matching": (matching.MATCH_SCORES, "matching/scores.csv"),
    "matched": (matching.MATCH_PAIRED, "matching/paired.csv"),
    "variants": (matching.VARIANTS, "matching/variants.csv"),
    "zero_shot": (matching.ZERO_SHOT, "matching/zero_shot.csv"),
    "table1": (matching.AGAINST_TABLE1, "matching/against_table1.csv"),
    "imagenet": (matching.IMAGENET, "matching/imagenet.csv"),
    "survey": (controls.SURVEY, "controls/survey.csv"),
    "rates": (controls.DIFFER_RATES, "controls/rates.csv"),
    "probes": (controls.PROBES, "controls/probes.csv"),
    "baselines": (controls.BASELINES, "controls/baselines.csv"),
    "shuffled": (controls.SHUFFLED, "controls/shuffled.csv"),
    "numbers": (controls.NUMBERS, "seeds/numbers.csv"),
    "spread": (controls.SPREAD, "seeds/spread.csv"),
}
"""Every table that is one file: what the report calls it, its schema, and where it lies."""


@dataclass(frozen=True)
class Results:
    """A study and the tables it has made so far.

    Attributes:
        study: its configuration.
        folder: where its results live.
        root: the project's folder, below which what was fetched lies; none: nobody looks there.
    """

    study: Study
    folder: Path
    root: Path | None = None

    def table(self, name: str) -> pl.DataFrame:
        """One of `TABLES`; without rows if it was not made.

        Raises:
            UserError: if its file is there and can't be read, or is another table.
        """
        if name not in self._read:
            self._read[name] = self.read(*TABLES[name])
        return self._read[name]

    def read(self, table: Table, path: str) -> pl.DataFrame:
        """A table by its path in the folder; without rows if it was not made."""
        place = self.folder / path
        return table.read(place) if place.exists() else pl.DataFrame(schema=dict(table.columns))

    def has(self, *patterns: str) -> bool:
        """Whether a file is there that fits one of these patterns."""
        return any(next(self.folder.glob(pattern), None) for pattern in patterns)

    def json(self, path: str) -> Row:
        """A small JSON file as a dict; empty if it was not made."""
        place = self.folder / path
        if not place.exists():
            return {}
        try:
            held = json.loads(place.read_text(encoding="utf-8"))
        except ValueError as error:
            raise UserError(f"{place} is no JSON ({error}); delete it and run again.") from error
        return held if isinstance(held, dict) else {}

    @cached_property
    def _read(self) -> dict[str, pl.DataFrame]:
        return {}

    @cached_property
    def scenes(self) -> pl.DataFrame:
        paths = sorted((self.folder / "pool/scenes").glob("[a-z]*.parquet"))
        return SCENES.read_all(paths) if paths else pl.DataFrame(schema=dict(SCENES.columns))

    @cached_property
    def scene(self) -> Mapping[str, Scene]:
        """Scenes by image id."""
        return {row["image_id"]: scene_of(row) for row in self.scenes.iter_rows(named=True)}

    @cached_property
    def pictures(self) -> dict[str, bytes]:
        """Small pictures of the chosen pairs, as PNG, by image id."""
        return dict(self.read(SHARD, "pairs/pictures.parquet").iter_rows())

    @cached_property
    def thumbnails(self) -> dict[str, bytes]:
        """Small copies of the benchmarks' images, as JPEG, by image id."""
        return dict(self.read(THUMBNAILS, "benchmark/thumbnails.parquet").iter_rows())

    @cached_property
    def summary(self) -> Row:
        """Thresholds and counts of the mining; empty if it was not done."""
        return self.json("pairs/summary.json")

    @cached_property
    def fates(self) -> Row:
        """What became of the candidates, by reason."""
        return self.json("pairs/selection.json")

    @cached_property
    def verdicts(self) -> Mapping[str, pl.DataFrame]:
        """Verdicts by contender, of those that were graded, in the study's order."""
        return self._by_contender(answers.VERDICTS, "verdicts")

    @cached_property
    def replies(self) -> Mapping[str, pl.DataFrame]:
        """Replies by contender."""
        return self._by_contender(answers.REPLIES, "answers")

    @cached_property
    def choices(self) -> Mapping[str, pl.DataFrame]:
        """Choices by contender."""
        return self._by_contender(answers.CHOICES, "choices")

    @property
    def probe(self) -> str:
        """The encoder that is searched; empty if nothing is mined."""
        return self.study.mining.probe if self.study.mining else ""

    @property
    def reference(self) -> str:
        """The encoder that sees a difference; empty if nothing is mined."""
        return self.study.mining.reference if self.study.mining else ""

    @cached_property
    def small(self) -> Mapping[str, Mof]:
        """The small LLaVAs that the study trains, those with eyes."""
        every = self.study.contender.items()
        return {n: c for n, c in every if isinstance(c, Mof) and c.kind == "mof"}

    def asked(self, pairs: str) -> str:
        """The benchmark that asks about `mined`, `random` or `twins` pairs; empty if none does."""
        every = self.study.benchmark.items()
        return next((n for n, b in every if isinstance(b, Truth) and b.pairs == pairs), "")

    @property
    def benchmarks(self) -> tuple[str, ...]:
        """The benchmarks of questions, the headline first."""
        return self.study.asked

    @property
    def texts(self) -> str:
        """The benchmark of texts whose scores stand first; empty if none is matched."""
        return next(iter(self.study.matched), "")

    def chance(self, benchmark: str) -> float:
        """The share of a benchmark's pairs that fair guesses get right; not-a-number: unknown."""
        rows = self.table("benchmarks").filter(pl.col("benchmark") == benchmark)
        return float(rows["chance"][0]) if len(rows) else float("nan")

    def label(self, name: str) -> str:
        """The name of a contender or an encoder as figures show it."""
        entry = self.study.contender.get(name) or self.study.encoder.get(name)
        return (entry.label if entry else "") or name

    def quoted(self, name: str) -> str:
        """The same in a sentence, where a label such as `reference` would read as a word."""
        return f"“{self.label(name)}”"

    def fed_by(self, *towers: str) -> list[str]:
        """Small LLaVAs that these towers feed, and no others."""
        return [name for name, c in self.small.items() if c.towers == towers]

    def heir(self, tower: str) -> str | None:
        """The small LLaVA that this tower alone feeds; the first, if it feeds several."""
        return next(iter(self.fed_by(tower)), None)

    def score(self, contender: str, benchmark: str = "") -> Row | None:
        """One contender's score on one benchmark, else the headline; `None` without any pair."""
        rows = self.table("scores").filter(
            pl.col("contender") == contender,
            pl.col("benchmark") == (benchmark or self.study.headline),
            pl.col("pairs") > 0,
        )
        return rows.row(0, named=True) if len(rows) else None

    def often(self, contender: str) -> Row | None:
        """One contender's score on random pairs about what captions name often."""
        rows = self.table("named").filter(
            pl.col("contender") == contender,
            pl.col("benchmark") == self.asked("random"),
            pl.col("named") == "often",
            pl.col("pairs") > 0,
        )
        return rows.row(0, named=True) if len(rows) else None

    def compared(self, first: str, second: str, benchmark: str = "") -> Comparison | None:
        """Two contenders over the same pairs; `None` if they were not compared."""
        wanted = benchmark or self.study.headline
        rows = self.table("paired").filter(pl.col("benchmark") == wanted, pl.col("cases") > 0)
        for one, other in ((first, second), (second, first)):
            both = rows.filter(pl.col("first") == one, pl.col("second") == other)
            if len(both):
                found = comparison(both.row(0, named=True))
                return found if one == first else found.reversed()
        return None

    def against_base(
        self, encoder: str, item: str = "average", measure: str = "text_to_image"
    ) -> Comparison | None:
        """An encoder against the one that all are compared with; `None` if it was not."""
        rows = self.table("matched").filter(
            pl.col("first") == encoder, pl.col("item") == item, pl.col("measure") == measure
        )
        # naming factors is of no benchmark of texts
        of_texts = rows.filter(pl.col("benchmark") == self.texts)
        rows = of_texts if len(of_texts) else rows
        return comparison(rows.row(0, named=True)) if len(rows) else None

    def values(self, table: str, number: str, **of: str) -> list[float]:
        """One number of every seed, in the order of seeds; empty if it was not gathered.

        Args:
            table: its file without suffix, such as `scores/paired`.
            number: the column.
            of: what it is a number of: a value of each column that tells rows apart.
        """
        return self._gathered("numbers", table, number, of).sort("seed")["value"].to_list()

    def mean(self, table: str, number: str, **of: str) -> Row | None:
        """Mean and spread over seeds of one number; `None` if it was not gathered."""
        rows = self._gathered("spread", table, number, of)
        return rows.row(0, named=True) if len(rows) else None

    def _gathered(
        self, of_seeds: str, table: str, number: str, of: Mapping[str, str]
    ) -> pl.DataFrame:
        # a key that isn't given may be anything
        keys = (re.escape(of[k]) if k in of else "[^/]*" for k in COLLECTED[f"{table}.csv"][1])
        return self.table(of_seeds).filter(
            pl.col("table") == table,
            pl.col("number") == number,
            pl.col("what").str.contains(f"^{'/'.join(keys)}$"),
        )

    def _by_contender(self, table: Table, folder: str) -> Mapping[str, pl.DataFrame]:
        paths = {c: self.folder / folder / f"{c}.parquet" for c in self.study.contender}
        return {c: table.read(path) for c, path in paths.items() if path.exists()}
