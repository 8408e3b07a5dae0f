"""A study whose benchmark everybody answers: tiny models in the real formats, a judge, baselines,
and answers that somebody typed in.
"""

import json
from pathlib import Path

import polars as pl
import pytest

from clipblind import tables
from tests.contenders import checkpoints
from tests.workflow import shrunken
from tests.workflow.conftest import copy_project

MODELS = {
    "llava15_7b": checkpoints.save_llava,
    "instructblip_7b": checkpoints.save_instructblip,
    "qwen25_vl_7b": checkpoints.save_qwen,
    "minigpt4_7b": checkpoints.save_minigpt4,
}
TYPED = """typed:
  kind: recorded
  answers: answers/typed.csv
  source: the tests
"""
SPOKEN = "{% for m in messages %}{{ m['content'] if m['content'] is string else "
SPOKEN += "m['content'] | map(attribute='text') | join }} {% endfor %}"
CONTENDERS = ("constant", "typed", *MODELS)
ROWS = 300


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A project whose `study=mmvp` was run, shrunken, and how to run it with more overrides."""
    project = copy_project(tmp_path_factory.mktemp("answers") / "clipblind")
    put_assets(project.folder)
    settings = [
        f"encoder=[openai_l14_224] vlm=null contender=[{','.join(CONTENDERS)}]",
        "benchmark.digest='' contender.qwen25_vl_7b.orders=both",
        *(f"contender.{name}.params_m=null" for name in MODELS if name != "minigpt4_7b"),
        *(f"prompt.{name}.decoding.max_new_tokens=4" for name in ("official", "minigpt4")),
        "judge.by.kind=transformers judge.by.source=nobody/llama",
    ]

    def run(target="", more=""):
        overrides = " ".join([*settings, more])
        return project.run(f'snakemake --cores 2 {target} --config study=mmvp '
                           f'overrides="{overrides}"')  # fmt: skip

    return project, run, run()


def put_assets(folder):
    shrunken.mmvp(folder / "assets/benchmarks/MMVP")
    for name, save in MODELS.items():
        place = folder / "assets/models" / name
        place.mkdir(parents=True)
        if name == "minigpt4_7b":
            save(place, "prerained_minigpt4_7b.pth")
        else:
            save(place)
    judge = folder / "assets/models/judge"
    judge.mkdir()
    checkpoints.save_llama(judge)
    (judge / "chat_template.jinja").write_text(SPOKEN)
    (folder / "conf/contender/typed.yaml").write_text(TYPED)
    (folder / "answers").mkdir()
    said = [f"{i},{'(a)' if i % 2 else 'I think it is blue.'}" for i in range(1, ROWS + 1)]
    (folder / "answers/typed.csv").write_text("\n".join(["question_id,answer", *said]))


def ledger_of(project):
    return {path.name: path.read_bytes() for path in (project.folder / "ledger").glob("*.jsonl")}


def test_every_contender_has_its_replies_verdicts_and_scores(study):
    results = study[0].folder / "results/mmvp"
    for name in CONTENDERS:
        replies = tables.REPLIES.read(results / f"answers/{name}.parquet")
        orders = ["ab", "ba"] if name == "qwen25_vl_7b" else ["ab"]
        assert replies["question_id"].n_unique() == ROWS
        assert sorted(replies["order"].unique()) == orders and len(replies) == ROWS * len(orders)
    scores = tables.BENCHMARK_SCORES.read(results / "scores/benchmarks.csv")
    published = scores.filter(pl.col("benchmark") == "mmvp")
    assert sorted(published["contender"]) == sorted(CONTENDERS)
    assert set(published["questions"]) == {ROWS} and set(published["pairs"]) == {ROWS // 2}
    sure = dict(published.select("contender", "pair_accuracy").iter_rows())
    assert (sure["constant"], sure["typed"]) == (0.0, 1.0)
    circular = scores.filter(pl.col("benchmark") == "mmvp_circular")
    assert list(circular["contender"]) == ["qwen25_vl_7b"]


def test_models_see_the_image_and_none_repeats_one_answer(study):
    results = study[0].folder / "results/mmvp"
    for name in MODELS:
        replies = tables.REPLIES.read(results / f"answers/{name}.parquet")
        assert replies["answer"].n_unique() > 1, name
        assert set(replies["fault"]) == {""} and replies["tokens_out"].min() > 0


def test_the_judge_s_say_is_calibrated_and_what_it_can_t_tell_stays_unscored(study):
    results = study[0].folder / "results/mmvp"
    judged = pl.concat(tables.JUDGED.read(results / f"judged/{n}.parquet") for n in CONTENDERS)
    assert len(judged) and judged["judge"].unique().to_list() == ["choice"]
    assert judged.filter(pl.col("choice").is_null() & (pl.col("reason") == "")).is_empty()
    calibration = tables.CALIBRATION.read(results / "scores/calibration.csv")
    assert "parser" in set(calibration["first"])
    consistency = tables.CONSISTENCY.read(results / "scores/consistency.csv")
    assert list(consistency["contender"]) == ["qwen25_vl_7b"]
    assert list(consistency["questions"]) == [ROWS]


def test_the_ledger_holds_every_answer_of_a_model_and_nobody_else_s(study):
    project = study[0]
    answers = [
        line
        for text in ledger_of(project).values()
        for line in map(json.loads, text.splitlines())
        if line["prompt"]["name"] in ("official", "minigpt4")
    ]
    of_prompt = pl.Series([line["prompt"]["name"] for line in answers]).value_counts()
    assert dict(of_prompt.iter_rows()) == {"official": 4 * ROWS, "minigpt4": ROWS}
    assert len({line["key"] for line in answers}) == len(answers)
    for text in ledger_of(project).values():
        assert str(project.folder).encode() not in text and str(Path.home()).encode() not in text


def test_nothing_is_left_to_do(study):
    assert "Nothing to be done" in study[1]("-n")


def test_lost_results_and_another_label_come_from_the_ledger(study):
    project, run, _ = study
    before, target = ledger_of(project), "answers/llava15_7b.parquet"
    path = project.folder / "results/mmvp" / target
    replies = tables.REPLIES.read(path)
    path.unlink()
    said = run(target, "contender.llava15_7b.label=Llama")
    assert "rule ask:" in said
    assert tables.REPLIES.read(path).equals(replies) and ledger_of(project) == before


def test_a_changed_image_is_asked_about_again_and_it_alone(study):
    project, run, _ = study
    before = ledger_of(project)
    image = project.folder / "assets/benchmarks/MMVP/MMVP Images/7.jpg"
    size = image.stat().st_size  # which stays, so that only times and contents tell
    image.write_bytes(shrunken.jpeg(7).ljust(size, b"\0"))
    assert image.stat().st_size == size
    run("answers/llava15_7b.parquet")
    new = [
        line
        for name, text in ledger_of(project).items()
        for line in text[len(before[name]) :].splitlines()
    ]
    assert [json.loads(line)["question_id"] for line in new] == ["mmvp/007"]
