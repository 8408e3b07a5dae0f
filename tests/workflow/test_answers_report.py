"""A study of MMVP and MMVP-VLM up to its page: patterns and readings by people, Figure 4 beside."""

import pytest

from clipblind.ground.patterns import NINE
from clipblind.ground.tables.matching import CORRELATION
from clipblind.ground.tables.pool import THUMBNAILS
from clipblind.ground.tables.scores import AGAINST_FIGURE4, CALIBRATION
from tests.workflow import shrunken
from tests.workflow.conftest import copy_project

ROWS = 300
TYPED = """typed:
  kind: recorded
  label: typed <in>
  row: Bard
  answers: answers/typed.csv
  source: the tests
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A project whose shrunken study was run, and how to run it with more overrides."""
    project = copy_project(tmp_path_factory.mktemp("report") / "clipblind")
    assets = project.folder / "assets"
    shrunken.mmvp(assets / "benchmarks/MMVP")
    shrunken.mmvp_vlm(assets / "benchmarks/MMVP_VLM")
    shrunken.clip(assets / "models/openai_l14_224", seed=0, quick_gelu=True)
    (project.folder / "conf/contender/typed.yaml").write_text(TYPED)
    people = project.folder / "answers"
    people.mkdir()
    said = [f"{i},{'(a)' if i % 4 else 'blue'}" for i in range(1, ROWS + 1)]
    (people / "typed.csv").write_text("\n".join(["question_id,answer", *said]))
    read = [f"mmvp/{i:03d},typed,{'a' if i % 4 else 'neither'}" for i in range(1, 41)]
    (people / "read.csv").write_text("\n".join(["question_id,contender,choice", *read]))
    named = [f"{i},{NINE[i // 2 % 9]}" for i in range(1, ROWS + 1, 2)]
    (people / "patterns.csv").write_text("\n".join(["Index,pattern", *named]))
    settings = [
        "encoder=[openai_l14_224] contender=[constant,random,typed] benchmark.mmvp.digest=''",
        "encoder.openai_l14_224.params_m=null encoder.openai_l14_224.image_size=null",
        "benchmark.mmvp_vlm.digest='' people=answers/read.csv patterns.file=answers/patterns.csv",
    ]

    def run(target="", more=""):
        overrides = " ".join([*settings, more])
        return project.run(f'snakemake --cores 2 {target} --config study=mmvp '
                           f'overrides="{overrides}"')  # fmt: skip

    return project, run, run()


def test_people_s_readings_are_calibrated_without_any_judge(study):
    calibration = CALIBRATION.read(study[0].folder / "results/mmvp/scores/calibration.csv")
    (row,) = calibration.to_dicts()
    assert (row["contender"], row["first"], row["second"]) == ("typed", "parser", "people")
    assert (row["answers"], row["both_decided"], row["agree"]) == (40, 30, 30)


def test_the_retired_system_stands_beside_its_row_of_figure_4(study):
    scores = study[0].folder / "results/mmvp/scores"
    (row,) = AGAINST_FIGURE4.read(scores / "against_figure4.csv").to_dicts()
    assert (row["contender"], row["row"], row["paper"]) == ("typed", "Bard", 0.19)


def test_the_correlation_has_the_clip_of_the_study_and_no_baselines(study):
    scores = study[0].folder / "results/mmvp/scores"
    (row,) = CORRELATION.read(scores / "correlation.csv").to_dicts()
    assert (row["contender"], row["encoder"], row["patterns"]) == ("typed", "openai_l14_224", 9)
    assert row["paper"] == 0.79


def test_the_page_holds_both_figures_the_table_and_every_image(study):
    results = study[0].folder / "results/mmvp"
    page = (results / "report.html").read_text(encoding="utf-8")
    assert (results / "figures/contenders.png").stat().st_size
    assert "The figure <em>contenders" not in page and "typed &lt;in&gt;" in page
    assert "Beside the paper’s Figure 4" in page and "Pearson’s r" in page
    thumbnails = THUMBNAILS.read(results / "benchmark/thumbnails.parquet")
    # the first screen and the section on what was asked show some of them once more
    assert page.count("data:image/jpeg;base64,") >= len(thumbnails) == ROWS


def test_other_readings_calibrate_again_and_show_on_the_page(study):
    project, run, _ = study
    assert "Nothing to be done" in run("-n")
    read = project.folder / "answers/read.csv"
    read.write_text(read.read_text().replace("mmvp/001,typed,a", "mmvp/001,typed,b"))
    said = run()
    assert "rule calibrate:" in said and "rule page:" in said and "rule ask:" not in said
    page = (project.folder / "results/mmvp/report.html").read_text(encoding="utf-8")
    assert '<td class="num">40</td><td class="num">30</td><td class="num">29</td>' in page


def test_without_patterns_nothing_is_drawn_by_pattern(study):
    said = study[1]("-n", "patterns.file=''")
    assert "figure: contenders" in said.replace("=", ": ")
    assert "figures/patterns" not in said
