"""Over seeds, every number keeps its name, its seed and its value; the spread is of these alone."""

import math

import polars as pl
import pytest
from scipy import stats as scipy_stats

from clipblind.controls.seeds import COLLECTED, collect, folders_of, spread
from clipblind.ground.errors import UserError
from clipblind.ground.tables.controls import NUMBERS, SPREAD

NAN = float("nan")


def _frame(table, numbers, value):
    """Two rows: texts by column, the numbers asked for, and others that are not to be found."""
    rows = []
    for row in (1, 2):
        made = {}
        for column, kind in table.columns.items():
            if kind == pl.String:
                made[column] = f"{column}{row}"
            elif kind == pl.Boolean:
                made[column] = True
            else:
                made[column] = kind.to_python()(value + row if column in numbers else 999)
        rows.append(made)
    return pl.DataFrame(rows, schema=dict(table.columns))


@pytest.fixture
def folders(tmp_path):
    """Results of three seeds; a number is ten times its seed plus its row."""
    for seed in (0, 1, 7):
        for file, (table, _, numbers) in COLLECTED.items():
            table.write(_frame(table, numbers, 10 * seed), tmp_path / f"seed_{seed}" / file)
    return folders_of([tmp_path / f"seed_{seed}" for seed in (0, 1, 7)])


def test_folders_tell_their_seeds(folders):
    assert list(folders) == [0, 1, 7]
    assert folders[7].name == "seed_7"


def test_every_number_of_every_seed_is_collected_once(folders):
    found = collect(folders)
    assert found.schema == dict(NUMBERS.columns)
    wanted = sum(len(numbers) for _, _, numbers in COLLECTED.values())
    assert len(found) == 3 * 2 * wanted
    assert not found.select("table", "what", "number", "seed").is_duplicated().any()
    assert 999 not in found["value"].to_list()


def test_a_number_keeps_its_seed_and_subject(folders):
    found = collect(folders)
    rows = found.filter(
        pl.col("table") == "scores/patterns",
        pl.col("what") == "contender2/benchmark2/pattern2",
        pl.col("number") == "pair_accuracy",
    )
    assert rows.select("seed", "value").rows() == [(0, 2.0), (1, 12.0), (7, 72.0)]


@pytest.mark.parametrize("file", COLLECTED)
def test_the_columns_collected_are_columns_of_their_table(file):
    table, keys, numbers = COLLECTED[file]
    assert all(table.columns[key] == pl.String for key in keys)
    assert all(table.columns[number].is_numeric() for number in numbers)
    # a text that does not name the subject would let two rows share one name
    assert {c for c, kind in table.columns.items() if kind == pl.String} <= {
        *keys,
        *("axis", "captions", "label", "row", "data"),
    }


def test_a_missing_table_is_told_in_a_sentence(folders):
    (folders[1] / "matching/variants.csv").unlink()
    with pytest.raises(UserError, match=r"seed_1/matching/variants\.csv is missing"):
        collect(folders)


def test_a_study_without_a_chapter_has_none_of_its_numbers(folders):
    for folder in folders.values():
        (folder / "matching/zero_shot.csv").unlink()
    tables = collect(folders)["table"].unique()
    assert "matching/zero_shot" not in tables and len(tables) == len(COLLECTED) - 1


def _spread(*values):
    rows = [
        ("scores/benchmarks", "imof/mined", "pair_accuracy", n, v) for n, v in enumerate(values)
    ]
    (row,) = spread(pl.DataFrame(rows, schema=dict(NUMBERS.columns), orient="row")).to_dicts()
    return row


def test_mean_spread_and_students_interval_are_scipys():
    values = [0.61, 0.7, 0.55]
    row = _spread(*values)
    interval = scipy_stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert (row["seeds"], row["lowest"], row["highest"]) == (3, 0.55, 0.7)
    assert row["mean"] == pytest.approx(0.62)
    assert row["sd"] == pytest.approx(scipy_stats.tstd(values))
    assert (row["low"], row["high"]) == pytest.approx((interval.low, interval.high))


def test_the_same_value_with_every_seed_has_no_spread():
    row = _spread(0.5, 0.5, 0.5)
    assert (row["mean"], row["sd"], row["low"], row["high"]) == (0.5, 0, 0.5, 0.5)


def test_one_seed_has_no_interval():
    row = _spread(0.4)
    assert (row["seeds"], row["mean"], row["lowest"], row["highest"]) == (1, 0.4, 0.4, 0.4)
    assert all(math.isnan(row[key]) for key in ("sd", "low", "high"))


@pytest.mark.parametrize("nothing", [NAN, None])
def test_a_seed_without_a_value_leaves_no_number_rather_than_one_over_the_others(nothing):
    row = _spread(0.4, nothing, 0.6)
    assert row["seeds"] == 3
    assert all(math.isnan(row[k]) for k in ("mean", "sd", "low", "high", "lowest", "highest"))


def test_numbers_are_told_apart_by_table_subject_and_name(folders, tmp_path):
    found = spread(collect(folders))
    assert found.schema == dict(SPREAD.columns)
    assert found["seeds"].to_list() == [3] * len(found)
    first = found.filter(pl.col("what").str.ends_with("1"))
    assert first["mean"].to_list() == pytest.approx([(1 + 11 + 71) / 3] * len(first))
    assert first["highest"].to_list() == [71] * len(first)
    SPREAD.write(found, tmp_path / "spread.csv")
    assert SPREAD.read(tmp_path / "spread.csv").height == len(found)


def test_no_numbers_have_no_spread():
    assert spread(pl.DataFrame(schema=dict(NUMBERS.columns))).schema == dict(SPREAD.columns)
