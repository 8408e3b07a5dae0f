"""Sentences follow their tables: another table, another sentence."""

import json
from pathlib import Path

import polars as pl
import pytest

from clipblind.settings import Study
from clipblind.stats import wilson
from clipblind.tables import BENCHMARK_SCORES, CORRELATION, VLM_SCORES, ZERO_SHOT
from clipblind.web import causes, story
from clipblind.web.findings import findings
from clipblind.web.numbers import listing, share_of
from clipblind.web.results import Results


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
    ("reference", "outcome"), [(120, "holds"), (30, "not told apart"), (2, "does not hold")]
)
def test_two_contenders_differ_only_if_their_intervals_are_apart(
    study: Study, tmp_path: Path, reference: int, outcome: str
) -> None:
    rows = [("llava_clip", "twins", 24), ("llava_reference", "twins", reference)]
    _scores(tmp_path, *rows)
    assert _outcome(Results(study, tmp_path), "more twin pairs") == outcome


def test_a_baseline_outside_its_theory_is_named(study: Study, tmp_path: Path) -> None:
    _scores(tmp_path, ("constant", "mined", 0), ("random", "mined", 90))
    said = story.baselines(Results(study, tmp_path))
    assert "theory says 0 %, which is inside the interval" in said[0]
    assert "theory says 25 %, which is outside the interval" in said[1]


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


def _variant(encoder: str, params: float, pattern: str, right: int) -> dict[str, object]:
    share = wilson(right, 60)
    return {
        "encoder": encoder, "image_size": 64, "params_m": params, "direction": "text_to_image",
        "pattern": pattern, "pairs": 60, "accuracy": share.value, "low": share.low,
        "high": share.high,
    }  # fmt: skip


@pytest.mark.parametrize(("gained", "outcome"), [(0, "agrees"), (2, "agrees"), (7, "disagrees")])
def test_what_size_mends_is_counted(
    study: Study, tmp_path: Path, gained: int, outcome: str
) -> None:
    patterns = ("orientation", "presence", "state", "quantity", "position", "colour", "structure",
                "text", "viewpoint")  # fmt: skip
    rows = [_variant("clip_web", 0.5, p, 10) for p in (*patterns, "average")]
    rows += [_variant("clip_wide", 2, p, 55 if i < gained else 10) for i, p in enumerate(patterns)]
    rows += [_variant("clip_wide", 2, "average", 12)]
    VLM_SCORES.write(pl.DataFrame(rows), tmp_path / "vlm/scores.csv")
    results = Results(study, tmp_path)
    assert f"better on {listing(patterns[:gained]) or 'no pattern'}" in causes.scaling(results)[-1]
    assert _outcome(results, "mends few") == outcome


def test_the_caption_control_follows_rates_and_accuracies(study: Study, tmp_path: Path) -> None:
    def shot(encoder: str, factor: str, rate: float, right: int) -> dict[str, object]:
        share = wilson(right, 400)
        return {
            "encoder": encoder, "factor": factor, "mention_rate": rate, "images": 400,
            "accuracy": share.value, "low": share.low, "high": share.high, "chance": 0.5,
        }  # fmt: skip

    rows = [
        shot("clip_web", "facing", 0.02, 200), shot("clip_swap", "facing", 0.5, 390),
        shot("clip_web", "hat", 0.35, 396), shot("clip_swap", "hat", 0.05, 395),
    ]  # fmt: skip
    ZERO_SHOT.write(pl.DataFrame(rows), tmp_path / "vlm/zero_shot.csv")
    said = causes.captions(Results(study, tmp_path))
    assert (
        "least often on facing (orientation), lower on none, and not told apart on hat" in said[0]
    )
    assert "name it in 2 % of cases and it is recognised in 50.0 % of 400 pictures" in said[1]


@pytest.mark.parametrize(
    ("r", "low", "words"),
    [(0.9, 0.6, "they rise together"), (0.3, -0.4, "no relation"), (float("nan"), 0, "no correl")],
)
def test_a_correlation_is_told_with_its_interval(
    study: Study, tmp_path: Path, r: float, low: float, words: str
) -> None:
    row = {"contender": "llava_clip", "encoder": "clip_web", "patterns": 9, "pearson": r}
    frame = pl.DataFrame([{**row, "low": float(low), "high": 0.98}])
    CORRELATION.write(frame, tmp_path / "scores/correlation.csv")
    assert words in causes.correlation(Results(study, tmp_path))[0]
