"""`clipblind doctor`: what a machine can run, and what a study lacks."""

import os

from clipblind.fetching import examine
from clipblind.fetching.examine import Check, examine_study
from clipblind.fetching.project import compose
from tests.fetching.conftest import CONF

FETCH = "clipblind fetch --study paper"


def flat(text):
    """Without the lines of a table."""
    return " ".join(text.replace("│", " ").split())


def test_it_says_what_is_missing_before_a_fetch_and_that_nothing_is_after_it(project):
    status, out, err = project.run("doctor", "--study", "tiny")
    assert status == 1
    assert "tiny_clip missing, about 4 MB run `clipblind fetch --study tiny`" in flat(out)
    assert err == (
        "clipblind: the study tiny can't run here, as this is missing: mmvp, tiny_clip, tiny_dino;"
        " run `clipblind fetch --study tiny`.\n"
    )
    project.fetch()
    status, out, err = project.run("doctor", "--study", "tiny")
    assert status == 0, err
    assert "tiny_clip there, verified (3 MB)" in flat(out)
    assert out.splitlines()[-1] == "Nothing is missing: the study tiny can run here."


def test_it_sees_a_file_that_was_changed_or_lost(project):
    project.fetch()
    weights = project.models / "tiny_clip" / "open_clip_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    (project.models / "tiny_dino" / "config.json").unlink()
    status, out, _ = project.run("doctor", "--study", "tiny")
    assert status == 1
    assert "open_clip_model.safetensors isn't what was fetched" in flat(out)
    assert "config.json isn't what was fetched" in flat(out)


def test_the_command_it_names_holds_the_overrides(project):
    given = "encoder.tiny_clip.megabytes=7"
    _, _, err = project.run("doctor", "--study", "tiny", "--overrides", given)
    assert f"run `clipblind fetch --study tiny --overrides {given}`." in err


def test_a_machine_alone_and_a_study_of_the_rendered_world_lack_nothing(project):
    status, out, _ = project.run("doctor")
    assert status == 0
    assert "Nothing is missing: clipblind can run here." in out
    for what in ("Python", "torch", "cores", "memory", "mining kernel", "dvc", "hub"):
        assert what in out
    status, out, _ = project.run("doctor", "--study", "smoke")
    assert status == 0
    assert "nothing: it makes all that it needs" in out


def test_it_does_not_import_torch_where_there_is_no_gpu(monkeypatch):
    monkeypatch.setattr(examine, "GPU", CONF / "nothing")
    assert examine.devices() == [("the processor", examine.memory_bytes())]
    assert 0 < examine.memory_bytes() <= os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def checks(monkeypatch, tmp_path, *, memory=100e9, free=120e9, overrides="", on="a GPU"):
    """What is said of the paper's study on a machine of that size, by what was looked at."""
    monkeypatch.setattr(examine, "devices", lambda: [(on, int(memory))])
    monkeypatch.setattr(examine, "free_bytes", lambda _: int(free))
    study = compose(CONF, "paper", overrides)
    return {check.what: check for check in examine_study(study, tmp_path, FETCH)}


def test_an_encoder_that_does_not_fit_the_memory_is_named(monkeypatch, tmp_path):
    found = checks(monkeypatch, tmp_path)["largest encoder"]
    assert found.is_good
    assert found.said == (
        "eva02_e14_plus: 20.2 GB as float32 (10.1 GB as bfloat16); a GPU has 100.0 GB"
    )
    found = checks(monkeypatch, tmp_path, memory=16e9)["largest encoder"]
    assert not found.is_good
    assert found.remedy == "leave eva02_e14_plus out of the study's encoders"


def test_a_model_that_does_not_fit_the_memory_is_named_at_the_precision_it_runs_in(
    monkeypatch, tmp_path
):
    found = checks(monkeypatch, tmp_path)["largest model"]
    assert found == Check(
        "largest model", "llava15_13b: 26.7 GB as bfloat16; a GPU has 100.0 GB", remedy=found.remedy
    )
    found = checks(monkeypatch, tmp_path, memory=60e9, on=examine.PROCESSOR)["largest model"]
    assert not found.is_good and found.said.startswith("llava15_13b: 53.4 GB as float32")
    assert found.remedy == "leave llava15_13b out of the study's contenders"
    judge = "judge.by.kind=transformers judge.by.source=a/b judge.by.params_m=70000"
    found = checks(monkeypatch, tmp_path, overrides=judge)["largest model"]
    assert not found.is_good and found.remedy == "take a smaller model in judge.by"


def test_a_server_s_key_is_looked_for_and_never_shown(monkeypatch, tmp_path):
    asked = "contender=[gpt_4o]"
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    found = checks(monkeypatch, tmp_path, overrides=asked)["gpt_4o"]
    assert not found.is_good and found.remedy == "set OPENAI_API_KEY in the environment"
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    found = checks(monkeypatch, tmp_path, overrides=asked)["gpt_4o"]
    assert found.is_good and found.said == "https://api.openai.com/v1: OPENAI_API_KEY is set"


def test_a_disk_that_is_too_small_is_named(monkeypatch, tmp_path):
    assert checks(monkeypatch, tmp_path)["disk"].is_good
    found = checks(monkeypatch, tmp_path, free=30e9)["disk"]
    assert not found.is_good
    assert found.said == "30.0 GB free for assets, about 110.1 GB to come"


def test_what_cannot_be_fetched_comes_with_how_to_get_it(monkeypatch, tmp_path):
    found = checks(monkeypatch, tmp_path, overrides="pool.sources.imagenet.path=here")
    where = tmp_path / "here"
    advice = "get it from image-net.org, put it there"
    assert found["imagenet"] == Check("imagenet", f"not at {where}", False, advice)
    assert "clipblind pool download --metadata" in found["laion"].remedy
    (where / "train").mkdir(parents=True)
    found = checks(monkeypatch, tmp_path, overrides="pool.sources.imagenet.path=here")
    assert found["imagenet"].is_good
