"""Permuted answers leave nothing of an effect; one that was there lies outside what is left."""

import random

import polars as pl
import pytest

from clipblind.controls.shuffled import ACCURACY, DIFFERENCE, UNEVENNESS, shuffle_answers
from clipblind.grading.scores import score
from clipblind.grading.verdicts import grade
from clipblind.ground.factors import FACTOR_OF_PATTERN
from clipblind.ground.tables.benchmark import QUESTIONS
from clipblind.ground.tables.controls import SHUFFLED

PATTERNS = list(FACTOR_OF_PATTERN)


def _questions(pairs=20, benchmark="twins"):
    """For each pattern so many pairs, the answers a and b or b and a by turns."""
    rows = []
    for pattern in PATTERNS:
        for n in range(pairs):
            pair = f"{benchmark}-{pattern}-{n:02}"
            for i in (0, 1):
                asked = (pair, benchmark, pattern, f"{pair}-{i}", "Open?", "open", "closed")
                rows.append((f"{pair}/{i}", *asked, "ab"[(n + i) % 2]))
    return pl.DataFrame(rows, schema=dict(QUESTIONS.columns), orient="row")


def _verdicts(questions, share_of):
    """Of each pattern a share of the pairs right; option a, twice, for the rest."""
    chosen = []
    for row in questions.iter_rows(named=True):
        pairs = len(questions.filter(pl.col("pattern") == row["pattern"])) // 2
        right = int(row["pair_id"][-2:]) < share_of[row["pattern"]] * pairs
        chosen.append(row["answer"] if right else "a")
    return _graded(questions, chosen)


def _graded(questions, chosen):
    choices = questions.select("question_id", "pair_id").with_columns(
        order=pl.lit("ab"), choice=pl.Series(chosen, dtype=pl.String).fill_null(""),
        by=pl.lit("parser"), reason=pl.lit(""), tier=pl.lit("certain"),
    )  # fmt: skip
    return grade(questions, choices)


# 80 % and 10 % over all, neither of them evenly
STRONG = dict(zip(PATTERNS, [1, 1, 1, 1, 1, 1, 1, 0.2, 0], strict=True))
WEAK = dict(zip(PATTERNS, [0.9, 0, 0, 0, 0, 0, 0, 0, 0], strict=True))


@pytest.fixture(scope="module")
def questions():
    return _questions()


@pytest.fixture(scope="module")
def verdicts(questions):
    return {"strong": _verdicts(questions, STRONG), "weak": _verdicts(questions, WEAK)}


def _rows(table):
    return {(r["effect"], r["of"], r["against"]): r for r in table.iter_rows(named=True)}


def _outside(row):
    return not row["low"] <= row["observed"] <= row["high"]


def test_effects_are_observed_as_they_are(questions, verdicts):
    rows = _rows(shuffle_answers(questions, verdicts, ["strong", "weak"], 0))
    for name, shares in (("strong", STRONG), ("weak", WEAK)):
        (scored,) = score(verdicts[name]).to_dicts()
        accuracy = rows[ACCURACY, name, ""]["observed"]
        assert accuracy == pytest.approx(scored["pair_accuracy"])
        mean = sum(shares.values()) / 9
        spread = (sum((share - mean) ** 2 for share in shares.values()) / 9) ** 0.5
        assert rows[UNEVENNESS, name, ""]["observed"] == pytest.approx(spread)
    assert rows[DIFFERENCE, "strong", "weak"]["observed"] == pytest.approx(7.2 / 9 - 0.9 / 9)


@pytest.mark.parametrize(
    "effect",
    [
        (ACCURACY, "strong", ""),
        (ACCURACY, "weak", ""),
        (UNEVENNESS, "strong", ""),
        (UNEVENNESS, "weak", ""),
        (DIFFERENCE, "strong", "weak"),
    ],
)
def test_an_effect_that_is_there_lies_outside_what_a_shuffle_leaves(questions, verdicts, effect):
    row = _rows(shuffle_answers(questions, verdicts, ["strong", "weak"], 0))[effect]
    assert _outside(row)
    assert row["permutations"] == 1000


def test_what_a_shuffle_leaves_is_what_guessing_by_the_same_coin_gives(questions, verdicts):
    # the strong one says a as often as b nearly, so a pair is right by two fair coins
    row = _rows(shuffle_answers(questions, verdicts, ["strong"], 0))[ACCURACY, "strong", ""]
    said = verdicts["strong"]["choice"]
    a = (said == "a").mean()
    assert row["mean"] == pytest.approx(a * (1 - a), abs=0.005)
    assert row["low"] < row["mean"] < row["high"] < 0.4


def test_after_a_shuffle_by_hand_no_more_than_the_stated_share_is_left(questions, verdicts):
    found = []
    for seed in range(20):
        rng = random.Random(seed)
        dealt = {}
        for name, frame in verdicts.items():
            chosen = dict(frame.select("question_id", "choice").iter_rows())
            options = [chosen[q] for q in questions["question_id"]]
            rng.shuffle(options)
            dealt[name] = _graded(questions, options)
        rows = _rows(shuffle_answers(questions, dealt, ["strong", "weak"], seed))
        found.append([_outside(row) for row in rows.values()])
    share = sum(map(sum, found)) / (20 * 5)
    assert share < 0.1


def test_even_accuracy_over_patterns_is_no_unevenness(questions):
    even = _verdicts(questions, dict.fromkeys(PATTERNS, 0.5))
    rows = _rows(shuffle_answers(questions, {"even": even}, ["even"], 0))
    assert rows[UNEVENNESS, "even", ""]["observed"] == pytest.approx(0)
    assert _outside(rows[ACCURACY, "even", ""])


def test_unscored_answers_stay_unscored_wherever_they_are_dealt(questions):
    right = questions["answer"].to_list()
    half = [option if n % 4 < 2 else None for n, option in enumerate(right)]
    row = _rows(shuffle_answers(questions, {"half": _graded(questions, half)}, ["half"], 0))[
        ACCURACY, "half", ""
    ]
    assert row["observed"] == pytest.approx(0.5)
    # each of two answers is given in half of the cases, and right in half of these
    assert row["mean"] == pytest.approx(1 / 16, abs=0.01)


def test_who_answers_alike_everywhere_has_nothing_to_lose(questions):
    constant = _graded(questions, ["a"] * len(questions))
    rows = _rows(shuffle_answers(questions, {"constant": constant}, ["constant"], 0))
    for row in rows.values():
        assert row["observed"] == row["mean"] == row["low"] == row["high"] == 0


def test_the_order_of_tables_changes_nothing(questions, verdicts):
    expected = shuffle_answers(questions, verdicts, ["strong", "weak"], 0)
    turned = {name: frame.reverse() for name, frame in verdicts.items()}
    assert shuffle_answers(questions.reverse(), turned, ["strong", "weak"], 0).equals(expected)


def test_benchmarks_are_shuffled_apart(questions, verdicts, tmp_path):
    mined = _questions(10, "mined")
    both = pl.concat([questions, mined])
    right = _verdicts(mined, dict.fromkeys(PATTERNS, 1))
    table = shuffle_answers(both, {"one": pl.concat([verdicts["weak"], right])}, ["one"], 0)
    accuracy = table.filter(pl.col("effect") == ACCURACY)
    of = {row["benchmark"]: row for row in accuracy.iter_rows(named=True)}
    assert (of["mined"]["observed"], of["twins"]["observed"]) == pytest.approx((1, 0.1))
    # the weak one says a nearly always, so its shuffled answers make few pairs right
    assert of["twins"]["mean"] < 0.06 < 0.2 < of["mined"]["mean"]
    SHUFFLED.write(table, tmp_path / "shuffled.csv")
    assert SHUFFLED.read(tmp_path / "shuffled.csv").height == table.height


def test_a_pair_may_have_any_number_of_questions(questions):
    # every pair of the first pattern is asked a third question, which the contender gets wrong
    more = questions.filter(
        pl.col("pattern") == PATTERNS[0], pl.col("question_id").str.ends_with("0")
    )
    more = more.with_columns(question_id=pl.col("pair_id") + "/2")
    asked = pl.concat([questions, more])
    third = asked["question_id"].str.ends_with("/2")
    wrong = {"a": "b", "b": "a"}
    chosen = [wrong[a] if t else a for a, t in zip(asked["answer"], third, strict=True)]
    row = _rows(shuffle_answers(asked, {"one": _graded(asked, chosen)}, ["one"], 0))[
        ACCURACY, "one", ""
    ]
    assert row["observed"] == pytest.approx(8 / 9)
    # right by two fair coins, or by three
    assert row["mean"] == pytest.approx((8 / 4 + 1 / 8) / 9, abs=0.01)


@pytest.mark.parametrize("told", [[], PATTERNS[:1]])
def test_without_two_patterns_there_is_no_unevenness(questions, verdicts, told):
    untold = pl.when(pl.col("pattern").is_in(told)).then("pattern").otherwise(pl.lit(""))
    nameless = {name: frame.with_columns(pattern=untold) for name, frame in verdicts.items()}
    expected = shuffle_answers(questions, verdicts, ["strong", "weak"], 0)
    table = shuffle_answers(questions, nameless, ["strong", "weak"], 0)
    assert table.equals(expected.filter(pl.col("effect") != UNEVENNESS))


def test_patterns_are_those_of_the_verdicts(questions, verdicts):
    """A benchmark whose own table tells no pattern, as MMVP's; people or votes assigned them."""
    nameless = questions.with_columns(pattern=pl.lit(""))
    expected = shuffle_answers(questions, verdicts, ["strong", "weak"], 0)
    assert shuffle_answers(nameless, verdicts, ["strong", "weak"], 0).equals(expected)


def test_verdicts_on_other_labels_or_readings_do_not_count(questions, verdicts):
    other = verdicts["strong"].with_columns(benchmark=pl.lit("twins_circular"), choice=pl.lit("a"))
    both = {"strong": pl.concat([other, verdicts["strong"]])}
    expected = shuffle_answers(questions, verdicts, ["strong"], 0)
    assert shuffle_answers(questions, both, ["strong"], 0).equals(expected)


def test_only_those_who_were_shown_images_are_reported(questions, verdicts):
    table = shuffle_answers(questions, verdicts, ["weak"], 0)
    assert set(table["of"]) == {"weak"}
    assert shuffle_answers(questions, verdicts, [], 0).is_empty()
