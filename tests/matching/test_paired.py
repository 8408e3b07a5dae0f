"""Encoders are compared with the probe over the same twins and the same pictures."""

import polars as pl
import pytest

from clipblind.ground.factors import FACTOR_OF_PATTERN, FACTORS
from clipblind.ground.stats import holm, mcnemar
from clipblind.ground.tables.matching import MATCH_PAIRED, MATCHES, NAMED
from clipblind.matching.paired import compare_encoders

PATTERNS = list(FACTOR_OF_PATTERN)


def _matches(sees, other_way=(), pairs=10, benchmark="statements"):
    """Right on every pair of the patterns it sees, in one direction and in the other."""
    rows = [
        (benchmark, f"{pattern}-{n}", pattern, pattern in sees, pattern in other_way)
        for pattern in PATTERNS
        for n in range(pairs)
    ]
    return pl.DataFrame(rows, schema=dict(MATCHES.columns), orient="row")


def _named(sees, pictures=10):
    rows = [(f"i{n}", factor, factor in sees) for factor in FACTORS for n in range(pictures)]
    return pl.DataFrame(rows, schema=dict(NAMED.columns), orient="row")


def _compared(**changes):
    matches = {"web": _matches({"colour"}), "told": _matches({"colour", "text"}, {"state"})}
    named = {"web": _named({"kind", "colour"}), "told": _named({"kind", "letter"})}
    return compare_encoders(changes.get("matches", matches), changes.get("named", named), "web")


def _row(table, measure, item, first="told"):
    of = (pl.col("measure") == measure, pl.col("item") == item, pl.col("first") == first)
    (row,) = table.filter(*of).to_dicts()
    return row


def test_a_pattern_that_only_the_variant_sees_is_gained_in_full():
    row = _row(_compared(), "text_to_image", "text")
    assert (row["second"], row["cases"], row["only_first"], row["only_second"]) == (
        "web",
        10,
        10,
        0,
    )
    assert row["difference"] == 1
    assert row["p"] == pytest.approx(2 / 2**10)
    assert row["p_holm"] == pytest.approx(9 * row["p"])


def test_what_both_see_or_neither_is_no_difference():
    table = _compared()
    for pattern in ("colour", "state"):
        row = _row(table, "text_to_image", pattern)
        assert (row["only_first"], row["only_second"], row["difference"]) == (0, 0, 0)
        assert row["p"] == row["p_holm"] == 1


def test_each_direction_has_its_own_matches():
    table = _compared()
    assert _row(table, "image_to_text", "state")["difference"] == 1
    assert _row(table, "image_to_text", "text")["difference"] == 0


def test_the_average_is_taken_over_all_pairs_and_corrected_apart():
    row = _row(_compared(), "text_to_image", "average")
    assert (row["cases"], row["only_first"], row["only_second"]) == (90, 10, 0)
    assert row["difference"] == pytest.approx(1 / 9)
    assert row["p_holm"] == row["p"]


def test_zero_shot_verdicts_are_compared_by_factor():
    table = _compared()
    assert _row(table, "zero_shot", "letter")["difference"] == 1
    assert _row(table, "zero_shot", "colour")["difference"] == -1
    assert _row(table, "zero_shot", "kind")["difference"] == 0
    average = _row(table, "zero_shot", "average")
    assert (average["cases"], average["only_first"], average["only_second"]) == (120, 10, 10)


def test_p_values_are_corrected_over_encoders_and_items_of_a_measure():
    matches = {
        "web": _matches({"colour"}),
        "told": _matches({"colour", "text"}),
        "wide": _matches({"colour", "state"}),
    }
    table = _compared(matches=matches, named=dict.fromkeys(matches, _named({"kind"})))
    family = table.filter(pl.col("measure") == "text_to_image", pl.col("item") != "average")
    raw = [mcnemar(*counts) for counts in family.select("only_first", "only_second").rows()]
    assert len(raw) == 18
    assert family["p_holm"].to_list() == pytest.approx(holm(raw))
    assert _row(table, "text_to_image", "state", "wide")["p_holm"] == pytest.approx(18 * 2 / 2**10)


def test_cases_are_joined_by_their_ids():
    web, told = _matches({"colour"}), _matches({"colour", "text"})
    shuffled = {"web": web, "told": told.sample(fraction=1, shuffle=True, seed=1)}
    expected = _compared(matches={"web": web, "told": told})
    assert _compared(matches=shuffled).equals(expected)


def test_the_table_has_every_measure_and_item_and_none_of_a_lone_probe():
    table = _compared()
    assert table.schema == dict(MATCH_PAIRED.columns)
    items = 2 * [*PATTERNS, "average"] + [*FACTORS, "average"]
    assert table["item"].to_list() == items
    assert table["benchmark"].to_list() == 20 * ["statements"] + 13 * ["heldout"]
    assert compare_encoders({"web": _matches(())}, {"web": _named(())}, "web").is_empty()


def test_each_benchmark_is_a_family_of_its_own():
    web, told = ({"colour"}, {"text"}), ({"colour", "text"}, ())
    matches = {
        name: pl.concat([_matches(sees[0]), _matches(sees[1], benchmark="own", pairs=4)])
        for name, sees in {"web": web, "told": told}.items()
    }
    table = compare_encoders(matches, {}, "web").filter(pl.col("measure") == "text_to_image")
    assert table["benchmark"].to_list() == ["statements"] * 10 + ["own"] * 10
    gained, lost = table.filter(pl.col("item") == "text").to_dicts()
    assert (gained["cases"], gained["difference"]) == (10, 1)
    assert (lost["cases"], lost["difference"]) == (4, -1)
    assert lost["p_holm"] == pytest.approx(min(1, 9 * 2 / 2**4))


def test_without_a_world_there_is_no_zero_shot_and_patterns_without_pairs_have_no_row():
    some = _matches({"text"}).filter(pl.col("pattern").is_in(["text", "state"]))
    table = compare_encoders({"web": some, "told": some}, {}, "web")
    assert table["measure"].unique(maintain_order=True).to_list() == [
        "text_to_image", "image_to_text",
    ]  # fmt: skip
    assert table["item"].to_list() == 2 * ["state", "text", "average"]


@pytest.mark.parametrize(
    ("cfg", "named", "second"),
    [('{"probe": "told"}', True, "told"), ("{}", False, "web"), ('{"probe": "dino"}', True, "web")],
)
def test_the_verb_compares_with_the_probe_or_else_with_the_first(tmp_path, cfg, named, second):
    from clipblind.commands.matching import compare

    tables = {"web": _matches({"colour"}), "told": _matches({"text"})}
    files = [tmp_path / name / "matches.parquet" for name in tables]
    words = [path.with_name("named.parquet") for path in files] if named else None
    for path, frame in zip(files, tables.values(), strict=True):
        path.parent.mkdir()
        MATCHES.write(frame, path)
        NAMED.write(_named({"kind"}), path.with_name("named.parquet"))
    compare(cfg, files, tmp_path / "paired.csv", words)
    table = MATCH_PAIRED.read(tmp_path / "paired.csv")
    assert table["second"].unique().to_list() == [second]
    assert ("zero_shot" in table["measure"]) is named
