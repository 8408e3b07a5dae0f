"""Encoders' accuracy by pattern goes with that of contenders, or not."""

import math

import polars as pl
import pytest

from clipblind.ground.factors import FACTOR_OF_PATTERN
from clipblind.ground.patterns import NINE
from clipblind.ground.tables.answers import VERDICTS
from clipblind.ground.tables.matching import CORRELATION, MATCHES
from clipblind.matching.correlation import correlate, encoders_beside


def _matches(rights):
    """For each pattern, so many of ten twins matched."""
    rows = [
        ("statements", f"{p}-{n}", p, n < right, False)
        for p, right in rights.items()
        for n in range(10)
    ]
    return pl.DataFrame(rows, schema=dict(MATCHES.columns), orient="row")


def _verdicts(rights, benchmark="twins"):
    """For each pattern, so many of ten pairs answered right."""
    rows = [
        (
            f"{p}-{n}/{i}",
            f"{p}-{n}",
            benchmark,
            p,
            "a",
            "correct" if n < right or i else "incorrect",
            "",
            "certain",
        )
        for p, right in rights.items()
        for n in range(10)
        for i in range(2)
    ]
    return pl.DataFrame(rows, schema=dict(VERDICTS.columns), orient="row")


def _correlated(matches, verdicts, towers=(), probe="", encoders=None, seed=0):
    """Of a rendered world."""
    beside, rows = {"statements": "twins"}, dict.fromkeys(verdicts, "")
    encoders = encoders or dict.fromkeys(matches, "")
    options = {"beside": beside, "encoders": encoders, "rows": rows, "probe": probe, "seed": seed}
    table = correlate(matches, verdicts, towers=dict(towers), **options)
    assert table.schema == dict(CORRELATION.columns)
    assert set(table["benchmark"]) <= {"statements"} and set(table["beside"]) <= {"twins"}
    return table.to_dicts()


RISING = {pattern: n + 1 for n, pattern in enumerate(FACTOR_OF_PATTERN)}
FALLING = {pattern: 9 - n for n, pattern in enumerate(FACTOR_OF_PATTERN)}


def test_correlation_is_taken_over_patterns_and_joined_by_name():
    answered = _verdicts(dict(reversed(RISING.items())))
    (row,) = _correlated({"clip": _matches(RISING)}, {"llava": answered}, {"llava": ["clip"]})
    assert (row["contender"], row["encoder"], row["patterns"]) == ("llava", "clip", 9)
    assert [row[key] for key in ("pearson", "low", "high")] == pytest.approx([1, 1, 1])
    assert row["p"] == row["p_holm"] < 0.001


def test_contenders_are_correlated_on_the_twins_alone():
    both = pl.concat([_verdicts(RISING), _verdicts(FALLING, "mined"), _verdicts(FALLING, "random")])
    (row,) = _correlated({"clip": _matches(RISING)}, {"llava": both}, {"llava": ["clip"]})
    assert row["pearson"] == pytest.approx(1)


def test_each_contender_is_correlated_with_each_of_its_towers():
    matches = {"web": _matches(RISING), "told": _matches(dict.fromkeys(RISING, 10))}
    verdicts = {"two": _verdicts(RISING), "one": _verdicts(FALLING)}
    table = _correlated(matches, verdicts, {"two": ["web", "told"], "one": ["web"]})
    assert [(row["contender"], row["encoder"]) for row in table] == [
        ("one", "web"), ("two", "told"), ("two", "web"),
    ]  # fmt: skip
    falling, constant, rising = table
    assert (falling["pearson"], rising["pearson"]) == pytest.approx((-1, 1))
    # one of the three is undefined, so the others are corrected for being two
    assert all(math.isnan(constant[key]) for key in ("pearson", "low", "high", "p", "p_holm"))
    assert rising["p_holm"] == pytest.approx(2 * rising["p"])


def test_the_clips_are_the_papers_as_far_as_there_are_any():
    three = {"a": "OpenAI ViT-L-14 336", "b": "DFN ViT-H-14 224", "c": "EVA01 ViT-g-14 224"}
    assert encoders_beside((), three) == [("a", "c")]
    assert encoders_beside((), {"b": "DFN ViT-H-14 224", "own": ""}) == [("b", "own")]


def test_a_contenders_own_towers_go_before_the_papers_clips_and_these_before_the_probe():
    encoders = {"web": "", "told": "", "a": "OpenAI ViT-L-14 336"}
    assert encoders_beside(("web", "reference", "told"), encoders, "web") == [("told",), ("web",)]
    # a contender that sees by an encoder without a text tower
    assert encoders_beside(("reference",), encoders, "web") == [("a",)]
    assert encoders_beside(("reference",), {"web": "", "told": ""}, "web") == [("web",)]
    assert encoders_beside(("web", "web"), {"web": ""}, "web") == [("web",)]
    # the probe has no text tower
    assert encoders_beside((), {"told": "", "web": ""}, "reference") == [("told", "web")]


def mmvp_vlm(right):
    rows = [
        ("mmvp_vlm", f"{pattern}/{k}", pattern, k < right[i], True)
        for i, pattern in enumerate(NINE)
        for k in range(15)
    ]
    return pl.DataFrame(rows, schema=dict(MATCHES.columns), orient="row")


def mmvp(right, pairs=15, patterns=NINE):
    rows = [
        (f"q/{p}/{k}/{side}", f"q/{p}/{k}", benchmark, p, "a",
         "correct" if (k < right[i]) == (benchmark == "mmvp") else "incorrect", "", "certain")
        for i, p in enumerate(patterns)
        for k in range(pairs)
        for side in range(2)
        for benchmark in ("mmvp", "mmvp_corrected")
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=dict(VERDICTS.columns), orient="row")


def _paper(matches, verdicts, encoders=None, row="", texts="mmvp_vlm", seed=3):
    return correlate(
        matches,
        verdicts,
        beside={texts: "mmvp"},
        encoders=encoders or dict.fromkeys(matches, ""),
        rows={"a": row},
        towers={},
        seed=seed,
    )


def test_the_correlation_is_that_of_the_means_by_pattern_and_published_labels():
    first, second = (1, 2, 8, 3, 3, 12, 5, 1, 6), (3, 2, 6, 3, 1, 12, 7, 3, 4)
    own = (4, 2, 9, 5, 1, 9, 8, 3, 2)
    encoders = {"x": "OpenAI ViT-L-14 224", "y": "EVA01 ViT-g-14 224"}
    found = _paper(
        {"x": mmvp_vlm(first), "y": mmvp_vlm(second)}, {"a": mmvp(own)}, encoders, "GPT-4V"
    )
    (row,) = found.to_dicts()
    mean = [(a + b) / 2 for a, b in zip(first, second, strict=True)]
    expected = pl.DataFrame({"x": mean, "y": own}).select(pl.corr("x", "y")).item()
    assert row["pearson"] == pytest.approx(expected)
    assert row["low"] < row["pearson"] < row["high"] and 0 < row["p"] <= row["p_holm"] <= 1
    assert (row["encoder"], row["patterns"], row["paper"]) == ("x+y", 9, 0.31)


def test_fewer_than_four_patterns_have_no_correlation_and_unnamed_pairs_don_t_count():
    few = mmvp((1, 5, 9, 3), patterns=(*NINE[:3], ""))
    found = _paper({"x": mmvp_vlm(range(9))}, {"a": few})
    (row,) = found.to_dicts()
    assert row["patterns"] == 3 and row["pearson"] != row["pearson"] and row["paper"] is None


def test_contenders_that_all_lack_patterns_give_a_table_all_the_same():
    nameless = mmvp((1,), patterns=("",))
    found = _paper({"x": mmvp_vlm(range(9))}, {"a": nameless})
    assert found["patterns"].to_list() == [0]


def test_the_paper_stands_beside_its_own_two_benchmarks_alone():
    own = (4, 2, 9, 5, 1, 9, 8, 3, 2)
    matches = {"x": mmvp_vlm(range(9)).with_columns(benchmark=pl.lit("own"))}
    (row,) = _paper(matches, {"a": mmvp(own)}, row="GPT-4V", texts="own").to_dicts()
    assert (row["benchmark"], row["beside"], row["paper"]) == ("own", "mmvp", None)
    assert row["patterns"] == 9


def test_pairs_that_two_benchmarks_share_are_drawn_together_and_others_are_not():
    own = (4, 2, 9, 5, 1, 9, 8, 3, 2)
    # both get the first few of each pattern: the same pairs, if they have the same ids
    matches, answered = mmvp_vlm(own), mmvp(own)
    apart = _paper({"x": matches}, {"a": answered}).to_dicts()[0]
    shared = matches.with_columns(pair_id="q/" + pl.col("pair_id"))
    together = _paper({"x": shared}, {"a": answered}).to_dicts()[0]
    assert together["pearson"] == apart["pearson"] == pytest.approx(1)
    assert together["low"] == pytest.approx(1)
    assert apart["low"] < 0.95
    # and it is no matter in which order other pairs stand
    assert len({_paper({"x": matches}, {"a": answered}, seed=s)["low"][0] for s in (3, 3, 4)}) == 2


def test_several_benchmarks_are_correlated_apart_and_corrected_apart():
    own = (4, 2, 9, 5, 1, 9, 8, 3, 2)
    both = pl.concat([mmvp_vlm(range(9)), mmvp_vlm(own).with_columns(benchmark=pl.lit("own"))])
    table = correlate(
        {"x": both},
        {"b": mmvp(own), "a": mmvp(own)},
        beside={"mmvp_vlm": "mmvp", "own": "mmvp"},
        encoders={"x": ""},
        rows={},
        towers={},
        seed=0,
    )
    of = [(row["benchmark"], row["contender"]) for row in table.to_dicts()]
    assert of == [(b, c) for b in ("mmvp_vlm", "own") for c in "ab"]
    assert table["p_holm"].to_list() == pytest.approx([min(1, 2 * p) for p in table["p"]])


def test_nobody_who_answers_gives_an_empty_table():
    assert _paper({"x": mmvp_vlm(range(9))}, {}).schema == dict(CORRELATION.columns)
