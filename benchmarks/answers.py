"""Questions a second: our back-ends against the usual loops, and what the ledger costs.

    make bench-answers

A LLaVA with random weights answers questions over JPEGs; `answer_ways.py` has the ways. Each turn
runs all of them one after the other, so that whatever else the machine does meets all alike; what
counts are ratios within a turn, and their median over turns. Answers are compared before anything
is timed. `answers.json` keeps what was measured, `answers.md` shows it; `--redraw` writes the page
anew. Under four minutes on two quiet cores, `--quick` one.
"""

import argparse
import datetime
import json
import logging
import os
import platform
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from itertools import count
from pathlib import Path
from typing import Any, Final

import torch
import transformers

import answer_ways as w
from answers_report import report
from clipblind.ground.files import write_text

Record = dict[str, Any]

TURNS: Final = 3
BATCHES: Final = (1, 4, 8, 16)
CONCURRENCY: Final = (1, 4, 8, 16)
MOST: Final = max(CONCURRENCY) // 2
DELAY: Final = 0.2  # seconds that the server of fixed service time takes
FULL: Final = 300  # answers in a full ledger, as many as MMVP has questions
NAME: Final = "tiny-llava"


@dataclass(frozen=True)
class Way:
    """One way to ask: its name in the report, what asks, and how many questions that is."""

    name: str
    run: Callable[[], Any]
    questions: int


def main() -> None:
    """Measure, and write the report."""
    options = arguments()
    kept = options.out.with_suffix(".json")
    if not options.redraw:
        warnings.filterwarnings("ignore")
        logging.disable(logging.WARNING)
        transformers.utils.logging.disable_progress_bar()
        with tempfile.TemporaryDirectory() as folder:
            state = measure(Path(folder), options)
        write_text(kept, json.dumps(state, indent=1) + "\n")
    write_text(options.out, report(json.loads(kept.read_text())))


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--questions", type=int, default=24, help="of the slowest ways")
    add("--turns", type=int, default=TURNS)
    add("--quick", action="store_true", help="few questions, one turn: shows that it runs")
    add("--out", type=Path, default=Path(__file__).with_suffix(".md"))
    add("--redraw", action="store_true", help="measure nothing, write the page anew")
    return parser.parse_args()


def measure(folder: Path, options: argparse.Namespace) -> Record:
    """All parts of the report."""
    torch.set_num_threads(1)  # as every job has
    number = 16 if options.quick else options.questions
    state = machine() | {
        "turns": 1 if options.quick else options.turns,
        "parameters": w.make_model(folder / NAME),
        "questions": number,
        "delay": DELAY,
        "full": FULL,
    }
    many = w.make_questions(folder / "images", number * MOST)
    some, turns = many[:number], state["turns"]
    fresh = (folder / "ledgers" / str(n) for n in count())
    state |= local(folder, some, fresh, turns)
    with w.slow_server(DELAY) as (url, _):
        state["fixed"] = against_server(url, "tiny", many, partial(enough, number), fresh, turns)
    state["serve"] = serve(folder, some[: max(8, number // 2)], fresh, turns)
    state["ledger"] = ledger(w.repeated(w.asks(some), FULL), fresh, turns)
    return state


def enough(number: int, concurrency: int) -> int:
    """Questions that keep so many places in flight busy for a while."""
    return number * max(1, concurrency // 2)


def local(folder: Path, questions: list[w.Question], fresh: Any, turns: int) -> Record:
    """The model in this process: the official loop, and ours by batch."""
    loop = w.OneByOne(folder / NAME)
    backends = {batch: w.local(folder / NAME, batch) for batch in BATCHES}
    expected = loop(questions, folder / "answers.jsonl")
    tokens = [reply.tokens_out for _, reply in backends[8].answer(w.asks(questions))]
    for backend in backends.values():
        assert w.through_ledger(backend, questions, next(fresh)) == expected
    ways = [Way("official loop", lambda: loop(questions, folder / "answers.jsonl"), len(questions))]
    for batch, backend in backends.items():
        ask = partial(_through_ledger, backend, questions, fresh)
        ways.append(Way(str(batch), ask, len(questions)))
    return {
        "local": in_turns(ways, turns),
        "tokens": [min(tokens), max(tokens)],
        "different": len(set(expected.values())),
    }


def serve(
    folder: Path, questions: list[w.Question], fresh: Any, turns: int
) -> dict[str, list[Record]]:
    """`transformers serve` with the same model; empty where it can't run."""
    with ExitStack() as stack:
        try:
            url = stack.enter_context(w.transformers_serve(folder / NAME))
        except RuntimeError as error:
            say(str(error))
            return {}
        number = len(questions)
        return against_server(url, NAME, questions, lambda _: number, fresh, turns)


def against_server(
    url: str,
    model: str,
    questions: list[w.Question],
    enough: Callable[[int], int],
    fresh: Any,
    turns: int,
) -> dict[str, list[Record]]:
    """The official client in a loop, and ours by how many requests are in flight."""
    few = questions[: enough(1)]
    loop = partial(w.plain_client, url, model, few)
    expected = loop()
    ways = [Way("client in a loop", loop, len(few))]
    for concurrency in CONCURRENCY:
        backend, asked = w.served(url, model, concurrency), questions[: enough(concurrency)]
        assert w.through_ledger(backend, few, next(fresh)) == expected
        ways.append(
            Way(str(concurrency), partial(_through_ledger, backend, asked, fresh), len(asked))
        )
    return in_turns(ways, turns)


def ledger(asked: list[Any], fresh: Any, turns: int) -> dict[str, list[Record]]:
    """Keeping answers, and finding them again."""
    full = next(fresh)
    w.keep(asked, full)
    unsynced = partial(_keep, asked, fresh, synced=False)
    ways = [
        Way("keep, synced", partial(_keep, asked, fresh, synced=True), len(asked)),
        Way("keep, not synced", unsynced, len(asked)),
        Way("resume", partial(w.resume, asked, full), len(asked)),
    ]
    return in_turns(ways, turns)


def in_turns(ways: list[Way], turns: int) -> dict[str, list[Record]]:
    """What each took in each turn."""
    taken: dict[str, list[Record]] = {way.name: [] for way in ways}
    for turn in range(turns):
        for way in ways:
            record = timed(way)
            taken[way.name].append(record)
            say(
                f"{turn + 1}/{turns} {way.name}: {record['rate']:.2f} questions/s,"
                f" {record['others']:.1f} cores taken by others"
            )
    return taken


def timed(way: Way) -> Record:
    """Questions a second, CPU seconds a question, and cores that other programs took meanwhile."""
    busy, own, started = busy_seconds(), sum(os.times()[:4]), time.perf_counter()
    way.run()
    wall = time.perf_counter() - started
    own = sum(os.times()[:4]) - own
    return {
        "rate": way.questions / wall,
        "cpu": own / way.questions,
        "others": max(0.0, busy_seconds() - busy - own) / wall,
    }


def busy_seconds() -> float:
    """CPU seconds of all programs of the machine, so far."""
    path = Path("/proc/stat")
    if not path.exists():
        return 0.0
    user, nice, system = map(int, path.read_text().split()[1:4])
    return (user + nice + system) / os.sysconf("SC_CLK_TCK")


def machine() -> Record:
    """The processor, its load and the versions."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "date": datetime.date.today().isoformat(),
        "processor": names[0] if names else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "load": os.getloadavg()[0],
        "versions": {name: version(name) for name in ("torch", "transformers", "openai")},
    }


def say(words: str) -> None:
    """Tell the person who waits."""
    print(words, file=sys.stderr, flush=True)


def _through_ledger(backend: Any, questions: list[w.Question], fresh: Any) -> w.Answers:
    return w.through_ledger(backend, questions, next(fresh))


def _keep(asked: list[Any], fresh: Any, *, synced: bool) -> None:
    w.keep(asked, next(fresh), synced=synced)


if __name__ == "__main__":
    main()
