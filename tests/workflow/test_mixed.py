"""A study that mixes: a rendered pool, encoders trained here and loaded, a small LLaVA beside an
MLLM of transformers, a benchmark of one's own beside those of the world; from pool to page.
"""

import csv

import polars as pl
import pytest

from clipblind.ground.tables.benchmark import BENCHMARKS
from clipblind.ground.tables.controls import DIFFER_RATES, PROBES, SHUFFLED, SURVEY
from clipblind.ground.tables.matching import CORRELATION, MATCH_SCORES
from clipblind.ground.tables.scores import BENCHMARK_SCORES, PAIRED
from tests.workflow import shrunken
from tests.workflow.conftest import copy_project

CONTENDERS = ("llava_clip", "imof", "smolvlm", "constant")
SEEING = CONTENDERS[:3]
ENCODERS = ("clip_web", "reference", "openai_b32")
OWN = 3  # pairs
SETTINGS = (
    f"contender=[{','.join(CONTENDERS)}] encoder=[{','.join(ENCODERS)}]",
    "benchmark=[mined,random,twins,statements,folder] benchmark.folder.path=mine",
    "encoder.openai_b32.params_m=null encoder.openai_b32.image_size=null",
    "contender.smolvlm.params_m=null prompt.official.decoding.max_new_tokens=4",
    "contender.smolvlm.prompt=official",
)


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """A project whose mixed study was run, and how."""
    from tests.contenders.checkpoints import save_smolvlm

    project = copy_project(tmp_path_factory.mktemp("mixed") / "clipblind")
    models = project.folder / "assets/models"
    shrunken.clip(models / "openai_b32", seed=3, quick_gelu=True)
    (models / "smolvlm").mkdir(parents=True)
    save_smolvlm(models / "smolvlm")
    own = project.folder / "mine"
    (own / "Images").mkdir(parents=True)
    with (own / "Questions.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["Index", "Question", "Options", "Correct Answer"])
        for index in range(1, 2 * OWN + 1):
            answer = "(a)" if index % 2 else "(b)"
            rows.writerow([index, "Is it red or blue?", "(a) Red (b) Blue", answer])
            (own / "Images" / f"{index}.jpg").write_bytes(shrunken.jpeg(3000 + index))
    options = f'--config study=smoke overrides="{" ".join(SETTINGS)}"'
    project.run(f"snakemake --cores 2 {options}")
    return project, options


def test_everybody_answers_every_benchmark_of_any_size(mixed):
    results = mixed[0].results
    benchmarks = BENCHMARKS.read(results / "tables/benchmarks.csv")
    own = benchmarks.filter(pl.col("benchmark") == pl.col("of"))
    assert own["benchmark"].to_list() == ["mined", "random", "twins", "folder"]
    assert set(own["chance"]) == {0.25}
    scores = BENCHMARK_SCORES.read(results / "scores/benchmarks.csv")
    asked = scores.group_by("benchmark").agg(pl.col("contender").sort(), pl.col("pairs").unique())
    for _, contenders, pairs in asked.iter_rows():
        assert contenders == sorted(CONTENDERS) and len(pairs) == 1
    own = scores.filter(pl.col("benchmark") == "folder")
    assert set(own["pairs"]) == {OWN} and set(own["questions"]) == {2 * OWN}
    compared = PAIRED.read(results / "scores/paired.csv")
    assert set(compared["first"]) | set(compared["second"]) == set(SEEING)


def test_a_loaded_encoder_is_matched_probed_and_surveyed_like_a_trained_one(mixed):
    results = mixed[0].results
    assert set(MATCH_SCORES.read(results / "matching/scores.csv")["encoder"]) == {
        *("clip_web", "openai_b32"),
    }
    assert set(PROBES.read(results / "controls/probes.csv")["encoder"]) == set(ENCODERS)
    assert set(SURVEY.read(results / "controls/survey.csv")["encoder"]) == {
        *("clip_web", "openai_b32"),
    }
    assert len(DIFFER_RATES.read(results / "controls/rates.csv"))


def test_controls_and_correlation_have_both_kinds_of_contender(mixed):
    results = mixed[0].results
    assert set(SEEING) <= set(SHUFFLED.read(results / "controls/shuffled.csv")["of"])
    correlated = CORRELATION.read(results / "scores/correlation.csv")
    assert set(correlated["contender"]) == set(SEEING)
    assert set(correlated["benchmark"]) == {"statements"}


def test_the_page_names_all_of_them_and_nothing_is_left_to_do(mixed):
    project, options = mixed
    page = (project.results / "report.html").read_text(encoding="utf-8")
    for words in ("SmolVLM", "OpenAI B/32", "folder"):
        assert words in page
    assert "Nothing to be done" in project.run(f"snakemake -n {options}")
