"""The embedding engine's measurements as a page of tables."""

from collections.abc import Sequence
from statistics import median
from typing import Any, Final

Record = dict[str, Any]

BARE: Final = "bare forward pass"
NONE: Final = "\N{EN DASH}"
HEAD: Final = """# The embedding engine against the bare forward pass

`make bench-embedding`, last run on {date}. A ViT-B/32 of open_clip with random weights embeds JPEGs
of 500 x 375 pixels, {kilobytes:.0f} kB each, drawn from seeded noise. All ways run one after the
other in each of {turns} turns; ratios are taken within a turn, and the table has their medians.
The bare forward pass computes over pixels that are in memory already, in batches of {best}, the
best of those tried; decoding costs it nothing, so none can reach it where both share the cores.
*Taken by others* is what other programs of the machine used meanwhile, in cores; anything far
above 0 makes rates and ratios alike a matter of luck: measure again on a quiet machine."""


def report(state: Record) -> str:
    """The page."""
    parts = [
        ("Images a second", [table(state["ways"], state["apart"])]),
        ("Decoding", [decoding(state)]),
        ("Workers that decode", [WORKERS, table(state["workers"], {}, "workers")]),
        ("Batches of the bare forward pass", [table(state["batches"], {}, "batch", base="")]),
        ("On a GPU", [gpu(state)]),
        ("Ways", [WAYS]),
        ("Machine", [machine(state)]),
    ]
    sections = [f"## {title}\n\n" + "\n\n".join(texts) for title, texts in parts]
    return "\n\n".join([HEAD.format(**state), *sections]) + "\n"


def table(
    ways: dict[str, list[Record]], apart: dict[str, float], first: str = "way", base: str = BARE
) -> str:
    """Ways by row."""
    titles = [first, "images/s", "of the bare pass", "CPU s an image", "taken by others"]
    titles += ["farthest from the README's"] if apart else []
    rows = []
    for name, records in ways.items():
        cells = [
            f"**{name}**" if name == "clipblind" else name,
            f"{middle(records, 'rate'):.1f}",
            f"{ratio(records, ways[base]):.2f}" if base else NONE,
            f"{middle(records, 'cpu'):.4f}",
            f"{middle(records, 'others'):.1f}",
        ]
        rows.append(cells + ([f"{apart[name]:.0e}" if name in apart else NONE] if apart else []))
    if not base:
        titles, rows = titles[:2] + titles[3:], [row[:2] + row[3:] for row in rows]
    rule = ["---", *["---:"] * (len(titles) - 1)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (titles, rule, *rows))


def middle(records: Sequence[Record], key: str) -> float:
    """The median over turns."""
    return median(record[key] for record in records)


def ratio(records: Sequence[Record], base: Sequence[Record]) -> float:
    """The median of what each turn's rate is of the base's in the same turn."""
    return median(one["rate"] / other["rate"] for one, other in zip(records, base, strict=True))


def decoding(state: Record) -> str:
    """How fast one core decodes, and what that leaves at most."""
    decode = middle(state["decode"]["decode"], "cpu")
    forward = middle(state["ways"][BARE], "cpu")
    said = (
        f"One core reads, decodes and preprocesses {1 / decode:.0f} images a second"
        f" ({1e3 * decode:.2f} ms of CPU time each)."
    )
    if state["gpu_name"]:
        return said
    return (
        f"{said} The forward pass takes {1e3 * forward:.1f} ms of CPU time; where both share the"
        f" cores, no more than {forward / (forward + decode):.2f} of the bare pass can be had."
    )


def gpu(state: Record) -> str:
    """Shares of the GPU's peak."""
    if "gpu" not in state:
        return (
            "Not run: this machine has none. Where there is one, the same command tells what share"
            " of its peak ours and the bare forward pass reach, as they are and compiled."
        )
    lines = ["| way | images/s | TFLOP/s | of the peak |", "| --- | ---: | ---: | ---: |"]
    for name, records in state["gpu"].items():
        done = middle(records, "rate") * state["gflops"] / 1e3
        share = f"{done / state['peak']:.2f}" if state["peak"] else NONE
        lines.append(f"| {name} | {middle(records, 'rate'):.0f} | {done:.1f} | {share} |")
    peak = f"{state['peak']} TFLOP/s" if state["peak"] else "not known here"
    said = f"{state['gpu_name']}, {state['precision']}; its peak is {peak}."
    return said + "\n\n" + "\n".join(lines)


def machine(state: Record) -> str:
    """What it was measured on."""
    versions = ", ".join(f"{name} {v or 'not installed'}" for name, v in state["versions"].items())
    gpu_name = f", {state['gpu_name']}" if state["gpu_name"] else ""
    return "\n".join(
        [
            f"- {state['processor']}, {state['cores']} cores, {state['threads']} threads of torch"
            f"{gpu_name}",
            f"- {versions}",
            f"- {state['gflops']:.1f} GFLOP an image (multiplications and additions apart)",
        ]
    )


WORKERS: Final = """\
Ours with so many workers; 0 decodes in the process that computes. The rule gives as many as
there are cores, and none on a CPU of up to three. They change no byte of what comes out."""

WAYS: Final = """\
- clipblind: `embed_images` as the verb `encoder work` calls it. On a CPU of few cores the process
  that computes decodes; elsewhere a worker for each core does, on a CPU between the forward passes
  and not beside them.
- bare forward pass: `encode_image` and the norm, float32, as many threads as cores.
- open_clip's README: opens, preprocesses and encodes in one process.
- CLIP_benchmark: its own `run_classification` over `ImageFolder` and the DataLoader of its command
  line: batches of 64, four workers. Autocast is on by default, which on a CPU means bfloat16 and
  other numbers; `--no_amp` computes as ours.
- clip-retrieval: its own `FilesReader` and `Runner` in batches of 256, four workers, its
  defaults; its mapper is made again, as it imports what has nothing to do with images. Embeddings
  are float16."""
