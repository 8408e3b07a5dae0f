"""The benchmarks of a study, each read or written by its kind, in tables of all of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import polars as pl

from clipblind.benchmark.chance import guessing
from clipblind.benchmark.from_truth import Pair, random_pairs, write_questions
from clipblind.benchmark.labels import CIRCULAR, OFFICIAL, label_sets
from clipblind.benchmark.mmvp import read_mmvp
from clipblind.benchmark.pair_sheet import read_pair_sheet
from clipblind.ground.errors import UserError
from clipblind.ground.factors import Scene
from clipblind.ground.tables.benchmark import BENCHMARKS, QUESTIONS
from clipblind.ground.tables.pool import LISTED
from clipblind.pools.tars import list_shards
from clipblind.study.settings.benchmark import Benchmark, Mmvp, PairSheet, Truth
from clipblind.world.scenes import scene_of, twin_pairs

Row = dict[str, Any]
Asked = tuple[pl.DataFrame, pl.DataFrame]  # the tables QUESTIONS and LISTED


@dataclass(frozen=True)
class Material:
    """What benchmarks are made from, as far as there is any.

    Attributes:
        seed: of what is drawn.
        root: what relative paths of folders are relative to.
        pairs: the table `PAIRS` of the blind pairs that were chosen.
        scenes: the table `SCENES` of the splits that are asked about.
        shards: tars that hold their pictures.
    """

    seed: int
    root: Path
    pairs: pl.DataFrame | None = None
    scenes: pl.DataFrame | None = None
    shards: Sequence[Path] = ()

    @cached_property
    def shown(self) -> dict[str, Scene]:
        """Image id to scene."""
        rows = [] if self.scenes is None else self.scenes.iter_rows(named=True)
        return {row["image_id"]: scene_of(row) for row in rows}

    @cached_property
    def pictures(self) -> pl.DataFrame:
        """The table `LISTED` of all that the shards hold."""
        return list_shards(self.shards)


@dataclass(frozen=True)
class Benchmarks:
    """All benchmarks of a study: the tables `QUESTIONS`, `LISTED` and `BENCHMARKS`."""

    questions: pl.DataFrame
    images: pl.DataFrame
    benchmarks: pl.DataFrame


def read_benchmarks(entries: Mapping[str, Benchmark], material: Material) -> Benchmarks:
    """Read or write every benchmark of questions, in the order given.

    Args:
        entries: by name.
        material: what they are made from.

    Returns:
        Their questions; all images that these are asked about, sorted by id; and what each
        benchmark is.

    Raises:
        UserError: if one can't be read, or two of them hold the same pair.
    """
    questions = [pl.DataFrame(schema=dict(QUESTIONS.columns))]
    images = [pl.DataFrame(schema=dict(LISTED.columns))]
    rows: list[Row] = []
    holds: dict[str, str] = {}
    for name, entry in entries.items():
        asked, pictured = READERS[entry.kind](name, entry, material)
        for pair in asked["pair_id"].unique(maintain_order=True):
            if holds.setdefault(pair, name) != name:
                raise UserError(
                    f"The benchmarks {holds[pair]} and {name} both ask about the pair {pair}; keep"
                    " one of them."
                )
        questions.append(asked)
        images.append(pictured)
        rows += _rows(name, entry.kind, asked)
    return Benchmarks(
        pl.concat(questions),
        pl.concat(images).unique("image_id", keep="first").sort("image_id"),
        pl.DataFrame(rows, schema=dict(BENCHMARKS.columns)),
    )


def _from_truth(name: str, entry: Truth, material: Material) -> Asked:
    pairs = _PAIRS[entry.pairs](name, entry, material)
    questions = write_questions(name, pairs, material.shown, material.seed)
    images = material.pictures.join(questions, on="image_id", how="semi")
    if len(lacking := questions.join(images, on="image_id", how="anti")):
        raise UserError(
            f"The picture {lacking['image_id'][0]} of the benchmark {name} is in none of"
            f" {', '.join(map(str, material.shards))}; run the rule that makes it."
        )
    return questions, images


def _mined(name: str, entry: Truth, material: Material) -> list[Pair]:
    if material.pairs is None:
        raise UserError(f"The benchmark {name} asks about blind pairs; give them by --pairs.")
    chosen = material.pairs.select("pair_id", "image_a", "image_b").sort("pair_id")
    pairs: list[Pair] = list(chosen.iter_rows())
    lacking = [image for _, *both in pairs for image in both if image not in material.shown]
    if lacking:
        raise UserError(
            f"The blind pairs name the image {lacking[0]}, which no table of scenes has."
        )
    return pairs


def _random(name: str, entry: Truth, material: Material) -> list[Pair]:
    scenes = _scenes(name, material).filter(pl.col("split") == "search")
    return random_pairs(name, scenes["image_id"].to_list(), entry.count, material.seed)


def _twins(name: str, entry: Truth, material: Material) -> list[Pair]:
    twins = twin_pairs(_scenes(name, material), entry.count)
    return [
        (f"{name}-{pattern}-{pair.rpartition('-')[2]}", first, second)
        for pair, pattern, first, second in twins.iter_rows()
    ]


def _scenes(name: str, material: Material) -> pl.DataFrame:
    if material.scenes is None:
        raise UserError(f"The benchmark {name} is written from scenes; give them by --scenes.")
    return material.scenes


def _from_folder(name: str, entry: Mmvp, material: Material) -> Asked:
    folder = read_mmvp(
        material.root / entry.path,
        count=entry.count,
        labels=entry.labels,
        digest=entry.digest,
        name=name,
    )
    return folder.questions, folder.images


def _from_sheet(name: str, entry: PairSheet, material: Material) -> Asked:
    return read_pair_sheet(material.root / entry.path, name)


def _rows(name: str, kind: str, questions: pl.DataFrame) -> list[Row]:
    """A benchmark under each set of labels, and in each way of reading answers to it."""
    sets = label_sets(questions) if len(questions) else {name: questions}
    orders = dict.fromkeys([*sets, f"{name}{CIRCULAR}", f"{name}{OFFICIAL}"], 1)
    orders[f"{name}{CIRCULAR}"] = 2
    rows = []
    for label, asked_in in orders.items():
        expected = guessing(questions, asked_in)
        rows.append(
            {
                "benchmark": label,
                "kind": kind,
                "of": name,
                "pairs": questions["pair_id"].n_unique(),
                "questions": len(questions),
                "chance": expected.pairs,
                "chance_question": expected.questions,
            }
        )
    return rows


_PAIRS: Final = {"mined": _mined, "random": _random, "twins": _twins}
READERS: Final[Mapping[str, Callable[[str, Any, Material], Asked]]] = {
    "truth": _from_truth,
    "mmvp": _from_folder,
    "pair_sheet": _from_sheet,
}
"""What reads or writes a benchmark of questions, by its kind."""
