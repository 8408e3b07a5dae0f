"""The measurements of asking as a page of tables."""

from collections.abc import Sequence
from statistics import median
from typing import Any, Final

Record = dict[str, Any]
Ways = dict[str, list[Record]]

HEAD: Final = """# Asking models: questions a second

`make bench-answers`, last run on {date}. A LLaVA of {millions:.1f} million parameters with
random weights answers {questions} questions, each over a JPEG of 224 x 224 pixels, greedily, with
{shortest} to {longest} tokens an answer. All ways run one after the other in each of {turns} turns;
ratios are taken within a turn, and the tables have their medians. Before anything is timed, each
way's answers are compared with the loop's: they are the same, question by question, and
{different} of them differ from each other. *CPU s* are those of the process that asks. *Taken by
others* is what other programs of the machine used meanwhile, in cores: over {cores} cores, anything
far above 0 makes questions a second, though hardly ratios, a matter of luck."""

LOCAL: Final = """\
The official loop is that of MMVP's `scripts/evaluate_mllm.py`: one question at a time, its image
opened and preprocessed, one `generate`, a line written. Its model is transformers' LLaVA here, in
float32 on one thread, and greedy. Ours is `ask_all` with the `transformers` back-end in batches,
padded on the left, every answer synced to an empty ledger. In both, weights are loaded before the
clock starts. A batch goes on until its longest answer ends: answers that differ more in length than
these gain less. On a GPU, to which many sequences cost little more than one, batches gain more."""

FIXED: Final = """\
A local server that takes {milliseconds:.0f} ms for every request, however many come at once, as a
provider's servers look from outside. The client in a loop is the official one, one request after
the other. *Of what is possible* is the share of `in flight / service time`; ways with more in
flight ask more questions, so that all take about as long."""

SERVE: Final = """\
`transformers serve` with the same model, without continuous batching: it computes one answer after
the other (its CPU seconds count as taken by others), so no number of requests in flight makes it
faster."""

NO_SERVE: Final = "It could not be started here: it needs `fastapi` and `uvicorn`."


def report(state: Record) -> str:
    """The page."""
    shortest, longest = state["tokens"]
    head = HEAD.format(
        **state, shortest=shortest, longest=longest, millions=state["parameters"] / 1e6
    )
    delay = state["delay"]
    fixed = FIXED.format(milliseconds=1e3 * delay)
    served = [SERVE, table(state["serve"], "in flight")] if state["serve"] else [NO_SERVE]
    parts = [
        ("A model in this process", [LOCAL, table(state["local"], "batch")]),
        ("A server of fixed service time", [fixed, table(state["fixed"], "in flight", delay)]),
        ("`transformers serve`", served),
        ("The ledger", [ledger(state)]),
        ("Machine", [machine(state)]),
    ]  # fmt: skip
    sections = [f"## {title}\n\n" + "\n\n".join(texts) for title, texts in parts]
    return "\n\n".join([head, *sections]) + "\n"


def table(ways: Ways, first: str, delay: float = 0.0) -> str:
    """Ways by row, the loop first."""
    loop, *_ = ways
    titles = [first, "questions/s", "times the loop", "CPU s a question", "taken by others"]
    titles += ["of what is possible"] if delay else []
    rows = []
    for name, records in ways.items():
        cells = [
            name if name == loop else f"**clipblind, {name}**",
            f"{middle(records, 'rate'):.2f}",
            f"{ratio(records, ways[loop]):.2f}",
            f"{middle(records, 'cpu'):.3f}",
            f"{middle(records, 'others'):.1f}",
        ]
        if delay:
            at_once = 1 if name == loop else int(name)
            cells.append(f"{middle(records, 'rate') * delay / at_once:.2f}")
        rows.append(cells)
    rule = ["---", *["---:"] * (len(titles) - 1)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (titles, rule, *rows))


def middle(records: Sequence[Record], key: str) -> float:
    """The median over turns."""
    return median(record[key] for record in records)


def ratio(records: Sequence[Record], base: Sequence[Record]) -> float:
    """The median of what each turn's rate is of the base's in the same turn."""
    return median(one["rate"] / other["rate"] for one, other in zip(records, base, strict=True))


def ledger(state: Record) -> str:
    """What keeping and finding an answer costs."""
    each = {name: 1e3 / middle(records, "rate") for name, records in state["ledger"].items()}
    question = 1e3 / max(middle(records, "rate") for records in state["local"].values())
    full = state["full"]
    synced, bare = each["keep, synced"], each["keep, not synced"]
    return f"""\
- Keeping an answer, its key included, takes {synced:.2f} ms, synced to this disk; {bare:.2f} ms if
  it weren't synced. The fastest way of the first table takes {question:.0f} ms a question.
- A run whose ledger has all {full} answers takes {full * each["resume"]:.0f} ms to read it, compute
  every key anew and find all answers; nothing is asked."""


def machine(state: Record) -> str:
    """What it was measured on."""
    versions = ", ".join(f"{name} {number}" for name, number in state["versions"].items())
    return "\n".join(
        [
            f"- {state['processor']}, {state['cores']} cores, one thread of torch",
            f"- load average at the start {state['load']:.1f}",
            f"- {versions}",
        ]
    )
