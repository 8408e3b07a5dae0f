"""The chapter `scores`, verb by verb, as rules call it."""

import json

import polars as pl
import pytest
from typer.testing import CliRunner

from clipblind.commands.scores import app
from clipblind.grading.scores import score_all
from clipblind.ground.patterns import NINE
from clipblind.ground.tables.answers import VERDICTS
from clipblind.ground.tables.matching import CORRELATION, MATCHES
from clipblind.ground.tables.scores import AGAINST_FIGURE4, BENCHMARK_SCORES, PAIRED

from .asked import baseline, graded, questions

KINDS = {
    "constant": "constant",
    "random": "random",
    "deaf": "text_only",
    "blindfold": "transformers",
    "big": "transformers",
    "small": "mof",
}
IMAGES = {name: name != "blindfold" for name in KINDS}


def run(*options):
    done = CliRunner().invoke(app, list(map(str, options)))
    if done.exception:
        raise done.exception


@pytest.fixture
def verdicts(tmp_path):
    """Everybody's verdicts on 27 pairs, three of each pattern: the options that name the files."""
    patterns = [NINE[n // 2 % 9] for n in range(54)]
    asked = questions(27).with_columns(pattern=pl.Series(patterns))
    options = []
    for seed, name in enumerate(KINDS):
        path = tmp_path / "verdicts" / f"{name}.parquet"
        VERDICTS.write(graded(asked, baseline("random", asked, seed)), path)
        options += ["--verdicts", path]
    return options


def test_only_those_who_are_shown_images_and_are_no_baselines_are_compared(tmp_path, verdicts):
    cfg = json.dumps({"kinds": KINDS, "images": IMAGES})
    run("compare", "--cfg", cfg, *verdicts, "--out", tmp_path / "paired.csv")
    table = PAIRED.read(tmp_path / "paired.csv")
    assert table.select("benchmark", "first", "second").rows() == [("mmvp", "big", "small")]


def test_figure_4_stands_beside_mmvp_as_the_command_writes_it(tmp_path, verdicts):
    read = {path.stem: VERDICTS.read(path) for path in verdicts[1::2]}
    BENCHMARK_SCORES.write(score_all(read, BENCHMARK_SCORES), tmp_path / "benchmarks.csv")
    cfg = json.dumps({"rows": {"big": "LLaVA-1.5", "small": ""}})
    scores, out = tmp_path / "benchmarks.csv", tmp_path / "against.csv"
    run("against-figure4", "--cfg", cfg, "--scores", scores, "--out", out)
    assert AGAINST_FIGURE4.read(out).select("contender", "row", "cases", "paper").rows() == [
        ("big", "LLaVA-1.5", 27, 0.247)
    ]


def test_contenders_that_see_are_correlated_with_the_encoders_beside_them(tmp_path, verdicts):
    matched = [
        ("texts", f"{pattern}/{n}", pattern, n < place % 4, True)
        for place, pattern in enumerate(NINE)
        for n in range(3)
    ]
    path = tmp_path / "matching/clip/pairs.parquet"
    MATCHES.write(pl.DataFrame(matched, schema=dict(MATCHES.columns), orient="row"), path)
    cfg = {
        "seed": 0,
        "beside": {"texts": "mmvp"},
        "encoders": {"clip": ""},
        "rows": dict.fromkeys(KINDS, ""),
        "towers": {"small": ["clip"]},
        "kinds": KINDS,
        "images": IMAGES,
    }
    files = ("--matches", path, *verdicts, "--out", tmp_path / "correlation.csv")
    run("correlate", "--cfg", json.dumps(cfg), *files)
    table = CORRELATION.read(tmp_path / "correlation.csv")
    assert table.select("benchmark", "beside", "contender", "encoder", "patterns").rows() == [
        ("texts", "mmvp", "big", "clip", 9),
        ("texts", "mmvp", "small", "clip", 9),
    ]
