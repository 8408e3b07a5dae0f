import base64
import contextlib
import html
import io
import json
import logging
import os
import re
import socket
import subprocess
import sys
import time
from dataclasses import replace
from urllib.parse import unquote
from urllib.request import urlopen

import pytest
from PIL import Image
from pydantic import ValidationError

from clipblind.contenders.backends.openai_backend import OpenAIBackend
from clipblind.contenders.endpoint.faults import Again, asked_to_wait
from clipblind.contenders.endpoint.request import body, data_uri, read_reply
from clipblind.contenders.endpoint.secret import Secret
from clipblind.contenders.protocol import Ask, Unanswered
from clipblind.contenders.run import ask_all
from clipblind.grading import parse_choice
from clipblind.ground.errors import UserError
from clipblind.pools.decoding import Undecodable
from clipblind.study.settings.contenders import Decoding, Endpoint, LocalModel
from tests.contenders.hostile_server import completion, hostile_server

KEY = "sk-very-secret-0123456789"


def encoded(colour="red", form="PNG", **saved):
    file = io.BytesIO()
    Image.new("RGB", (28, 14), colour).save(file, form, **saved)
    return file.getvalue()


def ask(text, image=None, system="", **decoding):
    return Ask(text, "ab", system, text, Decoding(**decoding), image and (lambda: image))


def asks(count, image=None):
    return [ask(f"question {number}", image) for number in range(count)]


def backend(url, **settings):
    return OpenAIBackend(
        Endpoint(**{"kind": "openai", "model": "tiny", "base_url": url, **settings})
    )


def collected(answers):
    """All replies by question, and how the run ended."""
    replies = {}
    try:
        for asked, reply in answers:
            assert asked.text not in replies
            replies[asked.text] = reply
    except (Unanswered, UserError, Undecodable) as error:
        return replies, error
    return replies, None


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A tiny LLaVA in a folder, and the address where `transformers serve` serves it."""
    pytest.importorskip("fastapi")
    pytest.importorskip("uvicorn")
    from tests.contenders.checkpoints import save_llava

    folder = tmp_path_factory.mktemp("served") / "tiny-llava"
    save_llava(folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # without torchvision, whose decoders don't load beside a CPU build of torch
    start = (
        "import sys; sys.modules['torchvision'] = None;"
        "from transformers.cli.transformers import main; main()"
    )
    options = ["serve", folder.name, "--port", str(port), "--host", "127.0.0.1", "--device", "cpu"]
    with (folder.parent / "log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-c", start, *options],
            cwd=folder.parent,
            env={**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"},
            stdout=log,
            stderr=log,
        )
    try:
        wait_until_healthy(server, port, folder.parent / "log")
        yield folder, f"http://127.0.0.1:{port}/v1"
    finally:
        server.kill()
        server.wait()


def wait_until_healthy(server, port, log):
    for _ in range(1200):
        assert server.poll() is None, log.read_text()[-2000:]
        try:
            with urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
                assert answer.status == 200
                return
        except OSError:
            time.sleep(0.25)
    raise AssertionError(log.read_text()[-2000:])


def test_a_model_behind_transformers_serve_answers_as_it_does_in_this_process(served):
    from clipblind.contenders.backends.transformers_backend import TransformersBackend

    folder, url = served
    images = [encoded(colour) for colour in ("red", "blue", "white")]
    put = ("Is the dog facing left or right? (a) Left (b) Right", "Is the door closed? (a) Yes")
    texts = [
        replace(ask(text, image, max_new_tokens=8), question_id=f"{text} {number}")
        for text in put
        for number, image in enumerate(images)
    ]
    here = LocalModel(kind="transformers", source="tiny", precision="float32")
    at_home = {
        asked.question_id: reply.text
        for asked, reply in TransformersBackend("tiny", here, folder).answer(texts)
    }
    asking = backend(url, model="tiny-llava", concurrency=3, timeout_s=300, usd_in=1, usd_out=1)
    replies = {asked.question_id: reply for asked, reply in asking.answer(texts)}
    assert {name: reply.text for name, reply in replies.items()} == at_home
    assert len(set(at_home.values())) > 3
    assert all(reply.tokens_out == 8 and reply.cost_usd > 0 for reply in replies.values())


def test_a_served_model_answers_without_an_image_too_and_another_model_is_refused(served):
    _, url = served
    replies, end = collected(
        backend(url, model="tiny-llava", timeout_s=300).answer([ask("Is it?", max_new_tokens=4)])
    )
    assert end is None and replies["Is it?"].text
    replies, end = collected(backend(url, model="other", timeout_s=300).answer(asks(3)))
    assert replies == {} and isinstance(end, UserError)
    assert "Server is pinned to 'tiny-llava'; requested 'other'" in str(end)


def test_nothing_is_lost_and_nothing_is_asked_again_once_it_was_answered():
    server_error = (500, {"error": "broken"})
    plan = {
        "question 0": ["wait seconds"],
        "question 1": [server_error, server_error],
        "question 2": ["drop"],
        "question 3": ["half sent", "half JSON"],
        "question 4": ["silence"],
        "question 5": ["page"],
        "question 6": ["trickle"],
        "question 7": ["other JSON", "drop", (408, b"late")],
        "question 8": [(409, b"locked"), (529, b"overloaded")],
    }
    with hostile_server(plan=plan) as server:
        replies, end = collected(backend(server.url, timeout_s=3, retries=3).answer(asks(12)))
    assert end is None
    assert {text: reply.text for text, reply in replies.items()} == {
        f"question {number}": f"(a) to question {number}" for number in range(12)
    }
    assert set(server.answered.values()) == {1}
    assert server.tries == {
        f"question {number}": 1 + len(plan.get(f"question {number}", [])) for number in range(12)
    }
    assert {(reply.tokens_in, reply.tokens_out) for reply in replies.values()} == {(100, 10)}


def test_what_never_succeeds_is_counted_at_the_end_and_all_else_is_answered():
    server_error = (500, {"error": "broken"})
    plan = {
        "question 1": [server_error] * 9,
        "question 4": [server_error] * 9,
        "question 5": ["page"] * 9,
    }
    with hostile_server(plan=plan) as server:
        replies, end = collected(backend(server.url, retries=1).answer(asks(8)))
    assert sorted(replies) == [f"question {number}" for number in (0, 2, 3, 6, 7)]
    assert end.reasons == {"status 500": 2, "a reply that is text/html, not JSON": 1}
    assert [server.tries[text] for text in plan] == [2, 2, 2]


@pytest.mark.parametrize("trick", ["wait seconds", "wait until"])
def test_while_a_server_asks_to_wait_nothing_is_sent(trick):
    plan = {"question 0": [trick]}
    with hostile_server(plan=plan) as server:
        replies, end = collected(backend(server.url, concurrency=1).answer(asks(3)))
    assert end is None and len(replies) == 3
    (first, _), (second, _), *_ = server.arrivals
    assert second - first > 0.9


def test_a_server_that_asks_to_wait_for_hours_ends_the_run_with_one_sentence():
    plan = {"question 1": [(429, {"error": "quota of the day"}, {"Retry-After": "7200"})]}
    with hostile_server(plan=plan) as server:
        replies, end = collected(backend(server.url, concurrency=1).answer(asks(5)))
    assert list(replies) == ["question 0"]
    assert isinstance(end, UserError) and "asks to wait 7,200 seconds" in str(end)
    assert server.tries == {"question 0": 1, "question 1": 1}


def test_retry_after_is_read_as_seconds_milliseconds_date_or_as_google_says_it():
    assert asked_to_wait({"retry-after": "2.5"}) == 2.5
    assert asked_to_wait({"retry-after-ms": "1500", "retry-after": "9"}) == 1.5
    assert asked_to_wait({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}) == 0
    assert asked_to_wait({}, '[{"error": {"details": [{"retryDelay": "37s"}]}}]') == 37
    for nothing in ({}, {"retry-after": "soon"}, {"retry-after": "-1"}, {"retry-after": "inf"}):
        assert asked_to_wait(nothing) is None


def test_a_server_that_is_not_there_is_given_up_after_a_few_questions():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    replies, end = collected(backend(url, retries=1, concurrency=4).answer(asks(30)))
    assert replies == {} and isinstance(end, Unanswered)
    unreached = end.reasons.pop(f"{url} can't be reached")
    assert 8 <= unreached <= 8 + 3  # those in flight are seen through
    assert list(end.reasons.values()) == [30 - unreached]


def said(message, **others):
    return {"error": {"message": message, **others}}


ENDS = {
    "OpenAI, wrong key": (
        (401, said(f"Incorrect API key provided: {KEY[:8]}***.", code="invalid_api_key")),
        "refuses the key in A_KEY (401): set A_KEY to a valid one.",
    ),
    "Google, wrong key": (
        (400, [said("API key not valid. Please pass a valid API key.", code=400)]),
        "refuses the key in A_KEY (400)",
    ),
    "a key without leave": (
        (403, said("Country not supported")),
        "doesn't let the key in A_KEY use the model 'tiny' (403): Country not supported.",
    ),
    "OpenAI, unknown model": (
        (404, said("The model `tiny` does not exist", code="model_not_found")),
        "has no model 'tiny' (404)",
    ),
    "Ollama, unknown model": ((404, said("model 'tiny' not found")), "has no model 'tiny' (404)"),
    "transformers serve, unknown model": (
        (400, {"detail": "Server is pinned to 'other'; requested 'tiny'."}),
        "Server is pinned to 'other'; requested 'tiny'",
    ),
    "wrong path": ((404, b"<html>Not Found</html>"), "mostly ends in /v1"),
    "vLLM, no images": (
        (400, {"object": "error", "message": "tiny is not a multimodal model None", "code": 400}),
        "The model 'tiny' at",
    ),
    "OpenAI, no images": (
        (400, said("Invalid content type. image_url is only supported by certain models.")),
        "takes no images (400)",
    ),
    "Ollama, no images": ((400, said("this model does not support image input")), "no images"),
    "llama.cpp, no images": (
        (500, said("image input is not supported - hint: you may need to provide the mmproj")),
        "takes no images (500)",
    ),
    "no credit": (
        (429, said("You exceeded your current quota", code="insufficient_quota")),
        "has no credit left (429)",
    ),
    "OpenRouter, no credit": ((402, said("Insufficient credits")), "has no credit left (402)"),
    "a field that is refused": (
        (400, said("Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.")),
        "set token_limit: max_completion_tokens",
    ),
    "an image that is refused": (
        (400, said("You uploaded an unsupported image.", code="invalid_image_format")),
        "refuses what the model 'tiny' is asked (400): You uploaded an unsupported image.",
    ),
    "a validation error": ((422, {"detail": [{"msg": "wrong type"}]}), "(422): wrong type."),
}


@pytest.mark.parametrize("answer, sentence", ENDS.values(), ids=ENDS)
def test_what_no_retry_can_mend_ends_the_run_at_once_with_one_sentence(
    answer, sentence, monkeypatch
):
    monkeypatch.setenv("A_KEY", KEY)
    with hostile_server(usual=answer) as server:
        replies, end = collected(
            backend(server.url, key_env="A_KEY", concurrency=2).answer(asks(9, encoded()))
        )
    assert replies == {} and isinstance(end, UserError)
    assert sentence in str(end) and "\n" not in str(end)
    assert KEY[:8] not in str(end)
    assert max(server.tries.values()) == 1 and server.tries.total() <= 2


def test_what_was_in_flight_when_the_run_ends_is_still_handed_over():
    plan = {"question 1": [(401, said("no"))]}
    with hostile_server(plan=plan, together=3) as server:
        replies, end = collected(backend(server.url, concurrency=3).answer(asks(9)))
    assert isinstance(end, UserError) and "wants a key (401)" in str(end)
    assert set(replies) == set(server.answered)
    assert {"question 0", "question 2"} <= set(replies)


@pytest.mark.parametrize(
    "answer, fault",
    [
        ((400, said("The response was filtered", code="content_filter")), "content filter"),
        ((403, said("flagged", code="content_policy_violation")), "content filter"),
        ((200, completion(None, "content_filter")), "content filter"),
        ((200, completion(None, refusal="I can't\nhelp")), "the model refused: I can't help"),
        ((200, completion(None, "length")), "the reply holds no text (finish_reason length)"),
    ],
)
def test_a_question_that_is_declined_gets_a_fault_and_the_others_an_answer(answer, fault):
    with hostile_server(plan={"question 1": [answer]}) as server:
        replies, end = collected(backend(server.url).answer(asks(3)))
    assert end is None
    assert replies["question 1"].text == "" and fault in replies["question 1"].fault
    assert [replies[f"question {number}"].fault for number in (0, 2)] == ["", ""]
    assert server.tries["question 1"] == 1


def test_no_more_and_no_fewer_requests_are_in_flight_than_is_set():
    with hostile_server(together=3) as server:
        replies, end = collected(backend(server.url, concurrency=3).answer(asks(12)))
    assert end is None and len(replies) == 12
    assert server.most_in_flight == 3


def test_who_does_not_take_replies_is_not_run_ahead_of():
    with hostile_server() as server:
        answers = backend(server.url, concurrency=2).answer(asks(10))
        next(answers)
        time.sleep(0.5)  # in which the other eight would have come
        assert server.tries.total() == 2
        answers.close()
        time.sleep(0.2)
    assert server.tries.total() == 2


def test_requests_start_no_faster_than_the_rate_allows():
    with hostile_server() as server:
        settings = {"per_minute": 600, "concurrency": 10}
        replies, end = collected(backend(server.url, **settings).answer(asks(10)))
    assert end is None and len(replies) == 10
    times = [at for at, _ in server.arrivals]
    assert times[-1] - times[0] > 0.6  # nine steps of 0.1 s; all at once without a limit


def test_a_run_stops_before_it_could_exceed_its_budget():
    # a reply costs 100 x 1,000 + 10 x 2,000 in millionths: $0.12
    prices = {"usd_in": 1000, "usd_out": 2000, "budget_usd": 1.0}
    texts = [ask(f"question {number}", max_new_tokens=10) for number in range(30)]
    with hostile_server() as server:
        replies, end = collected(backend(server.url, concurrency=4, **prices).answer(texts))
    assert isinstance(end, UserError) and "The budget of $1 (budget_usd)" in str(end)
    assert [reply.cost_usd for reply in replies.values()] == [pytest.approx(0.12)] * 8
    assert set(replies) == set(server.answered) == set(server.tries)


def test_a_server_without_usage_is_counted_as_dear_as_it_may_be():
    answer = (200, {"choices": [{"message": {"content": "(a)"}}]})
    prices = {"usd_in": 1000, "usd_out": 0, "budget_usd": 0.29}
    with hostile_server(usual=answer) as server:
        replies, end = collected(backend(server.url, **prices).answer(asks(30)))
    assert isinstance(end, UserError) and "budget_usd" in str(end)
    assert {(reply.tokens_in, reply.cost_usd) for reply in replies.values()} == {(None, None)}
    assert len(replies) == 4  # of 60 to 62 thousandths each


def test_thinking_that_only_the_total_counts_is_paid_for():
    usage = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 400}
    with hostile_server(usual=(200, {**completion("(a)"), "usage": usage})) as server:
        replies, _ = collected(backend(server.url, usd_in=1, usd_out=10).answer(asks(1)))
    assert replies["question 0"].tokens_out == 300
    assert replies["question 0"].cost_usd == pytest.approx(0.0031)


def test_the_key_reaches_its_server_and_nothing_else(monkeypatch, caplog, capfd):
    monkeypatch.setenv("A_KEY", f"{KEY}\n")
    echo = (200, completion(f"(a) Bearer {KEY}"))
    caplog.set_level(logging.DEBUG)
    plan = {"question 1": [(500, said(KEY))], "question 2": [(418, said(f"no tea for {KEY}"))]}
    with hostile_server(plan=plan, usual=echo) as server:
        asking = backend(server.url, key_env="A_KEY", concurrency=1)
        replies, end = collected(asking.answer(asks(4)))
    assert {headers["authorization"] for headers in server.headers} == {f"Bearer {KEY}"}
    assert replies["question 0"].text == "(a) Bearer ***"
    assert "no tea for ***" in str(end)
    shown = [replies, end, asking.identity, asks(1)[0].key(asking.identity), caplog.text]
    assert KEY not in f"{shown} {capfd.readouterr()}"


FORMS = {
    "its beginning": KEY[:6],
    "its end": KEY[-6:],
    "most of it": KEY[:-1],
    "capitals": KEY.upper(),
    "masked": f"{KEY[:4]}****{KEY[-4:]}",
    "masked by dots": f"{KEY[:7]}...{KEY[-4:]}",
    "base64": base64.b64encode(KEY.encode()).decode(),
    "basic": base64.b64encode(f"me:{KEY}".encode()).decode(),
    "for URLs": base64.urlsafe_b64encode(f"x{KEY}y".encode()).decode(),
    "hex": KEY.encode().hex(),
    "percent": "".join(f"%{byte:02X}" for byte in KEY.encode()),
    "escaped": "".join(f"\\u{ord(sign):04x}" for sign in KEY),
    "entities": "".join(f"&#{ord(sign)};" for sign in KEY),
    "backwards": KEY[::-1],
    "broken by a line": f"{KEY[:12]}\n{KEY[12:]}",
}


def leaked(text):
    """A run of the key's characters in a text, six or more, in any of the writings above."""
    plain = html.unescape(unquote(text)).encode().decode("unicode_escape").lower()
    runs = re.findall(r"[A-Za-z0-9+/_-]{8,}", text)
    for run in runs:
        for at in range(4):
            with contextlib.suppress(ValueError):
                part = run[at:].replace("-", "+").replace("_", "/")
                plain += base64.b64decode(part[: len(part) // 4 * 4]).decode("latin-1").lower()
            with contextlib.suppress(ValueError):
                plain += bytes.fromhex(run[: len(run) // 2 * 2]).decode("latin-1").lower()
    parts = {KEY[at : at + 6].lower() for at in (0, len(KEY) - 6)}
    return sorted(part for part in parts if part in plain or part[::-1] in plain)


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_no_part_of_a_key_is_shown_or_kept_wherever_a_server_says_it(
    form, monkeypatch, caplog, capfd, tmp_path
):
    """Injected fault 42: parts of a key that a server echoed reached the logs."""
    monkeypatch.setenv("A_KEY", KEY)
    caplog.set_level(logging.DEBUG)
    header = {"X-Echo": f"Bearer {form}".replace("\n", " ")}
    says = (
        (400, said(f"no {form} here"), header),
        (403, f"no {form} here".encode(), header),
        (500, said(form), header),
        (200, b"no", {"Content-Type": f"text/{form}".replace("\n", " ")}),
        (200, completion(None, refusal=f"no {form} here"), header),
        (200, completion(None, f"no {form} here"), header),
        (302, b"", {"Location": f"http://{form[:40]}.example/{form}".replace("\n", "")}),
    )
    ends = []
    with hostile_server() as server:
        asking = backend(server.url, key_env="A_KEY", retries=0, concurrency=1)
        for answer in says:
            server.usual = answer
            try:
                ends.append(ask_all(asking, asks(1), tmp_path / f"{len(ends)}", "tiny"))
            except UserError as error:
                ends.append(error)
    kept = "".join(path.read_text() for path in tmp_path.rglob("*.jsonl"))
    shown = f"{ends} {kept} {caplog.text} {capfd.readouterr()}"
    assert KEY[:6] not in shown and KEY[-6:] not in shown
    assert leaked(shown) == []
    assert re.search(r"no \S*\*\*\*.* here", f"{ends[0]}")
    assert re.search(r"no \S*\*\*\*.* here", kept)


def test_words_of_an_answer_that_a_key_begins_with_stay_and_parts_of_a_key_do_not():
    secret = Secret("butterfly-garden-2931")
    assert secret.cut_answer("(a) The butterfly's wings are open") == (
        "(a) The butterfly's wings are open"
    )
    assert secret.cut_answer("key: butterfly-garden-29!") == "key: ***!"
    assert secret.cut("The butterfly's wings") == "The ***'s wings"
    for none in (Secret(), Secret("abc")):
        assert none.cut("abcdef") == "abcdef"
    assert Secret("none").cut_answer("(b) none of them") == "(b) none of them"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_server_gets_neither_the_key_nor_the_question(status, monkeypatch):
    """Injected fault 42: a 307 sent the request's body to another host."""
    monkeypatch.setenv("A_KEY", KEY)
    with hostile_server() as elsewhere, hostile_server() as server:
        # the same host by its port, and by its other name
        for url in (elsewhere.url, server.url.replace("127.0.0.1", "localhost")):
            server.usual = (status, b"", {"Location": f"{url}/chat/completions"})
            replies, end = collected(
                backend(server.url, key_env="A_KEY", concurrency=1).answer(asks(3, encoded()))
            )
            assert replies == {} and isinstance(end, UserError)
            assert re.search(
                r"redirects to another server, \S+:\d+, which was sent neither", str(end)
            )
    assert elsewhere.arrivals == [] and len(server.arrivals) == 2


def test_a_redirect_within_a_server_is_followed():
    with hostile_server() as server:
        server.plan = {"question 0": [(307, b"", {"Location": "/v1/elsewhere"})]}
        replies, end = collected(backend(server.url).answer(asks(1)))
    assert end is None and replies["question 0"].text == "(a) to question 0"


THINKS = {"reasoning_content": "It has wings. (b)"}
ODD_REPLIES = {
    # vercel/ai 13703, agent-framework 6978, langchain 35236
    "parts": ({"content": [{"type": "text", "text": "(a) "}, {"type": "text", "text": "Yes"}]}, {}),
    "parts of strings": ({"content": ["(a) ", "Yes"]}, {}),
    "output_text": ({"content": [{"type": "output_text", "text": "(a) Yes"}]}, {}),
    "thoughts among parts": (
        {
            "content": [
                {"type": "thinking", "thinking": "(b)?"},
                {"type": "text", "text": "(a) Yes"},
            ]
        },
        {},
    ),
    "text as an object": ({"content": {"type": "text", "text": {"value": "(a) Yes"}}}, {}),
    "content of a part": ({"content": [{"type": "message", "content": "(a) Yes"}]}, {}),
    "usage null": ({"content": "(a) Yes"}, {"usage": None}),
    "usage text": ({"content": "(a) Yes"}, {"usage": "many"}),
    "usage a list": ({"content": "(a) Yes"}, {"usage": [1, 2]}),
    "usage counts in text": ({"content": "(a) Yes"}, {"usage": {"prompt_tokens": "100"}}),
    "usage huge": ({"content": "(a) Yes"}, {"usage": {"prompt_tokens": 1e30}}),
    "usage negative": ({"content": "(a) Yes"}, {"usage": {"prompt_tokens": -1}}),
    "usage missing counts": ({"content": "(a) Yes"}, {"usage": {}}),
    "usage no number": ({"content": "(a) Yes"}, {"usage": {"prompt_tokens": float("nan")}}),
    "finish_reason null": ({"content": "(a) Yes"}, {"finish_reason": None}),
    "finish_reason unknown": ({"content": "(a) Yes"}, {"finish_reason": "eos_token"}),
    "finish_reason a number": ({"content": "(a) Yes"}, {"finish_reason": 2}),
    "finish_reason a list": ({"content": "(a) Yes"}, {"finish_reason": ["stop"]}),
    "tool_calls odd": ({"content": "(a) Yes", "tool_calls": "none", "role": 7}, {}),
    "odd numbers beside": ({"content": "(a) Yes"}, {"created": "soon", "id": 1e308}),
    "only thoughts": ({"content": None, "reasoning_content": "(a) Yes"}, {}),
    "only reasoning, content empty": ({"content": "", "reasoning": "(a) Yes"}, {}),
}


def odd_reply(message, whole):
    body = completion("")
    reason = whole.get("finish_reason", "stop")
    body["choices"] = [{"index": 0, "finish_reason": reason, "message": message}]
    return json.dumps(body | {k: v for k, v in whole.items() if k != "finish_reason"}).encode()


@pytest.mark.parametrize("message, whole", ODD_REPLIES.values(), ids=ODD_REPLIES)
def test_no_answer_is_lost_for_what_is_odd_beside_it(message, whole):
    settings = Endpoint(kind="openai", model="t", base_url="http://a.example/v1", usd_in=1)
    reply = read_reply("application/json", odd_reply(message, whole), settings)
    assert (reply.text, reply.fault) == ("(a) Yes", "")
    if "usage" in whole:
        assert (reply.tokens_in, reply.tokens_out, reply.cost_usd) == (None, None, None)
    else:
        assert (reply.tokens_in, reply.tokens_out) == (100, 10)


def test_odd_replies_are_paid_for_once(tmp_path):
    plan = {
        f"question {number}": [(200, odd_reply(*odd))]
        for number, odd in enumerate(ODD_REPLIES.values())
    }
    with hostile_server(plan=plan, usual=(500, b"asked again")) as server:
        asking = backend(server.url, retries=0, usd_in=1, usd_out=1, budget_usd=100)
        replies = ask_all(asking, asks(len(plan)), tmp_path, "tiny")
    assert {reply.text for reply in replies} == {"(a) Yes"}
    assert set(server.tries.values()) == {1}


ANSWER = json.dumps(completion("(a) Yes"))
ODD_BODIES = {
    "no type": ("", ANSWER.encode()),
    "text": ("text/plain", ANSWER.encode()),
    "another JSON": ("application/problem+json; charset=utf-8", ANSWER.encode()),
    "a mark of its order": ("application/json", ANSWER.encode("utf-8-sig")),
    "UTF-16": ("application/json", ANSWER.encode("utf-16")),
    "zeros at the end": ("application/json", ANSWER.encode() + b"\0\0"),
    "a number of 5000 digits": (
        "application/json",
        ANSWER.replace('"id": "1"', f'"id": {"1" * 5000}').encode(),
    ),
    "bytes of no text": ("application/json", ANSWER.replace('"1"', '"\xff"').encode("latin-1")),
    "a surrogate elsewhere": ("application/json", ANSWER.replace('"1"', '"\\ud800"').encode()),
    "choices by number": (
        "application/json",
        json.dumps({"choices": {"0": completion("(a) Yes")["choices"][0]}}).encode(),
    ),
    "a choice of text": ("application/json", b'{"choices": [{"text": "(a) Yes"}]}'),
    "a delta": ("application/json", b'{"choices": [{"delta": {"content": "(a) Yes"}}]}'),
}


@pytest.mark.parametrize("kind, content", ODD_BODIES.values(), ids=ODD_BODIES)
def test_no_answer_is_lost_for_how_it_was_sent(kind, content):
    settings = Endpoint(kind="openai", model="t", base_url="http://a.example/v1")
    assert read_reply(kind, content, settings).text == "(a) Yes"


def test_of_choices_in_any_order_the_first_by_index_is_the_answer():
    settings = Endpoint(kind="openai", model="t", base_url="http://a.example/v1")
    choices = [
        {"index": n, "message": {"content": f"({sign})"}} for n, sign in ((1, "b"), (0, "a"))
    ]
    for odd in (choices, [None, *choices], ["x", *choices], [*choices, {"index": "0"}]):
        content = json.dumps({"choices": odd}).encode()
        assert read_reply("application/json", content, settings).text == "(a)"


def test_thoughts_that_were_cut_off_are_kept_as_a_draft_and_are_no_answer():
    settings = Endpoint(kind="openai", model="t", base_url="http://a.example/v1")
    content = json.dumps(completion(None, "length", **THINKS)).encode()
    reply = read_reply("application/json", content, settings)
    assert reply.text == "<think>It has wings. (b)</think>" and not parse_choice(
        reply.text, ["No", "Wings"]
    )
    content = json.dumps(completion("(a)", **THINKS)).encode()
    assert read_reply("application/json", content, settings).text == "(a)"


@pytest.mark.parametrize(
    "content",
    [b"[" * 100_000, b"", b"null", b"[]", b'"(a)"', b'{"choices": []}', b'{"choices": 1}'],
)
def test_what_is_no_completion_is_asked_again_and_ends_in_no_trace(content):
    settings = Endpoint(kind="openai", model="t", base_url="http://a.example/v1")
    with pytest.raises(Again, match="no whole chat completion"):
        read_reply("application/json", content, settings)


def test_a_run_that_ended_goes_on_with_what_is_left_and_its_ledger_holds_no_key(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("A_KEY", KEY)
    revoked, broken = (401, said(f"revoked: {KEY}")), (500, said(KEY))
    plan = {"question 4": [revoked, broken, broken], "question 5": [(400, said("content_filter"))]}
    with hostile_server(plan=plan, usual=(200, completion(f"(a) {KEY}"))) as server:
        asking = backend(server.url, key_env="A_KEY", concurrency=1, retries=1)
        ends = []
        for _ in range(2):
            with pytest.raises(UserError) as end:
                ask_all(asking, asks(8), tmp_path, "tiny")
            ends.append(str(end.value))
        replies = ask_all(asking, asks(8), tmp_path, "tiny")
    assert "refuses the key in A_KEY" in ends[0] and "4 of 8 answers are kept" in ends[0]
    assert "1 of 8 got no answer (status 500 (1))" in ends[1]
    assert [reply.text for reply in replies] == ["(a) ***"] * 5 + [""] + ["(a) ***"] * 2
    assert "content filter" in replies[5].fault
    assert server.tries == {f"question {n}": 4 if n == 4 else 1 for n in range(8)}
    kept = "".join(path.read_text() for path in tmp_path.iterdir())
    assert kept.count("\n") == 8 and KEY not in kept + "".join(ends)


def test_a_server_without_a_key_is_not_sent_the_one_of_openai(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with hostile_server() as server:
        collected(backend(server.url).answer(asks(1)))
    assert KEY not in f"{server.headers}"


@pytest.mark.parametrize("value", [None, "", "two words", "schlüssel"])
def test_a_key_that_is_missing_or_none_is_named_by_its_variable(value, monkeypatch):
    monkeypatch.delenv("A_KEY", raising=False)
    if value is not None:
        monkeypatch.setenv("A_KEY", value)
    with hostile_server() as server:
        _, end = collected(backend(server.url, key_env="A_KEY").answer(asks(2)))
    assert isinstance(end, UserError) and "The environment variable A_KEY" in str(end)
    assert server.arrivals == [] and (not value or value not in str(end))


def test_a_request_holds_system_image_and_words_in_this_order():
    picture = encoded()
    with hostile_server() as server:
        asked = ask("Is it red?", picture, system="Be brief.", max_new_tokens=7)
        collected(backend(server.url, extra={"reasoning_effort": "low"}).answer([asked]))
    assert server.bodies == [
        {
            "model": "tiny",
            "messages": [
                {"role": "system", "content": "Be brief."},
                {
                    "role": "user",
                    "content": [
                        {"type": "image_url", "image_url": {"url": data_uri(picture)}},
                        {"type": "text", "text": "Is it red?"},
                    ],
                },
            ],
            "max_tokens": 7,
            "temperature": 0.0,
            "reasoning_effort": "low",
        }
    ]


def test_a_sampled_ask_carries_a_seed_of_its_own_and_greedy_ones_none():
    settings = Endpoint(kind="openai", model="tiny", base_url="http://localhost/v1")
    sampled, other = (ask(text, temperature=0.2, top_p=0.9) for text in ("one", "two"))
    first, again = (body(sampled, settings, "key of one") for _ in range(2))
    assert first == again and (first["temperature"], first["top_p"]) == (0.2, 0.9)
    assert 0 <= first["seed"] < 2**31
    assert body(other, settings, "key of two")["seed"] != first["seed"]
    assert not {"seed", "top_p"} & set(body(ask("greedy"), settings, "key"))
    bare = settings.model_copy(update={"sends_seed": False, "sends_sampling": False})
    assert not {"seed", "top_p", "temperature"} & set(body(sampled, bare, "key of one"))
    named = settings.model_copy(update={"token_limit": "max_completion_tokens"})
    assert body(sampled, named, "key of one")["max_completion_tokens"] == 128


def test_an_image_goes_as_it_is_under_its_own_type_or_as_an_upright_png():
    for form, mime in {"PNG": "png", "JPEG": "jpeg", "WEBP": "webp"}.items():
        assert data_uri(encoded(form=form)).startswith(f"data:image/{mime};base64,")
    assert data_uri(encoded(form="BMP")).startswith("data:image/png;base64,")
    turned = Image.Exif()
    turned[0x0112] = 6
    uri = data_uri(encoded(form="JPEG", exif=turned))
    assert uri.startswith("data:image/png;base64,")
    with pytest.raises(Undecodable):
        data_uri(b"no image")


def test_an_image_that_is_none_ends_the_run_after_what_was_in_flight():
    texts = [*asks(2), ask("question 2", b"no image"), *asks(9)[3:]]
    with hostile_server() as server:
        replies, end = collected(backend(server.url, concurrency=1).answer(texts))
    assert list(replies) == ["question 0", "question 1"] == list(server.answered)
    assert isinstance(end, Undecodable)


def test_an_identity_tells_servers_revisions_and_fields_apart_but_no_limits():
    def identity(**others):
        return backend(**{"url": "https://one.example/v1", **others}).identity

    base = identity()
    assert identity(concurrency=1, timeout_s=9, key_env="A", usd_in=1, retries=0) == base
    changes = (
        {"url": "https://two.example/v1"},
        {"url": "https://one.example:8001/v1"},
        {"url": "https://one.example/models/other/v1"},
        {"model": "other"},
        {"revision": "2"},
        {"extra": {"reasoning_effort": "low"}},
        {"sends_seed": False},
        {"sends_sampling": False},
    )
    assert all(identity(**change) != base for change in changes)


def test_a_model_named_by_its_folder_does_not_tell_whose_machine_it_is():
    one, two = (
        backend("http://localhost/v1", model=f"/home/{name}/models/tiny-llava").identity
        for name in ("ann", "ben")
    )
    assert one["name"] == two["name"] == "tiny-llava"
    assert one != two and not re.search("home|ann|models", f"{one}")


@pytest.mark.parametrize(
    "wrong",
    [
        {"base_url": "https://user:word@one.example/v1"},
        {"base_url": "https://one.example/v1?key=1"},
        {"base_url": "one.example"},
        {"budget_usd": 1.0},
        {"extra": {"stream": True}},
    ],
)
def test_settings_that_hold_a_key_or_make_no_sense_are_refused(wrong):
    fields = {"kind": "openai", "model": "tiny", "base_url": "https://one.example/v1", **wrong}
    with pytest.raises(ValidationError):
        Endpoint(**fields)
