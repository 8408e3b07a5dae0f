"""Tables of rendered studies: without anything, of the smoke study's size, with all variants."""

import json
from collections.abc import Sequence
from itertools import product
from pathlib import Path

import numpy as np

from clipblind.embedding.files import write_embeddings
from clipblind.ground.factors import FACTOR_OF_PATTERN, FACTORS, Scene
from clipblind.ground.patterns import AVERAGE
from clipblind.ground.tables.answers import MADE
from clipblind.ground.tables.benchmark import BENCHMARKS
from clipblind.ground.tables.matching import (
    CORRELATION,
    MATCH_PAIRED,
    MATCH_SCORES,
    VARIANTS,
    ZERO_SHOT,
)
from clipblind.ground.tables.pairs import PAIRS
from clipblind.ground.tables.scores import BENCHMARK_SCORES, NAMED_SCORES, PATTERN_SCORES
from clipblind.ground.tables.world import CURVE, SHARD
from clipblind.world.draw import png
from tests.figures.made_up.of_controls import of_controls, over_seeds
from tests.figures.made_up.tables import WAYS, Inputs, benchmark_row, scored, write

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


def unit_rows(rows: int, seed: int) -> np.ndarray:
    """float32 `[rows, 8]` of unit norm, all a little alike."""
    drawn = np.random.default_rng(seed).normal(size=(rows, 8)) + 0.5
    return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)


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
