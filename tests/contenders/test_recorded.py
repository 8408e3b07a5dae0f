"""Answers that others took, and baselines: looked up by question, every mistake one sentence."""

from collections import Counter
from dataclasses import replace

import pytest

from clipblind.contenders.backends import load
from clipblind.contenders.protocol import NOT_RECORDED, Ask
from clipblind.contenders.run import ask_all
from clipblind.ground.errors import UserError
from clipblind.study.settings.contenders import Baseline, Decoding, Recorded

SETTINGS = Recorded(kind="recorded", answers="bard.csv", source="typed in by hand")
IDS = [f"mmvp/{index:03}" for index in range(1, 5)]


def asks(ids=IDS, orders=("ab",)):
    # without images the two questions of a pair are alike in all but their ids
    return [Ask(id_, order, "", "Left or right?", Decoding()) for id_ in ids for order in orders]


def recorded(tmp_path, text):
    path = tmp_path / "bard.csv"
    path.write_text(text, encoding="utf-8")
    replies = ask_all(load("bard", SETTINGS, path), asks(), tmp_path / "ledger", "bard")
    return {ask.question_id: reply for ask, reply in zip(asks(), replies, strict=True)}


@pytest.mark.parametrize(
    "text",
    [
        "question_id,answer\n3,c\n1,a\n4,d\n2,b\n",
        "question_id,answer\n003,c\n1,a\n4,d\n002,b\n",
        # faults 30: what `clipblind score` takes
        "Index,answer\n3,c\n1,a\n4,d\n2,b\n",
        "question_id\tanswer\n3\tc\n1\ta\n4\td\n2\tb\n",
        "".join(f'{{"question_id": {i}, "answer": "{a}"}}\n' for i, a in enumerate("abcd", 1)),
        "".join(
            f'{{"doc_id": {i}, "target": "A", "filtered_resps": ["{a}"]}}\n'
            for i, a in enumerate("abcd")
        ),
        "question_id,prompt,answer,response\n"
        "1,Left or right?,(d),a\n2,Left or right?,(d),b\n3,,,c\n4,,,d\n",
        "Answer , Question_ID,who\r\nc,mmvp/003,me\r\na,1,me\r\n\r\nd,4,me\r\nb,mmvp/002,me\r\n",
        '\ufeffquestion_id,answer\n"1","a"\n"2",b\n"3",c\n"4",d\n',
    ],
)
def test_answers_are_found_by_our_ids_or_by_bare_numbers_in_any_order(tmp_path, text):
    replies = recorded(tmp_path, text)
    assert [replies[id_].text for id_ in IDS] == ["a", "b", "c", "d"]
    assert not (tmp_path / "ledger").exists()


def test_answers_are_kept_as_they_were_said(tmp_path):
    said = 'Hm, "left".\n\nOr not?'
    replies = recorded(tmp_path, f'question_id,answer\n1,"{said.replace(chr(34), chr(34) * 2)}"\n'
                       "2,b\n3,c\n4, (a) \n")  # fmt: skip
    assert replies["mmvp/001"].text == said and replies["mmvp/004"].text == " (a) "


def test_an_empty_answer_is_none_and_says_so(tmp_path):
    replies = recorded(tmp_path, "question_id,answer\n1,a\n2,\n3,  \n4,d\n")
    assert {i: r.fault for i, r in replies.items()} == {
        "mmvp/001": "",
        "mmvp/002": "no answer was recorded",
        "mmvp/003": "no answer was recorded",
        "mmvp/004": "",
    }


def test_questions_without_a_row_were_never_put_to_them(tmp_path, capsys):
    # faults 31: parts of a benchmark
    replies = recorded(tmp_path, "question_id,answer\n1,a\n4,d\n")
    assert [replies[id_].fault for id_ in IDS] == ["", NOT_RECORDED, NOT_RECORDED, ""]
    assert "answers 2 of 4 questions; 2 are missing (mmvp/002, mmvp/003)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", r"bard\.csv is empty"),
        ("number,answer\n1,a\n", r"no column 'question_id' \(its columns: number, answer\)"),
        ("question_id,answer\n", "has a header but no rows"),
        ("question_id,answer\n1,a\n2,b\n3,c\n4,d\n5,e\n", "answers 5, which the benchmark has no"),
        ("question_id,answer\n1,a\n2,b\n3,c\n4,d\nmmvp/1,e\n", "answers mmvp/1, which the bench"),
        ("question_id,answer\n1,a\n2,b\n3,c\n4,d\n1,a\n", "answers mmvp/001 more than once; keep"),
        ("question_id,answer\n1,a\n2,b\n3,c\n4,d\nmmvp/001,e\n", "mmvp/001 more than once"),
        ("question_id,answer\n1,Yes, it is\n", r"line 2, has 3 cells where its header has 2"),
        ("question_id,answer\n1\n", r"line 2, has 1 cells where its header has 2"),
        ('question_id,answer\n1,"a\n', r"is no CSV \("),
    ],
)
def test_a_wrong_file_is_one_sentence(tmp_path, text, sentence):
    with pytest.raises(UserError, match=sentence) as caught:
        recorded(tmp_path, text)
    assert "\n" not in str(caught.value) and "bard.csv" in str(caught.value)


def test_a_missing_file_and_one_in_another_encoding_are_one_sentence_each(tmp_path):
    with pytest.raises(UserError, match=r"nowhere\.csv is missing; name"):
        load("bard", SETTINGS, tmp_path / "nowhere.csv")
    (tmp_path / "latin.csv").write_bytes("question_id,answer\n1,Größe\n".encode("latin-1"))
    with pytest.raises(UserError, match="is not UTF-8"):
        load("bard", SETTINGS, tmp_path / "latin.csv")


def test_recorded_answers_do_not_stand_for_exchanged_options(tmp_path):
    (tmp_path / "bard.csv").write_text("question_id,answer\n1,a\n2,b\n3,c\n4,d\n")
    backend = load("bard", SETTINGS, tmp_path / "bard.csv")
    with pytest.raises(UserError, match="published order of options; set orders: published"):
        ask_all(backend, asks(orders=("ab", "ba")), tmp_path, "bard")


def test_where_numbers_repeat_only_whole_ids_are_known(tmp_path):
    pairs = ["mined-1/1", "mined-1/2", "mined-2/1", "mined-2/2"]
    path = tmp_path / "people.csv"
    path.write_text("question_id,answer\n" + "".join(f"{id_},{id_}\n" for id_ in pairs))
    replies = ask_all(load("people", SETTINGS, path), asks(pairs), tmp_path, "people")
    assert [reply.text for reply in replies] == pairs
    path.write_text("question_id,answer\n1,a\n")
    with pytest.raises(UserError, match=r"answers 1, which .* its ids are like mined-1/1"):
        ask_all(load("people", SETTINGS, path), asks(pairs), tmp_path, "people")


def test_other_answers_are_another_revision(tmp_path):
    path = tmp_path / "bard.csv"
    revisions = set()
    for answer in "ab":
        path.write_text(f"question_id,answer\n1,{answer}\n")
        revisions.add(load("bard", SETTINGS, path).identity["revision"])
    assert len(revisions) == 2


def test_baselines_answer_each_question_for_itself_and_keep_nothing(tmp_path):
    many = [f"q/{n}" for n in range(400)]
    constant = load("constant", Baseline(kind="constant"))
    said = ask_all(constant, asks(many), tmp_path, "constant")
    assert {reply.text for reply in said} == {"(a)"}
    coins = {
        seed: [r.text for r in ask_all(load("r", Baseline(kind="random"), None, seed),
                                       asks(many), tmp_path, "r")]
        for seed in (0, 1)
    }  # fmt: skip
    assert coins[0] != coins[1] and 150 < Counter(coins[0])["(a)"] < 250
    backwards = ask_all(load("r", Baseline(kind="random")), asks(many)[::-1], tmp_path, "r")
    assert [reply.text for reply in backwards[::-1]] == coins[0]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("seed", "order", "coins"),
    [(0, "ab", "aaaaaabababababa"), (3, "ab", "aabbaaaabaabaaaa"), (3, "ba", "abaabaaaabbababb")],
)
def test_the_coins_of_a_seed_fall_as_they_always_did(seed, order, coins):
    asked = [replace(ask, order=order) for ask in asks([f"mined/{n}" for n in range(16)])]
    said = load("random", Baseline(kind="random"), None, seed).answer(asked)
    assert [reply.text for _, reply in said] == [f"({coin})" for coin in coins]
