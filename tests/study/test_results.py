"""Results say what code made them, and whether that is the present one."""

import json
import subprocess

import pytest

from clipblind.commands.results import results
from clipblind.ground.errors import UserError
from clipblind.study import provenance
from clipblind.study.provenance import PACKAGE, code_of
from clipblind.study.results import faults_of, note_code, read_note
from clipblind.study.revision import revision


def git(folder, *arguments):
    own = ("-c", "user.name=n", "-c", "user.email=e@example.org")
    command = ["git", "-C", str(folder), *own, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def project(tmp_path):
    """A project with code, in git, and a study's records."""
    git(tmp_path, "init", "-q")
    (tmp_path / "src").mkdir()
    (tmp_path / "src/a.py").write_text("A = 1\n")
    git(tmp_path, "add", "src")
    git(tmp_path, "commit", "-qm", "code")
    return tmp_path


def record(study, output, *params, incomplete=False):
    """What Snakemake keeps of one output."""
    folder = study / ".snakemake" / "metadata"
    folder.mkdir(parents=True, exist_ok=True)
    told = {"rule": "x", "params": [repr(p) for p in params], "incomplete": incomplete}
    (folder / output).write_text(json.dumps(told))


def test_a_revision_is_of_the_code_whatever_was_done_to_results(project):
    first = revision(project)
    assert first == (git(project, "rev-parse", "HEAD")[:12], True)
    (project / "results").mkdir()
    (project / "results/table.csv").write_text("1\n")
    assert revision(project) == first
    git(project, "add", "results")
    git(project, "commit", "-qm", "results")
    assert revision(project) == first and str(first) == first.commit
    (project / "src/b.py").write_text("B = 1\n")
    assert str(revision(project)) == f"{first.commit}, with changes since"


def test_outside_a_repository_there_is_no_revision(tmp_path):
    assert str(revision(tmp_path)) == "none"


def test_results_of_the_present_code_have_no_fault(project):
    study = project / "results/own"
    record(study, "b", code_of("pairs.mine"), '{"seed": 0}', "pairs", 3)
    record(study / "seed_0", "c", code_of("pairs.select"))
    record(study, "d", "pairs.mine 0000000000000000", incomplete=True)
    note = note_code(study, project, study / "code.json")
    assert set(note.verbs) == {"pairs.mine", "pairs.select"}
    assert note.revision == revision(project).commit
    assert read_note(study / "code.json") == note
    assert faults_of(note) == []


def test_results_of_another_code_name_the_verbs_that_changed(project, monkeypatch):
    study = project / "results/own"
    record(study, "a", code_of("pairs.mine"))
    record(study, "b", code_of("tables.gather"))
    record(study, "c", "pairs.gone 0123456789abcdef")
    note = note_code(study, project, study / "code.json")
    real, edited = provenance._text, PACKAGE / "mining/dense.py"
    monkeypatch.setattr(
        provenance, "_text", lambda path: real(path) + "\nX = 1\n" * (path == edited)
    )
    (said,) = faults_of(note)
    assert said == "made by another code than the present one: pairs.gone, pairs.mine"


def test_results_with_changes_that_no_commit_holds_are_not_of_committed_code(project):
    (project / "src/a.py").write_text("A = 2\n")
    study = project / "results/own"
    record(study, "a", code_of("pairs.mine"))
    assert faults_of(note_code(study, project, study / "code.json")) == [
        "it was made with changes that no commit holds"
    ]


def test_a_note_that_cannot_be_read_is_one_sentence(tmp_path):
    (tmp_path / "code.json").write_text("{}")
    with pytest.raises(UserError, match=r"code\.json can't be read; make its study again"):
        read_note(tmp_path / "code.json")


def test_the_verb_names_the_studies_that_are_not_of_the_present_code(project, monkeypatch, capsys):
    with pytest.raises(UserError, match=r"There are no results of any study in"):
        results(root=project)
    for name in ("good", "other"):
        study = project / "results" / name
        record(study, "a", code_of("pairs.mine"))
        (study / "scores").mkdir()
        monkeypatch.chdir(study)
        results(write=study / "code.json", root=project)
    results(root=project)
    note = json.loads((study / "code.json").read_text())
    note["verbs"]["pairs.mine"] = ["0123456789abcdef"]
    (study / "code.json").write_text(json.dumps(note))
    with pytest.raises(UserError, match=r"other: not of the present code; run these studies again"):
        results(root=project)
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2].endswith("of the present code") and lines[-2].startswith("good (")
    assert lines[-1].endswith("another code than the present one: pairs.mine")


def test_results_that_don_t_say_what_made_them_are_named(project, capsys):
    (project / "results/mute/scores").mkdir(parents=True)
    with pytest.raises(UserError, match="mute: not of the present code"):
        results(root=project)
    assert "mute: nothing there says what code made it" in capsys.readouterr().out
