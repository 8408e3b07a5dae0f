"""What those who answer need from elsewhere, planned from a study and fetched from a local hub."""

import json

import pytest

from clipblind.fetching.answerers import answerers_elsewhere, wanted_answerers
from clipblind.ground.errors import UserError
from clipblind.study.compose import compose
from tests.fetching.conftest import CONF, STUDY
from tests.fetching.local_hub import LARGE

BLIP2, VICUNA = "tiny/blip2", "tiny/vicuna"
MINI = """\
mini: {kind: minigpt4, prompt: minigpt4, source: tiny/blip2, language_model: tiny/vicuna,
  projection: projection.pth, megabytes: 1, language_megabytes: 1}
"""
JUDGE = "judge.by.kind=transformers judge.by.source=nobody/judge"
VOTES = "patterns.votes=3 patterns.by.kind=transformers patterns.by.source=nobody/votes"


def planned(root, overrides):
    study = compose(CONF, "mmvp", overrides)
    wanted = [(one.name, one.source) for one in wanted_answerers(study, root)]
    return wanted, {one.name: one for one in answerers_elsewhere(study, root)}


def test_models_that_answer_judge_and_vote_are_fetched_to_where_the_rules_look(tmp_path):
    study = compose(CONF, "mmvp", f"{JUDGE} {VOTES}")
    folders = {one.name: one.folder for one in wanted_answerers(study, tmp_path)}
    models = tmp_path / "assets/models"
    assert folders == {name: models / name for name in ("llava15_7b", "judge", "patterns")}


def test_a_model_that_shares_another_s_folder_is_neither_fetched_twice_nor_asked_for(tmp_path):
    wanted, elsewhere = planned(tmp_path, "contender=[llava15_7b,llava15_7b_blind]")
    assert wanted == [("llava15_7b", "llava-hf/llava-1.5-7b-hf")]
    assert not elsewhere
    wanted, elsewhere = planned(tmp_path, "contender=[llava15_7b_blind]")
    assert not wanted
    place = elsewhere["llava15_7b_blind"]
    assert place.folder == tmp_path / "assets/models/llava15_7b"
    assert place.advice.endswith("take away contender.llava15_7b_blind.folder")


def test_minigpt4_is_two_repositories_and_a_file_put_by_hand(tmp_path):
    wanted, elsewhere = planned(tmp_path, "contender=[minigpt4_7b]")
    assert wanted == [
        ("minigpt4_7b/blip2", "Salesforce/blip2-flan-t5-xxl"),
        ("minigpt4_7b/language_model", "Vision-CAIR/vicuna-7b"),
    ]
    file = elsewhere["minigpt4_7b/projection"]
    assert file.folder == tmp_path / "assets/models/minigpt4_7b/prerained_minigpt4_7b.pth"
    assert "README of Vision-CAIR/MiniGPT-4" in file.advice


def test_files_of_people_are_looked_for_and_votes_behind_them_are_not(tmp_path):
    given = f"{VOTES} patterns.file=mine.csv people=read.csv contender=[constant]"
    wanted, elsewhere = planned(tmp_path, given)
    assert not wanted
    places = {name: place.folder.name for name, place in elsewhere.items()}
    assert places == {"patterns": "mine.csv", "people": "read.csv"}


def test_a_study_without_contenders_has_no_judge(tmp_path):
    with pytest.raises(UserError, match=r"judge .* is set, but nobody"):
        planned(tmp_path, f"contender=[] {JUDGE}")


@pytest.fixture
def mini(project, hub):
    """A study asked of MiniGPT-4, whose BLIP-2 lies on the hub in three shards."""
    (project.folder / "conf/contender/mini.yaml").write_text(MINI)
    asked = STUDY.replace("/contender: null", "/contender: mini")
    asked = asked.replace("/prompt: null", "/prompt: minigpt4")
    asked = asked.replace("[tiny_clip, tiny_dino]", "tiny_dino")
    (project.folder / "conf/study/tiny.yaml").write_text(asked)
    names = ("vision_model.a", "qformer.b", "language_model.c")
    shards = [f"pytorch_model-0000{number}-of-00003.bin" for number in (1, 2, 3)]
    index = json.dumps({"weight_map": dict(zip(names, shards, strict=True))}).encode()
    small = {"config.json": b"{}", "preprocessor_config.json": b"{ }"}
    parts = {name: bytes([number]) * LARGE for number, name in enumerate(shards)}
    hub.repositories[BLIP2] = small | parts | {"pytorch_model.bin.index.json": index}
    words = {"config.json": b"{  }", "tokenizer.model": b"t", "model.safetensors": b"w" * LARGE}
    hub.repositories[VICUNA] = words
    return project, shards


def test_minigpt4_is_fetched_by_its_name_without_blip2_s_language_model(mini, hub):
    project, shards = mini
    status, out, err = project.fetch("--only", "mini")
    assert status == 0, err
    folder = project.models / "mini"
    assert {path.name for path in (folder / "blip2").iterdir()} == {
        *("config.json", "preprocessor_config.json", "pytorch_model.bin.index.json"),
        *(*shards[:2], "fetched.json"),
    }
    assert (folder / "language_model/model.safetensors").stat().st_size == LARGE
    assert hub.served[shards[2]] == 0 and hub.served["pytorch_model.bin.index.json"] > 0
    assert not list(project.folder.rglob(".fetching-*"))
    hub.asked.clear()
    assert "is there, verified" in project.fetch("--only", "mini")[1] and not hub.asked
    status, out, _ = project.run("doctor", "--study", "tiny")
    assert status == 1 and "mini/projection" in out


def test_a_revision_of_a_part_is_asked_for_by_its_own_key(mini):
    given = ("--overrides", "contender.mini.language_revision=0000000")
    said = mini[0].refused("--only", "mini/language_model", *given)
    assert said.endswith("has no revision '0000000'; check contender.mini.language_revision.")


def test_what_is_put_by_hand_is_not_fetched_by_name(mini):
    said = mini[0].refused("--only", "mini/projection")
    assert "mini/projection can't be fetched: the projection of MiniGPT-4" in said
