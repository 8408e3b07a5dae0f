"""Visual patterns: from people's files, a judge's votes or truth; and how they are found."""

import json
from math import isnan

import polars as pl
import pytest
from typer.testing import CliRunner

from clipblind.commands.patterns import app
from clipblind.contenders.protocol import Reply
from clipblind.contenders.run import ask_all
from clipblind.grading.choices import choose
from clipblind.grading.verdicts import grade
from clipblind.ground.errors import UserError
from clipblind.ground.patterns import NINE, PATTERNS, pattern_named
from clipblind.ground.tables.benchmark import PAIR_PATTERNS, QUESTIONS
from clipblind.patterns.discovery import PROMPT, discover, discovery_ask, read_patterns
from clipblind.patterns.person import from_truth, with_patterns, without_patterns
from clipblind.patterns.person import read_patterns as read_person
from clipblind.patterns.votes import PAPER_NAMES, pattern_ask, read_vote, vote

from ..grading.asked import Scripted, questions, replies


def _asking(say, tmp_path):
    backend = Scripted(say)
    return (lambda asks: ask_all(backend, asks, tmp_path / "ledger", "vote")), backend


def _by_pair(table):
    return dict(table.select("pair_id", "pattern").iter_rows())


@pytest.mark.parametrize("number", range(9))
def test_a_pattern_has_one_name_here_and_many_elsewhere(number):
    pattern = PATTERNS[number]
    code = ("od", "pf", "sc", "qc", "pr", "ca", "sh", "tx", "vp")[number]
    called = (pattern.name, pattern.paper, pattern.column, pattern.type, code)
    assert {pattern_named(f" {name.upper()} ") for name in called} == {pattern.name}


def test_what_is_no_pattern_has_no_name():
    assert [pattern_named(text) for text in ("", "shape", "o", "colour blindness")] == [None] * 4


def test_a_number_is_of_a_pair_under_pair_id_and_of_a_question_under_index(tmp_path):
    path, asked = tmp_path / "p.csv", questions(2)
    first, second = asked["pair_id"].unique().sort()
    path.write_text("pair_id,pattern\n1,text\n2,colour\n")
    assert _by_pair(read_person(path, asked)) == {first: "text", second: "colour"}
    path.write_text("Index,pattern\n2,text\n3,colour\n")
    assert _by_pair(read_person(path, asked)) == {first: "text", second: "colour"}


@pytest.mark.parametrize("header", ["pair_id,pattern", "Index,category", "question_id,type"])
def test_a_persons_file_may_name_pairs_or_any_of_their_questions(tmp_path, header):
    first = {"pair_id": "mmvp/001-002", "Index": "2", "question_id": "mmvp/001"}
    path = tmp_path / "patterns.csv"
    path.write_text(f"{header}\n{first[header.partition(',')[0]]},Color and Appearance\n")
    table = read_person(path, questions(2))
    assert table.rows() == [
        ("mmvp/001-002", "colour", 1, 1.0, "person"),
        ("mmvp/003-004", "", 0, 0.0, ""),
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Index,pattern\n9,text\n", "row 1: '9' is no pair or question"),
        ("Index,pattern\n1,shape\n", "row 1: 'shape' is no visual pattern; there are orientation"),
        ("Index,pattern\n1,text\n2,state\n", "mmvp/001-002 both text and state"),
        ("Index\n1\n", "no column 'pattern'"),
    ],
)
def test_a_persons_file_that_is_wrong_is_one_sentence(tmp_path, text, sentence):
    path = tmp_path / "patterns.csv"
    path.write_text(text)
    with pytest.raises(UserError, match=sentence):
        read_person(path, questions(2))


def test_patterns_flow_into_the_verdicts(tmp_path):
    path = tmp_path / "patterns.csv"
    path.write_text("Index,pattern\n1,sc\n")
    asked = with_patterns(questions(2), read_person(path, questions(2)))
    graded = grade(asked, choose(asked, replies(("mmvp/001", "ab", "(a)"))))
    assert graded["pattern"].to_list() == ["state", "state", "", ""]
    strange = read_person(path, questions(2)).with_columns(pair_id=pl.lit("other"))
    with pytest.raises(UserError, match="other, which is no pair"):
        with_patterns(questions(2), strange)


def test_truth_is_what_the_questions_carry_and_mmvps_carry_none():
    made = questions().with_columns(pattern=pl.lit("colour"))
    assert from_truth(made).rows() == [("mmvp/001-002", "colour", 1, 1.0, "truth")]
    assert without_patterns(made).is_empty()
    assert from_truth(questions()).is_empty() and without_patterns(questions()).equals(questions())


def test_a_judge_is_shown_the_papers_nine_and_no_answer():
    ask = pattern_ask(questions().row(0, named=True), 3, PAPER_NAMES)
    assert ask.text == (
        "Visual patterns:\n"
        "1. Orientation and Direction\n2. Presence of Specific Features\n3. State and Condition\n"
        "4. Quantity and Count\n5. Positional and Relational Context\n6. Color and Appearance\n"
        "7. Structural and Physical Characteristics\n8. Text\n9. Viewpoint and Perspective\n\n"
        "Question: Is the door open or closed? (a) Open (b) Closed\n"
        "Which pattern is it about? Reply with its number."
    )
    assert ask.decoding.seed == 3
    assert ask.decoding.temperature > 0
    assert ask.image is None


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("3", "state"),
        ("3.", "state"),
        ("(3)", "state"),
        ("3. State and Condition", "state"),
        ("State and Condition", "state"),
        ("text.", "text"),
        ("0", ""),
        ("10", ""),
        ("3 or 4", ""),
        ("I think 3", ""),
        ("", ""),
    ],
)
def test_a_vote_is_a_number_or_a_name_and_nothing_else(said, read):
    assert read_vote(Reply(said), PAPER_NAMES) == read


def test_votes_need_enough_agreement_and_no_tie(tmp_path):
    ballots = {1: "33334", 2: "33445", 3: "3 or 4|3|3|no|3"}

    def say(ask):
        pair = int(ask.question_id[-1]) // 2 + 1
        ballot = ballots[pair].split("|") if "|" in ballots[pair] else list(ballots[pair])
        return ballot[ask.decoding.seed]

    asking, backend = _asking(say, tmp_path)
    distinct = questions(3).with_columns(
        question=pl.format("{} ({})", "question", pl.col("pair_id"))
    )
    voted = vote(distinct, 5, 0.6, asking)
    assert len(backend.asked) == 15
    assert voted.patterns.rows() == [
        ("mmvp/001-002", "state", 5, 0.8, "judge"),
        ("mmvp/003-004", "", 5, 0.4, ""),
        ("mmvp/005-006", "state", 3, 0.6, "judge"),
    ]
    assert (voted.unusable, voted.cast) == (2, 15)
    assert -1 < voted.kappa < 1


def test_a_second_vote_asks_nothing_and_one_vote_has_no_kappa(tmp_path):
    asking, _ = _asking(lambda ask: "8", tmp_path)
    first = vote(questions(), 1, 0.5, asking)
    again, idle = _asking(lambda ask: "1", tmp_path)
    assert vote(questions(), 1, 0.5, again).patterns.equals(first.patterns)
    assert not idle.asked
    assert isnan(first.kappa)
    assert _by_pair(first.patterns) == {"mmvp/001-002": "text"}


def test_discovery_asks_the_papers_question_over_all_questions_once_each():
    ask = discovery_ask(questions(2))
    assert ask.text.startswith(PROMPT)
    assert ask.text.count("Is the door open or closed? (a) Open (b) Closed") == 2
    assert "mmvp" not in ask.text


@pytest.mark.parametrize(
    "said",
    [
        "Some patterns:\n1. **Orientation**: which way.\n2. **Count**: how many.\n   - e.g. two\n",
        "1) Orientation: which way\n2) Count\n",
        "- Orientation: which way\n- Count: how many",
        "### 1. Orientation\nIt faces left.\n### 2. Count\nThere are two.",
    ],
)
def test_lists_of_patterns_are_read_as_models_write_them(said):
    assert read_patterns(said) == ["Orientation", "Count"]


def test_discovered_patterns_can_be_voted_on(tmp_path):
    asking, _ = _asking(lambda ask: "1. Doors: open or not\n2. Cats: in or out", tmp_path)
    names, said = discover(questions(2), asking)
    assert names == ["Doors", "Cats"]
    assert said.startswith("1. Doors")
    voting, _ = _asking(lambda ask: "1", tmp_path)
    assert set(_by_pair(vote(questions(), 3, 0.5, voting, names).patterns).values()) == {"Doors"}


def test_a_judge_that_lists_nothing_is_one_sentence(tmp_path):
    asking, _ = _asking(lambda ask: "I can't help with that.", tmp_path)
    with pytest.raises(UserError, match="lists no patterns \\(it said: I can't help"):
        discover(questions(), asking)


@pytest.mark.parametrize("verb", ["assign", "discover"])
def test_who_votes_takes_a_gpu_of_its_own_before_anything_is_loaded(tmp_path, monkeypatch, verb):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3")
    QUESTIONS.write(questions(), tmp_path / "questions.parquet")
    by = {"kind": "transformers", "source": "nobody/votes"}
    cfg = json.dumps({"patterns": {"votes": 3, "by": by}})
    places = ["--questions", str(tmp_path / "questions.parquet"), "--out", str(tmp_path / "out")]
    given = [
        verb,
        "--cfg",
        cfg,
        *places,
        "--devices",
        str(tmp_path),
        "--folder",
        str(tmp_path / "no"),
    ]
    done = CliRunner().invoke(app, given)
    assert isinstance(done.exception, UserError) and "isn't at" in str(done.exception)
    assert (tmp_path / "gpu-3.lock").exists()


def test_a_file_fills_what_the_truth_leaves_open(tmp_path):
    rendered = questions().with_columns(
        question_id="twins-" + pl.col("question_id"),
        pair_id=pl.lit("twins-0"),
        benchmark=pl.lit("twins"),
        pattern=pl.lit("colour"),
    )
    QUESTIONS.write(pl.concat([rendered, questions(2)]), tmp_path / "questions.parquet")
    (tmp_path / "p.csv").write_text("Index,pattern\n1,text\n")
    given = ["--questions", tmp_path / "questions.parquet", "--out", tmp_path / "patterns.csv"]
    given += ["--cfg", json.dumps({"patterns": {}})]
    refused = CliRunner().invoke(app, ["assign", *map(str, given)])
    assert "questions of mmvp don't tell their patterns" in str(refused.exception)
    done = CliRunner().invoke(app, ["assign", *map(str, given), "--file", str(tmp_path / "p.csv")])
    assert "2 of 3 pairs have a pattern" in done.output
    table = PAIR_PATTERNS.read(tmp_path / "patterns.csv").with_columns(pl.col("by").fill_null(""))
    assert table.select("pair_id", "by").rows() == [
        ("mmvp/001-002", "person"),
        ("mmvp/003-004", ""),
        ("twins-0", "truth"),
    ]


def test_there_are_nine():
    assert len(NINE) == len(set(NINE)) == 9
