"""The chapter `answers`, verb by verb, as rules call it: a served judge, real files."""

import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import polars as pl
import pytest

from clipblind.ground.tables.answers import CHOICES, COSTS, JUDGED, REPLIES, VERDICTS
from clipblind.ground.tables.benchmark import PAIR_PATTERNS, QUESTIONS
from clipblind.ground.tables.scores import CALIBRATION, CONSISTENCY

from .asked import questions, replies


def _clipblind(*args, status=0):
    code = "import sys; from clipblind.cli import app; sys.argv[0] = 'clipblind'; app()"
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, args)], capture_output=True, text=True
    )
    assert done.returncode == status, done.stderr
    return done


@pytest.fixture
def folder(tmp_path):
    """Two pairs, answered by x: clearly, vaguely, by a fault, and once unread by everybody."""
    QUESTIONS.write(questions(2), tmp_path / "questions.parquet")
    said = replies(
        ("mmvp/001", "ab", "(a)"),
        ("mmvp/002", "ab", "Nothing keeps the cat in."),
        ("mmvp/003", "ab", "!refused by a filter"),
        ("mmvp/004", "ab", "Hm."),
    )
    REPLIES.write(said, tmp_path / "answers" / "x.parquet")
    return tmp_path


def _judge(folder, **settings):
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Rambling)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/v1"
    by = {"kind": "openai", "model": "m", "base_url": url}
    cfg = json.dumps({"judge": {"by": by, **settings}})
    _clipblind(
        *("answers", "judge", "--cfg", cfg, "--questions", folder / "questions.parquet"),
        *("--replies", folder / "answers/x.parquet", "--ledger", folder / "ledger"),
        *("--out", folder / "judged/x.parquet"),
    )
    server.shutdown()
    server.server_close()
    return JUDGED.read(folder / "judged/x.parquet")


def test_judge_then_grade_gives_verdicts_that_say_who_decided(folder):
    judged = _judge(folder)
    assert judged["question_id"].to_list() == ["mmvp/002", "mmvp/004"]
    patterns = pl.DataFrame(
        [("mmvp/001-002", "state", 1, 1.0, "person")],
        schema=dict(PAIR_PATTERNS.columns),
        orient="row",
    )
    PAIR_PATTERNS.write(patterns, folder / "patterns.csv")
    _clipblind(
        *("answers", "grade", "--questions", folder / "questions.parquet"),
        *("--replies", folder / "answers/x.parquet", "--judged", folder / "judged/x.parquet"),
        *("--patterns", folder / "patterns.csv", "--choices", folder / "choices/x.parquet"),
        *("--out", folder / "verdicts/x.parquet"),
    )
    chosen = CHOICES.read(folder / "choices/x.parquet")
    assert chosen.select("choice", "by").rows() == [
        ("a", "parser"),
        ("b", "judge"),
        (None, ""),
        (None, ""),
    ]
    graded = VERDICTS.read(folder / "verdicts/x.parquet")
    assert graded.select("pattern", "verdict", "reason").rows() == [
        ("state", "correct", ""),
        ("state", "correct", ""),
        ("", "unscored", "refused by a filter"),
        ("", "unscored", "names neither option; the judge said 'I would say b'"),
    ]


def test_grading_needs_no_judge(folder):
    _clipblind(
        *("answers", "grade", "--questions", folder / "questions.parquet"),
        *("--replies", folder / "answers/x.parquet", "--choices", folder / "choices/x.parquet"),
        *("--out", folder / "verdicts/x.parquet"),
    )
    verdicts = VERDICTS.read(folder / "verdicts/x.parquet")["verdict"].to_list()
    assert verdicts == ["correct", "unscored", "unscored", "unscored"]


def test_a_judge_that_has_nothing_to_decide_is_never_loaded(folder):
    REPLIES.write(replies(("mmvp/001", "ab", "(a)")), folder / "answers" / "x.parquet")
    assert _judge(folder).is_empty() and not (folder / "ledger").exists()


def test_calibration_consistency_and_costs_are_tables_over_contenders(folder):
    _judge(folder)
    (folder / "people.csv").write_text(
        "question_id,contender,choice\nmmvp/001,x,a\nmmvp/002,x,b\nmmvp/004,x,neither\n"
    )
    _clipblind(
        *("answers", "calibrate", "--questions", folder / "questions.parquet"),
        *("--replies", folder / "answers/x.parquet", "--judged", folder / "judged/x.parquet"),
        *("--people", folder / "people.csv", "--out", folder / "calibration.csv"),
    )
    calibration = CALIBRATION.read(folder / "calibration.csv")
    found = calibration.select("first", "second", "answers", "both_decided", "agree").rows()
    assert ("judge", "people", 2, 1, 1) in found
    _clipblind(
        *("answers", "grade", "--questions", folder / "questions.parquet"),
        *("--replies", folder / "answers/x.parquet", "--choices", folder / "choices/x.parquet"),
        *("--out", folder / "verdicts/x.parquet"),
    )
    _clipblind(
        *("answers", "consistency", "--choices", folder / "choices/x.parquet"),
        *("--out", folder / "consistency.csv"),
    )
    assert CONSISTENCY.read(folder / "consistency.csv").is_empty()
    _clipblind(
        *("answers", "costs", "--replies", folder / "answers/x.parquet"),
        *("--out", folder / "costs.csv"),
    )
    (row,) = COSTS.read(folder / "costs.csv").to_dicts()
    assert (row["asks"], row["faults"], row["cost_usd"]) == (4, 1, None)


def test_patterns_are_assigned_from_a_file_or_refused_in_one_sentence(folder):
    cfg = json.dumps({"patterns": {}})
    (folder / "p.csv").write_text("Index,pattern\n1,sc\n3,tx\n")
    arguments = ("patterns", "assign", "--cfg", cfg, "--questions", folder / "questions.parquet")
    done = _clipblind(*arguments, "--file", folder / "p.csv", "--out", folder / "patterns.csv")
    assert "2 of 2 pairs have a pattern" in done.stdout
    assert PAIR_PATTERNS.read(folder / "patterns.csv")["pattern"].to_list() == ["state", "text"]
    refused = _clipblind(*arguments, "--out", folder / "patterns.csv", status=1)
    assert "don't tell their patterns" in refused.stderr


def test_discovery_without_a_judge_is_one_sentence(folder):
    refused = _clipblind(
        *("patterns", "discover", "--cfg", json.dumps({"patterns": {}})),
        *("--questions", folder / "questions.parquet", "--out", folder / "d.json"),
        status=1,
    )
    assert "set patterns.by to a back-end" in refused.stderr


class _Judge(BaseHTTPRequestHandler):
    """An endpoint that finds (b) in everything and says no to the paper's question."""

    asked: ClassVar[list[dict[str, Any]]] = []

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append(asked)
        papers = "yes or no" in json.dumps(asked["messages"])
        message = {"role": "assistant", "content": "No" if papers else self.finds(asked)}
        body = {
            "id": "1", "object": "chat.completion", "created": 0, "model": "m",
            "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
            "usage": {"prompt_tokens": 9, "completion_tokens": 1, "total_tokens": 10},
        }  # fmt: skip
        said = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def finds(self, asked):
        return "b"

    def log_message(self, *args):
        """Say nothing."""


class _Rambling(_Judge):
    """The same, which says more than it is asked where the answer was a hum."""

    asked: ClassVar[list[dict[str, Any]]] = []

    def finds(self, asked):
        return "I would say b" if "<answer>Hm." in json.dumps(asked) else "b"


def test_a_served_judge_judges_and_a_second_run_pays_nothing(folder):
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Judge)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    by = {
        "kind": "openai",
        "model": "m",
        "base_url": f"http://127.0.0.1:{server.server_port}/v1",
    }
    cfg = json.dumps({"judge": {"by": by, "official": True}})
    command = (
        *("answers", "judge", "--cfg", cfg, "--questions", folder / "questions.parquet"),
        *("--replies", folder / "answers/x.parquet", "--ledger", folder / "ledger"),
        *("--out", folder / "judged/x.parquet"),
    )
    _clipblind(*command)
    first, paid = JUDGED.read(folder / "judged/x.parquet"), len(_Judge.asked)
    server.shutdown()
    server.server_close()
    _clipblind(*command)
    assert JUDGED.read(folder / "judged/x.parquet").equals(first)
    # two vague answers by ours, three answers by the paper's
    assert paid == 5
    assert first.select("question_id", "judge", "choice", "verdict").rows() == [
        ("mmvp/001", "official", None, "incorrect"),
        ("mmvp/002", "choice", "b", None),
        ("mmvp/002", "official", None, "incorrect"),
        ("mmvp/004", "choice", "b", None),
        ("mmvp/004", "official", None, "incorrect"),
    ]
    assert "mmvp" not in json.dumps(_Judge.asked)
