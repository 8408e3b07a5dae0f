"""A study over seeds runs each of them whole, and sets side by side what was found."""

import shutil

from clipblind.ground.tables.controls import NUMBERS, SPREAD
from tests.workflow.conftest import copy_project

SEEDS = '--config study=smoke overrides="seeds=[0,1]"'


def test_two_seeds_are_run_gathered_and_told(finished, tmp_path):
    project = copy_project(tmp_path / "clipblind")
    # what is there already is not made again, wherever it was made
    shutil.copytree(finished.results, project.results / "seed_0")
    before = (project.results / "seed_0/scores/benchmarks.csv").read_bytes()
    said = project.run(f"snakemake --cores 2 {SEEDS}")
    assert said.count("rule one_seed") == 2 and said.count("rule train_clip") == 1
    assert (project.results / "seed_0/scores/benchmarks.csv").read_bytes() == before

    numbers = NUMBERS.read(project.results / "seeds/numbers.csv")
    assert set(numbers["seed"]) == {0, 1}
    assert set(SPREAD.read(project.results / "seeds/spread.csv")["seeds"]) == {2}
    cut = numbers.pivot("seed", index=["table", "what", "number"], values="value").drop_nulls()
    assert (cut["0"] != cut["1"]).any()
    page = (project.results / "report.html").read_text()
    assert "Two runs of the whole study, with seeds 0 and 1" in page
    assert (project.results / "figures/seeds.png").exists()
    assert "Nothing to be done" in project.run(f"snakemake -n {SEEDS}")
