"""Which figures a study has, and the files that they read."""

import subprocess
import sys
from pathlib import Path

import pytest

from clipblind.figures.inputs import FIGURES, SOURCES, captions, figure_inputs
from clipblind.study.compose import compose

CONF = Path(__file__).parents[2] / "conf"
OF_WORLD = [name for name in FIGURES if name not in ("seeds", "against_paper")]
OF_POOLS = {"density", "blind_pairs", "differ", "probes", "controls", "mention", "training"}


def test_every_figure_looks_as_the_settings_say_and_has_a_caption() -> None:
    study = compose(CONF, "world")
    assert list(study.figure) == list(FIGURES)
    assert set(captions()) == set(FIGURES) and all(captions().values())


def test_keys_are_declared() -> None:
    asked = {key for figure in FIGURES.values() for key in (*figure.needs, *figure.takes)}
    assert asked == set(SOURCES)


def test_a_world_has_all_but_what_stands_beside_the_paper() -> None:
    study = compose(CONF, "world")
    found = figure_inputs(study)
    assert list(found) == OF_WORLD
    assert found["density"]["probe"] == ["embeddings/clip_web/0.arrow"]
    assert "encoders/reference/curve.csv" in found["training"]["curves"]
    assert "contenders/text_only/curve.csv" in found["training"]["curves"]
    assert not any("constant" in file for file in found["training"]["curves"])
    assert "figure4" not in found["contenders"] and "table1" not in found["scaling"]


def test_figures_of_benchmarks_alone_need_no_pool() -> None:
    found = figure_inputs(compose(CONF, "mmvp"))
    assert {"contenders", "shuffled", "scaling", "scale", "against_paper"} <= set(found)
    assert not OF_POOLS & set(found) and "patterns" not in found
    assert found["contenders"]["figure4"] == ["scores/against_figure4.csv"]
    known = figure_inputs(compose(CONF, "mmvp", "patterns.file=mine.csv"))
    assert {"patterns", "correlation"} <= set(known) - set(found)


def test_a_benchmark_of_ones_own_is_beside_no_figure_of_the_paper() -> None:
    own = "benchmark=[folder] benchmark.folder.path=mine"
    found = figure_inputs(compose(CONF, "mmvp", own))
    assert {"contenders", "shuffled"} <= set(found) and "figure4" not in found["contenders"]
    assert not (OF_POOLS | {"scaling", "scale", "against_paper"}) & set(found)


def test_every_part_and_every_model_has_its_file(tmp_path: Path) -> None:
    study = compose(CONF, "paper", "pool.parts=3 matching.imagenet=assets/imagenet")
    found = figure_inputs(study)
    parts = [f"embeddings/dinov2_l14/{part}.arrow" for part in range(3)]
    assert found["density"]["reference"] == parts
    assert found["scale"]["imagenet"] == found["scaling"]["imagenet"] == ["matching/imagenet.csv"]


def test_over_seeds_there_is_one_figure_and_a_seed_alone_has_all() -> None:
    assert list(figure_inputs(compose(CONF, "world_seeds"))) == ["seeds"]
    assert list(figure_inputs(compose(CONF, "world_seeds", seed="1"))) == OF_WORLD


@pytest.mark.parametrize("module", ["torch", "matplotlib", "polars", "numpy"])
def test_what_figures_read_is_told_without_drawing(module: str) -> None:
    code = f"import sys, clipblind.figures.inputs; print({module!r} in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
