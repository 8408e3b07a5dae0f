"""The ledger: nothing asked twice, nothing lost, nothing stale, nothing private."""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import polars as pl
import pytest

from clipblind.contenders import ledger
from clipblind.contenders.ledger import ledger_path, open_ledger
from clipblind.contenders.protocol import Ask, Keep, Reply, Unanswered
from clipblind.contenders.run import ask_all
from clipblind.ground.errors import UserError
from clipblind.study.settings.contenders import Decoding

ASKS = [Ask(f"q/{n}", "ab", "", f"Question {n}?", Decoding(), None, "") for n in range(5)]


class Parrot:
    """A back-end that repeats what it is asked, and counts."""

    keep = Keep.AT_ONCE
    identity: ClassVar = {"kind": "openai", "name": "Org/parrot 1", "revision": "r1"}

    def __init__(self, fails=(), fault=None):
        self.asked, self.fails, self.fault = [], set(fails), fault

    def answer(self, asks):
        for ask in asks:
            self.asked.append(ask.question_id)
            if ask.question_id in self.fails:
                continue
            yield ask, Reply(f"{ask.text} Quite so.", tokens_in=3, tokens_out=2, cost_usd=0.25)
        if self.fault:
            raise self.fault


def lines_of(folder):
    return [json.loads(line) for line in ledger_path(folder, Parrot.identity).open()]


def test_what_was_answered_is_never_asked_again(tmp_path):
    first, second = Parrot(), Parrot()
    replies = ask_all(first, ASKS, tmp_path, "parrot")
    assert [reply.text for reply in replies] == [f"Question {n}? Quite so." for n in range(5)]
    assert ask_all(second, ASKS[::-1], tmp_path, "parrot") == replies[::-1]
    assert len(first.asked) == 5 and second.asked == []
    assert replies[0].cost_usd == 0.25


@pytest.mark.parametrize(
    "change",
    [
        {"image_sha256": "00"},
        {"text": "Question 0, perhaps?"},
        {"system": "Be brief."},
        {"decoding": Decoding(temperature=0.2)},
    ],
)
def test_another_image_prompt_or_decoding_asks_again(tmp_path, change):
    ask_all(Parrot(), ASKS, tmp_path, "parrot")
    parrot = Parrot()
    ask_all(parrot, [replace(ASKS[0], **change), *ASKS[1:]], tmp_path, "parrot")
    assert parrot.asked == ["q/0"]


def test_another_revision_asks_again_and_the_old_answers_stay(tmp_path):
    ask_all(Parrot(), ASKS, tmp_path, "parrot")
    newer = Parrot()
    newer.identity = {**Parrot.identity, "revision": "r2"}
    ask_all(newer, ASKS, tmp_path, "parrot")
    assert len(newer.asked) == 5 and len(lines_of(tmp_path)) == 10


def test_asks_that_are_alike_are_asked_once(tmp_path):
    parrot = Parrot()
    twins = [ASKS[0], replace(ASKS[0], question_id="q/twin")]
    first, second = ask_all(parrot, twins, tmp_path, "parrot")
    assert first.text == second.text and len(parrot.asked) == 1
    assert (first.tokens_out, first.cost_usd) == (2, 0.25)
    assert (second.tokens_in, second.tokens_out, second.cost_usd) == (None, None, None)


def test_a_key_stays_what_it_is_when_a_field_with_a_default_is_added():
    class Later(Decoding):
        repetition_penalty: float = 1.0

    identity = {"kind": "openai", "name": "m"}
    key = "796dc6241578b66ee1adf96e620b778b3efaf1b2e524345d20b1e8cf253c118a"
    assert ASKS[0].key(identity) == key
    assert replace(ASKS[0], decoding=Later()).key(identity) == key
    assert replace(ASKS[0], decoding=Later(repetition_penalty=1.2)).key(identity) != key


def test_a_line_that_is_written_in_pieces_is_whole(tmp_path, monkeypatch):
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, data: write(file, bytes(data)[:50]))
    ask_all(Parrot(), ASKS, tmp_path, "parrot")
    monkeypatch.undo()
    assert len(lines_of(tmp_path)) == 5


def test_a_disk_with_little_room_says_how_much_before_anything_is_asked(tmp_path, monkeypatch):
    room = shutil.disk_usage(tmp_path)._replace(free=3 << 20)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: room)
    parrot = Parrot()
    with pytest.raises(UserError, match=r"has 3\.0 MiB free, and 16 MiB are wanted"):
        ask_all(parrot, ASKS, tmp_path, "parrot")
    assert parrot.asked == []


def test_a_refusal_for_good_is_kept_as_one(tmp_path):
    class Prude(Parrot):
        def answer(self, asks):
            yield from ((ask, Reply("", fault="content filter")) for ask in asks)

    ask_all(Prude(), ASKS, tmp_path, "parrot")
    parrot = Parrot()
    assert ask_all(parrot, ASKS, tmp_path, "parrot")[0].fault == "content filter"
    assert parrot.asked == []


def test_a_run_that_got_too_little_says_how_much_it_kept_and_the_next_asks_the_rest(tmp_path):
    broken = Parrot(fails=["q/1", "q/3"], fault=Unanswered({"timed out": 2}))
    with pytest.raises(UserError) as caught:
        ask_all(broken, ASKS, tmp_path, "ask parrot")
    said = str(caught.value)
    assert said.startswith("ask parrot: 2 of 5 got no answer (timed out (2)); run again")
    assert f"3 of 5 answers are kept in {ledger_path(tmp_path, Parrot.identity)}" in said
    parrot = Parrot()
    ask_all(parrot, ASKS, tmp_path, "ask parrot")
    assert parrot.asked == ["q/1", "q/3"]


def test_a_mistake_in_the_middle_says_what_was_kept(tmp_path):
    with pytest.raises(UserError, match=r"^The key is wrong; 5 of 5 answers are kept in .*\.$"):
        ask_all(Parrot(fault=UserError("The key is wrong.")), ASKS, tmp_path, "parrot")
    nobody = Parrot(fails=[ask.question_id for ask in ASKS], fault=UserError("The key is wrong."))
    with pytest.raises(UserError, match=r"^The key is wrong\.$"):
        ask_all(nobody, ASKS, tmp_path / "other", "parrot")


def test_a_back_end_that_skips_some_without_a_word_is_found_out(tmp_path):
    with pytest.raises(UserError, match=r"1 of 5 got no answer \(no reply came\)"):
        ask_all(Parrot(fails=["q/2"]), ASKS, tmp_path, "parrot")


@pytest.mark.parametrize("cut", [1, 5, 60, 200])
def test_a_torn_last_line_costs_itself_alone(tmp_path, cut):
    replies = ask_all(Parrot(), ASKS, tmp_path, "parrot")
    path = ledger_path(tmp_path, Parrot.identity)
    path.write_bytes(path.read_bytes()[:-cut])
    for expected in (["q/4"] if cut > 1 else [], []):  # without its line's end it is whole yet
        parrot = Parrot()
        assert ask_all(parrot, ASKS, tmp_path, "parrot") == replies
        assert parrot.asked == expected


def test_lines_that_nobody_wrote_are_passed_over(tmp_path, capsys):
    ask_all(Parrot(), ASKS, tmp_path, "parrot")
    path = ledger_path(tmp_path, Parrot.identity)
    strange = b'\xff\xfe\n[1]\n"text"\n{"key": 3}\n{"key": "k", "answer": null, "fault": ""}\n\n{'
    path.write_bytes(strange + b"\n" + path.read_bytes())
    parrot = Parrot()
    ask_all(parrot, ASKS, tmp_path, "parrot")
    assert parrot.asked == [] and "6 damaged lines passed over" in capsys.readouterr().err


ODD = {
    "more digits than Python reads": lambda line: line.replace(b": 3", b": " + b"3" * 5000),
    "a lone surrogate": lambda line: line.replace(b"Quite", b"\\ud800"),
    "one in its fault": lambda line: line.replace(b'"fault": "', b'"fault": "\\udfff'),
    "deep nesting": lambda line: line.replace(b'"Question', b"[" * 100_000 + b'"Question'),
    "zeros in the middle": lambda line: line[:60] + b"\0" * 40 + line[60:],
    "half a line": lambda line: line[: len(line) // 2],
    "bytes of no text": lambda line: line.replace(b"Quite", b"\xff\xfe"),
    "an answer that is a list": lambda line: line.replace(b'"answer": "', b'"answer": [], "x": "'),
}
ODD_COUNTS = {
    "tokens as text": lambda line: line.replace(b'"tokens_in": 3', b'"tokens_in": "3"'),
    "too many tokens": lambda line: line.replace(b'"tokens_in": 3', b'"tokens_in": 1e30'),
    "a huge number": lambda line: line.replace(b'"tokens_out": 2', b'"tokens_out": 1' + b"0" * 90),
    "negative tokens": lambda line: line.replace(b'"tokens_in": 3', b'"tokens_in": -3'),
    "a truth value": lambda line: line.replace(b'"tokens_in": 3', b'"tokens_in": true'),
    "no number": lambda line: line.replace(b'"cost_usd": 0.25', b'"cost_usd": NaN'),
    "no end of cost": lambda line: line.replace(b'"cost_usd": 0.25', b'"cost_usd": Infinity'),
    "a huge cost": lambda line: line.replace(b'"cost_usd": 0.25', b'"cost_usd": 1' + b"0" * 400),
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_an_odd_line_ends_no_run_and_costs_itself_alone(tmp_path, capsys, odd):
    """Injected fault 35: every later run ended in a trace, here or where a table was written."""
    from clipblind.ground.tables.answers import REPLIES

    undisturbed = ask_all(Parrot(), ASKS, tmp_path, "parrot")
    path = ledger_path(tmp_path, Parrot.identity)
    lines = path.read_bytes().split(b"\n")
    lines[2] = odd(lines[2])
    path.write_bytes(b"\n".join(lines))
    for asked, said in ((["q/2"], "1 damaged line passed over; the others"), ([], "1 damaged")):
        parrot = Parrot()
        replies = ask_all(parrot, ASKS, tmp_path, "parrot")
        assert (replies, parrot.asked) == (undisturbed, asked)
        assert capsys.readouterr().err.count(said) == 1
    names = ("answer", "fault", "tokens_in", "tokens_out", "cost_usd")
    rows = [
        {"question_id": ask.question_id, "order": "ab"}
        | dict(zip(names, vars(reply).values(), strict=True))
        for ask, reply in zip(ASKS, replies, strict=True)
    ]
    REPLIES.write(pl.DataFrame(rows, schema=dict(REPLIES.columns)), tmp_path / "replies.parquet")


@pytest.mark.parametrize("odd", ODD_COUNTS.values(), ids=ODD_COUNTS)
def test_an_answer_beside_odd_counts_is_kept_and_they_are_unknown(tmp_path, odd):
    undisturbed = ask_all(Parrot(), ASKS, tmp_path, "parrot")
    path = ledger_path(tmp_path, Parrot.identity)
    lines = path.read_bytes().split(b"\n")
    lines[2] = odd(lines[2])
    path.write_bytes(b"\n".join(lines))
    parrot = Parrot()
    replies = ask_all(parrot, ASKS, tmp_path, "parrot")
    assert parrot.asked == [] and [r.text for r in replies] == [r.text for r in undisturbed]
    assert None in (replies[2].tokens_in, replies[2].tokens_out, replies[2].cost_usd)


def test_what_stands_after_half_a_line_or_zeros_is_found(tmp_path, capsys):
    ask_all(Parrot(), ASKS, tmp_path, "parrot")
    path = ledger_path(tmp_path, Parrot.identity)
    first, second, *others = path.read_bytes().split(b"\n")
    path.write_bytes(
        first[:90] + first + b"\n" + b"\0" * 512 + second + b"\r\n" + b"\n".join(others)
    )
    parrot = Parrot()
    ask_all(parrot, ASKS, tmp_path, "parrot")
    assert parrot.asked == [] and "1 damaged line passed" in capsys.readouterr().err


@pytest.mark.parametrize("count", [1e30, "3", -1, float("nan"), 10**30, True])
def test_what_is_written_can_be_read_again_whatever_a_back_end_counts(tmp_path, capsys, count):
    class Odd(Parrot):
        def answer(self, asks):
            yield from ((ask, Reply("a\ud800", "", count, count, count)) for ask in asks)

    kept = ask_all(Odd(), ASKS[:1], tmp_path, "parrot")
    parrot = Parrot()
    assert ask_all(parrot, ASKS[:1], tmp_path, "parrot") == kept and parrot.asked == []
    assert kept[0].text == "a?" and kept[0].tokens_in is None
    assert "damaged" not in capsys.readouterr().err


def test_of_two_answers_under_one_key_the_first_stays(tmp_path):
    ask_all(Parrot(), ASKS[:1], tmp_path, "parrot")
    path = ledger_path(tmp_path, Parrot.identity)
    path.write_text(path.read_text() + path.read_text().replace("Quite so", "Not at all"))
    assert ask_all(Parrot(), ASKS[:1], tmp_path, "parrot")[0].text.endswith("Quite so.")


def test_a_second_run_says_that_it_waits_and_finds_what_the_first_asked(tmp_path, capsys):
    asked, may_go_on = threading.Event(), threading.Event()

    class Slow(Parrot):
        def answer(self, asks):
            asked.set()
            assert may_go_on.wait(60)
            yield from super().answer(asks)

    first, second = Slow(), Parrot()
    runs = [
        threading.Thread(target=ask_all, args=(who, ASKS, tmp_path, "parrot"))
        for who in (first, second)
    ]
    runs[0].start()
    assert asked.wait(60)
    runs[1].start()
    said = ""
    while "this one waits for it to end" not in said and runs[1].is_alive():
        said += capsys.readouterr().err
    may_go_on.set()
    for run in runs:
        run.join(60)
    assert len(said.splitlines()) == 1 and second.asked == []
    assert len(lines_of(tmp_path)) == 5


def test_a_hundred_thousand_answers_are_read_and_added_to(tmp_path):
    path = ledger_path(tmp_path, Parrot.identity)
    ask_all(Parrot(), ASKS[:1], tmp_path, "parrot")
    line = json.loads(path.read_text())
    with path.open("a") as file:
        file.writelines(
            json.dumps({**line, "key": f"{n:064x}", "answer": f"answer {n}"}) + "\n"
            for n in range(100_000)
        )
    ask_all(Parrot(), ASKS, tmp_path, "parrot")
    with open_ledger(tmp_path, Parrot.identity) as book:
        assert book[f"{99_999:064x}"].text == "answer 99999" and not book.damaged
        assert all(ask.key(Parrot.identity) in book for ask in ASKS)


def test_text_that_no_file_could_hold_is_kept_all_the_same(tmp_path):
    class Odd(Parrot):
        def answer(self, asks):
            yield from ((ask, Reply("a\ud800b\x00\u2028\n\"c'", fault="\udfff")) for ask in asks)

    kept = ask_all(Odd(), ASKS[:1], tmp_path, "parrot")
    assert kept == ask_all(Parrot(), ASKS[:1], tmp_path, "parrot")
    assert kept[0].text == "a?b\x00\u2028\n\"c'" and kept[0].fault == "?"


@pytest.mark.parametrize("place", ["/proc/ledger", "file"])
def test_a_folder_that_cannot_be_written_to_is_one_sentence_before_anything_is_asked(
    tmp_path, place
):
    (tmp_path / "file").write_text("")
    parrot = Parrot()
    with pytest.raises(UserError, match=r"Answers can't be kept in .*: make room or give leave"):
        ask_all(parrot, ASKS, tmp_path / place, "parrot")
    assert parrot.asked == []


class Local(Parrot):
    """One on this machine, whose answers cost nothing."""

    keep = Keep.SOON


@pytest.fixture
def syncs(monkeypatch):
    """Counts waits for the disk, in a time that stands still."""
    counted = []
    monkeypatch.setattr(ledger.os, "fsync", counted.append)
    monkeypatch.setattr(ledger.time, "monotonic", lambda: 100.0)
    return counted


@pytest.mark.parametrize(("parrot", "waits"), [(Parrot(), 5), (Local(), 2)])
def test_only_what_may_be_paid_for_waits_for_the_disk_each_time(tmp_path, syncs, parrot, waits):
    ask_all(parrot, ASKS, tmp_path, "parrot")
    assert len(syncs) == waits  # of cheap ones: the first, and all others at the end
    assert len(lines_of(tmp_path)) == 5


def test_cheap_answers_are_written_at_once_all_the_same(tmp_path, syncs):
    class Watched(Local):
        def answer(self, asks):
            for number, each in enumerate(super().answer(asks)):
                assert len(lines_of(tmp_path)) == number
                yield each

    ask_all(Watched(), ASKS, tmp_path, "parrot")


KILLED = """
import os, signal, sys
sys.path.insert(0, {root!r})
from pathlib import Path
from tests.contenders.test_ledger import ASKS, Local
from clipblind.contenders.run import ask_all
class Killed(Local):
    def answer(self, asks):
        yield from super().answer(asks[:3])
        os.kill(os.getpid(), signal.SIGKILL)
ask_all(Killed(), ASKS, Path({folder!r}), "parrot")
"""


def test_a_kill_loses_nothing_that_was_written(tmp_path):
    program = KILLED.format(root=str(Path(__file__).parents[2]), folder=str(tmp_path))
    assert subprocess.run([sys.executable, "-c", program], capture_output=True).returncode == -9
    parrot = Local()
    ask_all(parrot, ASKS, tmp_path, "parrot")
    assert parrot.asked == ["q/3", "q/4"]


def test_a_disk_that_fails_at_the_end_is_one_sentence(tmp_path, monkeypatch):
    def failing(_):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(ledger.os, "fsync", failing)
    monkeypatch.setattr(ledger.time, "monotonic", lambda: -1.0)  # no wait is due before the end
    with pytest.raises(UserError, match=r"can't be kept in .* \(input/output error\)"):
        ask_all(Local(), ASKS, tmp_path, "parrot")
    assert len(lines_of(tmp_path)) == 5


FULL = """
import resource, sys
sys.path.insert(0, {root!r})
from pathlib import Path
from tests.contenders.test_ledger import ASKS, Parrot
from clipblind.contenders.run import ask_all
from clipblind.ground.errors import UserError
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))  # bytes that a file may have
parrot = Parrot()
try:
    ask_all(parrot, ASKS, Path({folder!r}), "parrot")
except UserError as error:
    sys.exit(f"{{error}}|{{len(parrot.asked)}}")
"""


def test_a_disk_that_fills_up_stops_the_asking_and_spares_what_was_kept(tmp_path):
    root = str(Path(__file__).parents[2])
    program = FULL.format(root=root, folder=str(tmp_path))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    sentence, asked = done.stderr.strip().splitlines()[-1].split("|")
    assert "can't be kept in" in sentence and "what was kept before is safe" in sentence
    whole = ledger_path(tmp_path, Parrot.identity).read_bytes().count(b"\n")
    assert int(asked) == whole + 1 < 5
    parrot = Parrot()
    ask_all(parrot, ASKS, tmp_path, "parrot")
    assert len(parrot.asked) == 5 - whole


def test_a_line_holds_what_a_reader_needs_and_nothing_private(tmp_path, monkeypatch):
    monkeypatch.setenv("PARROT_KEY", "sk-very-secret")
    parrot = Parrot()
    parrot.identity = {**Parrot.identity, "base_url": "https://u:pw@host/v1"}
    ask = replace(ASKS[0], image=lambda: b"", image_sha256="ab" * 32)
    ask_all(parrot, [ask], tmp_path, "parrot", wording="official", version="1")
    text = ledger_path(tmp_path, parrot.identity).read_text()
    line = json.loads(text)
    assert set(line) == {
        *("key", "question_id", "order", "answer", "fault", "tokens_in", "tokens_out"),
        *("cost_usd", "model", "image_sha256", "prompt", "at"),
    }
    assert line["model"] == {"kind": "openai", "name": "Org/parrot 1", "revision": "r1"}
    assert line["prompt"] == {"name": "official", "version": "1"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", line["at"])
    for private in ("sk-very-secret", "u:pw", "Authorization", "Bearer", str(Path.home())):
        assert private not in text


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("llava-hf/llava-1.5-7b-hf", "openai-llava-hf-llava-1.5-7b-hf.jsonl"),
        ("../../etc/passwd", "openai-etc-passwd.jsonl"),
        ("Größe " * 40, None),
    ],
)
def test_a_model_s_file_is_named_safely_by_its_name(tmp_path, name, file):
    path = ledger_path(tmp_path, {"kind": "openai", "name": name})
    assert path.parent == tmp_path and len(path.name) < 100
    assert file in (None, path.name)
