"""Several benchmarks of any kind and size in one study: written, graded, scored."""

import csv
import json
from typing import get_args

import polars as pl
import pytest
from typer.testing import CliRunner

from clipblind.benchmark.chance import always_first, guessing
from clipblind.benchmark.readers import READERS
from clipblind.commands import answers, benchmark, scores
from clipblind.ground.errors import UserError
from clipblind.ground.tables.answers import REPLIES
from clipblind.ground.tables.benchmark import BENCHMARKS, QUESTIONS
from clipblind.ground.tables.pairs import PAIRS
from clipblind.ground.tables.pool import LISTED, THUMBNAILS
from clipblind.ground.tables.scores import (
    BENCHMARK_SCORES,
    CONTENDER_SCORES,
    NAMED_SCORES,
    PATTERN_SCORES,
)
from clipblind.ground.tables.world import SCENES
from clipblind.pools.corpus import Corpus
from clipblind.study.settings import benchmark as settings
from clipblind.world.pictures import write_shard
from clipblind.world.scenes import sample_split
from tests.grading.asked import replies
from tests.workflow.shrunken import jpeg

HEADER = ("Index", "Question", "Options", "Correct Answer")
PICTURE = jpeg(0)


def own_folder(folder, pairs):
    """A benchmark in MMVP's layout; every third pair has (b) on its first image."""
    (folder / "MMVP Images").mkdir(parents=True)
    rows = []
    for index in range(1, 2 * pairs + 1):
        (folder / "MMVP Images" / f"{index}.jpg").write_bytes(PICTURE)
        pair = (index - 1) // 2
        first = (index % 2 == 1) != (pair % 3 == 0)
        rows.append((index, f"Is door {pair} open?", "(a) Open (b) Shut", "ba"[first]))
    with (folder / "Questions.csv").open("w", newline="") as file:
        csv.writer(file).writerows([HEADER, *rows])
    return {"kind": "mmvp", "path": str(folder)}


def run(app, *options):
    done = CliRunner().invoke(app, list(map(str, options)))
    if done.exception:
        raise done.exception
    return done


def write(folder, entries, *more):
    """All that `benchmark write` writes: questions, images, benchmarks."""
    cfg = json.dumps({"seed": 3, "benchmark": entries})
    paths = [folder / name for name in ("questions.parquet", "images.parquet", "benchmarks.csv")]
    out, images, benchmarks = paths
    files = ("--out", out, "--images", images, "--benchmarks", benchmarks)
    run(benchmark.app, "write", "--cfg", cfg, *files, *more)
    return QUESTIONS.read(out), LISTED.read(images), BENCHMARKS.read(benchmarks)


def scored(folder, said, headline):
    """Grade what x said, and score it; the scores' tables by their file's stem."""
    REPLIES.write(replies(*said), folder / "answers/x.parquet")
    run(
        *(answers.app, "grade", "--questions", folder / "questions.parquet"),
        *("--replies", folder / "answers/x.parquet", "--choices", folder / "choices/x.parquet"),
        *("--out", folder / "verdicts/x.parquet"),
    )
    cfg = json.dumps({"often_named": ["kind"], "headline": headline})
    tables = {
        "contenders": CONTENDER_SCORES,
        "benchmarks": BENCHMARK_SCORES,
        "patterns": PATTERN_SCORES,
        "named": NAMED_SCORES,
    }
    files = [a for n in tables for a in (f"--{n}", folder / f"scores/{n}.csv")]
    run(
        *(scores.app, "score", "--cfg", cfg, "--verdicts", folder / "verdicts/x.parquet", *files),
        *("--benchmarks-table", folder / "benchmarks.csv", "--metrics", folder / "metrics.json"),
    )
    return {name: table.read(folder / f"scores/{name}.csv") for name, table in tables.items()}


@pytest.fixture
def world(tmp_path):
    """Options that name a small world's scenes, its tars, and blind pairs: its near-twins."""
    sizes = {"twin_pairs": 2, "search_images": 20, "near_twin_share": 0.4}
    scenes = pl.concat([sample_split(split, sizes, 0) for split in ("search", "twins")])
    SCENES.write(scenes, tmp_path / "scenes.parquet")
    twins = scenes.filter(pl.col("split") == "search", pl.col("twin_of").is_not_null())
    pairs = twins.select(
        pair_id=pl.col("twin_of") + "+" + pl.col("image_id"),
        image_a="twin_of",
        image_b="image_id",
        cos_probe=0.9,
        cos_reference=0.1,
    )
    PAIRS.write(pairs, tmp_path / "selected.parquet")
    options = ["--scenes", tmp_path / "scenes.parquet", "--pairs", tmp_path / "selected.parquet"]
    for (split,), rows in scenes.group_by("split", maintain_order=True):
        pictured = [(image_id, PICTURE) for image_id in rows["image_id"]]
        write_shard(pictured, tmp_path / f"{split}.tar")
        options += ["--shard", tmp_path / f"{split}.tar"]
    return options


def test_every_kind_of_questions_has_a_reader():
    kinds = {get_args(entry.model_fields["kind"].annotation)[0] for entry in settings.QUESTIONS}
    assert set(READERS) == kinds


@pytest.mark.parametrize("pairs", [2, 1000])
def test_a_folder_of_any_size_is_written_graded_and_scored(tmp_path, pairs):
    questions, images, benchmarks = write(tmp_path, {"own": own_folder(tmp_path / "own", pairs)})
    assert len(questions) == len(images) == 2 * pairs
    assert questions["question_id"].is_sorted() and questions["question_id"].n_unique() == 2 * pairs
    assert questions["pair_id"].n_unique() == pairs
    assert benchmarks.select("benchmark", "of", "pairs", "chance").rows() == [
        ("own", "own", pairs, 0.25),
        ("own_circular", "own", pairs, 0.0625),
        ("own_official", "own", pairs, 0.25),
    ]
    right = questions.select("question_id", "answer").rows()
    said = [(q, "ab", f"({'a' if n < 2 else a})") for n, (q, a) in enumerate(right)]
    tables = scored(tmp_path, said, "own")
    (row,) = tables["contenders"].to_dicts()
    assert (row["questions"], row["pairs"]) == (2 * pairs, pairs)
    assert row["pair_accuracy"] == pytest.approx((pairs - 1) / pairs, abs=1e-6)
    # whose captions name what is known of rendered pictures alone
    assert tables["named"].is_empty()


def test_two_folders_and_the_truth_stand_in_one_study(tmp_path, world):
    entries = {
        "mined": {"kind": "truth", "pairs": "mined"},
        "own": own_folder(tmp_path / "own", 3),
        "other": own_folder(tmp_path / "other", 2),
        "twins": {"kind": "truth", "pairs": "twins", "count": 1},
        "some": {"kind": "truth", "pairs": "random", "count": 4},
    }
    questions, images, benchmarks = write(tmp_path, entries, *world)
    assert questions["benchmark"].unique(maintain_order=True).to_list() == list(entries)
    assert questions["question_id"].n_unique() == len(questions)
    assert images["image_id"].is_sorted()
    assert set(images["image_id"]) == set(questions["image_id"])
    assert all(Corpus(images).bytes_of(i) == PICTURE for i in images["image_id"])
    own = benchmarks.filter(pl.col("benchmark") == pl.col("of"))
    counts = [(4, 8), (3, 6), (2, 4), (9, 18), (4, 8)]
    assert own.select("pairs", "questions").rows() == counts
    assert benchmarks["benchmark"][0] == "mined"
    said = [(q, "ab", f"({a})") for q, a in questions.select("question_id", "answer").rows()]
    tables = scored(tmp_path, said, "other")
    assert tables["contenders"]["pairs"].to_list() == [2]
    assert dict(tables["benchmarks"].select("benchmark", "pairs").iter_rows()) == dict(
        zip(entries, (pairs for pairs, _ in counts), strict=True)
    )
    assert set(tables["named"]["benchmark"]) == {"mined", "twins", "some"}
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert metrics["pair_accuracy"]["x"] == dict.fromkeys(sorted(entries), 1.0)


def test_small_copies_are_made_of_folders_and_of_tars_alike(tmp_path, world):
    entries = {
        "twins": {"kind": "truth", "pairs": "twins", "count": 1},
        "own": own_folder(tmp_path / "own", 2),
    }
    _, images, _ = write(tmp_path, entries, *world)
    out = tmp_path / "thumbnails.parquet"
    run(benchmark.app, "thumbnails", "--images", tmp_path / "images.parquet", "--out", out)
    assert THUMBNAILS.read(out)["image_id"].to_list() == images["image_id"].to_list()


def test_folders_are_found_from_the_projects_root_and_listed_so(tmp_path, monkeypatch):
    own_folder(tmp_path / "data/own", 2)
    (tmp_path / "results/study").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "results/study")
    entry = {"kind": "mmvp", "path": "data/own"}
    _, images, _ = write(tmp_path, {"own": entry}, "--root", "../..")
    assert images["path"][0] == "../../data/own/MMVP Images/1.jpg"


def test_two_benchmarks_of_the_same_pairs_are_refused(tmp_path, world):
    mined = {"kind": "truth", "pairs": "mined"}
    with pytest.raises(UserError, match="mined and again both ask about the pair search-"):
        write(tmp_path, {"mined": mined, "again": mined}, *world)


def test_what_a_benchmark_is_made_from_must_be_given(tmp_path, world):
    with pytest.raises(UserError, match="mined asks about blind pairs; give them by --pairs"):
        write(tmp_path, {"mined": {"kind": "truth", "pairs": "mined"}}, *world[:2])
    with pytest.raises(UserError, match="twins is written from scenes; give them by --scenes"):
        write(tmp_path, {"twins": {"kind": "truth", "pairs": "twins", "count": 1}})
    twins = {"kind": "truth", "pairs": "twins", "count": 1}
    with pytest.raises(UserError, match="picture twins-0000"):
        write(tmp_path, {"twins": twins}, *world[:6])


def test_chance_comes_from_the_options_and_the_questions_of_each_group():
    rows = [("p", "x", "y", "a"), ("p", "x", "y", "b"), ("q", "x", "", "a"), ("r", "x", "y", "a")]
    columns = ("pair_id", "option_a", "option_b", "answer")
    asked = pl.DataFrame(rows, schema=columns, orient="row")
    assert guessing(asked) == pytest.approx(((1 / 4 + 1 + 1 / 2) / 3, (3 / 2 + 1) / 4))
    assert guessing(asked, orders=2) == pytest.approx(((1 / 16 + 1 + 1 / 4) / 3, (3 / 4 + 1) / 4))
    assert always_first(asked) == pytest.approx((2 / 3, 3 / 4))
    assert guessing(asked.clear()) == always_first(asked.clear()) == (None, None)
