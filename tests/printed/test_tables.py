"""The packaged tables: their schemas, their sources, their long forms."""

import re
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from clipblind import printed
from clipblind.ground.factors import FACTOR_OF_PATTERN
from clipblind.ground.patterns import AVERAGE, PATTERN_OF_COLUMN, PATTERNS, TYPE_OF_PATTERN
from clipblind.printed.tables import PRINTED

SHARED = Path(__file__).resolve().parents[3] / "shared" / "reference"
# these are not among the files there; their numbers stand in the page beside them
FROM_THE_PAGE = {"gpt4v_ablations", "pattern_correlations", "mof_ssl_encoders"}
TABLES = pytest.mark.parametrize("name", PRINTED)


@TABLES
def test_every_table_has_a_title_a_source_units_and_rows(name):
    one = PRINTED[name]
    assert one.title and one.source and one.units
    assert dict(one.frame().schema) == dict(one.columns)
    assert one.frame().height >= 3


def test_every_packaged_file_is_a_table():
    folder = Path(printed.__file__).parent
    assert {path.stem for path in folder.glob("*.csv")} == set(PRINTED)


@TABLES
def test_a_hole_or_another_column_is_refused(name):
    one = PRINTED[name]
    frame = one.frame()
    last = frame.columns[-1]
    with pytest.raises(ValueError, match="hole"):
        one.checked(frame.with_columns(pl.lit(None).cast(frame[last].dtype).alias(last)))
    with pytest.raises(ValueError, match="columns"):
        one.checked(frame.rename({last: "other"}))
    with pytest.raises(ValueError, match="hole"):
        one.checked(frame.clear())


@pytest.mark.skipif(not SHARED.is_dir(), reason=f"the collected figures are not in {SHARED}")
@pytest.mark.parametrize("name", [name for name in PRINTED if name not in FROM_THE_PAGE])
def test_the_packaged_table_is_the_collected_one(name):
    collected = pl.read_csv(SHARED / f"{name}.csv", schema_overrides=dict(PRINTED[name].columns))
    assert_frame_equal(PRINTED[name].frame(), collected)


@pytest.mark.skipif(not SHARED.is_dir(), reason=f"the collected figures are not in {SHARED}")
@pytest.mark.parametrize("name", sorted(FROM_THE_PAGE))
def test_figures_without_a_file_stand_in_the_page(name):
    page = set(re.findall(r"\d+\.\d+", (SHARED / "paper.md").read_text(encoding="utf-8")))
    frame = PRINTED[name].frame().select(pl.selectors.float())
    printed = {f"{x:.2f}" if name == "pattern_correlations" else f"{x}" for x in _cells(frame)}
    assert printed <= page


def _cells(frame: pl.DataFrame) -> list[float]:
    return [cell for column in frame.get_columns() for cell in column]


@pytest.mark.parametrize("name", PRINTED)
def test_no_question_is_among_the_figures(name):
    words = (cell for cell in PRINTED[name].frame().select(pl.selectors.string()).rows())
    assert not any("?" in cell or "(a) " in cell for row in words for cell in row)


def test_the_letters_of_figure_3_are_whole_pairs_of_four_models():
    answers = printed.table("paper_fig3_answers")
    assert set(answers["answer"]) == {"a", "b"}
    pairs = answers.group_by("model", (pl.col("Index") + 1) // 2).len()
    assert pairs["len"].to_list() == [2] * 60
    assert answers["Index"].is_between(1, 300).all()


def test_corrected_labels_are_the_opposite_and_swap_within_pairs():
    rows = printed.table("mmvp_label_corrections")
    assert (rows["original"] != rows["corrected"]).all()
    for column in ("original", "corrected"):
        options = rows.group_by((pl.col("Index") + 1) // 2).agg(pl.col(column).sort())
        assert options[column].to_list() == [["(a)", "(b)"]] * 2


def test_patterns_go_by_the_projects_names_in_the_papers_order():
    assert list(TYPE_OF_PATTERN) == list(FACTOR_OF_PATTERN) == list(PATTERN_OF_COLUMN.values())
    assert len({p.paper for p in PATTERNS}) == len(set(TYPE_OF_PATTERN.values())) == 9
    assert TYPE_OF_PATTERN["structure"] == "Structural Character"
    assert TYPE_OF_PATTERN["viewpoint"] == "Camera Perspective"


def test_table_1_is_given_as_shares_by_model_and_pattern():
    rows = printed.table1()
    assert rows.height == 10 * 10 and set(rows["pattern"]) == {*FACTOR_OF_PATTERN, AVERAGE}
    assert rows.columns == [
        *("row", "model", "image_size", "params_m", "imagenet", "pattern", "accuracy")
    ]
    first = rows.filter(row="OpenAI ViT-L-14 224")
    assert first["pattern"].to_list() == [*FACTOR_OF_PATTERN, AVERAGE]
    assert first.filter(pattern="colour")["accuracy"].item() == pytest.approx(0.533)
    assert first.filter(pattern=AVERAGE)["accuracy"].item() == pytest.approx(0.193)
    assert rows.filter(row="EVA02 ViT-bigE-14+ 224")["params_m"].unique().item() == 5044.9


def test_the_other_long_forms_are_shares_too():
    later, figure6 = printed.later_rows(), printed.figure6()
    best = later.filter(backbone="SigLIP-224", method="GenHancer", pattern="quantity")
    assert later.height == 12 * 10 and best["accuracy"].item() == pytest.approx(0.6)
    text = figure6.filter(pattern="text", system="GPT-4V")
    assert figure6.height == 9 * 5 and text["accuracy"].item() == pytest.approx(0.75)
    assert printed.figure4().filter(model="Bard")["accuracy"].item() == pytest.approx(0.19)
    assert printed.table2().filter(ssl_ratio=0.75)["accuracy"].item() == pytest.approx(0.187)
    interleaved = printed.table3().filter(method="LLaVA-1.5 + I-MoF")
    assert interleaved["accuracy"].item() == pytest.approx(0.28)
    for frame in (later, figure6, printed.figure4(), printed.table2(), printed.table3()):
        assert frame["accuracy"].is_between(0, 1).all()
