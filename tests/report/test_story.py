"""Sentences follow their tables: another table, another sentence and another verdict."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from clipblind.grading.paired import with_holm
from clipblind.ground.stats import mcnemar, paired_difference, wilson
from clipblind.ground.tables.benchmark import BENCHMARKS
from clipblind.ground.tables.controls import BASELINES
from clipblind.ground.tables.matching import CORRELATION, MATCH_PAIRED, VARIANTS
from clipblind.ground.tables.scores import BENCHMARK_SCORES, PAIRED
from clipblind.report import checks, story
from clipblind.report.captions import captions
from clipblind.report.conclusions import conclusions
from clipblind.report.correlation import correlation
from clipblind.report.findings import findings
from clipblind.report.mixtures import mixtures
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
                "certain": 400,
                "read": 0,
            }
        )
    BENCHMARK_SCORES.write(pl.DataFrame(rows), folder / "scores/benchmarks.csv")
    _benchmarks(folder)


def _benchmarks(folder: Path, chance: float = 0.25) -> None:
    row = {"kind": "truth", "pairs": 200, "questions": 400, "chance": chance}
    rows = [
        {**row, "benchmark": name, "of": name, "chance_question": chance**0.5}
        for name in ("mined", "random", "twins")
    ]
    BENCHMARKS.write(pl.DataFrame(rows), folder / "tables/benchmarks.csv")


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
        {
            "benchmark": "" if m == "zero_shot" else "statements",
            "measure": m,
            "first": e,
            "second": "clip_web",
            "item": i,
            **_compared(more, fewer, 60),
        }
        for e, m, i, more, fewer in rows
    ]
    MATCH_PAIRED.write(with_holm(frames), folder / "matching/paired.csv")


def _variants(folder: Path, **axes: str) -> None:
    sizes = {"clip_narrow": 0.1, "clip_wide": 0.9}
    rows = [
        {
            "encoder": name, "label": "", "row": "", "data": "", "samples_m": None, "axis": axis,
            "captions": "web", "images": 20000, "samples": 96000,
            "image_size": 64, "patches": 16, "params_m": sizes.get(name, 0.4), "zero_shot": 0.9,
            "low": 0.88, "high": 0.92,
        }
        for name, axis in {"clip_web": "base", **axes}.items()
    ]  # fmt: skip
    VARIANTS.write(
        pl.DataFrame(rows, schema_overrides=dict(VARIANTS.columns)),
        folder / "matching/variants.csv",
    )


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
        (12, "12 of 200 pairs (6.0 %, 95 % interval 3.5 to 10.2): below guessing (25 %)", "agrees"),
        (
            52,
            "52 of 200 pairs (26.0 %, 95 % interval 20.4 to 32.5): not told apart",
            "not told apart",
        ),
        (150, "150 of 200 pairs (75.0 %, 95 % interval 68.6 to 80.5): above guessing", "disagrees"),
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
    assert "4,000 searched images make 7,998,000 pairs" in said
    assert "321 pairs (0.004 % of all) pass: the probe clip_web" in said and "above 0.970" in said
    assert "1 pair (under 0.001 % of all) would pass" in said


def test_of_a_large_pool_the_thresholds_that_were_used_are_told_alone(
    study: Study, tmp_path: Path
) -> None:
    # faults 12: only one kind of threshold is looked for, and settings hold quantiles
    kind = {"probe_above": 0.9712, "reference_below": 0.41, "pairs": 321}
    summary = {
        "thresholds": "quantile", "probe": "clip_web", "reference": "reference", "images": 60000,
        "all_pairs": 1799970000, "used": kind, "quantile": kind,
    }  # fmt: skip
    (tmp_path / "pairs").mkdir()
    (tmp_path / "pairs/summary.json").write_text(json.dumps(summary))
    results = Results(study, tmp_path)
    said = " ".join(story.mining(results))
    assert "With thresholds set by quantile" in said and "above 0.971" in said
    mining = study.mining.model_copy(update={"thresholds": "quantile", "probe_quantile": 0.98})
    words = mining.describe(results.summary)
    assert words.startswith("probe > 0.9712, its 0.98 quantile over all pairs, reference < 0.4100,")
    assert mining.describe().startswith("probe > its 0.98 quantile")
    used = {"thresholds": "cosine", "used": {"probe_above": 0.9, "reference_below": 0.5}}
    assert mining.describe(used) == "probe > 0.9, reference < 0.5"


@pytest.mark.parametrize(
    ("gained", "worded", "outcome"),
    [
        # few that are told to be better are no evidence that the others are not mended
        (0, "no pattern is told to be better or worse", "not told apart"),
        (2, "two of nine patterns (orientation and presence) are told to be", "not told apart"),
        (7, "seven of nine patterns", "disagrees"),
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
    assert said.startswith("With more parameters (clip_wide: 0.90 million instead of 0.40 million)")
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
    row |= {"benchmark": "statements", "beside": "twins", "low": -0.2, "high": 0.98}
    row |= {"p": float(p), "p_holm": float(p), "paper": None}
    frame = pl.DataFrame([row], schema=dict(CORRELATION.columns))
    CORRELATION.write(frame, tmp_path / "scores/correlation.csv")
    assert words in correlation(Results(study, tmp_path))[1]


def test_correlations_stand_beside_the_papers_where_it_has_one(
    study: Study, tmp_path: Path
) -> None:
    of = ("mmvp_vlm", "mmvp", "llava_clip")
    rows = [
        (*of, "clip_web+clip_told", 9, 0.5, -0.25, 0.75, 0.1, 0.2, 0.87),
        (*of, "clip_web", 3, *[float("nan")] * 5, 0.7),
    ]
    frame = pl.DataFrame(rows, schema=dict(CORRELATION.columns), orient="row")
    CORRELATION.write(frame, tmp_path / "scores/correlation.csv")
    _, first, second = correlation(Results(study, tmp_path))
    assert "“CLIP” on mmvp and the mean of clip_web and clip_told on mmvp_vlm" in first
    assert "r = 0.50 over 9 patterns" in first and first.endswith("; the paper has 0.87.")
    assert "no correlation is defined" in second and second.endswith("; the paper has 0.70.")


def test_guessing_is_what_the_benchmark_says(study: Study, tmp_path: Path) -> None:
    _scores(tmp_path, ("llava_clip", "mined", 52))
    assert "not told apart from guessing (25 %)" in story.contenders(Results(study, tmp_path))[0]
    _benchmarks(tmp_path, chance=0.0625)
    assert "above guessing (6 %)" in story.contenders(Results(study, tmp_path))[0]


def test_what_fails_to_be_told_apart_is_never_called_equal(study: Study, tmp_path: Path) -> None:
    rights = [(name, "mined", 60) for name in ("llava_clip", "llava_reference", "amof", "imof")]
    _scores(tmp_path, *rights)
    couples = [("llava_clip", n) for n in ("llava_reference", "amof", "imof", "llava_clip_long")]
    couples += [("amof", "imof"), ("amof", "llava_reference"), ("imof", "llava_reference")]
    _paired(tmp_path, *(("mined", one, other, 11, 10) for one, other in couples))
    results = Results(study, tmp_path)
    said = [c.sentence for c in conclusions(results)] + mixtures(results)
    assert all("not told apart" in sentence for sentence in said) and len(said) > 5
    measured = [f.outcome for f in findings(results) if f.outcome != "not measured"]
    assert set(measured) <= {"not told apart", "disagrees"}  # 60 of 200 are above guessing
