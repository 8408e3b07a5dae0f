"""The figures of the controls and of scale: what they choose, mark, leave out, and say."""

import json
from itertools import product
from pathlib import Path

import polars as pl
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure as Drawn

from clipblind.figures import draw_figure, save_figure
from clipblind.figures.style import BLUE, GREEN, MUTED, ORANGE, VERMILION
from clipblind.ground.factors import FACTOR_OF_PATTERN, FACTORS
from clipblind.ground.tables.controls import DIFFER_RATES, PROBES, SHUFFLED, SURVEY
from clipblind.ground.tables.matching import VARIANTS, MATCH_SCORES, ZERO_SHOT
from clipblind.ground.tables.table import Table
from clipblind.study.settings.figure import Figure

NAMES = ("differ", "probes", "shuffled", "scale")
SETTINGS = Figure(dpi=40, width=8)
SHARP = Figure(dpi=150, width=8)

# axis, pictures, samples, pixels across, patches, parameters in millions
CLIPS = {
    "clip_wide": ("size", 20_000, 96_000, 64, 16, 0.801),
    "clip_web": ("base", 20_000, 96_000, 64, 16, 0.392),
    "clip_told": ("captions", 20_000, 96_000, 64, 16, 0.392),
    "clip_swap": ("captions", 20_000, 96_000, 64, 16, 0.392),
    "clip_narrow": ("size", 20_000, 96_000, 64, 16, 0.116),
    "clip_deep": ("size", 20_000, 96_000, 64, 16, 0.789),
    "clip_32px": ("resolution", 20_000, 96_000, 32, 16, 0.371),
    "clip_fine": ("resolution", 20_000, 96_000, 64, 64, 0.404),
    "clip_few": ("images", 2_500, 96_000, 64, 16, 0.392),
    "clip_half": ("images", 10_000, 96_000, 64, 16, 0.392),
    "clip_long": ("steps", 20_000, 288_000, 64, 16, 0.392),
}
SEVERAL = [f"A-MoF .{i}, 2x steps" for i in range(21)]


def _write(table: Table, rows: list[dict[str, object]], path: Path) -> list[Path]:
    frame = pl.DataFrame(rows, schema=dict(table.columns))
    table.write(frame, path)
    return [path]


def _differ(folder: Path, clips: list[str]) -> dict[str, list[Path]]:
    rates: list[dict[str, object]] = []
    survey: list[dict[str, object]] = []
    for clip in clips:
        counts = {"all_pairs": 8_000_000, "similar_pairs": 7_998, "blind_pairs": 1_355}
        kinds = (("cosine", 0.95, 0), ("quantile", 0.92, 1_355))
        survey += [
            {"encoder": clip, "thresholds": kind, "probe_above": above, "reference_below": 0.6}
            | {**counts, "blind_pairs": blind}
            for kind, above, blind in kinds
        ]
        for (i, factor), among in product(enumerate(FACTORS), ("similar", "blind")):
            rate = 0.05 * i if among == "similar" else 0.9
            bounds = {"rate": rate, "low": max(0.0, rate - 0.02), "high": rate + 0.02}
            pairs = {"pairs": 7_998 if among == "similar" else 1_355, "differ": 9}
            rates.append(
                {"encoder": clip, "factor": factor, "among": among, **pairs, **bounds}
                | {"at_large": 0.6}
            )
    return {
        "rates": _write(DIFFER_RATES, rates, folder / "rates.csv"),
        "survey": _write(SURVEY, survey, folder / "survey.csv"),
        "variants": _variants(folder, clips),
    }


def _variants(folder: Path, clips: list[str]) -> list[Path]:
    rows = [
        {"encoder": clip, "axis": axis, "captions": "web", "images": images, "samples": samples}
        | {"image_size": pixels, "patches": patches, "params_m": millions}
        | {"zero_shot": 0.9, "low": 0.8, "high": 1.0}
        for clip, (axis, images, samples, pixels, patches, millions) in CLIPS.items()
        if clip in clips
    ]
    return _write(VARIANTS, rows, folder / "variants.csv")


def _probes(folder: Path, clips: list[str]) -> dict[str, list[Path]]:
    rows: dict[str, list[dict[str, object]]] = {"probes": [], "scores": []}
    towers = [("scores", clip, 0.6) for clip in clips] + [("probes", c, 0.8) for c in clips]
    towers += [("probes", "reference", 0.9)] if clips else []
    for (table, encoder, right), factor in product(towers, FACTORS):
        of = {"fitted_on": 4_000} if table == "probes" else {"mention_rate": 0.3}
        share = {"accuracy": right, "low": right - 0.03, "high": right + 0.03, "chance": 0.5}
        rows[table].append({"encoder": encoder, "factor": factor, **of, "images": 1_000, **share})
    return {
        "probes": _write(PROBES, rows["probes"], folder / "probes.csv"),
        "scores": _write(ZERO_SHOT, rows["scores"], folder / "zero_shot.csv"),
    }


def _shuffled(folder: Path, contenders: list[str]) -> dict[str, list[Path]]:
    rows = [
        {"effect": effect, "benchmark": benchmark, "of": name, "against": ""}
        | {"observed": (0.7, 0.25, 0.1)[i % 3], "permutations": 1_000}
        | {"mean": 0.25, "low": 0.2, "high": 0.3}
        for effect in ("pair accuracy", "unevenness over patterns", "difference")
        for benchmark in ("twins", "random", "mined")
        for i, name in enumerate(contenders)
    ]
    labels = folder / "labels.json"
    labels.write_text(json.dumps({name: name for name in contenders}))
    return {"shuffled": _write(SHUFFLED, rows, folder / "shuffled.csv"), "labels": [labels]}


def _scale(folder: Path, clips: list[str]) -> dict[str, list[Path]]:
    rows = [
        {"encoder": clip, "image_size": CLIPS[clip][3], "params_m": CLIPS[clip][5]}
        | {"direction": "text_to_image", "pattern": pattern, "pairs": 60}
        | {"accuracy": 0.1 * i, "low": max(0.0, 0.1 * i - 0.1), "high": min(1.0, 0.1 * i + 0.1)}
        for clip in clips
        for i, pattern in enumerate((*FACTOR_OF_PATTERN, "average"))
    ]
    scores = _write(MATCH_SCORES, rows, folder / "vlm.csv")
    return {"scores": scores, "variants": _variants(folder, clips)}


def _inputs(name: str, folder: Path, size: str) -> dict[str, list[Path]]:
    """Tables of a study without anything, of the smoke study's size, or of the full sweep's."""
    clips = {"empty": [], "small": ["clip_web"], "full": list(CLIPS)}[size]
    if name == "shuffled":
        contenders = {"empty": [], "small": ["CLIP", "I-MoF"], "full": SEVERAL}[size]
        return _shuffled(folder, contenders)
    return {"differ": _differ, "probes": _probes, "scale": _scale}[name](folder, clips)


def _words(figure: Drawn) -> list[str]:
    return [text.get_text() for text in figure.texts]


def _dots(figure: Drawn) -> list[tuple[str, float]]:
    """Colour and place across of each dot, the key's left out."""
    return [
        (to_hex(line.get_color()), float(line.get_xdata()[0]))
        for axes in figure.axes
        if axes.axison
        for line in axes.lines
        if line.get_marker() == "o"
    ]


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_is_drawn_twice_the_same_byte_by_byte(name: str, tmp_path: Path) -> None:
    inputs = _inputs(name, tmp_path, "full")
    for turn in ("one", "two"):
        save_figure(draw_figure(name, inputs, SETTINGS), tmp_path / turn / name, SETTINGS)
    for suffix in ("png", "svg"):
        one, two = ((tmp_path / t / f"{name}.{suffix}").read_bytes() for t in ("one", "two"))
        assert one == two


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_of_nothing_says_so(name: str, tmp_path: Path) -> None:
    figure = draw_figure(name, _inputs(name, tmp_path, "empty"), SETTINGS)
    assert not figure.axes
    assert any(word in " ".join(_words(figure)) for word in ("no ", "No "))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", ["small", "full"])
def test_no_two_texts_overlap_and_none_leaves_the_sheet(
    name: str, size: str, tmp_path: Path
) -> None:
    canvas = FigureCanvasAgg(draw_figure(name, _inputs(name, tmp_path, size), SHARP))
    canvas.draw()
    figure, renderer = canvas.figure, canvas.get_renderer()
    ticks = [t for axes in figure.axes if axes.axison for t in axes.get_xticklabels()]
    texts = [*figure.texts, *(text for axes in figure.axes for text in axes.texts), *ticks]
    boxes = [(t.get_text(), t.get_window_extent(renderer)) for t in texts if t.get_text()]
    for i, (words, box) in enumerate(boxes):
        assert box.x0 >= 0 and box.x1 <= figure.bbox.x1, f"{words!r} leaves the sheet"
        for others, other in boxes[:i]:
            assert not box.padded(-1).overlaps(other.padded(-1)), f"{words!r} lies on {others!r}"


def test_only_clips_that_differ_in_captions_stand_side_by_side(tmp_path: Path) -> None:
    words = _words(draw_figure("differ", _inputs("differ", tmp_path, "full"), SETTINGS))
    assert [word for word in words if word in CLIPS] == ["clip_web", "clip_told", "clip_swap"]
    assert words.count("cosine > 0.920: 7,998 similar, 1,355 blind") == 3
    by_place = [word for word in words if word in FACTORS]
    assert by_place == list(reversed(FACTORS)), "the factor that differs most stands on top"


def test_clips_from_elsewhere_are_shown_all_the_same(tmp_path: Path) -> None:
    inputs = _differ(tmp_path, ["clip_web", "clip_told"])
    unknown = VARIANTS.read(inputs["variants"][0]).with_columns(axis=pl.lit("unknown"))
    VARIANTS.write(unknown, inputs["variants"][0])
    words = _words(draw_figure("differ", inputs, SETTINGS))
    assert [word for word in words if word in CLIPS] == ["clip_web", "clip_told"]


def test_without_blind_pairs_the_similar_ones_are_drawn(tmp_path: Path) -> None:
    inputs = _differ(tmp_path, ["clip_web"])
    blind = pl.col("among") == "blind"
    rates = DIFFER_RATES.read(inputs["rates"][0]).with_columns(
        pl.when(blind).then(0).otherwise(pl.col("pairs")).alias("pairs"),
        *(
            pl.when(blind).then(float("nan")).otherwise(pl.col(c)).alias(c)
            for c in ("rate", "low", "high")
        ),
    )
    DIFFER_RATES.write(rates, inputs["rates"][0])
    figure = draw_figure("differ", inputs, SETTINGS)
    assert {colour for colour, _ in _dots(figure)} == {BLUE}
    assert "cosine > 0.950: 7,998 similar, 0 blind" in _words(figure)


def test_probes_stand_beside_zero_shot_corrected_for_chance(tmp_path: Path) -> None:
    dots = _dots(draw_figure("probes", _inputs("probes", tmp_path, "full"), SETTINGS))
    assert len(dots) == 3 * len(FACTORS)
    assert {(colour, round(x, 3)) for colour, x in dots} == {
        (ORANGE, 0.2), (BLUE, 0.6), (GREEN, 0.8),
    }  # fmt: skip


def test_effects_are_told_apart_from_what_permutation_leaves(tmp_path: Path) -> None:
    figure = draw_figure("shuffled", _shuffled(tmp_path, ["a", "b", "c"]), SETTINGS)
    assert [word for word in _words(figure) if word.endswith("pairs")] == [
        "mined pairs", "random pairs", "twin pairs",
    ] * 2  # fmt: skip
    dots = _dots(figure)
    assert set(dots) == {(BLUE, 0.7), (MUTED, 0.25), (VERMILION, 0.1)}
    assert len(dots) == 2 * 3 * 3, "two effects, three benchmarks, three contenders"


def test_the_base_belongs_to_every_axis_and_axes_grow_to_the_right(tmp_path: Path) -> None:
    figure = draw_figure("scale", _inputs("scale", tmp_path, "full"), SETTINGS)
    ticks = [axes.get_xticklabels() for axes in figure.axes if axes.axison]
    shown = [[label.get_text() for label in row] for row in ticks if row]
    assert shown == [
        ["0.12", "0.39", "0.79", "0.80"],
        ["16\n32 px", "16\n64 px", "64\n64 px"],
        ["2,500", "10,000", "20,000"],
        ["96,000", "288,000"],
    ]
    bold = [t.get_text() for row in ticks for t in row if t.get_fontweight() == "bold"]
    assert bold == ["0.39", "16\n64 px", "20,000", "96,000"]


def test_an_axis_with_the_base_alone_is_left_out(tmp_path: Path) -> None:
    inputs = _scale(tmp_path, ["clip_web", "clip_told", "clip_few"])
    words = _words(draw_figure("scale", inputs, SETTINGS))
    assert "Pictures" in words and not {"Size", "Resolution", "Training"} & set(words)
    alone = _words(draw_figure("scale", _scale(tmp_path, ["clip_web", "clip_told"]), SETTINGS))
    assert "There is no CLIP variant of another scale." in alone
