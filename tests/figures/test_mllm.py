"""The figures of answers: they hold the tables' numbers, and draw from every mix of tables."""

from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from clipblind.figures import draw_figure, save_figure
from clipblind.figures.style import ORANGE
from clipblind.grading.figure4 import against_figure4
from clipblind.ground.patterns import NINE
from clipblind.ground.stats import wilson
from clipblind.ground.tables.answers import VERDICTS
from clipblind.ground.tables.matching import INHERITED, MATCHES, MATCH_SCORES
from clipblind.ground.tables.scores import AGAINST_FIGURE4, BENCHMARK_SCORES, PATTERN_SCORES
from clipblind.ground.tables.table import Table
from clipblind.matching.inherited import inherited
from clipblind.matching.scores import score_matches
from clipblind.printed import figure4
from clipblind.study.settings.figure import FigureOfContenders
from tests.figures.test_real_figures import texts_lie_apart, words_of

RIGHT = {"llava": 38, "people": 140, "mine": 90, "constant": 0}
CORRECTED_RIGHT = {"llava": 40, "people": 141, "mine": 88, "constant": 0}
ROWS = {"llava": "LLaVA-1.5", "people": "Human", "mine": "", "constant": ""}
LABELS = {"llava": "LLaVA-1.5 13B", "people": "people", "mine": "mine " * 20, "constant": ""}
PAIRS = {pattern: 4 + 3 * i for i, pattern in enumerate(NINE)}
ENCODERS = {"l14": "OpenAI ViT-L-14 224", "l14_336": "OpenAI ViT-L-14 336", "siglip": ""}


def scored(name: str, benchmark: str, right: int, pairs: int = 150) -> dict[str, object]:
    share = wilson(right, pairs)
    return {
        "benchmark": benchmark, "contender": name, "questions": 2 * pairs, "pairs": pairs,
        "question_accuracy": (pairs + right) / (2 * pairs), "pair_accuracy": share.value,
        "low": share.low, "high": share.high, "unscored": 0,
    }  # fmt: skip


def write(table: Table, rows: list[dict[str, object]], path: Path) -> list[Path]:
    table.write(pl.DataFrame(rows, schema=dict(table.columns)), path)
    return [path]


def settings(**changed: object) -> FigureOfContenders:
    told = {name: {"label": LABELS[name], "row": ROWS[name]} for name in RIGHT}
    return FigureOfContenders(**{"dpi": 150, "width": 9, "contenders": told, **changed})


def matches_and_verdicts() -> tuple[dict[str, pl.DataFrame], dict[str, pl.DataFrame]]:
    """CLIPs that see more and more of the patterns in turn, and one contender that does, too."""
    matches = {
        name: pl.DataFrame(
            [
                (f"vlm/{pattern}/{k}", pattern, k < 1 + i, False)
                for i, pattern in enumerate(NINE)
                for k in range(15)
            ],
            schema=dict(MATCHES.columns),
            orient="row",
        )
        for name in ENCODERS
    }
    rows = [
        (f"q/{pattern}/{k}/{side}", f"p/{pattern}/{k}", "mmvp", pattern, "a", verdict, "")
        for i, pattern in enumerate(NINE)
        for k in range(10)
        for side, verdict in enumerate(("correct", "correct" if k < 1 + i else "incorrect"))
    ]
    graded = pl.DataFrame(rows, schema=dict(VERDICTS.columns), orient="row")
    return matches, {"llava": graded, "mine": graded.with_columns(verdict=pl.lit("correct"))}


@pytest.fixture(scope="module")
def inputs(tmp_path_factory) -> dict[str, list[Path]]:
    """Every table that the two figures read."""
    folder = tmp_path_factory.mktemp("mllm")
    rows = [scored(name, "mmvp", right) for name, right in RIGHT.items()]
    rows += [scored(n, "mmvp_corrected", right) for n, right in CORRECTED_RIGHT.items()]
    rows += [scored("mine", "mmvp_circular", 3)]
    scores = write(BENCHMARK_SCORES, rows, folder / "benchmarks.csv")
    against = against_figure4(BENCHMARK_SCORES.read(scores[0]), ROWS)
    AGAINST_FIGURE4.write(against, folder / "against.csv")
    by_pattern = [
        {**scored(name, "mmvp", right * pairs // 150, pairs), "pattern": pattern}
        for name, right in RIGHT.items()
        for pattern, pairs in PAIRS.items()
    ] + [{**scored("mine", "mmvp", 1, 2), "pattern": ""}]
    matches, verdicts = matches_and_verdicts()
    found = inherited(matches, verdicts, ENCODERS, ROWS, seed=1)
    INHERITED.write(found, folder / "correlation.csv")
    vlm = [score_matches(name, 224, 428.0, table) for name, table in matches.items()]
    MATCH_SCORES.write(pl.concat(vlm), folder / "vlm.csv")
    return {
        "scores": scores,
        "against": [folder / "against.csv"],
        "patterns": write(PATTERN_SCORES, by_pattern, folder / "patterns.csv"),
        "vlm": [folder / "vlm.csv"],
        "correlation": [folder / "correlation.csv"],
    }


@pytest.fixture(scope="module")
def drawn(inputs):
    return cache(lambda name: draw_figure(name, inputs, settings()))


@pytest.mark.parametrize("name", ["mllm", "mllm_patterns"])
@pytest.mark.parametrize("width", [7, 9])
def test_no_two_texts_overlap_and_none_leaves_the_sheet(name, width, inputs):
    texts_lie_apart(draw_figure(name, inputs, settings(width=width)))


@pytest.mark.parametrize("name", ["mllm", "mllm_patterns"])
def test_a_figure_is_drawn_twice_the_same_byte_by_byte(name, inputs, tmp_path):
    small = settings(dpi=40)
    for turn in ("one", "two"):
        save_figure(draw_figure(name, inputs, small), tmp_path / turn / name, small)
    for suffix in ("png", "svg"):
        one, two = ((tmp_path / t / f"{name}.{suffix}").read_bytes() for t in ("one", "two"))
        assert one == two


def test_dots_rings_and_strokes_stand_at_the_tables_shares(drawn):
    (axes,) = (a for a in drawn("mllm").axes if a.axison)
    dots = [line for line in axes.lines if line.get_marker() == "o"]
    filled = [float(d.get_xdata()[0]) for d in dots if d.get_markerfacecolor() == d.get_color()]
    hollow = [float(d.get_xdata()[0]) for d in dots if d.get_markerfacecolor() != d.get_color()]
    order = ["people", "mine", "llava", "constant"]
    assert filled == pytest.approx([RIGHT[name] / 150 for name in order], abs=1e-6)
    assert hollow == pytest.approx([CORRECTED_RIGHT[name] / 150 for name in order], abs=1e-6)
    strokes = [float(x.get_xdata()[0]) for x in axes.lines if x.get_color() == ORANGE]
    printed = dict(figure4().iter_rows())
    others = [s for m, s in printed.items() if m not in ("LLaVA-1.5", "Human", "Random")]
    assert strokes == pytest.approx([printed["LLaVA-1.5"], *others])


def test_contenders_come_best_first_and_systems_nobody_asked_after_them(drawn):
    words = words_of(drawn("mllm"))
    shown = [w for w in words if w in ("people", "LLaVA-1.5 13B", "constant", "Gemini", "LLaVA")]
    assert shown == ["people", "LLaVA-1.5 13B", "constant", "Gemini", "LLaVA"]
    assert "38/150" in words and "25.3 %" in words and "24.7" in words
    assert "3/150" not in words, "both orders are another way of counting"
    assert not any("Human" in word for word in words), "people were asked"


def test_people_that_nobody_asked_are_named_as_a_share_of_questions(inputs, tmp_path):
    none = write(AGAINST_FIGURE4, [], tmp_path / "against.csv")
    words = words_of(draw_figure("mllm", {**inputs, "against": none}, settings()))
    assert "Human (questions)" in words and "95.7" in words and "Random" not in words


def test_without_answers_the_figures_say_so(inputs, tmp_path):
    none = {
        "scores": write(BENCHMARK_SCORES, [], tmp_path / "scores.csv"),
        "patterns": write(PATTERN_SCORES, [], tmp_path / "patterns.csv"),
    }
    for name, said in (("mllm", "No contender"), ("mllm_patterns", "No pair of MMVP")):
        figure = draw_figure(name, {**inputs, **none}, settings())
        assert not figure.axes and said in " ".join(words_of(figure))


def test_patterns_have_their_number_of_pairs_and_unnamed_ones_are_left_out(drawn):
    words = words_of(drawn("mllm_patterns"))
    heads = [f"{pattern}, {pairs}" for pattern, pairs in PAIRS.items()]
    assert [w for w in words if w in heads] == heads
    assert sum(", " in w and w.rsplit(", ")[-1].isdigit() for w in words) == len(NINE)


def test_clips_row_is_the_mean_of_the_papers_models_and_r_stands_beside_the_printed(drawn, inputs):
    words = words_of(drawn("mllm_patterns"))
    found = {r["contender"]: r for r in INHERITED.read(inputs["correlation"][0]).to_dicts()}
    assert found["llava"]["encoder"] == "l14+l14_336" and "mean of 2 models" in words
    bounds = f"{found['llava']['low']:.2f} to {found['llava']['high']:.2f}"
    assert "1.00" in words and bounds in words and "0.87" in words
    (cells,) = (a for a in drawn("mllm_patterns").axes if len(a.texts) > 20)
    # cells are drawn column by column, and CLIP's is the first of each
    each = 1 + 2 * len(RIGHT)
    assert [text.get_text() for text in cells.texts[::each]] == [
        f"{100 * k / 15:.0f}" for k in range(1, 10)
    ]


def test_without_a_vlm_study_there_is_no_row_of_clip(inputs):
    figure = draw_figure("mllm_patterns", {"patterns": inputs["patterns"]}, settings())
    words = words_of(figure)
    assert "CLIP, on MMVP-VLM" not in words and "r with CLIP" not in words
    assert "correlation" not in " ".join(words)


def test_a_contender_that_does_not_vary_has_no_correlation(inputs):
    found = {r["contender"]: r for r in INHERITED.read(inputs["correlation"][0]).to_dicts()}
    assert found["llava"]["pearson"] == pytest.approx(1.0) and found["llava"]["patterns"] == 9
    assert found["llava"]["low"] < 1.0
    assert np.isnan(found["mine"]["pearson"]) and np.isnan(found["mine"]["p_holm"])
