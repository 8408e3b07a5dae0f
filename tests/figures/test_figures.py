"""Every figure draws from small tables, from empty ones, and twice the same."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from typer.testing import CliRunner

from clipblind.commands.report import app
from clipblind.embeddings import write_embeddings
from clipblind.errors import UserError
from clipblind.figures import FIGURES, draw_figure, save_figure
from clipblind.figures.density import Window, pair_counts
from clipblind.mining import join
from clipblind.pools.images import write_shard
from clipblind.pools.world.draw import png
from clipblind.pools.world.factors import FACTOR_OF_PATTERN, FACTORS, Scene
from clipblind.settings import Figure
from clipblind.tables import (
    BENCHMARK_SCORES,
    CONTENDER_SCORES,
    CORRELATION,
    CURVE,
    PAIRS,
    PATTERN_SCORES,
    VLM_SCORES,
    ZERO_SHOT,
    Table,
)

SETTINGS = Figure(dpi=40, width=8)
SCORE = {
    "contender": "llava", "questions": 20, "question_accuracy": 0.6, "pairs": 10,
    "pair_accuracy": 0.1, "low": 0.02, "high": 0.4, "unscored": 1,
}  # fmt: skip
KIND = {"probe_above": 0.9, "reference_below": 0.3, "pairs": 2}


def _write(table: Table, rows: list[dict[str, object]], path: Path) -> list[Path]:
    frame = pl.DataFrame(rows, schema_overrides=dict(table.columns))
    table.write(frame if rows else pl.DataFrame(schema=dict(table.columns)), path)
    return [path]


def _unit_rows(rows: int, seed: int) -> np.ndarray:
    drawn = np.random.default_rng(seed).normal(size=(rows, 8)) + 0.5
    return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)


def _inputs(folder: Path, *, empty: bool) -> dict[str, dict[str, list[Path]]]:
    def some(*rows: dict[str, object]) -> list[dict[str, object]]:
        return [] if empty else list(rows)

    # one image alone makes no pair
    ids = [f"search-{i:06d}" for i in range(1 if empty else 30)]
    for seed, name in enumerate(("probe", "reference")):
        write_embeddings(ids, _unit_rows(len(ids), seed), folder / f"{name}.arrow")
    summary = folder / "summary.json"
    counts = {"used": KIND, "cosine": {**KIND, "probe_above": 0.95}, "quantile": KIND}
    summary.write_text(json.dumps({"thresholds": "quantile", **counts}))
    labels = folder / "labels.json"
    labels.write_text(json.dumps({"llava": "CLIP $\\alpha$ <b>"}))
    scene = Scene(**{f.name: f.values[0] for f in FACTORS.values()}, nuisance=0)
    pictures = [("a", png(scene, 16)), ("b", png(scene, 16))]
    write_shard([] if empty else pictures, folder / "search-0.parquet")
    pair = {"pair_id": "a+b", "image_a": "a", "image_b": "b", "cos_probe": 0.99}
    vlm = {"encoder": "clip", "image_size": 64, "params_m": 0.4, "direction": "text_to_image"}
    seen = {"pairs": 10, "accuracy": 0.9, "low": 0.6, "high": 0.98}
    shot = {"images": 50, "accuracy": 0.6, "low": 0.4, "high": 0.7, "chance": 0.5}
    scores = _write(CONTENDER_SCORES, some(SCORE), folder / "contenders.csv")
    patterns = _write(
        PATTERN_SCORES,
        some(*({**SCORE, "benchmark": "twins", "pattern": p} for p in FACTOR_OF_PATTERN)),
        folder / "patterns.csv",
    )
    matched = _write(
        VLM_SCORES,
        some(*({**vlm, "pattern": p, **seen} for p in (*FACTOR_OF_PATTERN, "average"))),
        folder / "vlm.csv",
    )
    undefined = {"patterns": 9, "pearson": float("nan"), "low": float("nan"), "high": float("nan")}
    curve = {"step": 1, "loss": 2.0, "learning_rate": 0.1}
    return {
        "density": {
            "probe": [folder / "probe.arrow"],
            "reference": [folder / "reference.arrow"],
            "summary": [summary],
        },
        "blind_pairs": {
            "pairs": _write(PAIRS, some({**pair, "cos_reference": 0.2}), folder / "p.parquet"),
            "shards": [folder / "search-0.parquet"],
        },
        "contenders": {"scores": scores, "labels": [labels]},
        "controls": {
            "scores": _write(
                BENCHMARK_SCORES,
                some(*({**SCORE, "benchmark": b} for b in ("twins", "mined", "other"))),
                folder / "benchmarks.csv",
            ),
            "labels": [labels],
        },
        "patterns": {"scores": patterns, "labels": [labels]},
        "scaling": {"scores": matched},
        "mention": {
            "scores": _write(
                ZERO_SHOT,
                some(
                    *(
                        {"encoder": "clip", "factor": f, "mention_rate": 0.3, **shot}
                        for f in FACTORS
                    )
                ),
                folder / "zero_shot.csv",
            )
        },
        "correlation": {
            "vlm": matched,
            "patterns": patterns,
            "correlation": _write(
                CORRELATION,
                some({"contender": "llava", "encoder": "clip", **undefined}),
                folder / "correlation.csv",
            ),
            "labels": [labels],
        },
        "training": {
            "curves": _write(
                CURVE, some(curve, {**curve, "step": 2}), folder / "encoders/clip/curve.csv"
            )
        },
    }


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_drawn_twice_the_same_byte_by_byte(name: str, tmp_path: Path) -> None:
    inputs = _inputs(tmp_path, empty=False)[name]
    for turn in ("one", "two"):
        save_figure(draw_figure(name, inputs, SETTINGS), tmp_path / turn / name, SETTINGS)
    for suffix in ("png", "svg"):
        one, two = ((tmp_path / t / f"{name}.{suffix}").read_bytes() for t in ("one", "two"))
        assert one == two
        assert b"dc:date" not in one and b"Software" not in one


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_of_nothing_says_so(name: str, tmp_path: Path) -> None:
    figure = draw_figure(name, _inputs(tmp_path, empty=True)[name], SETTINGS)
    words = " ".join(text.get_text() for text in figure.texts)
    assert not figure.axes
    assert any(word in words for word in ("no ", "No ", "Nothing", "fewer"))


@pytest.mark.parametrize("name", FIGURES)
def test_no_two_texts_of_a_figure_overlap(name: str, tmp_path: Path) -> None:
    sharp = Figure(dpi=150, width=8)
    canvas = FigureCanvasAgg(draw_figure(name, _inputs(tmp_path, empty=False)[name], sharp))
    canvas.draw()
    figure, renderer = canvas.figure, canvas.get_renderer()
    boxes = [
        (text.get_text(), text.get_window_extent(renderer).padded(-1))
        for holder in (figure, *figure.axes)
        for text in holder.texts
        # a slanted heading's box is wider than its words
        if text.get_text() and not text.get_rotation()
    ]
    for i, (words, box) in enumerate(boxes):
        for others, other in boxes[:i]:
            assert not box.overlaps(other), f"{words!r} lies on {others!r}"


def test_every_pair_is_counted_once_across_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(join, "BLOCK", 7)
    counts = pair_counts(_unit_rows(30, 0), _unit_rows(30, 1), Window(-1.01, 1.01, -1.01, 1.01))
    assert counts.sum() == 30 * 29 // 2


def test_the_command_writes_both_files_and_nothing_else(tmp_path: Path) -> None:
    (scores,) = _inputs(tmp_path, empty=False)["scaling"]["scores"]
    cfg = json.dumps({"figure": SETTINGS.model_dump()})
    stem = tmp_path / "out/scaling.v1"
    given = ["figure", "scaling", "--cfg", cfg, "--input", f"scores={scores}", "--out", str(stem)]
    run = CliRunner().invoke(app, given, catch_exceptions=False)
    assert run.exit_code == 0
    assert {p.name for p in stem.parent.iterdir()} == {"scaling.v1.png", "scaling.v1.svg"}
    wrong = CliRunner().invoke(app, [*given[:5], "scores", *given[6:]])
    assert "'scores' is not of the form key=path" in str(wrong.exception)


def test_an_unknown_figure_and_a_missing_input_are_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no figure 'pie'; there are density"):
        draw_figure("pie", {}, SETTINGS)
    with pytest.raises(UserError, match="needs --input scores"):
        draw_figure("scaling", {}, SETTINGS)
