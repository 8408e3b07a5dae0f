"""Every figure draws from small tables, from empty ones, from full ones, and twice the same."""

import json
from collections.abc import Callable
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Drawn
from matplotlib.patches import Polygon
from typer.testing import CliRunner

from clipblind.commands.report import app
from clipblind.controls.seeds import spread
from clipblind.embedding.files import write_embeddings
from clipblind.figures import draw_figure, save_figure
from clipblind.figures.density import Window, pair_counts
from clipblind.figures.mixtures import split
from clipblind.figures.style import INK
from clipblind.ground.errors import UserError
from clipblind.ground.factors import FACTOR_OF_PATTERN, FACTORS, Scene
from clipblind.ground.tables.answers import MADE
from clipblind.ground.tables.controls import NUMBERS, SPREAD
from clipblind.ground.tables.matching import (
    CORRELATION,
    VARIANTS,
    MATCH_PAIRED,
    MATCH_SCORES,
    ZERO_SHOT,
)
from clipblind.ground.tables.pairs import PAIRS
from clipblind.ground.tables.scores import (
    BENCHMARK_SCORES,
    CONTENDER_SCORES,
    NAMED_SCORES,
    PATTERN_SCORES,
)
from clipblind.ground.tables.table import Table
from clipblind.ground.tables.world import CURVE
from clipblind.mining import dense
from clipblind.study.settings.figure import Figure
from clipblind.world.draw import png
from clipblind.world.pictures import write_shard

NAMES = (
    "density", "blind_pairs", "contenders", "controls", "patterns", "scaling", "mention",
    "correlation", "mixtures", "training", "seeds",
)  # fmt: skip
SETTINGS = Figure(dpi=40, width=8)
SHARP = Figure(dpi=150, width=8)
SCORE = {
    "questions": 20, "question_accuracy": 0.6, "pairs": 540, "pair_accuracy": 0.1, "low": 0.02,
    "high": 0.4, "unscored": 1,
}  # fmt: skip
KIND = {"probe_above": 0.9, "reference_below": 0.3, "pairs": 2}
Inputs = dict[str, dict[str, list[Path]]]
Studies = Callable[[str], Inputs]
UP, DOWN = "\N{BLACK UP-POINTING TRIANGLE}", "\N{BLACK DOWN-POINTING TRIANGLE}"

AXES = {
    "clip_wide": "size", "clip_told": "captions", "clip_web": "base", "clip_swap": "captions",
    "clip_32px": "resolution", "clip_long": "steps", "clip_few": "images", "clip_deep": "size",
    "clip_half": "images", "clip_fine": "resolution", "clip_narrow": "size",
}  # fmt: skip

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
SIZES = {
    "empty": ([], []),
    "small": (["clip_web"], ["CLIP $\\alpha$ <b>", "I-MoF", "random"]),
    "full": (list(AXES), [*MAKES, *BASELINES]),
}


def _write(table: Table, rows: list[dict[str, object]], path: Path) -> list[Path]:
    table.write(pl.DataFrame(rows, schema=dict(table.columns)), path)
    return [path]


def _unit_rows(rows: int, seed: int) -> np.ndarray:
    drawn = np.random.default_rng(seed).normal(size=(rows, 8)) + 0.5
    return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)


def _share(i: int, value: str = "accuracy") -> dict[str, object]:
    at = (i % 11) / 10
    return {value: at, "low": max(0.0, at - 0.1), "high": min(1.0, at + 0.1)}


def _made(folder: Path, contenders: list[str]) -> list[Path]:
    columns = ("towers", "mixture", "share", "layer", "standardised", "steps")
    rows = [
        {"contender": name, "label": name, "kind": "llava", "tokens": 32 if "I-MoF" in name else 16}
        | dict(zip(columns, MAKES.get(name, MAKES["CLIP"]), strict=True))
        if name not in BASELINES
        else {"contender": name, "label": name, "kind": "random", "towers": ""}
        for name in contenders
    ]
    return _write(MADE, rows, folder / "made.csv")


def _of_clips(folder: Path, clips: list[str]) -> dict[str, list[Path]]:
    """Scores, variants, zero-shot accuracies and comparisons of CLIPs."""
    items = list(enumerate((*FACTOR_OF_PATTERN, "average")))
    vlm = [
        {"encoder": clip, "image_size": 64, "params_m": 0.4, "direction": way, "pattern": pattern}
        | {"pairs": 60, **_share(i + len(clip))}
        for clip, way, (i, pattern) in product(clips, ("text_to_image", "image_to_text"), items)
    ]
    variants = [
        {"encoder": clip, "axis": AXES[clip]}
        | {"captions": clip[5:] if AXES[clip] == "captions" else "web"}
        | {"images": 2500 if AXES[clip] == "images" else 20_000, "samples": 96_000}
        | {"image_size": 64, "patches": 16, "params_m": 0.4, "zero_shot": 0.9}
        | {"low": 0.88, "high": 0.92}
        for clip in clips
    ]
    shots = [
        {"encoder": clip, "factor": factor, "mention_rate": 0.08 * i, "images": 1000, **_share(i)}
        | {"chance": 0.5}
        for clip, (i, factor) in product(clips, enumerate(FACTORS))
    ]
    measures = [("text_to_image", p) for p in (*FACTOR_OF_PATTERN, "average")]
    measures += [("zero_shot", factor) for factor in FACTORS]
    better = {"orientation": 0.5, "facing": 0.5, "colour": -0.5}
    paired = [
        {"measure": measure, "first": clip, "second": "clip_web", "item": item, "cases": 60}
        | {"only_first": 9, "only_second": 2, "difference": better.get(item, 0.1)}
        | {"low": -0.9, "high": 0.9, "p": 0.001, "p_holm": 0.01 if item in better else 0.06}
        for clip, (measure, item) in product(clips, measures)
        if clip == "clip_told"
    ]
    return {
        "vlm": _write(MATCH_SCORES, vlm, folder / "vlm.csv"),
        "variants": _write(VARIANTS, variants, folder / "variants.csv"),
        "zero_shot": _write(ZERO_SHOT, shots, folder / "zero_shot.csv"),
        "paired": _write(MATCH_PAIRED, paired, folder / "vlm_paired.csv"),
    }


def _over_seeds(
    folder: Path, clips: list[str], contenders: list[str], seeds: int = 3
) -> dict[str, list[Path]]:
    found: list[tuple[str, str, str, float]] = [
        ("scores/benchmarks", f"{name}/{benchmark}", "pair_accuracy", 0.3)
        for name, benchmark in product(contenders, ("mined", "random", "twins"))
    ]
    for clip, (i, factor) in product(clips, enumerate(FACTORS)):
        rate = 0.5 if clip == "clip_told" else 0.08 * i
        found.append(("vlm/zero_shot", f"{clip}/{factor}", "accuracy", 0.6))
        found.append(("vlm/zero_shot", f"{clip}/{factor}", "mention_rate", rate))
    for clip, (kind, pairs) in product(clips, (("cosine", 0), ("quantile", 1355))):
        found.append(("controls/survey", f"{clip}/{kind}", "blind_pairs", pairs))
    rows: list[dict[str, object]] = [
        {"table": of, "what": what, "number": number, "seed": seed}
        | {"value": value if number == "mention_rate" else value * (1 + 0.1 * seed)}
        for seed, (of, what, number, value) in product(range(seeds), found)
    ]
    numbers = _write(NUMBERS, rows, folder / "numbers.csv")
    over = spread(NUMBERS.read(numbers[0])).to_dicts()
    return {
        "numbers": numbers,
        "spread": _write(SPREAD, over, folder / "spread.csv"),
        "made": _made(folder, contenders),
    }


def _inputs(folder: Path, size: str) -> Inputs:
    """Tables of a study without anything, of the smoke study's size, or of the full sweep's."""
    clips, contenders = SIZES[size]
    # one image alone makes no pair
    ids = [f"search-{i:06d}" for i in range(1 if size == "empty" else 30)]
    for seed, name in enumerate(("probe", "reference")):
        write_embeddings(ids, _unit_rows(len(ids), seed), folder / f"{name}.arrow")
    summary = folder / "summary.json"
    counts = {"used": KIND, "cosine": {**KIND, "probe_above": 0.95}, "quantile": KIND}
    summary.write_text(json.dumps({"thresholds": "quantile", **counts}))
    labels = folder / "labels.json"
    labels.write_text(json.dumps({name: name for name in contenders}))
    scene = Scene(**{f.name: f.values[0] for f in FACTORS.values()}, nuisance=0)
    shown = [("a", png(scene, 16)), ("b", png(scene, 16))]
    write_shard(shown if clips else [], folder / "search-0.parquet")
    pair = {"pair_id": "a+b", "image_a": "a", "image_b": "b"}
    blind = [{**pair, "cos_probe": 0.99, "cos_reference": 0.2}] if clips else []
    scored = [{**SCORE, "contender": name} for name in contenders]
    patterns = _write(
        PATTERN_SCORES,
        [{**row, "benchmark": "twins", "pattern": p} for row in scored for p in FACTOR_OF_PATTERN],
        folder / "patterns.csv",
    )
    benchmarks = _write(
        BENCHMARK_SCORES,
        [{**row, "benchmark": b} for row in scored for b in ("twins", "mined", "random")],
        folder / "benchmarks.csv",
    )
    named = [{**row, "benchmark": "random", "named": "often"} for row in scored]
    of_clips = _of_clips(folder, clips)
    measured = {"patterns": 9, "pearson": -0.5, "low": -0.9, "high": 0.9, "p": 0.0, "p_holm": 0.04}
    correlated = [
        {"contender": name, "encoder": clip, **measured}
        for name in contenders
        if name not in BASELINES
        for clip in ([clips[1], clips[2]] if name == "told CLIP" else clips[:1])
    ]
    curves = [
        _write(
            CURVE,
            [{"step": i, "loss": 2.0 / i, "learning_rate": 0.1} for i in (1, 2) if clips],
            folder / f"encoders/{name}/curve.csv",
        )[0]
        for name in clips or ["none"]
    ]
    compared = {key: of_clips[key] for key in ("variants", "paired")}
    return {
        "density": {
            "probe": [folder / "probe.arrow"],
            "reference": [folder / "reference.arrow"],
            "summary": [summary],
        },
        "blind_pairs": {
            "pairs": _write(PAIRS, blind, folder / "p.parquet"),
            "shards": [folder / "search-0.parquet"],
        },
        "contenders": {
            "scores": _write(CONTENDER_SCORES, scored, folder / "contenders.csv"),
            "labels": [labels],
        },
        "controls": {"scores": benchmarks, "labels": [labels]},
        "patterns": {"scores": patterns, "labels": [labels]},
        "scaling": {"scores": of_clips["vlm"], **compared},
        "mention": {"scores": of_clips["zero_shot"], **compared},
        "correlation": {
            "vlm": of_clips["vlm"],
            "patterns": patterns,
            "correlation": _write(CORRELATION, correlated, folder / "correlation.csv"),
            "labels": [labels],
        },
        "mixtures": {
            "scores": benchmarks,
            "named": _write(NAMED_SCORES, named, folder / "named.csv"),
            "made": _made(folder, contenders),
        },
        "training": {"curves": curves},
        "seeds": _over_seeds(folder, clips, contenders),
    }


@pytest.fixture(scope="module")
def studies(tmp_path_factory: pytest.TempPathFactory) -> Studies:
    """The inputs of all figures by size, each size written once."""
    return cache(lambda size: _inputs(tmp_path_factory.mktemp(size), size))


def _words(figure: Drawn) -> list[str]:
    holders = (figure, *figure.axes)
    return [text.get_text() for holder in holders for text in holder.texts]


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_is_drawn_twice_the_same_byte_by_byte(
    name: str, studies: Studies, tmp_path: Path
) -> None:
    inputs = studies("small")[name]
    for turn in ("one", "two"):
        save_figure(draw_figure(name, inputs, SETTINGS), tmp_path / turn / name, SETTINGS)
    for suffix in ("png", "svg"):
        one, two = ((tmp_path / t / f"{name}.{suffix}").read_bytes() for t in ("one", "two"))
        assert one == two
        assert b"dc:date" not in one and b"Software" not in one


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_of_nothing_says_so(name: str, studies: Studies) -> None:
    figure = draw_figure(name, studies("empty")[name], SETTINGS)
    assert not figure.axes
    said = " ".join(_words(figure))
    assert any(word in said for word in ("no ", "No ", "Nothing", "fewer"))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", ["small", "full"])
def test_no_two_texts_overlap_and_none_leaves_the_sheet(
    name: str, size: str, studies: Studies
) -> None:
    canvas = FigureCanvasAgg(draw_figure(name, studies(size)[name], SHARP))
    figure, renderer = canvas.figure, canvas.get_renderer()
    figure.draw_without_rendering()
    ticks = [
        label
        for axes in figure.axes
        if axes.axison
        for at, label in zip(axes.get_xticks(), axes.get_xticklabels(), strict=True)
        if axes.get_xlim()[0] <= at <= axes.get_xlim()[1]
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


def test_variants_stand_after_the_base_and_say_what_they_change(studies: Studies) -> None:
    figure = draw_figure("scaling", studies("full")["scaling"], SETTINGS)
    words = _words(figure)
    assert [word for word in words if word in AXES] == [
        "clip_web", "clip_told", "clip_swap", "clip_few", "clip_half", "clip_long", "clip_wide",
        "clip_deep", "clip_narrow", "clip_32px", "clip_fine",
    ]  # fmt: skip
    assert words.count("changes captions") == 2 and words.count("the base") == 1
    strong = [t.get_text() for t in figure.texts if t.get_color() == INK]
    assert {"told", "swap", "2.5 k"} <= set(strong) and "web" not in strong


def test_cells_that_differ_from_the_base_are_marked_and_the_mark_explained(
    studies: Studies,
) -> None:
    figure = draw_figure("scaling", studies("full")["scaling"], SETTINGS)
    marks = [p for axes in figure.axes for p in axes.patches if isinstance(p, Polygon)]
    tips = [np.sign(p.get_xy()[2, 1] - p.get_xy()[0, 1]) for p in marks]
    assert sorted(tips) == [-1, 1], "up for orientation, down for colour; the axis points down"
    assert "better or worse than clip_web" in " ".join(_words(figure))
    alone = draw_figure("scaling", studies("small")["scaling"], SETTINGS)
    assert "better or worse" not in " ".join(_words(alone))


def test_only_clips_that_differ_in_captions_are_set_against_captions(studies: Studies) -> None:
    figure = draw_figure("mention", studies("full")["mention"], SETTINGS)
    words = _words(figure)
    assert [word for word in words if word in AXES] == ["clip_web", "clip_told", "clip_swap"]
    assert [words.count(mark) for mark in (UP, DOWN)] == [1, 1], "facing better, colour worse"


def test_a_curve_over_shares_holds_what_differs_in_share_alone(tmp_path: Path) -> None:
    made = MADE.read(_made(tmp_path, [*MAKES])[0]).to_dicts()
    curve, others = split(made)
    assert [row["share"] for row in curve] == [0, 0.25, 0.5, 0.625, 0.75, 0.875, 1]
    assert [row["contender"] for row in others] == [
        "I-MoF", "CLIP twice", "CLIP, 2x steps", "reference, 2x steps", "A-MoF .75, 2x steps",
        "I-MoF, 2x steps", "CLIP, raw", "A-MoF .75, raw", "I-MoF, raw", "CLIP, layer -2",
        "told CLIP", "swap CLIP",
    ]  # fmt: skip
    assert split([]) == ([], [])


def test_contenders_off_the_curve_tell_tokens_and_steps(studies: Studies) -> None:
    words = _words(draw_figure("mixtures", studies("full")["mixtures"], SETTINGS))
    assert "16 tokens, 900 steps" in words
    assert words.count("32") == 3 and words.count("1800") == 4
    assert not set(BASELINES) & set(words)


def test_a_correlation_tells_both_p_values_and_names_the_clip_if_there_are_several(
    studies: Studies, tmp_path: Path
) -> None:
    inputs = dict(studies("full")["correlation"])
    words = _words(draw_figure("correlation", inputs, SETTINGS))
    assert words.count("p < 0.001; Holm = 0.040") == len(MAKES) + 1
    assert words.count("r = \N{MINUS SIGN}0.50 (\N{MINUS SIGN}0.90 to 0.90)") == len(MAKES) + 1
    assert {"told CLIP with clip_told", "told CLIP with clip_web", "swap CLIP"} <= set(words)
    undefined = CORRELATION.read(inputs["correlation"][0]).with_columns(
        pl.lit(float("nan")).alias(c) for c in ("pearson", "low", "high", "p", "p_holm")
    )
    inputs["correlation"] = _write(CORRELATION, undefined.to_dicts(), tmp_path / "undefined.csv")
    words = _words(draw_figure("correlation", inputs, SETTINGS))
    assert words.count("r is not defined: no variation") == len(MAKES) + 1
    assert not any(word.startswith("p ") for word in words)


def test_seeds_are_dots_beside_their_mean_and_no_pair_has_a_place(studies: Studies) -> None:
    figure = draw_figure("seeds", studies("full")["seeds"], SETTINGS)
    words = _words(figure)
    clips = [word for word in words if word in AXES]
    assert clips[:2] == ["clip_wide", "clip_told"], "other mention rates than the first, no others"
    assert clips[2:] == list(AXES), "a row for each in the counts of blind pairs"
    mined, *_, blind = (axes for axes in figure.axes if axes.axison)
    dots = [line for line in mined.lines if line.get_marker() == "o"]
    assert [list(dots[i].get_xdata()) for i in (0, 1)] == [
        pytest.approx([0.33]), pytest.approx([0.3, 0.33, 0.36]),
    ]  # fmt: skip
    assert blind.get_xticklabels()[0].get_text() == "0"
    least = min(min(line.get_xdata()) for line in blind.lines)
    assert least == blind.get_xticks()[0]


def test_one_seed_alone_has_a_mean_without_an_interval(tmp_path: Path) -> None:
    inputs = _over_seeds(tmp_path, ["clip_web"], ["CLIP"], seeds=1)
    figure = draw_figure("seeds", inputs, SETTINGS)
    assert any("Seed 0;" in word for word in _words(figure))


def test_every_pair_is_counted_once_across_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dense, "BLOCK", 7)
    counts = pair_counts(_unit_rows(30, 0), _unit_rows(30, 1), Window(-1.01, 1.01, -1.01, 1.01))
    assert counts.sum() == 30 * 29 // 2


def test_the_command_writes_both_files_and_nothing_else(studies: Studies, tmp_path: Path) -> None:
    inputs = studies("small")["contenders"]
    cfg = json.dumps({"figure": SETTINGS.model_dump()})
    stem = tmp_path / "out/contenders.v1"
    given = ["figure", "contenders", "--cfg", cfg, "--out", str(stem)]
    files = [f"--input={key}={path}" for key, (path,) in inputs.items()]
    run = CliRunner().invoke(app, [*given, *files], catch_exceptions=False)
    assert run.exit_code == 0
    assert {p.name for p in stem.parent.iterdir()} == {"contenders.v1.png", "contenders.v1.svg"}
    wrong = CliRunner().invoke(app, [*given, "--input=scores"])
    assert "'scores' is not of the form key=path" in str(wrong.exception)


def test_an_unknown_figure_and_a_missing_input_are_told_in_a_sentence() -> None:
    with pytest.raises(UserError, match="no figure 'pie'; there are density"):
        draw_figure("pie", {}, SETTINGS)
    with pytest.raises(UserError, match="needs --input scores"):
        draw_figure("scaling", {}, SETTINGS)
