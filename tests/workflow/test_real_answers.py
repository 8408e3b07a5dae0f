"""The answers' part of `study=paper`: tiny models in the real formats, a judge, baselines, and
answers that somebody typed in. The last tests change what they find, so none may come after them.
"""

import json
from pathlib import Path

import polars as pl

from clipblind.ground.tables.answers import JUDGED, REPLIES
from clipblind.ground.tables.benchmark import PAIR_PATTERNS
from clipblind.ground.tables.matching import CORRELATION
from clipblind.ground.tables.scores import BENCHMARK_SCORES, CALIBRATION, CONSISTENCY
from tests.workflow import shrunken
from tests.workflow.shrunken import ROWS

MODELS = ("llava15_7b", "instructblip_7b", "minigpt4_7b", "qwen25_vl_7b")
BLIND, TWICE = "llava15_7b_blind", "instructblip_7b"
CONTENDERS = ("constant", "random", "typed", BLIND, *MODELS)


def results_of(study):
    return study[0].folder / "results/paper"


def ledger_of(study):
    return {path.name: path.read_bytes() for path in (study[0].folder / "ledger").glob("*.jsonl")}


def make(study, target, more=""):
    """What Snakemake says when it makes one file, with more overrides."""
    project, options, _ = study
    given = options.replace('overrides="', f'overrides="{more} ')
    return project.run(f"snakemake --cores 2 {target} {given}")


def test_every_contender_has_its_replies_verdicts_and_scores(shrunken_paper):
    results = results_of(shrunken_paper)
    for name in CONTENDERS:
        replies = REPLIES.read(results / f"answers/{name}.parquet")
        orders = ["ab", "ba"] if name == TWICE else ["ab"]
        assert replies["question_id"].n_unique() == ROWS
        assert sorted(replies["order"].unique()) == orders and len(replies) == ROWS * len(orders)
    scores = BENCHMARK_SCORES.read(results / "scores/benchmarks.csv")
    published = scores.filter(pl.col("benchmark") == "mmvp")
    assert sorted(published["contender"]) == sorted(CONTENDERS)
    assert set(published["questions"]) == {ROWS} and set(published["pairs"]) == {ROWS // 2}
    sure = dict(published.select("contender", "pair_accuracy").iter_rows())
    assert (sure["constant"], sure["typed"]) == (0.0, 1.0)
    circular = scores.filter(pl.col("benchmark") == "mmvp_circular")
    assert list(circular["contender"]) == [TWICE]


def test_models_see_the_image_and_none_repeats_one_answer(shrunken_paper):
    results = results_of(shrunken_paper)
    for name in MODELS:
        replies = REPLIES.read(results / f"answers/{name}.parquet")
        assert replies["answer"].n_unique() > 1, name
        assert set(replies["fault"]) == {""} and replies["tokens_out"].min() > 0


def test_the_judge_s_say_is_calibrated_and_what_it_can_t_tell_stays_unscored(shrunken_paper):
    results = results_of(shrunken_paper)
    judged = pl.concat(JUDGED.read(results / f"choices/judged/{n}.parquet") for n in CONTENDERS)
    assert len(judged) and judged["judge"].unique().to_list() == ["choice"]
    assert judged.filter(pl.col("choice").is_null() & (pl.col("reason") == "")).is_empty()
    calibration = CALIBRATION.read(results / "scores/calibration.csv")
    assert "parser" in set(calibration["first"])
    consistency = CONSISTENCY.read(results / "scores/consistency.csv")
    assert list(consistency["contender"]) == [TWICE]
    assert list(consistency["questions"]) == [ROWS]


def test_without_the_image_both_questions_of_a_pair_get_one_answer(shrunken_paper):
    results = results_of(shrunken_paper)
    replies = REPLIES.read(results / f"answers/{BLIND}.parquet").sort("question_id")
    first, second = replies["answer"].gather_every(2), replies["answer"].gather_every(2, offset=1)
    assert first.to_list() == second.to_list() and first.n_unique() > 1
    seeing = REPLIES.read(results / "answers/llava15_7b.parquet").sort("question_id")
    assert seeing["answer"].to_list() != replies["answer"].to_list()


def test_pairs_have_the_patterns_of_the_file_and_contenders_their_correlation(shrunken_paper):
    results = results_of(shrunken_paper)
    patterns = PAIR_PATTERNS.read(results / "benchmark/patterns.csv")
    assert len(patterns) == ROWS // 2 and patterns["pattern"].n_unique() == 9
    inherited = CORRELATION.read(results / "scores/correlation.csv")
    assert not {"constant", "random"} & set(inherited["contender"])
    assert set(MODELS) <= set(inherited["contender"])


def test_the_ledger_holds_every_answer_of_a_model_and_nobody_else_s(shrunken_paper):
    ledger = ledger_of(shrunken_paper)
    answers = [
        line
        for text in ledger.values()
        for line in map(json.loads, text.splitlines())
        if line["prompt"]["name"] in ("official", "minigpt4")
    ]
    of_prompt = pl.Series([line["prompt"]["name"] for line in answers]).value_counts()
    # without an image, both questions of a pair are one
    asked = ROWS + ROWS // 2 + 2 * ROWS + ROWS
    assert dict(of_prompt.iter_rows()) == {"official": asked, "minigpt4": ROWS}
    assert len({line["key"] for line in answers}) == len(answers)
    for text in ledger.values():
        for place in (shrunken_paper[0].folder, Path.home()):
            assert str(place).encode() not in text


def test_lost_results_and_another_label_come_from_the_ledger(shrunken_paper):
    before, target = ledger_of(shrunken_paper), "answers/llava15_7b.parquet"
    path = results_of(shrunken_paper) / target
    replies = REPLIES.read(path)
    path.unlink()
    said = make(shrunken_paper, target, "contender.llava15_7b.label=Llama")
    assert "rule ask:" in said
    assert REPLIES.read(path).equals(replies) and ledger_of(shrunken_paper) == before


def test_a_changed_image_is_asked_about_again_and_it_alone(shrunken_paper):
    before = ledger_of(shrunken_paper)
    image = shrunken_paper[0].folder / "assets/benchmarks/MMVP/MMVP Images/7.jpg"
    size = image.stat().st_size  # which stays, so that only times and contents tell
    image.write_bytes(shrunken.jpeg(7).ljust(size, b"\0"))
    assert image.stat().st_size == size
    make(shrunken_paper, "answers/llava15_7b.parquet")
    new = [
        line
        for name, text in ledger_of(shrunken_paper).items()
        for line in text[len(before[name]) :].splitlines()
    ]
    assert [json.loads(line)["question_id"] for line in new] == ["mmvp/007"]
