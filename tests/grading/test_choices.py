"""Choices and verdicts: the parser first, both sets of labels, both orders, nothing dropped."""

import polars as pl
import pytest

from clipblind.benchmark import labels
from clipblind.benchmark.labels import label_sets
from clipblind.grading.choices import NEITHER, choose
from clipblind.grading.scores import score
from clipblind.grading.verdicts import circular, grade, official, verdicts
from clipblind.ground.errors import UserError
from clipblind.ground.tables.answers import JUDGED

from .asked import questions, replies


def _judgement(question, order, choice, reason=""):
    row = {"question_id": question, "order": order, "judge": "choice", "said": choice or "?"}
    return {**row, "choice": choice, "verdict": None, "reason": reason}


def _judged(*rows):
    return pl.DataFrame(list(rows), schema=dict(JUDGED.columns))


LONG = "The door is open in this picture."


@pytest.mark.parametrize(
    ("answer", "judgement", "choice", "by", "tier", "reason"),
    [
        ("(a)", None, "a", "parser", "certain", ""),
        (LONG, None, "a", "parser", "read", ""),
        (LONG, ("a", ""), "a", "parser", "read", ""),
        (LONG, ("b", ""), None, "", "", "the parser read (a), the judge (b)"),
        (LONG, (None, NEITHER), None, "", "", "the parser read (a), the judge neither"),
        # a judge that fails has read nothing
        (LONG, (None, "the judge said 'hm'"), "a", "parser", "read", ""),
        ("(a)", ("b", ""), None, "", "", "the parser read (a), the judge (b)"),
        ("Who knows", ("b", ""), "b", "judge", "judged", ""),
    ],
)
def test_a_judge_decides_what_is_open_and_checks_what_was_read(
    answer, judgement, choice, by, tier, reason
):
    judged = _judged(_judgement("mmvp/001", "ab", *judgement)) if judgement else None
    chosen = choose(questions(), replies(("mmvp/001", "ab", answer)), judged)
    row = chosen.row(0, named=True)
    assert (row["choice"], row["by"], row["tier"], row["reason"]) == (choice, by, tier, reason)
    # both readings are kept, so that a wrong one can be repaired
    if judgement:
        assert row["judged"] == judgement[0]
        assert row["parsed"] == (None if answer == "Who knows" else "a")


def test_every_verdict_has_its_tier_and_every_score_counts_them():
    asked = replies(("mmvp/001", "ab", "(a)"), ("mmvp/002", "ab", LONG), ("mmvp/003", "ab", "?"))
    graded = grade(questions(2), choose(questions(2), asked))
    assert graded["tier"].to_list() == ["certain", "read", "", ""]
    (row,) = score(graded).to_dicts()
    assert (row["certain"], row["read"], row["unscored"]) == (1, 1, 2)


def test_over_both_orders_a_verdict_is_as_sure_as_the_less_sure_answer():
    asked = replies(("mmvp/001", "ab", "(a)"), ("mmvp/001", "ba", LONG))
    assert circular("c", questions(), choose(questions(), asked))["tier"][0] == "read"


def test_letters_to_exchanged_options_are_brought_back_to_the_published_order():
    asked = replies(
        ("mmvp/001", "ab", "(a)"),
        ("mmvp/001", "ba", "(b)"),
        ("mmvp/002", "ab", "(b)"),
        ("mmvp/002", "ba", "Closed"),
    )
    assert choose(questions(), asked)["choice"].to_list() == ["a", "a", "b", "b"]


def test_every_question_has_its_row_whatever_went_wrong():
    asked = replies(("mmvp/001", "ab", "!refused by a filter"), ("mmvp/003", "ab", ""))
    chosen = choose(questions(2), asked)
    assert chosen["choice"].null_count() == 4
    assert chosen["reason"].to_list() == ["refused by a filter", "no answer", "empty", "no answer"]
    (row,) = score(verdicts("mmvp", questions(2), chosen)).to_dicts()
    assert (row["questions"], row["pairs"], row["unscored"]) == (4, 2, 4)
    assert row["pair_accuracy"] == 0


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [
        ("(a)", "(b)", "correct"),  # Open, and Open
        ("(a)", "(a)", "incorrect"),
        ("(b)", "(b)", "incorrect"),
        ("(b)", "who knows", "incorrect"),
        ("(a)", "who knows", "unscored"),
        ("who knows", "who knows", "unscored"),
    ],
)
def test_over_both_orders_only_two_right_answers_are_right(first, second, verdict):
    asked = replies(("mmvp/001", "ab", first), ("mmvp/001", "ba", second))
    graded = circular("circular", questions(), choose(questions(), asked))
    row = graded.row(0, named=True)
    assert row["verdict"] == verdict
    assert bool(row["reason"]) == (verdict == "unscored")


@pytest.fixture
def as_mmvp(monkeypatch):
    """The invented questions in MMVP's place, which is known by what it asks."""
    door = ("Is the door open or closed?", "Open", "Closed")
    texts = (labels._text_digest(index, door) for index in range(1, 301, 2))
    monkeypatch.setattr(labels, "TEXTS", "".join(texts))


def test_mmvp_is_graded_under_both_sets_of_labels_and_two_pairs_differ(as_mmvp):
    asked = questions(150)
    said = [(q, "ab", f"({a})") for q, a in asked.select("question_id", "answer").iter_rows()]
    graded = grade(asked, choose(asked, replies(*said)))
    scores = dict(score(graded, ["benchmark"]).select("benchmark", "pair_accuracy").iter_rows())
    assert scores == {"mmvp": 1.0, "mmvp_corrected": 148 / 150}


def test_every_benchmark_is_graded_under_its_own_labels_and_the_rows_are_sorted(as_mmvp):
    own = questions(2).with_columns(
        question_id=pl.col("question_id").str.replace("mmvp", "own"),
        pair_id=pl.col("pair_id").str.replace("mmvp", "own"),
        benchmark=pl.lit("own"),
    )
    asked = pl.concat([own, questions(150)])
    said = [(q, "ab", f"({a})") for q, a in asked.select("question_id", "answer").iter_rows()]
    said += [(q, "ba", f"({a})") for q, _, a in said[:1]]
    graded = grade(asked, choose(asked, replies(*said)))
    counts = dict(graded.group_by("benchmark").len().iter_rows())
    assert counts == {
        **{"mmvp": 300, "mmvp_corrected": 300, "mmvp_circular": 300},
        **{"own": 4, "own_circular": 4},
    }
    assert graded["question_id"].is_sorted()
    assert grade(asked.clear(), choose(asked.clear(), replies())).is_empty()


def test_both_sets_are_found_from_corrected_labels_too(as_mmvp):
    sets = label_sets(questions(150))
    again = label_sets(sets["mmvp_corrected"].with_columns(benchmark=pl.lit("mmvp")))
    for name, labelled in sets.items():
        assert again[name]["answer"].to_list() == labelled["answer"].to_list()
    swapped = sets["mmvp"].filter(sets["mmvp"]["answer"] != sets["mmvp_corrected"]["answer"])
    assert swapped["question_id"].to_list() == ["mmvp/099", "mmvp/100", "mmvp/279", "mmvp/280"]


def test_another_benchmark_in_its_layout_is_never_corrected(as_mmvp):
    shuffled = questions(150).with_columns(
        answer=pl.when(pl.col("question_id").is_in(["mmvp/001", "mmvp/002"]))
        .then(pl.col("answer").replace_strict({"a": "b", "b": "a"}))
        .otherwise("answer")
    )
    assert list(label_sets(shuffled)) == ["mmvp"]
    assert list(label_sets(questions(149))) == ["mmvp"]


def test_the_papers_judge_has_verdicts_of_its_own_beside_ours():
    row = {"question_id": "mmvp/001", "order": "ab", "judge": "official", "said": "Yes."}
    judged = _judged({**row, "choice": None, "verdict": "incorrect", "reason": "said 'Yes.'"})
    graded = official("mmvp_official", questions(), judged)
    assert graded.select("verdict", "reason").rows() == [
        ("incorrect", "said 'Yes.'"),
        ("unscored", "not judged"),
    ]
    chosen = choose(questions(), replies(("mmvp/001", "ab", "(a)")), judged)
    everything = grade(questions(), chosen, judged)
    assert everything["benchmark"].unique().sort().to_list() == ["mmvp", "mmvp_official"]


def test_unknown_and_second_answers_are_refused_in_one_sentence():
    with pytest.raises(UserError, match="mmvp/009, which is no question"):
        choose(questions(), replies(("mmvp/009", "ab", "(a)")))
    with pytest.raises(UserError, match="mmvp/001 is answered twice"):
        twice = replies(("mmvp/001", "ab", "(a)"), ("mmvp/001", "ab", "(b)"))
        choose(questions(), twice)


def test_options_that_no_answer_can_tell_apart_are_the_benchmarks_fault():
    same = questions().with_columns(option_b=pl.lit("Open"))
    with pytest.raises(UserError, match="options of mmvp/001 can't be told apart"):
        choose(same, replies(("mmvp/001", "ab", "Open")))


def test_a_benchmark_of_150_alternating_pairs_is_not_mmvp():
    # faults 11: MMVP was known by its labels alone, in a study as well
    asked = questions(150)
    assert list(label_sets(asked)) == ["mmvp"]
    assert set(grade(asked, choose(asked, replies()))["benchmark"]) == {"mmvp"}


def _changed(rows, **texts):
    here = pl.col("question_id").is_in([f"mmvp/{row:03}" for row in rows])
    return questions(150).with_columns(
        **{name: pl.when(here).then(pl.lit(text)).otherwise(name) for name, text in texts.items()}
    )


@pytest.mark.parametrize(
    ("asked", "corrected"),
    [
        (_changed([1, 2], question="Is it opened or closed?"), True),  # a copy's own words
        (_changed(range(1, 19), option_a="Opened"), True),
        (_changed(range(1, 23), option_a="Opened"), False),
        (_changed([99, 100], question="Is it?"), False),  # not the pair that was corrected
        (_changed([279, 280], option_b="Shut"), False),
        (_changed([99, 100], answer="a"), False),
        (questions(150).sample(fraction=1, shuffle=True, seed=0), True),  # rows go by their index
        (questions(151), False),
    ],
)
def test_labels_are_corrected_where_the_questions_are_mmvps(as_mmvp, asked, corrected):
    assert ("mmvp_corrected" in label_sets(asked)) == corrected
