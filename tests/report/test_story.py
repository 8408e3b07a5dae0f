"""Sentences follow their tables: another table, another sentence and another verdict."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from clipblind.grading.paired import with_holm
from clipblind.ground.stats import mcnemar, paired_difference, wilson
from clipblind.ground.tables.controls import BASELINES
from clipblind.ground.tables.matching import CORRELATION, VARIANTS, MATCH_PAIRED
from clipblind.ground.tables.scores import BENCHMARK_SCORES, PAIRED
from clipblind.report import checks, story
from clipblind.report.captions import captions
from clipblind.report.correlation import correlation
from clipblind.report.findings import findings
from clipblind.report.numbers import share_of
from clipblind.report.results import Results
from clipblind.report.scaling import AXES, axis_sentence
from clipblind.study.settings.study import Study

PATTERNS = (
    "orientation", "presence", "state", "quantity", "position", "colour", "structure", "text",
    "viewpoint",
)  # fmt: skip


def _scores(folder: Path, *rights: tuple[str, str, int]) -> None:
    rows = []
    for contender, benchmark, right in rights:
        share = wilson(right, 200)
        rows.append(
            {
                "benchmark": benchmark,
                "contender": contender,
                "questions": 400,
                "question_accuracy": 0.5,
                "pairs": 200,
                "pair_accuracy": share.value,
                "low": share.low,
                "high": share.high,
                "unscored": 0,
            }
        )
    BENCHMARK_SCORES.write(pl.DataFrame(rows), folder / "scores/benchmarks.csv")


def _compared(only_first: int, only_second: int, cases: int) -> dict[str, Any]:
    difference = paired_difference(only_first, only_second, cases)
    return {
        "cases": cases, "only_first": only_first, "only_second": only_second,
        "difference": difference.value, "low": difference.low, "high": difference.high,
        "p": mcnemar(only_first, only_second),
    }  # fmt: skip


def _paired(folder: Path, *rows: tuple[str, str, str, int, int]) -> None:
    frames = [
        {"benchmark": b, "first": one, "second": other, **_compared(more, fewer, 200)}
        for b, one, other, more, fewer in rows
    ]
    PAIRED.write(with_holm(frames), folder / "scores/paired.csv")


def _encoders(folder: Path, rows: Iterable[tuple[str, str, str, int, int]]) -> None:
    frames = [
        {"measure": m, "first": e, "second": "clip_web", "item": i, **_compared(more, fewer, 60)}
        for e, m, i, more, fewer in rows
    ]
    MATCH_PAIRED.write(with_holm(frames), folder / "vlm/paired.csv")


def _variants(folder: Path, **axes: str) -> None:
    sizes = {"clip_narrow": 0.1, "clip_wide": 0.9}
    rows = [
        {
            "encoder": name, "axis": axis, "captions": "web", "images": 20000, "samples": 96000,
            "image_size": 64, "patches": 16, "params_m": sizes.get(name, 0.4), "zero_shot": 0.9,
            "low": 0.88, "high": 0.92,
        }
        for name, axis in {"clip_web": "base", **axes}.items()
    ]  # fmt: skip
    VARIANTS.write(pl.DataFrame(rows), folder / "vlm/variants.csv")


def _outcome(results: Results, words: str) -> str:
    (found,) = [f for f in findings(results) if words in f.claim]
    return found.outcome


def test_a_share_is_worded_with_its_n_and_interval() -> None:
    share = wilson(12, 200)
    worded = "12 of 200 pairs (6.0 %, 95 % interval 3.5 to 10.2)"
    assert share_of(12, 200, share.low, share.high) == worded


@pytest.mark.parametrize(
    ("right", "worded", "outcome"),
    [
        (12, "12 of 200 pairs (6.0 %, 95 % interval 3.5 to 10.2): below the 25 %", "agrees"),
        (52, "52 of 200 pairs (26.0 %, 95 % interval 20.4 to 32.5): not told", "not told apart"),
        (150, "150 of 200 pairs (75.0 %, 95 % interval 68.6 to 80.5): above", "disagrees"),
    ],
)
def test_what_clips_heir_answered_changes_the_sentence_and_the_finding(
    study: Study, tmp_path: Path, right: int, worded: str, outcome: str
) -> None:
    _scores(tmp_path, ("llava_clip", "mined", right))
    results = Results(study, tmp_path)
    assert worded in story.contenders(results)[0]
    assert _outcome(results, "worse than by guessing") == outcome


@pytest.mark.parametrize(
    ("more", "fewer", "outcome"),
    [(60, 20, "holds"), (30, 28, "not told apart"), (10, 50, "does not hold")],
)
def test_two_contenders_differ_only_if_the_paired_test_says_so(
    study: Study, tmp_path: Path, more: int, fewer: int, outcome: str
) -> None:
    _scores(tmp_path, ("llava_clip", "twins", 50), ("llava_reference", "twins", 50 + more - fewer))
    _paired(tmp_path, ("twins", "llava_clip", "llava_reference", fewer, more))
    assert _outcome(Results(study, tmp_path), "more twin pairs") == outcome


def test_a_comparison_reads_the_same_from_either_side(study: Study, tmp_path: Path) -> None:
    _paired(tmp_path, ("mined", "llava_clip", "imof", 10, 50))
    results = Results(study, tmp_path)
    one, other = (
        results.compared("imof", "llava_clip"), results.compared("llava_clip", "imof")
    )  # fmt: skip
    assert one is not None and other is not None
    assert one.reversed() == other
    assert one.words().startswith("+20.0 points") and "50 against 10 of 200 pairs" in one.words()
    assert other.words().startswith("\N{MINUS SIGN}20.0 points")


@pytest.mark.parametrize(
    ("more", "fewer", "outcome"),
    [(70, 5, "does not hold"), (20, 18, "not told apart"), (3, 40, "holds")],
)
def test_the_longer_trained_control_can_overturn_the_headline(
    study: Study, tmp_path: Path, more: int, fewer: int, outcome: str
) -> None:
    _scores(tmp_path, ("llava_clip", "mined", 60), ("llava_clip_long", "mined", 60 + more - fewer))
    _paired(tmp_path, ("mined", "llava_clip", "llava_clip_long", fewer, more))
    assert _outcome(Results(study, tmp_path), "More training") == outcome


def test_a_baseline_outside_its_theory_is_named(study: Study, tmp_path: Path) -> None:
    row = {"benchmark": "mined", "pairs": 200, "expected": 0.25, "lowest": 35, "highest": 66}
    rows = [
        {**row, "contender": "random", "right": 90, "inside": False},
        {**row, "contender": "constant", "right": 0, "expected": 0.0, "lowest": 0, "highest": 0,
         "inside": True},
    ]  # fmt: skip
    BASELINES.write(pl.DataFrame(rows), tmp_path / "controls/baselines.csv")
    said = checks.baselines(Results(study, tmp_path))
    assert "1 of 2 scores lie in the range" in said[0]
    assert "90 of 200 mined pairs (theory: 35 to 66, so outside)" in said[1]
    assert "0 of 200 mined pairs (theory: 0)" in said[2]


def test_the_mining_is_told_at_both_kinds_of_threshold(study: Study, tmp_path: Path) -> None:
    kind = {"probe_above": 0.97, "reference_below": 0.41, "pairs": 321}
    summary = {
        "thresholds": "quantile", "probe": "clip_web", "reference": "reference", "images": 4000,
        "all_pairs": 7998000, "used": kind, "quantile": kind,
        "cosine": {"probe_above": 0.95, "reference_below": 0.6, "pairs": 1},
    }  # fmt: skip
    (tmp_path / "pairs").mkdir()
    (tmp_path / "pairs/summary.json").write_text(json.dumps(summary))
    said = " ".join(story.mining(Results(study, tmp_path)))
    assert "4,000 searched pictures make 7,998,000 pairs" in said
    assert "321 pairs (0.004 % of all) pass: the probe clip_web" in said and "above 0.970" in said
    assert "1 pair (under 0.001 % of all) would pass" in said


@pytest.mark.parametrize(
    ("gained", "worded", "outcome"),
    [
        (0, "mend no pattern", "agrees"),
        (2, "mend two of nine patterns (orientation and presence)", "agrees"),
        (7, "mend seven of nine patterns", "disagrees"),
    ],
)
def test_what_size_mends_is_counted(
    study: Study, tmp_path: Path, gained: int, worded: str, outcome: str
) -> None:
    _variants(tmp_path, clip_wide="size")
    rows = [
        ("clip_wide", "text_to_image", p, 40 if i < gained else 5, 5)
        for i, p in enumerate(PATTERNS)
    ]
    _encoders(tmp_path, [*rows, ("clip_wide", "text_to_image", "average", 12, 9)])
    results = Results(study, tmp_path)
    said = axis_sentence(results, AXES[0])
    assert said.startswith("More parameters (clip_wide: 0.90 million instead of 0.40 million)")
    assert worded in said
    assert _outcome(results, "mend few") == outcome


@pytest.mark.parametrize(
    ("facing", "colour", "outcome"),
    [
        ((50, 2), (2, 50), "holds"),  # told more often: better; told less often: worse
        ((2, 50), (50, 2), "does not hold"),
        ((9, 8), (8, 9), "not told apart"),
    ],
)
def test_the_caption_control_asks_whether_accuracy_follows_the_rate(
    study: Study,
    tmp_path: Path,
    facing: tuple[int, int],
    colour: tuple[int, int],
    outcome: str,
) -> None:
    _variants(tmp_path, clip_swap="captions")
    rows = [("clip_swap", "zero_shot", factor, *found) for factor, found in
            (("facing", facing), ("colour", colour), ("average", (10, 10)))]  # fmt: skip
    _encoders(tmp_path, rows)
    results = Results(study, tmp_path)
    assert _outcome(results, "sees what its captions name") == outcome
    if outcome == "holds":
        said = captions(results)[0]
        assert "recognises 1 better (facing)" in said and "1 worse (colour)" in said


@pytest.mark.parametrize(
    ("r", "p", "words"),
    [(0.9, 0.01, "they rise together"), (0.3, 0.4, "no relation"), (float("nan"), 1, "no correl")],
)
def test_a_correlation_is_told_with_its_interval(
    study: Study, tmp_path: Path, r: float, p: float, words: str
) -> None:
    row = {"contender": "llava_clip", "encoder": "clip_web", "patterns": 9, "pearson": r}
    frame = pl.DataFrame([{**row, "low": -0.2, "high": 0.98, "p": float(p), "p_holm": float(p)}])
    CORRELATION.write(frame, tmp_path / "scores/correlation.csv")
    assert words in correlation(Results(study, tmp_path))[0]
