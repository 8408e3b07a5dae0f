"""`clipblind fetch` against a hub on this machine."""

import hashlib
import json
import os
from pathlib import Path

import pytest

from clipblind.encoders import load_encoder
from clipblind.models.places import model_folder
from clipblind.study.compose import compose
from tests.encoders.checkpoints import refuse_network
from tests.fetching.conftest import BIG, MIB, MMVP
from tests.fetching.local_hub import commit_of

WEIGHTS = "open_clip_model.safetensors"
CHUNK = 10 * MIB  # the library writes so many bytes at a time, which a kill loses


def record(folder):
    return json.loads((folder / "fetched.json").read_text())


def names(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_study_is_fetched_and_loads_with_the_network_off(project, monkeypatch):
    status, out, err = project.fetch()
    assert status == 0, err
    assert "tiny_clip: 2 files" in out
    clip = project.models / "tiny_clip"
    # one format of weights, and nothing that the loader doesn't read
    assert names(clip) == ["fetched.json", "open_clip_config.json", WEIGHTS]
    assert names(project.mmvp) == ["Questions.csv", BIG, "fetched.json"]
    assert not list(project.folder.rglob(".fetching-*"))
    refuse_network(monkeypatch)
    study = compose(project.folder / "conf", "tiny")
    for name, encoder in study.encoder.items():
        loaded = load_encoder(name, encoder, model_folder(project.folder, "assets", name, encoder))
        assert loaded.name == name


def test_the_record_holds_where_from_which_commit_and_what(project, hub):
    project.fetch("--only", "tiny_clip")
    files = hub.repositories["tiny/clip"]
    said = record(project.models / "tiny_clip")
    assert said["source"] == "tiny/clip"
    assert said["commit"] == commit_of(files)
    assert said["licence"] == "mit"
    assert said["date"].startswith("20")
    for path, file in said["files"].items():
        assert file["size"] == len(files[path])
        assert file["sha256"] == hashlib.sha256(files[path]).hexdigest()


def test_what_is_there_and_verified_is_not_asked_for_again(project, hub):
    project.fetch()
    hub.asked.clear()
    status, out, _ = project.fetch()
    assert status == 0
    assert "All that can be fetched is there, verified." in out
    assert hub.asked == []


def test_a_download_whose_connection_breaks_goes_on_in_the_middle(project, hub):
    hub.breaks[BIG] = 15 * MIB
    status, _, err = project.fetch("--only", "mmvp")
    assert status == 0, err
    assert (project.mmvp / BIG).read_bytes() == hub.repositories[MMVP][BIG]
    assert hub.served[BIG] == 15 * MIB + 24 * MIB - CHUNK


def test_a_killed_download_looks_unfinished_and_goes_on_where_it_was(project, hub):
    hub.stalls[BIG] = 15 * MIB
    process = project.start("fetch", "--study", "tiny", "--yes", "--only", "mmvp")
    hub.wait_until_stalled()
    process.kill()
    process.communicate()
    assert not project.mmvp.exists()
    _, out, _ = project.run("fetch", "--study", "tiny", "--list")
    assert "10 MB came" in out
    hub.served.clear()
    status, _, err = project.fetch("--only", "mmvp")
    assert status == 0, err
    assert (project.mmvp / BIG).read_bytes() == hub.repositories[MMVP][BIG]
    assert hub.served[BIG] == 24 * MIB - CHUNK
    # the small file had come before the kill
    assert hub.served["Questions.csv"] == 0


def test_a_file_that_comes_with_a_wrong_byte_is_fetched_anew(project, hub):
    hub.flips[WEIGHTS] = 1
    status, _, err = project.fetch("--only", "tiny_clip")
    assert status == 0, err
    size = len(hub.repositories["tiny/clip"][WEIGHTS])
    assert hub.served[WEIGHTS] == 2 * size
    assert (project.models / "tiny_clip" / WEIGHTS).read_bytes()[-1] == (
        hub.repositories["tiny/clip"][WEIGHTS][-1]
    )


@pytest.mark.parametrize("path", [WEIGHTS, "open_clip_config.json"])
def test_a_file_that_keeps_coming_wrong_is_refused(project, hub, path):
    hub.flips[path] = 9
    said = project.refused("--only", "tiny_clip")
    assert f"{path} of tiny/clip came 2 times with other bytes than the hub states" in said
    assert not (project.models / "tiny_clip").exists()


def test_a_file_that_was_changed_on_disk_is_fetched_anew_and_no_other(project, hub):
    project.fetch("--only", "tiny_clip")
    path = project.models / "tiny_clip" / WEIGHTS
    right = path.read_bytes()
    path.write_bytes(right[:-1] + bytes([right[-1] ^ 1]))
    hub.served.clear()
    status, out, _ = project.fetch("--only", "tiny_clip")
    assert status == 0
    assert f"{WEIGHTS} isn't what was fetched" in " ".join(out.split())
    assert path.read_bytes() == right
    assert hub.served == {WEIGHTS: len(right)}


def test_check_finds_a_wrong_byte_that_left_no_other_trace(project):
    project.fetch("--only", "tiny_clip")
    path = project.models / "tiny_clip" / WEIGHTS
    right, known = path.read_bytes(), path.stat()
    path.write_bytes(right[:-1] + bytes([right[-1] ^ 1]))
    os.utime(path, ns=(known.st_atime_ns, known.st_mtime_ns))
    _, out, _ = project.fetch("--only", "tiny_clip")
    assert "All that can be fetched is there" in out
    project.fetch("--only", "tiny_clip", "--check")
    assert path.read_bytes() == right


def test_files_that_were_copied_there_are_verified_and_not_fetched(project, hub):
    files, folder = hub.repositories["tiny/clip"], project.models / "tiny_clip"
    folder.mkdir(parents=True)
    for path, content in files.items():
        (folder / path).write_bytes(content)
    status, out, _ = project.fetch("--only", "tiny_clip")
    assert status == 0
    assert "there, but not verified" in " ".join(out.split())
    assert not hub.served
    assert record(folder)["commit"] == commit_of(files)


def test_another_commit_replaces_what_was_there(project, hub):
    project.fetch("--only", "mmvp")
    hub.repositories[MMVP]["Questions.csv"] = b"Index\n"
    del hub.repositories[MMVP][BIG]
    commit = commit_of(hub.repositories[MMVP])
    given = ("--overrides", f"benchmark.mmvp.revision={commit}")
    status, _, err = project.fetch("--only", "mmvp", *given)
    assert status == 0, err
    assert names(project.mmvp) == ["Questions.csv", "fetched.json"]
    assert (project.mmvp / "Questions.csv").read_bytes() == b"Index\n"


def test_list_and_a_missing_terminal_ask_the_network_for_nothing(project, hub):
    status, out, _ = project.run("fetch", "--study", "tiny", "--list")
    assert status == 0
    assert "3 to fetch" in out
    status, _, err = project.run("fetch", "--study", "tiny")
    assert status == 1
    assert err == "clipblind: Nothing was fetched, as there is no terminal to ask on; add --yes.\n"
    assert hub.asked == []
    assert not (project.folder / "assets").exists()


def test_a_gated_repository_is_one_sentence_and_the_others_come(project, hub):
    hub.faults["tiny/clip"] = (403, "GatedRepo")
    status, out, err = project.fetch()
    assert status == 1
    lines = err.strip().splitlines()
    assert f"tiny_clip: tiny/clip is gated: accept its terms at {hub.url}/tiny/clip" in err
    assert lines[-1].startswith("clipblind: tiny_clip could not be fetched")
    assert "tiny_dino: 3 files" in out
    assert not (project.models / "tiny_clip").exists()


@pytest.mark.parametrize(
    ("fault", "override", "said"),
    [
        ((401, "GatedRepo"), "", "tiny/clip is gated"),
        ((403, ""), "", "The hub refuses tiny/clip (403): set HF_TOKEN"),
        ((503, ""), "", "The hub answers 503 when asked for tiny/clip; fetch again later."),
        (None, "encoder.tiny_clip.source=tiny/none", "no model tiny/none, or it is private"),
        (None, "encoder.tiny_clip.source=a/b/c", "is no hub id such as owner/name"),
        (None, "encoder.tiny_clip.source=tiny/dino", "tiny/dino holds no open_clip_config.json"),
        (
            None,
            "encoder.tiny_clip.revision=0000000",
            "tiny/clip has no revision '0000000'; check encoder.tiny_clip.revision.",
        ),
        (None, "encoder.tiny_clip.megabytes=900000000", "are free; make room, set `assets`"),
        (None, "encoder.tiny_clip.folder=mine", "tiny_clip can't be fetched"),
    ],
)
def test_what_cannot_be_fetched_is_one_sentence(project, hub, fault, override, said):
    if fault:
        hub.faults["api/tiny/clip"] = fault
    assert said in project.refused("--only", "tiny_clip", "--overrides", override)
    assert not (project.models / "tiny_clip").exists()


def test_no_network_is_one_sentence(project):
    said = project.refused("--only", "tiny_clip", HF_ENDPOINT="http://127.0.0.1:9")
    assert said.startswith("clipblind: The hub at http://127.0.0.1:9 can't be reached")


def test_a_hub_that_the_user_switched_off_is_not_switched_on(project, hub):
    said = project.refused("--only", "tiny_clip", HF_HUB_OFFLINE="1")
    assert said == (
        "clipblind: HF_HUB_OFFLINE is set, which forbids downloads; unset it and fetch again."
    )
    assert hub.asked == []


def test_a_name_that_leaves_the_folder_is_refused(project, hub):
    hub.repositories[MMVP]["../../evil"] = b"x"
    assert "'../../evil', which isn't safe" in project.refused("--only", "mmvp")


def test_a_token_goes_to_the_hub_alone_and_into_no_file(project, hub):
    status, _, err = project.fetch("--only", "tiny_clip", HF_TOKEN="hf_secret")
    assert status == 0, err
    sent = {path.partition("/")[0]: token for path, _, token in hub.asked}
    assert sent == {"api": "Bearer hf_secret", "tiny": "Bearer hf_secret", "elsewhere": None}
    for path in project.folder.rglob("*"):
        assert path.is_dir() or b"hf_secret" not in path.read_bytes()


def test_a_folder_without_a_project_is_one_sentence(project):
    project.folder.joinpath("conf").rename(project.folder / "other")
    said = project.refused()
    assert f"{Path('conf').name} has no studies; run this in the project's folder" in said
