"""kill -9 at random moments: nothing lost, nothing doubled, nothing that was kept asked again."""

import io
import json
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl
import pytest
from PIL import Image

from clipblind.ground.tables.answers import REPLIES
from clipblind.ground.tables.benchmark import QUESTIONS
from clipblind.ground.tables.pool import LISTED
from clipblind.study.settings.contenders import Endpoint, Prompt
from tests.contenders.slow_server import DIGITS, slow_server

KILLS = 20
MEAN = 5  # requests of a run before it is killed
QUESTIONS_ASKED = 120
DELAY = 0.03  # seconds of the server for one answer
PATIENCE = 300  # seconds
CLIPBLIND = Path(sys.executable).with_name("clipblind")


@pytest.fixture
def benchmark(tmp_path):
    """Questions and their images, as `read-mmvp` writes them; the flags that name them."""
    rows, listed = [], []
    for n in range(QUESTIONS_ASKED):
        id_, path = f"toy/{n + 1:03}", tmp_path / f"{n}.png"
        encoded = io.BytesIO()
        Image.new("RGB", (4, 4), (n, 0, 255 - n)).save(encoded, "PNG")
        path.write_bytes(encoded.getvalue())
        pair = f"toy/{n // 2}"
        rows.append((id_, pair, "toy", "", id_, f"Is it {n // 2}?", "Yes", "No", "ab"[n % 2]))
        listed.append((id_, "toy", str(path), "", -1, len(encoded.getvalue()), ""))
    made = {"questions": (QUESTIONS, rows), "images": (LISTED, listed)}
    for name, (table, filled) in made.items():
        frame = pl.DataFrame(filled, schema=dict(table.columns), orient="row")
        table.write(frame, tmp_path / f"{name}.parquet")
    return [f"--{name}={tmp_path / name}.parquet" for name in made]


def command(address, flags, ledger, out):
    endpoint = Endpoint(kind="openai", model="tiny", base_url=address, concurrency=4)
    cfg = {
        "seed": 0,
        "contender": endpoint.model_dump(mode="json"),
        "prompt": Prompt(version="1", text="{question} {options}").model_dump(mode="json"),
    }
    given = ["--name=tiny", f"--cfg={json.dumps(cfg)}", f"--ledger={ledger}", f"--out={out}"]
    return [str(CLIPBLIND), "answers", "ask", *given, *flags]


def kept(ledger):
    """The keys and answers in the one file of a ledger, by line, torn ones left out."""
    files = [*ledger.glob("*.jsonl")]
    whole = files[0].read_bytes().rpartition(b"\n")[0].splitlines() if files else []
    lines = []
    for line in whole:
        try:
            lines.append(json.loads(line))
        except ValueError:  # torn by an earlier kill
            continue
    return [(line["key"], line["answer"]) for line in lines]


def killed_and_finished(folder, flags, seed):
    """Kill one run after another, let one end; its replies, and an undisturbed run's."""
    ledger, out, said = folder / "ledger", folder / "replies.parquet", folder / "said.txt"
    chance, before = random.Random(seed), []
    folder.mkdir()
    with slow_server(DELAY) as (address, memory):
        asking = command(address, flags, ledger, out)
        for _ in range(KILLS // 2):
            wanted = memory.asked.total() + chance.randint(1, 2 * MEAN)
            running = subprocess.Popen(asking, stderr=said.open("a"))
            # one kill in five comes while the run starts
            if chance.random() < 0.2:
                time.sleep(chance.uniform(0, 0.5))
            else:
                assert memory.wait_for(wanted, PATIENCE), said.read_text()
                time.sleep(chance.uniform(0, 2 * DELAY))
            assert running.poll() is None, said.read_text()
            running.send_signal(signal.SIGKILL)
            running.wait()
            after = kept(ledger)
            assert after[: len(before)] == before, "an answer was lost"
            assert len(dict(after)) == len(after), "an answer was doubled"
            before = after
        assert 0 < len(before) < QUESTIONS_ASKED

        asked = memory.asked.copy()
        subprocess.run(asking, check=True, capture_output=True)
        # what was kept is known by its answer, which tells what was asked
        known = {answer.rpartition(" ")[2] for _, answer in before}
        again = {digest for digest in memory.asked if memory.asked[digest] > asked[digest]}
        assert not known & {digest[:DIGITS] for digest in again}
        assert len(again) == QUESTIONS_ASKED - len(before)
        assert len(kept(ledger)) == QUESTIONS_ASKED

        asked = memory.asked.total()
        undisturbed = folder / "undisturbed.parquet"
        other = command(address, flags, folder / "other", undisturbed)
        subprocess.run(other, check=True, capture_output=True)
        assert memory.asked.total() == asked + QUESTIONS_ASKED
        subprocess.run(asking, check=True, capture_output=True)
        assert memory.asked.total() == asked + QUESTIONS_ASKED
    return REPLIES.read(out), REPLIES.read(undisturbed)


def test_twenty_kills_change_nothing_but_the_time_it_takes(tmp_path, benchmark):
    with ThreadPoolExecutor(2) as pool:  # of two ledgers at once, for two cores
        ends = [pool.submit(killed_and_finished, tmp_path / f"{n}", benchmark, n) for n in (1, 2)]
    for end in ends:
        replies, undisturbed = end.result()
        assert replies.equals(undisturbed) and len(replies) == QUESTIONS_ASKED
        assert replies["answer"].str.contains(r"^\([ab]\)").all()
