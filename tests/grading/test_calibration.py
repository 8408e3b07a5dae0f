"""Agreement beyond chance, against published examples and simulation; consistency; costs."""

from math import isnan

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import cohen_kappa_score

from clipblind.grading.calibration import calibrate, consistency, costs
from clipblind.grading.choices import choose
from clipblind.grading.people import SHEET, read_people, reading_sheet
from clipblind.ground.agreement import cohen_kappa, fleiss_kappa
from clipblind.ground.errors import UserError
from clipblind.ground.stats import wilson
from clipblind.ground.tables.answers import JUDGED

from .asked import questions, replies

IDS = ["mmvp/001", "mmvp/002", "mmvp/003", "mmvp/004"]
# Fleiss, Statistical Methods for Rates and Proportions: two raters' diagnoses of 100 people
DIAGNOSES = ((75, 1, 4), (5, 4, 1), (0, 0, 10))


def _spread(table):
    cells = [(i, j) for i, row in enumerate(table) for j, n in enumerate(row) for _ in range(n)]
    return [i for i, _ in cells], [j for _, j in cells]


def test_cohens_kappa_and_its_standard_error_are_fleisss_example():
    kappa = cohen_kappa(*_spread(DIAGNOSES))
    assert kappa.value == pytest.approx(0.676, abs=5e-4)
    assert (kappa.high - kappa.low) / 2 / 1.96 == pytest.approx(0.088, abs=5e-4)


def test_cohens_kappa_is_scikit_learns():
    rng = np.random.default_rng(1)
    for _ in range(20):
        first = rng.choice(list("abc"), 60).tolist()
        second = [a if rng.random() < 0.6 else rng.choice(list("abc")) for a in first]
        assert cohen_kappa(first, second).value == pytest.approx(cohen_kappa_score(first, second))


def test_the_interval_holds_the_true_kappa_about_as_often_as_it_says():
    rng = np.random.default_rng(2)
    cells = np.array(((0.5, 0.1), (0.05, 0.35)))
    chance = float(cells.sum(1) @ cells.sum(0))
    true = (np.trace(cells) - chance) / (1 - chance)
    held = 0
    for _ in range(1000):
        table = rng.multinomial(150, cells.ravel()).reshape(2, 2).tolist()
        kappa = cohen_kappa(*_spread(table))
        held += kappa.low <= true <= kappa.high
    assert 0.93 < held / 1000 < 0.97


def test_few_cases_that_all_agree_are_no_certainty():
    few, many = cohen_kappa("ab" * 3, "ab" * 3), cohen_kappa("ab" * 300, "ab" * 300)
    assert few.value == many.value == 1
    # at chance 1/2, kappa is twice the agreement less one
    assert few.low == pytest.approx(2 * wilson(6, 6).low - 1)
    assert many.low > 0.98


@pytest.mark.parametrize("cases", [("", ""), ("aaa", "aaa")])
def test_kappa_is_not_defined_without_cases_or_where_chance_agrees_everywhere(cases):
    assert isnan(cohen_kappa(*cases).value)
    assert isnan(cohen_kappa(*cases).low)


def test_one_who_always_says_the_same_agrees_by_chance_alone():
    kappa = cohen_kappa("aabb", "aaaa")
    assert kappa.value == 0
    assert -1 <= kappa.low <= 0 <= kappa.high <= 1


def test_fleiss_kappa_is_what_a_hand_calculates():
    # two cases of three ratings: agreements 1 and 1/3; four of six ratings are a
    kappa = fleiss_kappa(["aaa", "abb"])
    observed, chance = (1 + 1 / 3) / 2, (4 / 6) ** 2 + (2 / 6) ** 2
    assert kappa == pytest.approx((observed - chance) / (1 - chance))


def test_fleiss_kappa_of_two_ratings_is_near_zero_for_chance_and_one_for_agreement():
    rng = np.random.default_rng(3)
    assert abs(fleiss_kappa([rng.choice(list("abc"), 5).tolist() for _ in range(2000)])) < 0.02
    assert fleiss_kappa(["aaa", "bbb"]) == 1
    assert isnan(fleiss_kappa(["aaa", "aaa"]))
    assert isnan(fleiss_kappa([]))
    with pytest.raises(ValueError, match="different numbers"):
        fleiss_kappa(["aa", "a"])


def _judged(*rows):
    frames = [
        {"question_id": q, "order": "ab", "judge": judge, "said": "", "choice": c, "verdict": v,
         "reason": ""}
        for q, judge, c, v in rows
    ]  # fmt: skip
    return pl.DataFrame(frames, schema=dict(JUDGED.columns))


def test_readers_are_compared_by_option_or_by_verdict_where_one_gives_no_more(tmp_path):
    asked = replies(
        ("mmvp/001", "ab", "(a)"),
        ("mmvp/002", "ab", "(a)"),
        ("mmvp/003", "ab", "who knows"),
        ("mmvp/004", "ab", "!refused"),
    )
    judged = _judged(
        ("mmvp/001", "choice", "a", None),
        ("mmvp/002", "choice", "b", None),
        ("mmvp/003", "choice", "a", None),
        ("mmvp/001", "official", None, "correct"),
        ("mmvp/002", "official", None, "incorrect"),
        ("mmvp/003", "official", None, "unscored"),
    )
    people = tmp_path / "people.csv"
    people.write_text(
        "question_id,contender,choice\nmmvp/001,x,a\nmmvp/002,x,(A)\nmmvp/003,x,neither\n"
        "mmvp/001,another,b\n"
    )
    table = calibrate("x", questions(2), asked, judged, read_people(people, IDS, ["x"]))
    found = {
        (row["first"], row["second"]): (row["answers"], row["both_decided"], row["agree"])
        for row in table.iter_rows(named=True)
    }
    assert found == {
        ("parser", "judge"): (3, 2, 1),
        # by verdict: the parser's (a) to the second question is incorrect, as the judge says
        ("parser", "official"): (3, 2, 2),
        ("parser", "people"): (3, 2, 2),
        ("judge", "official"): (3, 2, 1),
        ("judge", "people"): (3, 2, 1),
        ("official", "people"): (3, 2, 2),
    }
    assert table["contender"].unique().to_list() == ["x"]


def test_a_judge_of_the_undecided_alone_has_nothing_in_common_with_the_parser():
    asked = replies(("mmvp/001", "ab", "(a)"), ("mmvp/002", "ab", "who knows"))
    table = calibrate("x", questions(), asked, _judged(("mmvp/002", "choice", "b", None)))
    (row,) = table.to_dicts()
    assert (row["answers"], row["both_decided"]) == (1, 0)
    assert isnan(row["kappa"])


def test_people_who_saw_exchanged_options_are_brought_back_to_the_published_order(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("question_id,contender,order,choice\nmmvp/001,x,ba,a\n")
    assert read_people(path, IDS, ["x"])["choice"].to_list() == ["b"]


def test_people_may_name_questions_by_number_and_contenders_of_other_studies(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("question_id,contender,choice\n2,x,a\n001,other,b\n")
    read = read_people(path, IDS, ["x", "y"])
    assert read["question_id"].to_list() == ["mmvp/002", "mmvp/001"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("question_id,contender,choice\n1,x,c\n", "row 1: choice is 'c'"),
        ("question_id,contender,verdict\n1,x,right\n", "row 1: verdict is 'right'"),
        ("question_id,contender,order,choice\n1,x,up,a\n", "row 1: order is 'up'"),
        ("question_id,contender,choice\n1,x,a\n1,x,a\n", "x's answer to mmvp/001 twice"),
        ("question_id,choice\n1,a\n", "no column 'contender'"),
        ("question_id,contender,choice\n9,x,a\n", "question_id is '9', not one like mmvp/001"),
        ("question_id,contender,choice\n1,z,a\n", "answers of z, none of which is a contender"),
    ],
)
def test_people_who_wrote_something_else_read_one_sentence(tmp_path, text, sentence):
    path = tmp_path / "people.csv"
    path.write_text(text)
    with pytest.raises(UserError, match=sentence):
        read_people(path, IDS, ["x"])


def test_a_sheet_is_blind_drawn_at_random_and_read_back(tmp_path):
    asked = replies(
        *(("mmvp/001", "ab", "(a)"), ("mmvp/001", "ba", "=1+1"), ("mmvp/002", "ab", "It is shut.")),
        *(("mmvp/003", "ab", "who knows"), ("mmvp/004", "ab", "!refused")),
    )
    sheet = reading_sheet(questions(2), {"x": asked}, sample=10)
    assert sheet.columns == list(SHEET)
    assert len(sheet) == 4  # faults were read by nobody
    assert set(sheet["choice"]) == {""}
    exchanged = sheet.row(by_predicate=pl.col("order") == "ba", named=True)
    assert (exchanged["option_a"], exchanged["answer"]) == ("Closed", "'=1+1")
    assert len(reading_sheet(questions(2), {"x": asked}, sample=2)) == 2

    # a person reads three of the four; the parser leaves two of these open, the person one
    by_hand = {"mmvp/001": "a", "mmvp/002": "b", "mmvp/003": "neither"}
    filled = sheet.with_columns(
        choice=pl.when(pl.col("order") == "ab")
        .then(pl.col("question_id").replace(by_hand))
        .otherwise(pl.lit(""))
    )
    filled.write_csv(tmp_path / "sheet.csv")
    people = read_people(tmp_path / "sheet.csv", IDS, ["x"])
    (row,) = calibrate("x", questions(2), asked, people=people).to_dicts()
    assert (row["answers"], row["first_decided"], row["second_decided"]) == (3, 1, 2)
    assert (row["both_decided"], row["agree"]) == (1, 1)
    open_ = cohen_kappa(["a", None, None], ["a", "b", None])
    assert row["kappa_open"] == pytest.approx(open_.value)


def test_a_sheet_that_nobody_filled_in_is_one_sentence(tmp_path):
    path = tmp_path / "sheet.csv"
    path.write_text("question_id,contender,choice\nmmvp/001,x,\n")
    with pytest.raises(UserError, match="no reading yet; fill in its column choice"):
        read_people(path, IDS, ["x"])


def test_consistency_counts_undecided_questions_as_not_kept():
    asked = replies(
        *(("mmvp/001", "ab", "(a)"), ("mmvp/001", "ba", "(b)")),
        *(("mmvp/002", "ab", "(a)"), ("mmvp/002", "ba", "(a)")),
        *(("mmvp/003", "ab", "(a)"), ("mmvp/003", "ba", "who knows")),
        *(("mmvp/004", "ab", "who knows"), ("mmvp/004", "ba", "who knows")),
    )
    (row,) = consistency("x", choose(questions(2), asked)).to_dicts()
    expected = wilson(1, 4)
    assert (row["questions"], row["same"], row["share"]) == (4, 1, 0.25)
    assert (row["low"], row["high"]) == (expected.low, expected.high)
    once = replies(("mmvp/001", "ab", "(a)"))
    assert consistency("x", choose(questions(), once)).is_empty()


def test_costs_add_up_what_is_known_and_say_how_much_that_is():
    asked = replies(
        ("mmvp/001", "ab", "a"), ("mmvp/002", "ab", "!refused"), ("mmvp/003", "ab", "a")
    )
    known = asked.with_columns(
        tokens_in=pl.Series([10, None, 20], dtype=pl.Int64),
        tokens_out=pl.Series([1, None, 2], dtype=pl.Int64),
        cost_usd=pl.Series([0.5, None, None], dtype=pl.Float64),
    )
    (row,) = costs("x", known).to_dicts()
    assert row == {
        **{"contender": "x", "asks": 3, "faults": 1, "counted": 2, "tokens_in": 30},
        **{"tokens_out": 3, "priced": 1, "cost_usd": 0.5},
    }
    (nothing,) = costs("x", asked).to_dicts()
    assert (nothing["counted"], nothing["tokens_in"], nothing["cost_usd"]) == (0, None, None)
