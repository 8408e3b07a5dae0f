"""The smoke study: what it makes, and what reruns when something changes."""

import json
import re

import polars as pl
import pytest

from clipblind.embedding.files import read_embeddings
from clipblind.ground.tables.answers import CHOICES, COSTS, MADE, REPLIES, VERDICTS
from clipblind.ground.tables.benchmark import BENCHMARKS, QUESTIONS
from clipblind.ground.tables.controls import BASELINES, DIFFER_RATES, PROBES, SHUFFLED, SURVEY
from clipblind.ground.tables.matching import (
    CORRELATION,
    MATCH_PAIRED,
    MATCH_SCORES,
    MATCHES,
    NAMED,
    VARIANTS,
    ZERO_SHOT,
)
from clipblind.ground.tables.pairs import PAIRS
from clipblind.ground.tables.pool import CHECKED, DUPLICATES, LISTED, REJECTED, THUMBNAILS
from clipblind.ground.tables.scores import (
    BENCHMARK_SCORES,
    CONTENDER_SCORES,
    NAMED_SCORES,
    PAIRED,
    PATTERN_SCORES,
)
from clipblind.ground.tables.world import SCENES
from tests.workflow.conftest import SMOKE

ARTIFACTS = {
    "pool/images.parquet": CHECKED,
    "pool/parts/0.parquet": LISTED,
    "pool/scenes/search.parquet": SCENES,
    "pairs/pairs.parquet": PAIRS,
    "pairs/selected.parquet": PAIRS,
    "benchmark/questions.parquet": QUESTIONS,
    "benchmark/images.parquet": LISTED,
    "tables/benchmarks.csv": BENCHMARKS,
    "benchmark/thumbnails.parquet": THUMBNAILS,
    "answers/llava_clip.parquet": REPLIES,
    "choices/llava_clip.parquet": CHOICES,
    "verdicts/llava_clip.parquet": VERDICTS,
    "scores/contenders.csv": CONTENDER_SCORES,
    "scores/patterns.csv": PATTERN_SCORES,
    "scores/named.csv": NAMED_SCORES,
    "scores/paired.csv": PAIRED,
    "scores/costs.csv": COSTS,
    "scores/correlation.csv": CORRELATION,
    "scores/made.csv": MADE,
    "encoded/clip_web/matches.parquet": MATCHES,
    "encoded/clip_web/named.parquet": NAMED,
    "matching/scores.csv": MATCH_SCORES,
    "matching/variants.csv": VARIANTS,
    "matching/zero_shot.csv": ZERO_SHOT,
    "controls/baselines.csv": BASELINES,
    "controls/probes.csv": PROBES,
    "controls/rates.csv": DIFFER_RATES,
    "controls/shuffled.csv": SHUFFLED,
    "controls/survey.csv": SURVEY,
}
NONE = {
    "pool/rejected.parquet": REJECTED,
    "pool/duplicates.parquet": DUPLICATES,
    "matching/paired.csv": MATCH_PAIRED,
}


@pytest.mark.parametrize("name", ARTIFACTS)
def test_every_table_is_there_and_keeps_its_schema(finished, name):
    assert len(ARTIFACTS[name].read(finished.results / name)) > 0


@pytest.mark.parametrize("name", NONE)
def test_a_table_without_rows_is_there_all_the_same(finished, name):
    assert NONE[name].read(finished.results / name).is_empty()


def test_what_tests_are_computed_from_is_there_as_csv(finished):
    tables = finished.results / "tables"
    verdicts = pl.read_csv(tables / "verdicts.csv")
    graded = VERDICTS.read(finished.results / "verdicts/imof.parquet")
    assert verdicts["imof"].to_list() == graded["verdict"].to_list()
    scores = BENCHMARK_SCORES.read(finished.results / "scores/benchmarks.csv")
    asked = (pl.col("contender") == "imof") & (pl.col("benchmark") == "twins")
    both = verdicts.filter(pl.col("benchmark") == "twins").group_by("pair_id")
    right = both.agg((pl.col("imof") == "correct").all())["imof"]
    row = scores.row(by_predicate=asked, named=True)
    assert abs(right.mean() - row["pair_accuracy"]) < 1e-6
    matched = pl.read_csv(tables / "matches.csv")
    assert len(matched) == len(MATCHES.read(finished.results / "encoded/clip_web/matches.parquet"))
    assert len(pl.read_csv(tables / "pairs.csv")) and len(pl.read_csv(tables / "questions.csv"))


def test_embeddings_pictures_figures_and_report_are_there(finished):
    results = finished.results
    ids, rows = read_embeddings([results / "embeddings/clip_web/0.arrow"])
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


BELOW_ANSWERS = {
    *("add_up_costs", "score", "compare_contenders", "correlate", "check_baselines", "shuffle"),
    "export_tables",
}
BELOW_PAIRS = {
    *("select", "pictures", "write_questions", "thumbnails", "export_mmvp", "ask", "grade"),
} | BELOW_ANSWERS
TOLD = {"figure", "note_code", "page"}


def _lists(said, rule, kind):
    """What a dry run says that jobs of a rule read or make."""
    jobs = re.findall(rf"^(?:local)?rule {rule}:\n((?:    .*\n)+)", said, re.MULTILINE)
    lines = [re.search(rf"^    {kind}: (.*)$", job, re.MULTILINE) for job in jobs]
    return {file for line in lines if line for file in line[1].split(", ")}


@pytest.mark.parametrize("overrides", ["", "mining.tiles=2"])
def test_every_file_that_a_study_makes_is_asked_for_so_that_what_was_lost_is_made_again(
    finished, overrides
):
    said = finished.run(f'snakemake -n -F {SMOKE} overrides="{overrides}"')
    made = _lists(said, r"\w+", "output")
    assert "pool/shards/search-0.tar" in made and "scores/labels.json" in made
    # of a folder the time alone tells, which is new wherever it is pulled
    assert made - _lists(said, "all", "input") == {"benchmark/MMVP Images"}


LOST = {
    "scores/labels.json": "describe_contenders",
    "pool/captions/web.parquet": "captions",
    "encoders/clip_web/open_clip_model.safetensors": "train_clip",
    "contenders/imof/model.safetensors": "train_contender",
    "encoded/clip_web/probes.csv": "encoder_embed_and_match",
    "surveys/clip_web/rates.csv": "survey",
    "benchmark/MMVP Images/1.jpg": "export_mmvp",
}


def test_what_was_lost_is_planned_again_though_later_files_are_there(finished):
    for name in LOST:
        path = finished.results / name
        path.rename(path.with_name(path.name + ".away"))
    try:
        assert set(LOST.values()) <= set(finished.planned())
    finally:
        for name in LOST:
            path = finished.results / name
            path.with_name(path.name + ".away").rename(path)
    said = finished.run(f"snakemake -n {SMOKE}")
    assert "Nothing to be done" in said and "missing provenance" not in said


def test_a_threshold_reruns_pairs_and_what_lies_below(finished):
    change = 'overrides="mining.thresholds=cosine mining.probe_above=0.94"'
    planned = finished.planned(change)
    surveyed = {"survey", "gather_survey", "gather_rates"}
    assert set(planned) == {"mine"} | surveyed | BELOW_PAIRS | TOLD


def test_a_figure_setting_reruns_its_figure_and_the_page(finished):
    planned = finished.planned('overrides="figure.mention.dpi=90"')
    assert planned == {"figure": 1, "note_code": 1, "page": 1}


@pytest.mark.parametrize(
    ("change", "rules"),
    [
        ("pool.sources.world.captions.swap.hat=0.2", {"page", "note_code"}),
        ("contender.imof.label=other", {"describe_contenders"} | TOLD),
        ("mining.selection.pairs=19", BELOW_PAIRS | TOLD),
        ("encoder.clip_web.label=other", {"list_variants", "describe_contenders"} | TOLD),
    ],
)
def test_a_setting_reruns_only_what_reads_it(finished, change, rules):
    assert set(finished.planned(f'overrides="{change}"')) == rules


def test_a_few_heldout_pictures_more_train_nothing_again(finished):
    planned = finished.planned('overrides="pool.sources.world.heldout_images=61"')
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
    assert planned["train_contender"] == planned["ask"] == planned["grade"] == 1
    own = {"train_contender", "ask", "grade", "describe_contenders"}
    assert set(planned) <= own | BELOW_ANSWERS | TOLD


def test_one_more_encoder_adds_one_row_and_trains_nothing_else(finished):
    chosen = "encoder=[clip_web,reference,clip_swap]"
    planned = finished.planned(f'overrides="{chosen}"')
    assert planned["train_clip"] == planned["encoder_embed_and_match"] == 1
    assert not {"train_simclr", "train_contender", "ask", "mine", "render"} & set(planned)


def test_snakemakes_own_report_states_the_thresholds(finished):
    finished.run(f"snakemake --report snakemake-report.html {SMOKE}")
    page = (finished.results / "snakemake-report.html").read_text()
    assert page.count("its 0.98 quantile over all pairs") >= 9  # a caption each
    (finished.results / "snakemake-report.html").unlink()
