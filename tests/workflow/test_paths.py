"""Paths of people's, as a user gives them to Snakemake (hydra 1843, snakemake 2166, SAW 180)."""

import pytest
from PIL import Image

from tests.workflow.conftest import copy_project


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return copy_project(tmp_path_factory.mktemp("paths") / "clipblind")


def test_images_in_a_folder_of_any_name_are_found(project):
    folder = project.folder / "bilder {x} ü=(1), it's #2"
    folder.mkdir()
    for number in range(3):
        Image.new("RGB", (40, 40), (80 * number, 10, 200)).save(folder / f"{number}.png")
    said = project.run(
        "snakemake --cores 1 pool/images.parquet --config study=own"
        f' overrides="pool.path={folder.name} pool.parts=1"'
    )
    assert "3 of 3 steps" in said


def test_braces_in_files_of_people_are_no_wildcards(project):
    for name in ("patterns {a}.csv", "people {b}.csv"):
        (project.folder / name).write_text("pair_id,pattern\n")
    overrides = "patterns.file=patterns {a}.csv people=people {b}.csv"
    said = project.run(f'snakemake -n --config study=smoke overrides="{overrides}"')
    assert "assign_patterns" in said and "calibrate" in said


@pytest.mark.parametrize("options", ["-n", "--cores 1"])
def test_results_that_cannot_be_written_are_one_sentence_before_any_work(project, options):
    results, away = project.folder / "results", project.folder / "results.away"
    if results.exists():
        results.rename(away)
    results.write_text("in the way")
    try:
        said = project.run(f"snakemake {options} --config study=smoke", check=False)
    finally:
        results.unlink()
        if away.exists():
            away.rename(results)
    assert "results/smoke can't be written" in said and "Traceback" not in said
