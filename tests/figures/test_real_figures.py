"""The figures of real models: they draw from every mix of tables, and hold the tables' numbers."""

import json
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure as Drawn
from typer.testing import CliRunner

from clipblind.commands.report import app
from clipblind.figures import draw_figure, save_figure
from clipblind.figures.over_scale import spread
from clipblind.ground.stats import wilson
from clipblind.ground.tables.matching import AGAINST_TABLE1, IMAGENET, MATCH_SCORES
from clipblind.ground.tables.table import Table
from clipblind.printed import AVERAGE, PATTERNS, table1
from clipblind.study.compose import compose
from clipblind.study.settings.figure import FIGURES_OF_VLM, Described, FigureOfModels
from clipblind.study.settings.study import Study
from clipblind.study.slices import needs

CONF = Path(__file__).parents[2] / "conf"
COLUMNS = [pattern.name for pattern in PATTERNS]
SCALING = ("scaling_size", "scaling_pixels", "scaling_data")
TEN = (
    "openai_l14_224", "openai_l14_336", "siglip_so400m_224", "siglip_so400m_384", "dfn_h14_224",
    "dfn_h14_378", "metaclip_l14", "metaclip_h14", "eva01_g14", "eva02_e14_plus",
)  # fmt: skip
LATER = ("openai_b32", "openai_b16", "siglip2_so400m_224")
STUDIES = {
    "all": (*LATER, *TEN),
    "ten": TEN,
    "one": TEN[:1],
    "later": LATER,
    "nothing": (),
}
OFF = (0, 1, -2, 0, 3, 0, -1, 1, 0, 0, 2, -1)
"""Pairs by which the synthetic runs miss the paper, over and over."""

Inputs = dict[str, list[Path]]


@cache
def described() -> Study:
    """The study `paper` with three encoders more than the paper has."""
    composed = compose(CONF, "paper", f"encoder=[{','.join((*TEN, *LATER))},dinov2_l14]")
    assert isinstance(composed, Study)
    return composed


def encoders(names: tuple[str, ...]) -> dict[str, Described]:
    """Encoders as `conf/` describes them."""
    fields = {*Described.model_fields}
    known = described().encoder
    return {name: Described(**known[name].model_dump(include=fields)) for name in names}


def write(table: Table, rows: list[dict[str, object]], path: Path) -> list[Path]:
    table.write(pl.DataFrame(rows, schema=dict(table.columns)), path)
    return [path]


def tables_of(folder: Path, names: tuple[str, ...], measured: tuple[str, ...] = ()) -> Inputs:
    """Tables of a run over these encoders that misses Table 1 by a few pairs here and there."""
    printed = {(row, pattern): share for row, pattern, share in _printed()}
    scores, against = [], []
    for i, name in enumerate(names):
        encoder, total = described().encoder[name], 0
        for j, pattern in enumerate((*COLUMNS, AVERAGE)):
            paper = printed.get((encoder.row, pattern))
            near = round(15 * (paper if paper is not None else 0.3))
            pairs = 135 if pattern == AVERAGE else 15
            right = total if pattern == AVERAGE else min(15, max(0, near + OFF[(7 * i + j) % 12]))
            total += right
            share = wilson(right, pairs)
            shared = {"encoder": name, "pattern": pattern, "pairs": pairs, "accuracy": share.value}
            shared |= {"low": share.low, "high": share.high}
            made = {"image_size": encoder.image_size, "params_m": encoder.params_m}
            scores += [
                {**shared, **made, "direction": way} for way in ("text_to_image", "image_to_text")
            ]
            inside = None if paper is None else share.low <= paper <= share.high
            difference = None if paper is None else share.value - paper
            against.append(
                {
                    **shared,
                    "row": encoder.row,
                    "paper": paper,
                    "difference": difference,
                    "inside": inside,
                }
            )
    accurate = {name: wilson(37_000 + 500 * i, 50_000) for i, name in enumerate(measured)}
    imagenet = [
        write(
            IMAGENET,
            [
                {
                    "encoder": name,
                    "images": 50_000,
                    "unread": 0,
                    "right": round(50_000 * share.value),
                }
                | {"accuracy": share.value, "low": share.low, "high": share.high}
            ],
            folder / name / "imagenet.csv",
        )[0]
        for name, share in accurate.items()
    ]
    return {
        "scores": write(MATCH_SCORES, scores, folder / "scores.csv"),
        "against": write(AGAINST_TABLE1, against, folder / "against_paper.csv"),
        **({"imagenet": imagenet} if imagenet else {}),
    }


def _printed() -> list[tuple[str, str, float]]:
    return table1().select("row", "pattern", "accuracy").rows()


def settings(names: tuple[str, ...], **changed: object) -> FigureOfModels:
    return FigureOfModels(**{"dpi": 150, "width": 9, "encoders": encoders(names), **changed})


def words_of(figure: Drawn) -> list[str]:
    return [t.get_text() for holder in (figure, *figure.axes) for t in holder.texts]


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


@pytest.fixture(scope="module")
def studies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Inputs]:
    """Tables by study; of all and of one, ImageNet was measured on some."""
    measured = {"all": (TEN[0], TEN[3], LATER[0]), "one": TEN[:1]}
    return {
        name: tables_of(tmp_path_factory.mktemp(name), names, measured.get(name, ()))
        for name, names in STUDIES.items()
    }


@pytest.fixture(scope="module")
def drawn(studies: dict[str, Inputs]) -> Callable[[str, str], Drawn]:
    """Figures by name and study, each drawn once."""
    return cache(lambda name, study: draw_figure(name, studies[study], settings(STUDIES[study])))


@pytest.mark.parametrize("name", FIGURES_OF_VLM)
@pytest.mark.parametrize("study", STUDIES)
def test_no_two_texts_overlap_and_none_leaves_the_sheet(
    name: str, study: str, drawn: Callable[[str, str], Drawn]
) -> None:
    texts_lie_apart(drawn(name, study))


@pytest.mark.parametrize("name", ["table1", "scaling_size", "against_paper"])
def test_a_figure_is_drawn_twice_the_same_byte_by_byte(
    name: str, studies: dict[str, Inputs], tmp_path: Path
) -> None:
    small = settings(TEN, dpi=40)
    for turn in ("one", "two"):
        figure = draw_figure(name, studies["ten"], small)
        save_figure(figure, tmp_path / turn / name, small)
    for suffix in ("png", "svg"):
        one, two = ((tmp_path / t / f"{name}.{suffix}").read_bytes() for t in ("one", "two"))
        assert one == two


@pytest.mark.parametrize("name", FIGURES_OF_VLM)
def test_a_figure_of_nothing_says_so(name: str, drawn: Callable[[str, str], Drawn]) -> None:
    figure = drawn(name, "nothing")
    assert not figure.axes
    assert "No " in " ".join(words_of(figure))


def test_pairs_that_were_never_asked_are_not_drawn(tmp_path: Path) -> None:
    inputs = tables_of(tmp_path, TEN[:2])
    for key, table in (("scores", MATCH_SCORES), ("against", AGAINST_TABLE1)):
        none = table.read(inputs[key][0]).with_columns(pairs=pl.lit(0, pl.Int64))
        table.write(none, inputs[key][0])
    for name in FIGURES_OF_VLM:
        assert not draw_figure(name, inputs, settings(TEN[:2])).axes


def test_table_1_holds_our_shares_intervals_and_the_papers(
    studies: dict[str, Inputs], drawn: Callable[[str, str], Drawn]
) -> None:
    (cells,) = (a for a in drawn("table1", "one").axes if len(a.texts) > 20)
    found = [text.get_text() for text in cells.texts]
    scores = _official(studies["one"])
    paper = [share for row, _, share in _printed() if row == "OpenAI ViT-L-14 224"]
    expected = [
        words
        for row, printed in zip(scores, paper, strict=True)
        for words in (
            f"{100 * row['accuracy']:.0f}",
            f"{100 * row['low']:.0f}\N{EN DASH}{100 * row['high']:.0f}",
            f"{100 * printed:.0f}",
        )
    ]
    assert found == expected


def test_models_stand_as_in_the_paper_and_others_after_them(
    drawn: Callable[[str, str], Drawn],
) -> None:
    figure = drawn("table1", "all")
    known = encoders(STUDIES["all"])
    labels = [known[name].label for name in (*TEN, *LATER)]
    assert [word for word in words_of(figure) if word in labels] == labels
    assert words_of(figure).count("not in Table 1") == len(LATER)


def test_a_measured_imagenet_stands_out_from_the_papers(drawn: Callable[[str, str], Drawn]) -> None:
    figure = drawn("table1", "all")
    ink = {t.get_text(): to_hex(t.get_color()) for t in figure.texts}
    assert ink["74.0"] == ink["paper 75.5"] == ink["SigLIP SO400M, 384 px"] != ink["76.6"]
    assert words_of(figure).count("paper") == 8, "of ten, two were measured"
    assert "dark where measured" in " ".join(words_of(figure))
    missing = words_of(drawn("table1", "ten"))
    assert missing.count("paper") == 10 and "75.5" in missing
    assert "this run did not measure it" in " ".join(missing)


def test_models_without_a_known_number_of_samples_are_named_beneath(
    studies: dict[str, Inputs],
) -> None:
    known = encoders(TEN)
    known["dfn_h14_378"] = known["dfn_h14_378"].model_copy(update={"samples_m": None})
    figure = draw_figure("scaling_data", studies["ten"], settings(TEN, encoders=known))
    assert any(w.startswith("Not drawn") and "DFN H/14, 378 px" in w for w in words_of(figure))
    silent = {name: told.model_copy(update={"samples_m": None}) for name, told in known.items()}
    figure = draw_figure("scaling_data", studies["ten"], settings(TEN, encoders=silent))
    assert not figure.axes


@pytest.mark.parametrize("name", SCALING)
def test_panels_hold_a_dot_on_its_interval_and_a_ring_for_each_model(
    name: str, studies: dict[str, Inputs], drawn: Callable[[str, str], Drawn]
) -> None:
    figure = drawn(name, "ten")
    panels = [axes for axes in figure.axes if axes.axison]
    assert len(panels) == 10
    dots = [_heights(axes, "full") for axes in panels]
    rings = [_heights(axes, "none") for axes in panels]
    of_ours = {p: [] for p in (*COLUMNS, AVERAGE)}
    for row in _official(studies["ten"]):
        of_ours[row["pattern"]].append(row["accuracy"])
    of_paper = {p: [s for _, q, s in _printed() if q == p] for p in (*COLUMNS, AVERAGE)}
    assert [sorted(d) for d in dots] == [pytest.approx(sorted(v)) for v in of_ours.values()]
    assert [sorted(r) for r in rings] == [pytest.approx(sorted(v)) for v in of_paper.values()]


def test_lines_join_only_models_that_differ_along_the_axis(
    drawn: Callable[[str, str], Drawn],
) -> None:
    joins = {}
    for name in SCALING:
        figure = drawn(name, "ten")
        (panel, *_) = (axes for axes in figure.axes if axes.axison)
        across = [line.get_xdata() for line in panel.lines if len(line.get_xdata()) == 2]
        joins[name] = sum(abs(b - a) > 0 for a, b in across) - 2  # without the two level lines
    assert joins == {"scaling_size": 1, "scaling_pixels": 3, "scaling_data": 0}


@pytest.mark.parametrize("many", [2, 10, 60])
def test_models_of_one_place_are_spread_within_the_panel(many: int) -> None:
    at = {f"m{i}": 224.0 if i % 5 else 384.0 for i in range(many)}
    places = spread(at, wide=1.5, step=0.075)
    ordered = sorted(places.values())
    assert ordered[0] >= 0 and ordered[-1] <= 1.5
    least = min(0.075, 1.38 / many)
    assert all(b - a > 0.99 * least for a, b in pairwise(ordered))
    by_value = sorted(at, key=lambda name: places[name])
    assert [at[name] for name in by_value] == sorted(at.values())


def test_differences_from_the_paper_are_counted_and_written(
    studies: dict[str, Inputs], drawn: Callable[[str, str], Drawn]
) -> None:
    words = words_of(drawn("against_paper", "ten"))
    beside = AGAINST_TABLE1.read(studies["ten"]["against"][0])
    averages = beside.filter(pattern=AVERAGE)
    cells = beside.filter(pl.col("pattern") != AVERAGE)
    said = " ".join(words)
    assert f"for {averages['inside'].sum()} of 10 models" in said
    assert f"and {cells['inside'].sum()} of 90 cells do" in said
    for pattern in COLUMNS:
        inside = cells.filter(pattern=pattern)["inside"].sum()
        assert f"{inside} of 10" in words
    for difference in averages["difference"]:
        assert (
            f"{100 * difference:+.1f}".replace("-", "\N{MINUS SIGN}").replace("+0.0", "0.0")
            in words
        )


def test_a_cell_outside_our_interval_is_hollow(
    studies: dict[str, Inputs], drawn: Callable[[str, str], Drawn]
) -> None:
    figure = drawn("against_paper", "ten")
    cells = AGAINST_TABLE1.read(studies["ten"]["against"][0]).filter(pl.col("pattern") != AVERAGE)
    panel = [axes for axes in figure.axes if axes.axison][-1]
    dots = [line for line in panel.lines if line.get_marker() == "o"]
    hollow = [d for d in dots if d.get_markerfacecolor() != d.get_color()]
    outside = len(cells) - cells["inside"].sum()
    assert (len(dots), len(hollow)) == (90, outside) and outside > 0


def test_the_command_takes_the_slice_that_its_rule_hands_it(
    studies: dict[str, Inputs], tmp_path: Path
) -> None:
    keys = {key: f"encoder.openai_l14_224.{key}" for key in Described.model_fields}
    cfg = needs(described(), figure="figure.table1", encoders={"openai_l14_224": keys})({})
    assert set(json.loads(cfg)["encoders"]["openai_l14_224"]) == {
        "label",
        "row",
        "data",
        "samples_m",
    }
    files = [f"--input={k}={file}" for k, made in studies["one"].items() for file in made]
    given = ["figure", "table1", "--cfg", cfg, "--out", str(tmp_path / "table1"), *files]
    assert CliRunner().invoke(app, given, catch_exceptions=False).exit_code == 0
    assert {path.name for path in tmp_path.iterdir()} == {"table1.png", "table1.svg"}


def test_an_encoder_that_nobody_described_goes_by_its_name(studies: dict[str, Inputs]) -> None:
    figure = draw_figure("table1", studies["one"], settings((), encoders={}))
    assert "openai_l14_224" in words_of(figure)


def _official(inputs: Inputs) -> list[dict[str, float]]:
    return MATCH_SCORES.read(inputs["scores"][0]).filter(direction="text_to_image").to_dicts()


def _heights(axes: object, fill: str) -> list[float]:
    lines = [line for line in axes.lines if line.get_marker() == "o"]
    return [float(line.get_ydata()[0]) for line in lines if line.get_fillstyle() == fill]
