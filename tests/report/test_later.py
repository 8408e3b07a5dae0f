"""Beside later papers: every number follows its table."""

from pathlib import Path

import polars as pl
import pytest

from clipblind.ground.stats import wilson
from clipblind.ground.tables.matching import AGAINST_TABLE1, IMAGENET
from clipblind.printed import AVERAGE, later_rows, table1
from clipblind.report.later import ROW_OF_BACKBONE, tuned, tuned_said, zero_shot, zero_shot_said
from clipblind.report.page import render_page
from clipblind.report.results import Results
from clipblind.study.compose import compose
from clipblind.study.settings.study import Study

CONF = Path(__file__).parents[2] / "conf"
RIGHT = {"openai_l14_224": 26, "siglip_so400m_384": 50, "eva01_g14": 31}


@pytest.fixture(scope="module")
def study() -> Study:
    composed = compose(CONF, "paper")
    assert isinstance(composed, Study)
    return composed


@pytest.fixture
def results(study: Study, tmp_path: Path) -> Results:
    """Three models on MMVP-VLM, the third without later papers; ImageNet of two."""
    rows = []
    for name, right in RIGHT.items():
        share = wilson(right, 135)
        row = {"encoder": name, "row": study.encoder[name].row, "pattern": AVERAGE, "pairs": 135}
        row |= {"accuracy": share.value, "low": share.low, "high": share.high}
        rows.append({**row, "paper": 0.2, "difference": share.value - 0.2, "inside": True})
    AGAINST_TABLE1.write(pl.DataFrame(rows), tmp_path / "matching/against_table1.csv")
    measured = []
    for name, right in (("openai_l14_224", 37_500), ("eva01_g14", 39_500)):
        share = wilson(right, 50_000)
        made = {"encoder": name, "images": 50_000, "unread": 0, "right": right}
        made |= {"accuracy": share.value, "low": share.low, "high": share.high}
        measured.append(made)
    IMAGENET.write(pl.DataFrame(measured), tmp_path / "matching/imagenet.csv")
    return Results(study, tmp_path)


def test_every_backbone_of_later_papers_is_a_row_of_table_1() -> None:
    assert set(later_rows()["backbone"]) == set(ROW_OF_BACKBONE)
    assert set(ROW_OF_BACKBONE.values()) < set(table1()["row"])


def test_tuned_models_stand_beside_this_runs_model_of_the_same_backbone(
    results: Results,
) -> None:
    rows = tuned(results)
    assert [(row["label"], row["method"], row["theirs"]) for row in rows] == [
        ("OpenAI L/14", "DIVA", 0.259), ("OpenAI L/14", "GenHancer", 0.319),
        ("SigLIP SO400M, 384 px", "DIVA", 0.385), ("SigLIP SO400M, 384 px", "GenHancer", 0.4),
    ]  # fmt: skip
    ours = wilson(26, 135)
    assert rows[1]["difference"] == pytest.approx(0.319 - ours.value, abs=1e-6)
    assert rows[1]["least"] == pytest.approx(0.319 - ours.high, abs=1e-6)
    assert rows[1]["most"] == pytest.approx(0.319 - ours.low, abs=1e-6)
    assert [row["side"] for row in rows] == [0, 1, 0, 0]


def test_sentences_on_tuning_follow_the_table(results: Results) -> None:
    said = " ".join(tuned_said(results))
    assert "no of 2 cases by DIVA and one of 2 cases by GenHancer" in said
    assert "GenHancer on OpenAI L/14: +12.6 points, 95 % interval 5.2 to 18.4" in said
    assert "GenHancer paper" in said


def test_imagenet_stands_beside_table_1(results: Results) -> None:
    rows = zero_shot(results)
    assert [(row["label"], row["accuracy"], row["paper"]) for row in rows] == [
        ("OpenAI L/14", 0.75, 0.755), ("EVA01 g/14", 0.79, 0.785),
    ]  # fmt: skip
    assert [row["difference"] for row in rows] == pytest.approx([-0.005, 0.005])
    said = " ".join(zero_shot_said(results))
    assert "EVA01 g/14 names most" in said and "79.0 %" in said
    assert "0.5 points" in said and "Of 2 models" in said


def test_the_page_shows_both_tables_and_an_empty_folder_neither(
    results: Results, tmp_path: Path
) -> None:
    page = render_page(results.study, results.folder)
    assert "Beside later papers" in page and "Zero-shot accuracy on ImageNet" in page
    assert "31.9\N{NO-BREAK SPACE}%" in page and "75.5\N{NO-BREAK SPACE}%" in page
    empty = Results(results.study, tmp_path / "empty")
    assert not any(f(empty) for f in (tuned, tuned_said, zero_shot, zero_shot_said))
    page = render_page(empty.study, empty.folder)
    assert "Beside later papers" not in page and "Zero-shot accuracy on ImageNet" not in page
