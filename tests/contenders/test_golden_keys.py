"""An answer that was paid for is found again: the ledger's keys and lines are as they always were.

All literals were made by the code as it stood before the redraw of the house. A test here that
fails says that answers people paid for would be asked anew; the code is wrong then, not the test.
"""

import json
from pathlib import Path

import polars as pl
import pytest

from clipblind.contenders.backends import load
from clipblind.contenders.backends.local import revision_of
from clipblind.contenders.protocol import Reply
from clipblind.contenders.questions import make_asks
from clipblind.contenders.run import ask_all
from clipblind.grading.judging import Case, choice_ask, official_ask
from clipblind.models.record import Fetched, FetchedFile, sha256_of, write_record
from clipblind.patterns.discovery import discovery_ask
from clipblind.patterns.votes import PAPER_NAMES, pattern_ask
from clipblind.study.compose import compose
from clipblind.study.settings.contenders import Endpoint, LocalModel, MiniGpt4
from tests.contenders import checkpoints

CONF = Path(__file__).parents[2] / "conf"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
COLUMNS = ("question_id", "image_id", "pair_id", "question", "option_a", "option_b", "answer")
QUESTIONS = pl.DataFrame(
    [
        ("m/001", "i/1", "m/001-002", "Is the dog facing left or right?", "Left", "Right", "a"),
        ("m/003", "i/3", "m/003-004", 'Où est {a}, "là"?\n', "{b}", "naïve ‹<b>›", "a"),
    ],
    schema=COLUMNS,
    orient="row",
)
GOLDEN = json.loads((Path(__file__).parent / "golden_keys.json").read_text())
REVISION = "sha256:c239660324e4756e7e2122d6063a683c788ea0e2eea4254cec0769d58ce9e53e"
TEMPLATE = "{{ messages[-1]['content'] }} ASSISTANT:"


# two lines of a ledger, by its file's name
LINES = {
    ("gpt_4o", "openai-gpt-4o-2024-11-20.jsonl"): r"""
{"key": "d71142a8079383dc45331c89cb48fa976d435a31a84cf2fc199bb550ee76486a", "question_id": "m/001", "order": "ab", "answer": "(a) Na\u00efvely,\n\u00ableft\u00bb.", "fault": "", "tokens_in": 700, "tokens_out": 3, "cost_usd": 0.00178, "model": {"kind": "openai", "name": "gpt-4o-2024-11-20", "revision": ""}, "image_sha256": "2e3d858ede2aa5af4f3a1d2e3225a7ce918e600d52ffb49a408611d42de3a496", "prompt": {"name": "official", "version": "1"}, "at": "2026-11-30T23:27:09+00:00"}
{"key": "83fa8676d7bceb4a2575e7317dab7c06252cdf13418ee135a6f305138a61bc4f", "question_id": "m/001", "order": "ba", "answer": "", "fault": "declined by a content filter", "tokens_in": null, "tokens_out": null, "cost_usd": null, "model": {"kind": "openai", "name": "gpt-4o-2024-11-20", "revision": ""}, "image_sha256": "2e3d858ede2aa5af4f3a1d2e3225a7ce918e600d52ffb49a408611d42de3a496", "prompt": {"name": "official", "version": "1"}, "at": "2026-11-30T23:27:09+00:00"}
""",  # noqa: E501
    ("transformers", "transformers-org-llama.jsonl"): r"""
{"key": "74e221e88d8469840d6b609f70595c3e7c1131fac16ae684e86d41ae0b34e413", "question_id": "m/001", "order": "ab", "answer": "(a) Na\u00efvely,\n\u00ableft\u00bb.", "fault": "", "tokens_in": 700, "tokens_out": 3, "cost_usd": 0.00178, "model": {"kind": "transformers", "name": "org/llama", "revision": "0123456789abcdef0123456789abcdef01234567"}, "image_sha256": "2e3d858ede2aa5af4f3a1d2e3225a7ce918e600d52ffb49a408611d42de3a496", "prompt": {"name": "official", "version": "1"}, "at": "2026-11-30T23:27:09+00:00"}
{"key": "a061b2de13fa128ad0245652b91c4cd4cca0916f023ca88e1c7e274451d49085", "question_id": "m/001", "order": "ba", "answer": "", "fault": "declined by a content filter", "tokens_in": null, "tokens_out": null, "cost_usd": null, "model": {"kind": "transformers", "name": "org/llama", "revision": "0123456789abcdef0123456789abcdef01234567"}, "image_sha256": "2e3d858ede2aa5af4f3a1d2e3225a7ce918e600d52ffb49a408611d42de3a496", "prompt": {"name": "official", "version": "1"}, "at": "2026-11-30T23:27:09+00:00"}
""",  # noqa: E501
}


class Held:
    """Images, whose bytes are told by their ids."""

    def bytes_of(self, image_id):
        return f"the bytes of {image_id}".encode()


def recorded(folder, commit):
    """A folder that passes for what `fetch` got of this commit."""
    files = {
        path.relative_to(folder).as_posix(): FetchedFile(
            size=path.stat().st_size, sha256=sha256_of(path), modified=path.stat().st_mtime_ns
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    write_record(
        folder,
        Fetched(
            source="org/model",
            kind="model",
            revision="",
            commit=commit,
            licence="MIT",
            date="2026-01-01",
            files=files,
        ),
    )


def transformers(folder):
    checkpoints.save_llama(folder)
    recorded(folder, COMMIT)
    entry = LocalModel(
        kind="transformers", source="org/llama", chat_template=TEMPLATE, precision="float32"
    )
    return load("llama", entry, folder)


def minigpt4(folder):
    checkpoints.save_minigpt4(folder)
    entry = MiniGpt4(
        kind="minigpt4",
        source="org/blip2",
        language_model="org/vicuna",
        projection="projection.pth",
        precision="float32",
    )
    (folder / entry.projection).write_bytes(b"a projection")
    recorded(folder / "blip2", COMMIT[::-1])
    recorded(folder / "language_model", COMMIT)
    return load("minigpt4", entry, folder)


def local_server():
    entry = Endpoint(
        kind="openai",
        model="/srv/models/Qwen2.5-VL",
        revision="3",
        base_url="http://LocalHost:8000/v1/",
        sends_seed=False,
        extra={"reasoning_effort": "low", "a": {"b": [1, 2.5, None]}},
    )
    return load("local_server", entry)


@pytest.fixture(scope="module")
def study():
    return compose(CONF, "mmvp", "contender=[gpt_4o,gemini]")


@pytest.fixture(scope="module")
def backends(tmp_path_factory, study):
    folder = tmp_path_factory.mktemp("models")
    made = {"transformers": transformers(folder / "llama"), "minigpt4": minigpt4(folder / "mini")}
    paid = {name: load(name, entry) for name, entry in study.contender.items()}
    return made | {"openai": local_server()} | paid


def asked_of_contenders(study):
    """Every question, sampled and greedy, shown and not, in both orders; by what it is."""
    for prompt in ("official", "letter", "minigpt4"):
        for corpus in (Held(), None):
            for ask in make_asks(QUESTIONS, study.prompt[prompt], "both", corpus, seed=7):
                shown = "shown" if corpus else "unseen"
                yield f"{prompt}/{shown}/{ask.question_id}/{ask.order}", ask


def asked_of_judges():
    rows = QUESTIONS.to_dicts()
    for order in ("ab", "ba"):
        for row in rows:
            case = Case(row, order, "The dog's <answer>right</answer> ear, naïvely.")
            yield f"choice/{row['question_id']}/{order}", choice_ask(case)
            yield f"official/{row['question_id']}/{order}", official_ask(case)
    for seed in (0, 1):
        yield f"vote/{seed}", pattern_ask(rows[0], seed, PAPER_NAMES)
    yield "discovery", discovery_ask(QUESTIONS)


def keys_of(name, backend, study):
    """Every key of a back-end, by what it is of."""
    asked = [*asked_of_contenders(study)]
    if name != "minigpt4":  # which judges nothing
        asked += asked_of_judges()
    return {of: ask.key(backend.identity) for of, ask in asked}


@pytest.mark.parametrize("name", sorted(GOLDEN))
def test_every_key_is_what_it_always_was(backends, study, name):
    assert keys_of(name, backends[name], study) == GOLDEN[name]


def test_no_two_asks_share_a_key():
    keys = [key for keys in GOLDEN.values() for key in keys.values()]
    assert len(set(keys)) == len(keys) > 100


def test_a_folder_that_was_not_fetched_is_known_by_its_files(tmp_path):
    (tmp_path / "inner").mkdir()
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "inner/words.txt").write_text("naïve", encoding="utf-8")
    (tmp_path / ".hidden").write_text("no part of it")
    assert revision_of(tmp_path) == REVISION


@pytest.mark.parametrize(("name", "file"), LINES)
def test_a_line_that_was_written_before_the_redraw_is_found_again(
    backends, study, tmp_path, name, file
):
    backend = backends[name]
    (tmp_path / file).write_text(LINES[name, file], encoding="utf-8")
    asks = make_asks(QUESTIONS[:1], study.prompt["official"], "both", Held(), seed=7)

    class Silent:
        keep, identity = backend.keep, backend.identity

        def answer(self, asks):
            raise AssertionError("asked anew")

    assert ask_all(Silent(), asks, tmp_path, name) == [
        Reply("(a) Naïvely,\n«left».", "", 700, 3, 0.00178),
        Reply("", "declined by a content filter"),
    ]
