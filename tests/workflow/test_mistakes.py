"""A user's mistake is one clear sentence, a non-zero exit, and nothing lost."""

import io
import shutil
import subprocess
import sys
import tarfile

import polars as pl
import pytest

from tests.workflow.conftest import SMOKE, Project

EXPORT = (
    "clipblind benchmark export --questions benchmark/questions.parquet"
    " --shard pool/shards/search-0.tar --out Questions.csv --images images"
)


@pytest.mark.parametrize(
    ("overrides", "sentence"),
    [
        ("mining.probe_abov=0.9", "mining.probe_abov"),
        ("mining.probe_above=1.7", "mining.probe_above=1.7 (from overrides) is wrong"),
    ],
)
def test_a_wrong_setting_ends_snakemake_with_the_sentence(finished, overrides, sentence):
    said = finished.run(f'snakemake -n {SMOKE} overrides="{overrides}"', check=False)
    assert sentence in said
    assert "Traceback" not in said


def test_an_unknown_study_ends_snakemake_with_those_there_are(finished):
    said = finished.run("snakemake -n --config study=wrold", check=False)
    assert "there are mmvp, own, paper, smoke, world" in said
    assert "Traceback" not in said


def _results_copy(finished, tmp_path) -> Project:
    shutil.copytree(finished.results / "pool", tmp_path / "pool")
    shutil.copytree(finished.results / "benchmark", tmp_path / "benchmark")
    return Project(tmp_path)


def test_a_truncated_shard_stops_the_job_with_the_sentence(finished, tmp_path):
    project = _results_copy(finished, tmp_path)
    shard = tmp_path / "pool/shards/search-0.tar"
    shard.write_bytes(shard.read_bytes()[:-200_000])
    said = project.run(EXPORT, check=False)
    assert len(said.splitlines()) == 1
    assert "pool/shards/search-0.tar is damaged" in said
    assert not (tmp_path / "Questions.csv").exists()


def test_a_missing_image_stops_the_job_with_the_sentence(finished, tmp_path):
    project = _results_copy(finished, tmp_path)
    questions = pl.read_parquet(tmp_path / "benchmark/questions.parquet")
    image = questions.filter(pl.col("benchmark") == "mined")["image_id"][0]
    shard = tmp_path / "pool/shards/search-0.tar"
    with tarfile.open(shard) as tar:
        kept = [(m, tar.extractfile(m).read()) for m in tar if m.name != f"{image}.png"]
    with tarfile.open(shard, "w") as tar:
        for member, data in kept:
            tar.addfile(member, io.BytesIO(data))
    said = project.run(EXPORT, check=False)
    assert len(said.splitlines()) == 1
    assert f"Image {image} is in none of" in said
    assert not (tmp_path / "Questions.csv").exists()


def test_a_wrong_slice_stops_the_job_with_the_sentence(tmp_path):
    said = Project(tmp_path).run(
        "clipblind pool scenes twins --cfg '{}' --out s.parquet", check=False
    )
    assert said.splitlines() == ["clipblind: --cfg: seed: Field required."]


def test_help_and_table_rules_start_without_torch(tmp_path):
    program = (
        "import sys, clipblind.cli, clipblind.grading.verdicts, clipblind.mining,"
        " clipblind.study.compose;"
        " loaded = {'torch', 'transformers', 'open_clip'} & set(sys.modules);"
        " sys.exit(f'loaded {loaded}' if loaded else 0)"
    )
    Project(tmp_path).run(f'python -c "{program}"')


@pytest.mark.parametrize("words", [(), ("answers",), ("answers", "ask"), ("score",), ("patterns",)])
def test_help_reads_no_table_and_loads_no_model(words, tmp_path):
    program = (
        "import sys; from clipblind.cli import command_line\n"
        f"try: command_line(*{words[:1]})([*{words}, '--help'])\n"
        "except SystemExit: pass\n"
        "print(sorted({'torch', 'transformers', 'open_clip', 'polars'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert "Usage" in done.stdout, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"
