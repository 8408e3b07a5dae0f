"""The smoke study: what it makes, and what reruns when something changes."""

import json

import polars as pl
import pytest
from clipblind.ground.answers import ANSWERS, MADE, VERDICTS
from clipblind.ground.benchmark import QUESTIONS
from clipblind.ground.controls import BASELINES, DIFFER_RATES, PROBES, SHUFFLED, SURVEY
from clipblind.ground.matching import CORRELATION, NAMED, VARIANTS, MATCH_SCORES
from clipblind.ground.pairs import PAIRS
from clipblind.ground.pool import IMAGES
from clipblind.ground.scores import (
    BENCHMARK_SCORES,
    CONTENDER_SCORES,
    NAMED_SCORES,
    PAIRED,
    PATTERN_SCORES,
)
from clipblind.ground.world import SCENES

from clipblind.embedding.files import read_embeddings
from tests.workflow.conftest import SMOKE

ARTIFACTS = {
    "pool/images.parquet": IMAGES,
    "pool/scenes/search.parquet": SCENES,
    "pairs/pairs.parquet": PAIRS,
    "pairs/selected.parquet": PAIRS,
    "benchmark/questions.parquet": QUESTIONS,
    "answers/llava_clip.parquet": ANSWERS,
    "verdicts/llava_clip.parquet": VERDICTS,
    "scores/contenders.csv": CONTENDER_SCORES,
    "scores/patterns.csv": PATTERN_SCORES,
    "scores/named.csv": NAMED_SCORES,
    "scores/paired.csv": PAIRED,
    "scores/correlation.csv": CORRELATION,
    "scores/made.csv": MADE,
    "vlm/scores.csv": MATCH_SCORES,
    "vlm/variants.csv": VARIANTS,
    "vlm/clip_web/named.parquet": NAMED,
    "controls/baselines.csv": BASELINES,
    "controls/probes.csv": PROBES,
    "controls/rates.csv": DIFFER_RATES,
    "controls/shuffled.csv": SHUFFLED,
    "controls/survey.csv": SURVEY,
}


@pytest.mark.parametrize("name", ARTIFACTS)
def test_every_table_is_there_and_keeps_its_schema(finished, name):
    assert len(ARTIFACTS[name].read(finished.results / name)) > 0


def test_embeddings_pictures_figures_and_report_are_there(finished):
    results = finished.results
    ids, rows = read_embeddings(sorted((results / "embeddings/clip_web").glob("search-*.arrow")))
    assert rows.shape[0] == len(ids) == 300
    exported = pl.read_csv(results / "benchmark/Questions.csv")
    assert len(list((results / "benchmark/MMVP Images").glob("*.jpg"))) == len(exported)
    figures = {path.stem for path in (results / "figures").glob("*.png")}
    assert figures == {path.stem for path in (results / "figures").glob("*.svg")} != set()
    assert "<html" in (results / "report.html").read_text()


def test_baselines_score_what_theory_says(finished):
    scores = BENCHMARK_SCORES.read(finished.results / "scores/benchmarks.csv")
    constant = scores.filter(pl.col("contender") == "constant")
    assert set(constant["question_accuracy"]) == {0.5}
    assert set(constant["pair_accuracy"]) == {0.0}
    random = scores.filter(pl.col("contender") == "random")
    questions = (random["question_accuracy"] * random["questions"]).sum()
    assert abs(questions - random["questions"].sum() / 2) < 2 * random["questions"].sum() ** 0.5


def test_both_kinds_of_threshold_are_counted(finished):
    summary = json.loads((finished.results / "pairs/summary.json").read_text())
    assert {"cosine", "quantile"} <= set(summary)
    assert summary["cosine"]["probe_above"] == 0.95


def test_a_finished_study_has_nothing_to_be_done(finished):
    assert "Nothing to be done" in finished.run(f"snakemake -n {SMOKE}")


BELOW_ANSWERS = {"score", "compare_contenders", "correlate", "check_baselines", "shuffle"}
BELOW_PAIRS = {"select", "write_questions", "export_mmvp", "answer", "grade"} | BELOW_ANSWERS
TOLD = {"figure", "page"}


def test_a_threshold_reruns_pairs_and_what_lies_below(finished):
    change = 'overrides="mining.thresholds=cosine mining.probe_above=0.94"'
    planned = finished.planned(change)
    surveyed = {"survey", "gather_survey", "gather_rates"}
    assert set(planned) == {"mine"} | surveyed | BELOW_PAIRS | TOLD


def test_a_figure_setting_reruns_its_figure_and_the_page(finished):
    assert finished.planned('overrides="figure.mention.dpi=90"') == {"figure": 1, "page": 1}


@pytest.mark.parametrize(
    ("change", "rules"),
    [
        ("pool.captions.swap.hat=0.2", {"page"}),
        ("contender.imof.label=other", {"labels"} | TOLD),
        ("mining.selection.pairs=19", BELOW_PAIRS | TOLD),
    ],
)
def test_a_setting_reruns_only_what_reads_it(finished, change, rules):
    assert set(finished.planned(f'overrides="{change}"')) == rules


def test_a_few_heldout_pictures_more_train_nothing_again(finished):
    planned = finished.planned('overrides="pool.heldout_images=61"')
    assert not {"train_clip", "train_simclr", "train_contender"} & set(planned)
    assert planned["render"] == 1


def test_one_more_contender_adds_one_training_one_answer_and_the_summaries(finished):
    path = finished.folder / "conf" / "contender" / "newcomer.yaml"
    path.write_text(
        "defaults:\n  - _llava@newcomer\n\nnewcomer:\n  label: newcomer\n  towers: [reference]\n"
    )
    chosen = "contender=[llava_clip,imof,constant,random,newcomer]"
    try:
        planned = finished.planned(f'overrides="{chosen}"')
    finally:
        path.unlink()
    assert planned["train_contender"] == planned["answer"] == planned["grade"] == 1
    assert set(planned) <= {"train_contender", "answer", "grade", "labels"} | BELOW_ANSWERS | TOLD


def test_one_more_encoder_adds_one_row_and_trains_nothing_else(finished):
    chosen = "encoder=[clip_web,reference,clip_swap]"
    planned = finished.planned(f'overrides="{chosen}"')
    assert planned["train_clip"] == planned["embed"] == planned["vlm_study"] == 1
    assert not {"train_simclr", "train_contender", "answer", "mine", "render"} & set(planned)


def test_snakemakes_own_report_states_the_thresholds(finished):
    finished.run(f"snakemake --report snakemake-report.html {SMOKE}")
    page = (finished.results / "snakemake-report.html").read_text()
    assert page.count("its 0.98 quantile over all pairs") >= 9  # a caption each
    (finished.results / "snakemake-report.html").unlink()
