"""DVC and Snakemake agree: what was pulled is up to date, what changed is done again."""

from tests.workflow.conftest import SMOKE, Project, planned_jobs


def test_a_clone_with_pulled_artifacts_is_up_to_date_and_reruns_only_what_changes(
    finished, tmp_path
):
    remote = tmp_path / "remote"
    finished.run(f"dvc remote add -f -d store {remote}")
    finished.run("git add -A && git commit -qm results && dvc push -q")
    clone = Project(tmp_path / "clone")
    finished.run(f"git clone -q {finished.folder} {clone.folder}")
    assert not (clone.results / "answers").exists()
    clone.run("dvc pull -q study@smoke")
    assert "Nothing to be done" in clone.run(f"snakemake -n {SMOKE}")
    assert "up to date" in clone.run("dvc status study@smoke")

    smoke = clone.folder / "conf/study/smoke.yaml"
    smoke.write_text(smoke.read_text().replace("random: {count: 10}", "random: {count: 11}"))
    done = planned_jobs(clone.run("dvc repro study@smoke"))
    assert done["write_questions"] == 1
    assert not {"render", "train_clip", "encoder_embed", "mine", "select"} & set(done)
    assert "Nothing to be done" in clone.run(f"snakemake -n {SMOKE}")
