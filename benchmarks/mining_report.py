"""The miner's measurements as a page of tables and as a chart."""

import inspect
import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from clipblind.figures.style import (
    BLUE,
    FAINT,
    INK,
    MUTED,
    PAPER,
    SMALL,
    Mark,
    nothing,
    sheet,
    styled,
)
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from clipblind.study.settings.figure import Figure as Settings
from peers import BASELINE, BLOCK, PEERS, SAMPLED, cpu_seconds, our_search

RATE: Final = "gemm-rate"
TITLE: Final = "What finding every alike pair costs"
FIGURE: Final = Settings(dpi=150, width=8.0)
LABELS, HEIGHT, BRACKET = 2.05, 4.4, 0.8  # inches: labels' width, axes' height, bracket's width
BETWEEN: Final = 0.165  # inches from label to label
NONE: Final = "\N{EN DASH}"
TIMES: Final = "\N{MULTIPLICATION SIGN}"

Record = dict[str, Any]
Point = tuple[int, float, bool]


def report(state: Record, name: str) -> str:
    """The page: ratios first, then every number, then how they came about."""
    runs, parts = state["runs"], []
    ratios = [growth(runs), ratio_table(runs)]
    parts.append(("How many times faster than the matrix product alone", ratios))
    for rows in sorted({run["rows"] for run in runs if run["part"] == "sizes"}):
        parts.append((f"{rows:,} images", [table(runs, part="sizes", rows=rows)]))
    for part, (title, words) in PARTS.items():
        for rows in sorted({run["rows"] for run in runs if run["part"] == part}):
            drawn = TABLES.get(part, table)(runs, part=part, rows=rows)
            parts.append((title.format(rows=f"{rows:,}"), [words, drawn]))
    parts += [("Methods", [methods_list(runs)]), ("Machine", [machine_list(state)])]
    sections = [f"## {title}\n\n" + "\n\n".join(filter(None, texts)) for title, texts in parts]
    return "\n\n".join([HEAD.format(name=name, date=state.get("date", "")), *sections]) + "\n"


def growth(runs: Sequence[Record]) -> str:
    """How costs grow with N, in a sentence."""
    best = next(iter(ours_of(runs)), "")
    ours, other = exponent(runs, best), exponent(runs, BASELINE)
    if ours is None or other is None:
        return ""
    rows = sorted({run["rows"] for run in pick(runs, part="sizes", method=best)})
    return (
        f"From {rows[0]:,} to {rows[-1]:,} images the cost of ours ({best.removeprefix('ours-')})"
        f" grows as N^{ours:.2f}, that of the matrix product as N^{other:.2f} (least squares of the"
        " logarithms)."
    )


def ratio_table(runs: Sequence[Record]) -> str:
    """Methods against sizes."""
    columns = sorted(
        {(run["part"], run["rows"]) for run in runs if run["part"] in ("sizes", "narrow", "large")},
        key=lambda column: (("sizes", "large", "narrow").index(column[0]), column[1]),
    )
    names = {"sizes": "", "narrow": ", narrow", "large": ""}
    rows = [
        [
            cell_of(method),
            *(ratio_cell(runs, method, part, count) for part, count in columns),
            lowest_recall(runs, method),
        ]
        for method in methods_of(runs)
    ]
    head = ["method", *(f"{rows:,}{names[part]}" for part, rows in columns), "lowest recall"]
    return markdown(head, rows)


def ratio_cell(runs: Sequence[Record], method: str, part: str, rows: int) -> str:
    computed = part == "large" and method == BASELINE
    found = pick(runs, part=part, rows=rows, method=RATE if computed else method)
    against = baseline(runs, found[0]) if found else None
    if against is None:
        return NONE
    return f"{amount(against / cost(found[0]))}{' (computed)' if computed else ''}"


def lowest_recall(runs: Sequence[Record], method: str) -> str:
    known = [run["recall"] for run in pick(runs, method=method) if run.get("recall") is not None]
    return share(min(known)) if known else NONE


def table(runs: Sequence[Record], **wanted: Any) -> str:
    """Every number of the methods of one part, or of one size of it."""
    head = ["method", "CPU s", "of it system", "first call", "wall s", "times the GEMM"]
    head += ["pairs", "recall", "extra", "peak MiB", "on top MiB"]
    chosen = [run for run in runs if all(run[k] == v for k, v in wanted.items())]
    rows = []
    for run in sorted(chosen, key=lambda run: methods_of(runs).index(run["method"])):
        cells = numbers(runs, run) if "first" in run else [run.get("skipped") or run["failed"]]
        rows.append([cell_of(run["method"]), *cells, *[""] * (len(head) - 1 - len(cells))])
    return markdown(head, rows)


def numbers(runs: Sequence[Record], run: Record) -> list[str]:
    """A measured record's cells after its name."""
    call, against = run["warm"] or run["first"], baseline(runs, run)
    recall = run.get("recall")
    return [
        amount(cost(run)),
        f"{call['system']:.2f}",
        amount(cpu_seconds(run["first"])),
        amount(call["wall"]),
        amount(against / cost(run)) if against else NONE,
        f"{run['pairs']:,}" if "pairs" in run else NONE,
        NONE if recall is None else share(recall),
        f"{run['extra']:,}" if "extra" in run else NONE,
        f"{run['peak']:,.0f}",
        f"{run['top']:,.0f}",
    ]


def threshold_table(runs: Sequence[Record], **wanted: Any) -> str:
    """Ours by threshold."""
    rows = []
    for run in sorted(pick(runs, **wanted), key=lambda run: -run["above"]):
        against = baseline(runs, run)
        density = run["pairs"] / (run["rows"] * (run["rows"] - 1) / 2)
        times = amount(against / cost(run)) if against else NONE
        cells = [f"{run['pairs']:,}", f"{density:.1e}", amount(cost(run)), times]
        rows.append([f"{run['above']}", *cells, f"{run['top']:,.0f}"])
    head = ["above", "pairs", "of all pairs", "CPU s", "times the GEMM", "on top MiB"]
    return markdown(head, rows)


def core_table(runs: Sequence[Record], **wanted: Any) -> str:
    """Ours by threads."""
    found = sorted(pick(runs, **wanted), key=lambda run: run["threads"])
    walls = [(run["warm"] or run["first"])["wall"] for run in found]
    rows = [
        [f"{run['threads']}", amount(wall), amount(cost(run)), f"{walls[0] / wall:.2f}"]
        for run, wall in zip(found, walls, strict=True)
    ]
    return markdown(["threads", "wall s", "CPU s", "times faster"], rows)


def large_table(runs: Sequence[Record], **wanted: Any) -> str:
    """Ours at the largest size, and what was checked there."""
    lines = []
    for run in pick(runs, **wanted):
        if run["method"] == RATE:
            lines.append(f"- the matrix product: {amount(cost(run))} CPU s, computed from the rate")
            continue
        against, check = baseline(runs, run), run["check"]
        times = f", {amount(against / cost(run))} times faster" if against else ""
        lines += [
            f"- ours: {amount(cost(run))} CPU s in one call{times}; {run['pairs']:,} pairs;"
            f" {run['peak']:,.0f} MiB at the peak, {run['top']:,.0f} of them on top of its inputs",
            f"- float64 brute force of {check['rows']} random rows against all finds"
            f" {check['pairs']:,} pairs; ours misses {check['missed']} of them and has"
            f" {check['extra']} more",
        ]
    return "\n".join(lines)


def methods_of(runs: Sequence[Record]) -> list[str]:
    """Methods that were tried: ours, then its peers."""
    present = {run["method"] for run in runs}
    return ours_of(runs) + [name for name in PEERS if name in present]


def ours_of(runs: Sequence[Record]) -> list[str]:
    """Our kernels that were tried, in the order of jobs: the one to compare by comes first."""
    return list(dict.fromkeys(run["method"] for run in runs if run["method"].startswith("ours")))


def label_of(method: str) -> str:
    return PEERS[method].label if method in PEERS else method.replace("ours-", "clipblind, ")


def cell_of(method: str) -> str:
    return label_of(method) if method in PEERS else f"**{label_of(method)}**"


def methods_list(runs: Sequence[Record]) -> str:
    """What each method does, as its function says."""
    known = {"clipblind": our_search("auto")}
    known |= {PEERS[name].label: PEERS[name].prepare for name in methods_of(runs) if name in PEERS}
    described = {label: inspect.cleandoc(f.__doc__ or "").split() for label, f in known.items()}
    return "\n".join(f"- {label}: {' '.join(words)}" for label, words in described.items())


def machine_list(state: Record) -> str:
    """Where and with what it was measured."""
    here = state["machine"]
    kernels = [f"{name}: {what}, {core}" for name, (what, core) in here["kernels"].items()]
    versions = [f"{name} {version}" for name, version in here["versions"].items()]
    return "\n".join(
        [
            f"- {here['processor']} ({here['family']}), {here['cores']} cores,"
            f" {here['memory']} GiB of memory",
            f"- instructions: {', '.join(here['instructions'])}",
            f"- Python {here['python']}, {', '.join(versions)}",
            f"- BLAS kernels: {'; '.join(kernels)}",
        ]
    )


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table whose first column is text."""
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))


def amount(value: float) -> str:
    """Three significant digits."""
    if value <= 0:
        return "0"
    return f"{value:,.{max(0, 2 - math.floor(math.log10(value)))}f}"


def share(value: float) -> str:
    """A recall; it says 1 only if nothing is missing."""
    return "1" if value == 1 else f"{math.floor(value * 1e4) / 1e4:.4f}"


@styled
def chart(runs: Sequence[Record]) -> Figure:
    """CPU seconds over the number of images, a line for each method, labelled at its left end."""
    curves = {method: curve(runs, method) for method in methods_of(runs)}
    curves = {method: points for method, points in curves.items() if points}
    if not curves:
        return nothing(FIGURE, TITLE, "Nothing was measured yet.")
    subtitle = (
        "CPU seconds of one core over the number of images, both axes logarithmic. A hollow mark is"
        " computed from a measured rate."
    )
    marks: list[Mark] = [
        ("ours, exact", BLUE, "line"),
        ("all pairs", MUTED, "line"),
        ("approximate, or decides nothing", MUTED, "dashes"),
    ]
    best = next(iter(ours_of(runs)), "")
    made = sheet(FIGURE, TITLE, subtitle, HEIGHT + 0.5, marks)
    width = made.width - LABELS - 0.55
    axes = made.axes(LABELS, 0.1, width, HEIGHT)
    every = [point for points in curves.values() for point in points]
    rows, seconds = sorted({x for x, _, _ in every}), [y for _, y, _ in every]
    # as much of the width as the bracket and its words take
    room = (rows[-1] / rows[0] * 1.06) ** (BRACKET / (width - BRACKET))
    axes.set(xscale="log", yscale="log", xlim=(rows[0] / 1.06, rows[-1] * room))
    axes.set_ylim(min(seconds) / 1.4, max(seconds) * 1.4)
    axes.set_xticks(rows, [f"{x:,}" for x in rows])
    axes.yaxis.tick_right()
    axes.yaxis.set_major_formatter(lambda y, _: f"{y:,g} s")
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_minor_locator(NullLocator())
    axes.grid(axis="y", color=FAINT, linewidth=0.7, zorder=0)
    for method, points in curves.items():
        draw_curve(axes, points, style_of(method, best))
    label_curves(axes, curves, best)
    compare(axes, curves.get(best, []), curves.get(BASELINE, []))
    return made.figure


def curve(runs: Sequence[Record], method: str) -> list[Point]:
    """Images, CPU seconds and whether they are computed, by size."""
    found = pick(runs, part="sizes", method=method) + pick(runs, part="large", method=method)
    if method == BASELINE:
        found += pick(runs, part="large", method=RATE)
    return sorted((run["rows"], cost(run), run["method"] == RATE) for run in found)


def style_of(method: str, best: str) -> dict[str, Any]:
    """Ours stand out, and of ours the best; the baseline is darker than its peers."""
    if method not in PEERS:
        return {"color": BLUE, "linewidth": 2.8 if method == best else 1.1, "zorder": 5}
    if method == BASELINE:
        return {"color": INK, "linewidth": 1.8, "zorder": 4}
    dashed = {} if PEERS[method].exact else {"dashes": (3, 2)}
    return {"color": MUTED, "linewidth": 0.9, "zorder": 3, **dashed}


def draw_curve(axes: Axes, points: Sequence[Point], style: dict[str, Any]) -> None:
    axes.plot([x for x, _, _ in points], [y for _, y, _ in points], **style)
    for x, y, computed in points:
        face = PAPER if computed else style["color"]
        rim = style["color"] if computed else PAPER
        axes.plot(x, y, "o", markersize=4.5, color=face, markeredgecolor=rim, zorder=6)


def label_curves(axes: Axes, curves: dict[str, list[Point]], best: str) -> None:
    """Names left of the axes, apart from each other, each led to where its line begins."""
    place = axes.transAxes.inverted()
    names = sorted(curves, key=lambda method: curves[method][0][1])
    starts = [place.transform(axes.transData.transform(curves[name][0][:2])) for name in names]
    heights = spread([y * HEIGHT for _, y in starts], BETWEEN)
    inch = 1 / (axes.bbox.width / axes.get_figure().dpi)
    for name, (x, y), height in zip(names, starts, heights, strict=True):
        style, at = style_of(name, best), height / HEIGHT
        strong = "bold" if style["linewidth"] > 1.5 else "normal"
        options = {"transform": axes.transAxes, "clip_on": False}
        axes.text(
            *(-0.36 * inch, at, label_of(name)),
            **{"ha": "right", "va": "center", "fontsize": SMALL, "fontweight": strong},
            color=style["color"],
            **options,
        )
        corners = ((-0.31 * inch, -0.12 * inch, x), (at, at, y))
        axes.plot(*corners, color=style["color"], linewidth=0.5, alpha=0.7, zorder=2, **options)


def spread(wanted: Sequence[float], least: float) -> list[float]:
    """Ascending places moved apart until neighbours are `least` from each other."""
    places = list(wanted)
    for _ in range(1000):
        for i in range(len(places) - 1):
            overlap = least - (places[i + 1] - places[i])
            if overlap > 0:
                places[i] -= overlap / 2
                places[i + 1] += overlap / 2
    return places


def compare(axes: Axes, best: Sequence[Point], other: Sequence[Point]) -> None:
    """A bracket from ours to the baseline at the largest size that both have."""
    ours, others = ({x: y for x, y, _ in points} for points in (best, other))
    if not (common := ours.keys() & others.keys()):
        return
    low, high = ours[max(common)], others[max(common)]
    inch = 1 / (axes.bbox.width / axes.get_figure().dpi)
    at = 1 - (BRACKET - 0.2) * inch
    bracket = {"transform": axes.get_yaxis_transform(), "color": INK, "linewidth": 0.8}
    tip = at - 0.06 * inch
    axes.plot((tip, at, at, tip), (low, low, high, high), **bracket)
    axes.text(
        *(at + 0.06 * inch, math.sqrt(low * high), f"{high / low:,.0f} {TIMES}\nless"),
        transform=axes.get_yaxis_transform(),
        **{"ha": "left", "va": "center", "fontsize": SMALL, "fontweight": "bold", "color": INK},
        bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 1},
    )


HEAD: Final = """# The exact miner against its peers

`python benchmarks/mining.py`, last run on {date}. All pairs of images whose cosine is above .95, of
embeddings drawn as `clipblind.mining.synthetic` says. CPU seconds, user and system, of one thread
on one core: the median of three calls after a first one (one with `--quick`), or the only call of
what takes over 20 seconds. Libraries are imported and embeddings are in memory before the clock
starts; indices are built while it runs. The GEMM is OpenBLAS's float32 product of as many rows in
the same run, with the kernels that OpenBLAS chooses for this processor; FAISS's older OpenBLAS is
told to run the same. Recall and extra pairs are against the exact set; peers are given a threshold
that is 10⁻⁵ lower, and float64 decides what they find. Memory is the process's; *on top* leaves out
what was resident before the first call.

![CPU seconds over the number of images]({name}.png)"""

PARTS: Final = {
    "narrow": ("A narrow domain, {rows} images", "One kind of picture, so that many are alike."),
    "isotropic": (
        "Directions without structure, {rows} rows",
        "Nothing can be ruled out by a few dimensions, and no pair is alike.",
    ),
    "thresholds": ("Other thresholds, {rows} images", ""),
    "cores": ("Two cores, {rows} images", ""),
    "large": ("The size of ImageNet-1k, {rows} images", ""),
}
TABLES: Final = {"thresholds": threshold_table, "cores": core_table, "large": large_table}


def pick(runs: Sequence[Record], **wanted: Any) -> list[Record]:
    """Records that were measured and have these values."""
    return [
        run for run in runs if "first" in run and all(run.get(k) == v for k, v in wanted.items())
    ]


def cost(run: Record) -> float:
    """CPU seconds: of the warm call, of the only one, or of what a rate was measured for."""
    seconds = cpu_seconds(run["warm"] or run["first"])
    return seconds * gemm_blocks(run["rows"]) if run["method"] == RATE else seconds


def gemm_blocks(rows: int) -> float:
    """How many times the rate's sample is in the upper triangle of all blocks."""
    full, rest = divmod(rows, BLOCK)
    triangle = (rows**2 + full * BLOCK**2 + rest**2) / 2
    return triangle / (math.prod(SAMPLED) * BLOCK**2)


def baseline(runs: Sequence[Record], run: Record) -> float | None:
    """The bare matrix product's CPU seconds for as many images, measured in the same part if so."""
    found = pick(runs, rows=run["rows"], method=RATE if run["part"] == "large" else BASELINE)
    found.sort(key=lambda other: other["part"] != run["part"])
    return cost(found[0]) if found else None


def exponent(runs: Sequence[Record], method: str) -> float | None:
    """The power of N that a method's cost grows with, by least squares of the logarithms."""
    found = pick(runs, part="sizes", method=method)
    if len(found) < 2:
        return None
    rows, seconds = [run["rows"] for run in found], [cost(run) for run in found]
    return float(np.polyfit(np.log(rows), np.log(seconds), 1)[0])
