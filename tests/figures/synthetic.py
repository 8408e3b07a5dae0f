"""Tables of made-up studies, by the keys of `figures/inputs.py`, and what a drawn figure says."""

import json
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure as Drawn

from clipblind.controls.seeds import spread
from clipblind.embedding.files import write_embeddings
from clipblind.figures.inputs import FIGURES
from clipblind.ground.factors import FACTOR_OF_PATTERN, FACTORS, Scene
from clipblind.ground.patterns import AVERAGE, NINE
from clipblind.ground.stats import wilson
from clipblind.ground.tables.answers import MADE
from clipblind.ground.tables.benchmark import BENCHMARKS
from clipblind.ground.tables.controls import (
    DIFFER_RATES,
    NUMBERS,
    PROBES,
    SHUFFLED,
    SPREAD,
    SURVEY,
)
from clipblind.ground.tables.matching import (
    AGAINST_TABLE1,
    CORRELATION,
    IMAGENET,
    MATCH_PAIRED,
    MATCH_SCORES,
    VARIANTS,
    ZERO_SHOT,
)
from clipblind.ground.tables.pairs import PAIRS
from clipblind.ground.tables.scores import (
    AGAINST_FIGURE4,
    BENCHMARK_SCORES,
    NAMED_SCORES,
    PATTERN_SCORES,
)
from clipblind.ground.tables.table import Table
from clipblind.ground.tables.world import CURVE, SHARD
from clipblind.printed import figure4, table1
from clipblind.study.settings.figure import Figure
from clipblind.world.draw import png

Inputs = dict[str, list[Path]]
Rows = list[dict[str, Any]]

SMALL = Figure(dpi=40, width=8)
SHARP = Figure(dpi=150, width=8)
UP, DOWN = "\N{BLACK UP-POINTING TRIANGLE}", "\N{BLACK DOWN-POINTING TRIANGLE}"
WAYS = ("text_to_image", "image_to_text")

# axis, pictures, samples, pixels across, patches, parameters in millions
CLIPS = {
    "clip_wide": ("size", 20_000, 96_000, 64, 16, 0.801),
    "clip_web": ("base", 20_000, 96_000, 64, 16, 0.392),
    "clip_told": ("captions", 20_000, 96_000, 64, 16, 0.392),
    "clip_swap": ("captions", 20_000, 96_000, 64, 16, 0.392),
    "clip_narrow": ("size", 20_000, 96_000, 64, 16, 0.116),
    "clip_deep": ("size", 20_000, 96_000, 64, 16, 0.657),
    "clip_32px": ("resolution", 20_000, 96_000, 32, 16, 0.371),
    "clip_fine": ("resolution", 20_000, 96_000, 64, 64, 0.377),
    "clip_few": ("images", 2_500, 96_000, 64, 16, 0.392),
    "clip_half": ("images", 10_000, 96_000, 64, 16, 0.392),
    "clip_long": ("steps", 20_000, 288_000, 64, 16, 0.392),
}

# towers, mixture, share, layer, standardised, steps
WEB, BOTH = "clip_web", "clip_web+reference"
MAKES: dict[str, tuple[str, str, float | None, int, bool, int]] = {
    "CLIP": (WEB, "none", 0.0, -1, True, 900),
    "CLIP, 2x steps": (WEB, "none", 0.0, -1, True, 1800),
    "CLIP, layer -2": (WEB, "none", 0.0, -2, True, 900),
    "CLIP, raw": (WEB, "none", 0.0, -1, False, 900),
    "told CLIP": ("clip_told", "none", None, -1, True, 900),
    "swap CLIP": ("clip_swap", "none", None, -1, True, 900),
    "reference": ("reference", "none", 1.0, -1, True, 900),
    "reference, 2x steps": ("reference", "none", 1.0, -1, True, 1800),
    **{f"A-MoF {s}": (BOTH, "additive", s, -1, True, 900) for s in (0.875, 0.25, 0.5, 0.625, 0.75)},
    "A-MoF .75, raw": (BOTH, "additive", 0.75, -1, False, 900),
    "A-MoF .75, 2x steps": (BOTH, "additive", 0.75, -1, True, 1800),
    "I-MoF": (BOTH, "interleaved", None, -1, True, 900),
    "I-MoF, raw": (BOTH, "interleaved", None, -1, False, 900),
    "I-MoF, 2x steps": (BOTH, "interleaved", None, -1, True, 1800),
    "CLIP twice": (f"{WEB}+{WEB}", "interleaved", None, -1, True, 900),
}
BASELINES = ("text only", "always (a)", "random")
WORLD_SIZES = {
    "empty": ([], []),
    "small": (["clip_web"], ["CLIP $\\alpha$ <b>", "I-MoF", "random"]),
    "full": (list(CLIPS), [*MAKES, *BASELINES]),
}

# label, row of Table 1, data, samples in millions, pixels, parameters
MODELS = {
    "openai_b32": ("OpenAI ViT-B/32, 224 px", "", "WIT-400M", 12_800, 224, 151.3),
    "openai_b16": ("OpenAI ViT-B/16, 224 px", "", "WIT-400M", 12_800, 224, 149.6),
    "siglip2": ("SigLIP2 SO400M, 224 px", "", "WebLI", 40_000, 224, 1135.9),
    "l14": ("OpenAI ViT-L/14, 224 px", "OpenAI ViT-L-14 224", "WIT-400M", 12_800, 224, 427.6),
    "l14_336": ("OpenAI ViT-L/14, 336 px", "OpenAI ViT-L-14 336", "WIT-400M", 13_200, 336, 427.9),
    "so400m": ("SigLIP SO400M, 224 px", "SigLIP ViT-SO-14 224", "WebLI", 45_000, 224, 877.4),
    "so400m_384": ("SigLIP SO400M, 384 px", "SigLIP ViT-SO-14 384", "WebLI", 50_000, 384, 878.0),
    "dfn": ("DFN H/14, 224 px", "DFN ViT-H-14 224", "DFN-5B", 39_000, 224, 986.1),
    "dfn_378": ("DFN H/14, 378 px", "DFN ViT-H-14 378", "DFN-5B", 44_000, 378, 986.7),
    "meta_l": ("MetaCLIP L/14, 224 px", "MetaCLIP ViT-L-14 224", "MetaCLIP", 12_800, 224, 427.6),
    "meta_h": ("MetaCLIP H/14, 224 px", "MetaCLIP ViT-H-14 224", "MetaCLIP", 12_800, 224, 986.1),
    "eva01": ("EVA01 g/14, 224 px", "EVA01 ViT-g-14 224", "LAION-400M", 11_000, 224, 1136.4),
    "eva02": ("EVA02 E/14+, 224 px", "EVA02 ViT-bigE-14+ 224", "LAION-2B", 9_000, 224, 5044.9),
}
TEN = tuple(list(MODELS)[3:])
LATER = tuple(list(MODELS)[:3])
REAL = {"all": (*LATER, *TEN), "ten": TEN, "one": TEN[:1], "later": LATER, "nothing": ()}
MEASURED = {"all": (TEN[0], TEN[3], LATER[0]), "one": TEN[:1]}
OFF = (0, 1, -2, 0, 3, 0, -1, 1, 0, 0, 2, -1)
"""Pairs by which the made-up runs miss the paper, over and over."""

# right pairs of 150 by published and by corrected labels, row of Figure 4, label, right on 12 pairs
ANSWERERS: dict[str, tuple[int, int, str, str, int]] = {
    "llava": (38, 40, "LLaVA-1.5", "LLaVA-1.5 13B", 4),
    "people": (140, 141, "Human", "people", 12),
    "mine": (90, 88, "", "mine " * 20, 5),
    "constant": (0, 0, "", "", 0),
}
PAIRS_OF = {pattern: 4 + 3 * i for i, pattern in enumerate(NINE)}


def write(table: Table, rows: Rows, path: Path) -> list[Path]:
    """One table as a file; what a row lacks is null."""
    table.write(pl.DataFrame(rows, schema=dict(table.columns)), path)
    return [path]


def given(name: str, inputs: Inputs) -> Inputs:
    """What the registry says that a figure reads, and no more."""
    declared = (*FIGURES[name].needs, *FIGURES[name].takes)
    return {key: inputs[key] for key in declared if key in inputs}


def words_of(figure: Drawn) -> list[str]:
    """All texts, those of axes last."""
    return [text.get_text() for holder in (figure, *figure.axes) for text in holder.texts]


def dots_of(figure: Drawn) -> list[tuple[str, float]]:
    """Colour and place across of each dot, the key's left out."""
    return [
        (to_hex(line.get_color()), float(line.get_xdata()[0]))
        for axes in figure.axes
        if axes.axison
        for line in axes.lines
        if line.get_marker() == "o"
    ]


def texts_lie_apart(figure: Drawn) -> None:
    """Fails if a text lies on another one or leaves the sheet."""
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw_without_rendering()
    ticks = [
        label
        for axes in figure.axes
        if axes.axison
        for axis, (low, high) in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim()))
        for at, label in zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=True)
        if min(low, high) <= at <= max(low, high)
    ]
    texts = [*figure.texts, *(text for axes in figure.axes for text in axes.texts), *ticks]
    boxes = [(t, t.get_window_extent(renderer)) for t in texts if t.get_text()]
    for text, box in boxes:
        assert box.x0 >= 0 and box.x1 <= figure.bbox.x1, f"{text.get_text()!r} leaves the sheet"
        assert box.y0 >= 0 and box.y1 <= figure.bbox.y1, f"{text.get_text()!r} leaves the sheet"
    # a slanted heading's box is wider than its words
    level = [(t.get_text(), box.padded(-1)) for t, box in boxes if not t.get_rotation()]
    for i, (words, box) in enumerate(level):
        for others, other in level[:i]:
            assert not box.overlaps(other), f"{words!r} lies on {others!r}"


def unit_rows(rows: int, seed: int) -> np.ndarray:
    """float32 `[rows, 8]` of unit norm, all a little alike."""
    drawn = np.random.default_rng(seed).normal(size=(rows, 8)) + 0.5
    return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)


def scored(name: str, benchmark: str, right: int, pairs: int) -> dict[str, Any]:
    """A row of `BENCHMARK_SCORES`."""
    share = wilson(right, pairs)
    return {
        "benchmark": benchmark, "contender": name, "questions": 2 * pairs, "pairs": pairs,
        "question_accuracy": (pairs + right) / (2 * pairs), "pair_accuracy": share.value,
        "low": share.low, "high": share.high, "unscored": 0,
    }  # fmt: skip


def benchmark_row(name: str, kind: str, pairs: int, **changed: object) -> dict[str, Any]:
    """A row of `BENCHMARKS`."""
    row = {"benchmark": name, "kind": kind, "of": name, "pairs": pairs, "questions": 2 * pairs}
    return row | {"chance": 0.25, "chance_question": 0.5} | changed


def world_tables(folder: Path, size: str) -> Inputs:
    """A rendered study without anything, of the smoke study's size, or with all variants."""
    clips, contenders = WORLD_SIZES[size]
    return {
        **_of_pool(folder, size),
        **of_clips(folder, clips),
        **of_contenders(folder, contenders, clips),
        **of_controls(folder, clips, contenders),
        **over_seeds(folder, clips, contenders),
        "curves": [
            write(
                CURVE,
                [{"step": i, "loss": 2.0 / i, "learning_rate": 0.1} for i in (1, 2) if clips],
                folder / f"encoders/{name}/curve.csv",
            )[0]
            for name in clips or ["none"]
        ],
    }


def _of_pool(folder: Path, size: str) -> Inputs:
    # one image alone makes no pair
    ids = [f"search-{i:06d}" for i in range(1 if size == "empty" else 30)]
    for seed, name in enumerate(("probe", "reference")):
        write_embeddings(ids, unit_rows(len(ids), seed), folder / f"{name}.arrow")
    summary, kind = folder / "summary.json", {"probe_above": 0.9, "reference_below": 0.3}
    counts = {"used": kind, "cosine": {**kind, "probe_above": 0.95}, "quantile": kind}
    of = {key: {**one, "pairs": 2} for key, one in counts.items()}
    summary.write_text(json.dumps({"thresholds": "quantile", **of}))
    scene = Scene(**{f.name: f.values[0] for f in FACTORS.values()}, nuisance=0)
    blind = {"pair_id": "a+b", "image_a": "a", "image_b": "b"}
    shown = [] if size == "empty" else [{**blind, "cos_probe": 0.99, "cos_reference": 0.2}]
    packed = [{"image_id": name, "png": png(scene, 16)} for name in ("a", "b") if shown]
    return {
        "probe": [folder / "probe.arrow"],
        "reference": [folder / "reference.arrow"],
        "summary": [summary],
        "pairs": write(PAIRS, shown, folder / "selected.parquet"),
        "pictures": write(SHARD, packed, folder / "pictures.parquet"),
    }


def of_clips(folder: Path, clips: Sequence[str]) -> Inputs:
    """Scores, variants, zero-shot accuracies and comparisons of trained CLIPs."""
    items = list(enumerate((*FACTOR_OF_PATTERN, AVERAGE)))
    matching = [
        {"benchmark": "statements", "encoder": clip, "image_size": 64, "params_m": 0.4}
        | {"direction": way, "pattern": pattern, "pairs": 60, **_share(i + len(clip))}
        for clip, way, (i, pattern) in product(clips, WAYS, items)
    ]
    shots = [
        {"encoder": clip, "factor": factor, "mention_rate": 0.08 * i, "images": 1000, **_share(i)}
        | {"chance": 0.5}
        for clip, (i, factor) in product(clips, enumerate(FACTORS))
    ]
    measures = [("text_to_image", p) for p in (*FACTOR_OF_PATTERN, AVERAGE)]
    measures += [("zero_shot", factor) for factor in FACTORS]
    better = {"orientation": 0.5, "facing": 0.5, "colour": -0.5}
    paired = [
        {"benchmark": "statements" if measure in WAYS else "", "measure": measure}
        | {"first": clip, "second": "clip_web", "item": item, "cases": 60}
        | {"only_first": 9, "only_second": 2, "difference": better.get(item, 0.1)}
        | {"low": -0.9, "high": 0.9, "p": 0.001, "p_holm": 0.01 if item in better else 0.06}
        for clip, (measure, item) in product(clips, measures)
        if clip == "clip_told"
    ]
    return {
        "matching": write(MATCH_SCORES, matching, folder / "matching.csv"),
        "variants": variants(folder, clips),
        "zero_shot": write(ZERO_SHOT, shots, folder / "zero_shot.csv"),
        "encoders_paired": write(MATCH_PAIRED, paired, folder / "encoders_paired.csv"),
    }


def variants(folder: Path, clips: Sequence[str], **changed: object) -> list[Path]:
    """How trained CLIPs were made, in the order of `CLIPS`."""
    rows = [
        {"encoder": clip, "axis": axis, "images": images, "samples": samples}
        | {"captions": clip[5:] if axis == "captions" else "web", "image_size": pixels}
        | {"patches": patches, "params_m": millions, "zero_shot": 0.9, "low": 0.8, "high": 1.0}
        | changed
        for clip, (axis, images, samples, pixels, patches, millions) in CLIPS.items()
        if clip in clips
    ]
    return write(VARIANTS, rows, folder / "variants.csv")


def _share(i: int) -> dict[str, float]:
    at = (i % 11) / 10
    return {"accuracy": at, "low": max(0.0, at - 0.1), "high": min(1.0, at + 0.1)}


def of_contenders(folder: Path, contenders: Sequence[str], clips: Sequence[str]) -> Inputs:
    """Scores of small LLaVAs and baselines on mined, random and twin pairs."""
    pairs = {"mined": 200, "random": 300, "twins": 540}
    rows = [
        scored(name, benchmark, (7 * i + n // 9) % n, n)
        for (i, name), (benchmark, n) in product(enumerate(contenders), pairs.items())
    ]
    by_pattern = [
        {**scored(name, "twins", (11 * i + 7 * j) % 60, 60), "pattern": pattern}
        for (i, name), (j, pattern) in product(enumerate(contenders), enumerate(FACTOR_OF_PATTERN))
    ]
    by_pattern += [{**scored(name, "mined", 3, 24), "pattern": "thing"} for name in contenders]
    named = [{**scored(name, "random", 120, 200), "named": "often"} for name in contenders]
    measured = {"patterns": 9, "pearson": -0.5, "low": -0.9, "high": 0.9, "p": 0.0, "p_holm": 0.04}
    correlated = [
        {"benchmark": "statements", "beside": "twins", "contender": name, "encoder": clip}
        | measured
        for name in contenders
        if name not in BASELINES
        for clip in (["clip_told", "clip_web"] if name == "told CLIP" else [WEB])
        if clip in clips
    ]
    asked = [benchmark_row(name, "truth", n) for name, n in pairs.items() if contenders]
    return {
        "scores": write(BENCHMARK_SCORES, rows, folder / "benchmarks.csv"),
        "benchmarks": write(BENCHMARKS, asked, folder / "asked.csv"),
        "patterns": write(PATTERN_SCORES, by_pattern, folder / "patterns.csv"),
        "named": write(NAMED_SCORES, named, folder / "named.csv"),
        "correlation": write(CORRELATION, correlated, folder / "correlation.csv"),
        "made": made(folder, contenders),
    }


def made(folder: Path, contenders: Sequence[str]) -> list[Path]:
    """What small LLaVAs are made of; the rest are baselines."""
    columns = ("towers", "mixture", "share", "layer", "standardised", "steps")
    rows = [
        {"contender": name, "label": name, "kind": "mof", "tokens": 32 if "I-MoF" in name else 16}
        | dict(zip(columns, MAKES.get(name, MAKES["CLIP"]), strict=True))
        if name not in BASELINES
        else {"contender": name, "label": name, "kind": "random", "towers": ""}
        for name in contenders
    ]
    return write(MADE, rows, folder / "made.csv")


def of_controls(folder: Path, clips: Sequence[str], contenders: Sequence[str]) -> Inputs:
    """Surveys, differ-rates, probes and permuted answers."""
    rates: Rows = []
    survey: Rows = []
    for clip in clips:
        counts = {"all_pairs": 8_000_000, "similar_pairs": 7_998}
        survey += [
            {"encoder": clip, "thresholds": kind, "probe_above": above, "reference_below": 0.6}
            | {**counts, "blind_pairs": blind}
            for kind, above, blind in (("cosine", 0.95, 0), ("quantile", 0.92, 1_355))
        ]
        for (i, factor), among in product(enumerate(FACTORS), ("similar", "blind")):
            rate = 0.05 * i if among == "similar" else 0.9
            bounds = {"rate": rate, "low": max(0.0, rate - 0.02), "high": rate + 0.02}
            pairs = {"pairs": 7_998 if among == "similar" else 1_355, "differ": 9}
            rates.append(
                {"encoder": clip, "factor": factor, "among": among, **pairs, **bounds}
                | {"at_large": 0.6}
            )
    probed = [*clips, *(["reference"] if clips else [])]
    probes = [
        {"encoder": name, "factor": factor, "fitted_on": 4_000, "images": 1_000}
        | {"accuracy": right, "low": right - 0.03, "high": right + 0.03, "chance": 0.5}
        for name, factor in product(probed, FACTORS)
        for right in (0.9 if name == "reference" else 0.8,)
    ]
    shuffled = [
        {"effect": effect, "benchmark": benchmark, "of": name, "against": ""}
        | {"observed": (0.7, 0.25, 0.1)[i % 3], "permutations": 1_000}
        | {"mean": 0.25, "low": 0.2, "high": 0.3}
        for effect in ("pair accuracy", "unevenness over patterns", "difference")
        for benchmark in ("twins", "random", "mined")
        for i, name in enumerate(contenders)
    ]
    return {
        "rates": write(DIFFER_RATES, rates, folder / "rates.csv"),
        "survey": write(SURVEY, survey, folder / "survey.csv"),
        "probes": write(PROBES, probes, folder / "probes.csv"),
        "shuffled": write(SHUFFLED, shuffled, folder / "shuffled.csv"),
    }


def over_seeds(
    folder: Path, clips: Sequence[str], contenders: Sequence[str], seeds: int = 3
) -> Inputs:
    """Numbers of every seed, and their means."""
    found: list[tuple[str, str, str, float]] = [
        ("scores/benchmarks", f"{name}/{benchmark}", "pair_accuracy", 0.3)
        for name, benchmark in product(contenders, ("mined", "random", "twins"))
    ]
    for clip, (i, factor) in product(clips, enumerate(FACTORS)):
        rate = 0.5 if clip == "clip_told" else 0.08 * i
        found.append(("matching/zero_shot", f"{clip}/{factor}", "accuracy", 0.6))
        found.append(("matching/zero_shot", f"{clip}/{factor}", "mention_rate", rate))
    for clip, (kind, pairs) in product(clips, (("cosine", 0), ("quantile", 1355))):
        found.append(("controls/survey", f"{clip}/{kind}", "blind_pairs", pairs))
    rows: Rows = [
        {"table": of, "what": what, "number": number, "seed": seed}
        | {"value": value if number == "mention_rate" else value * (1 + 0.1 * seed)}
        for seed, (of, what, number, value) in product(range(seeds), found)
    ]
    numbers = write(NUMBERS, rows, folder / "numbers.csv")
    over = spread(NUMBERS.read(numbers[0])).to_dicts()
    return {"numbers": numbers, "spread": write(SPREAD, over, folder / "spread.csv")}


def paper_tables(folder: Path, size: str) -> Inputs:
    """A study of real models on MMVP and MMVP-VLM that misses Table 1 by a few pairs."""
    names, measured = REAL[size], MEASURED.get(size, ())
    return {**of_models(folder, names, measured), **of_answerers(folder, size)}


def of_models(folder: Path, names: Sequence[str], measured: Sequence[str] = ()) -> Inputs:
    """Encoders from elsewhere on MMVP-VLM, beside Table 1; some measured on ImageNet."""
    printed = {(row, pattern): share for row, pattern, share in printed_cells()}
    scores, against = [], []
    for i, name in enumerate(names):
        row, total = MODELS[name][1], 0
        for j, pattern in enumerate((*NINE, AVERAGE)):
            paper = printed.get((row, pattern))
            near = round(15 * (paper if paper is not None else 0.3))
            pairs = 135 if pattern == AVERAGE else 15
            right = total if pattern == AVERAGE else min(15, max(0, near + OFF[(7 * i + j) % 12]))
            total += right
            share = wilson(right, pairs)
            own = {"encoder": name, "pattern": pattern, "pairs": pairs, "accuracy": share.value}
            own |= {"low": share.low, "high": share.high}
            made = {"benchmark": "mmvp_vlm", "image_size": MODELS[name][4]}
            scores += [
                {**own, **made, "params_m": MODELS[name][5], "direction": way} for way in WAYS
            ]
            inside = None if paper is None else share.low <= paper <= share.high
            difference = None if paper is None else share.value - paper
            beside = {"row": row, "paper": paper, "difference": difference, "inside": inside}
            against.append({**own, **beside})
    accurate = {name: wilson(37_000 + 500 * i, 50_000) for i, name in enumerate(measured)}
    imagenet = [
        {"encoder": name, "images": 50_000, "unread": 0, "right": round(50_000 * share.value)}
        | {"accuracy": share.value, "low": share.low, "high": share.high}
        for name, share in accurate.items()
    ]
    files = [
        write(IMAGENET, [row], folder / row["encoder"] / "imagenet.csv")[0] for row in imagenet
    ]
    return {
        "matching": write(MATCH_SCORES, scores, folder / "matching.csv"),
        "variants": described(folder, names),
        "encoders_paired": write(MATCH_PAIRED, [], folder / "encoders_paired.csv"),
        "table1": write(AGAINST_TABLE1, against, folder / "against_table1.csv"),
        **({"imagenet": files} if files else {}),
    }


def described(
    folder: Path, names: Sequence[str], changed: dict[str, dict[str, object]] | None = None
) -> list[Path]:
    """The table `VARIANTS` of encoders from elsewhere, some of them changed."""
    keys = ("label", "row", "data", "samples_m", "image_size", "params_m")
    rows = [
        {"encoder": name, "axis": "unknown", **dict(zip(keys, MODELS[name], strict=True))}
        | (changed or {}).get(name, {})
        for name in names
    ]
    return write(VARIANTS, rows, folder / "variants.csv")


def printed_cells() -> list[tuple[str, str, float]]:
    """Row, pattern and accuracy of the paper's Table 1."""
    return table1().select("row", "pattern", "accuracy").rows()


def of_answerers(folder: Path, size: str) -> Inputs:
    """MMVP answered, by two sets of labels, and a benchmark of one's own; all by one model."""
    who = {} if size == "nothing" else ANSWERERS
    rows = [scored(name, "mmvp", one[0], 150) for name, one in who.items()]
    rows += [scored(name, "mmvp_corrected", one[1], 150) for name, one in who.items()]
    rows += [scored("mine", "mmvp_circular", 3, 150)] if who else []
    printed = dict(figure4().iter_rows())
    against = [
        {"contender": name, "row": one[2], "of": "questions" if one[2] == "Human" else "pairs"}
        | {"cases": 150, "accuracy": one[0] / 150, "low": 0.0, "high": 1.0}
        | {"paper": printed[one[2]], "difference": 0.0, "inside": True}
        for name, one in who.items()
        if one[2]
    ]
    by_pattern = [
        {**scored(name, "mmvp", one[0] * n // 150, n), "pattern": pattern}
        for (name, one), (pattern, n) in product(who.items(), PAIRS_OF.items())
    ] + [{**scored("mine", "mmvp", 1, 2), "pattern": ""} for _ in who][:1]
    encoders = "+".join(name for name in TEN[:2] if name in REAL[size])
    correlated = [
        {"benchmark": "mmvp_vlm", "beside": "mmvp", "contender": name, "encoder": encoders}
        | {"patterns": 9, "pearson": 0.83, "low": 0.4, "high": 0.95, "p": 0.01, "p_holm": 0.02}
        | {"paper": 0.87 if name == "llava" else None}
        for name in who
        if name != "constant" and encoders
    ]
    asked = [benchmark_row("mmvp", "mmvp", 150)]
    for end in ("_corrected", "_circular", "_official"):
        asked.append(benchmark_row(f"mmvp{end}", "mmvp", 150, of="mmvp"))
    labelled = [
        {"contender": name, "label": one[3] or name, "kind": "recorded", "row": one[2]}
        for name, one in who.items()
    ]
    return {
        "scores": write(BENCHMARK_SCORES, rows, folder / "benchmarks.csv"),
        "benchmarks": write(BENCHMARKS, asked, folder / "asked.csv"),
        "figure4": write(AGAINST_FIGURE4, against, folder / "against_figure4.csv"),
        "patterns": write(PATTERN_SCORES, by_pattern, folder / "patterns.csv"),
        "correlation": write(CORRELATION, correlated, folder / "correlation.csv"),
        "made": write(MADE, labelled, folder / "made.csv"),
    }


def mixed_tables(folder: Path) -> Inputs:
    """A study of both: a small LLaVA beside an MLLM, trained CLIPs beside released ones."""
    (folder / "a").mkdir()
    (folder / "b").mkdir()
    one, two = world_tables(folder / "a", "small"), paper_tables(folder / "b", "one")
    three = [benchmark_row("own", "mmvp", 12, chance=0.125)]
    tables = {
        "scores": BENCHMARK_SCORES, "benchmarks": BENCHMARKS, "patterns": PATTERN_SCORES,
        "correlation": CORRELATION, "made": MADE, "matching": MATCH_SCORES, "variants": VARIANTS,
        "encoders_paired": MATCH_PAIRED,
    }  # fmt: skip
    both = {
        key: write(
            table,
            [
                *table.read_all([*one[key], *two[key]]).to_dicts(),
                *(three if key == "benchmarks" else []),
                *(
                    [scored(n, "own", a[4], 12) for n, a in ANSWERERS.items()]
                    if key == "scores"
                    else []
                ),
            ],
            folder / f"{key}.csv",
        )
        for key, table in tables.items()
    }
    return one | two | both
