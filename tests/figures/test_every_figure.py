"""Every figure draws from small tables, from empty ones, from full ones, and twice the same."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from clipblind.commands.report import app
from clipblind.figures import draw_figure, save_figure
from clipblind.figures.inputs import FIGURES
from clipblind.ground.errors import UserError
from clipblind.study.settings.figure import figures
from tests.figures.conftest import Drawn, Studies
from tests.figures.made_up.looks import texts_lie_apart, words_of
from tests.figures.made_up.tables import SMALL, given

OF_PAPER = (
    "contenders",
    "shuffled",
    "patterns",
    "scaling",
    "scale",
    "correlation",
    "against_paper",
)
STUDIES = {
    **dict.fromkeys(("small", "full", "mixed"), tuple(FIGURES)),
    **dict.fromkeys(("ten", "all", "one", "later"), OF_PAPER),
}
DRAWN = [
    (name, study)
    for study, names in STUDIES.items()
    for name in names
    if not (study in ("small", "full") and name == "against_paper")
    and not (study not in ("small", "full", "mixed") and name == "shuffled")
]


@pytest.mark.parametrize(("name", "study"), DRAWN)
def test_no_two_texts_overlap_and_none_leaves_the_sheet(
    name: str, study: str, drawn: Drawn
) -> None:
    texts_lie_apart(drawn(name, study))


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_drawn_twice_the_same_byte_by_byte(
    name: str, studies: Studies, tmp_path: Path
) -> None:
    inputs = given(name, studies("mixed"))
    for turn in ("one", "two"):
        save_figure(draw_figure(name, inputs, SMALL), tmp_path / turn / name, SMALL)
    for suffix in ("png", "svg"):
        one, two = ((tmp_path / t / f"{name}.{suffix}").read_bytes() for t in ("one", "two"))
        assert one == two
        assert b"dc:date" not in one and b"Software" not in one


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_of_nothing_says_so(name: str, drawn: Drawn) -> None:
    figure = drawn(name, "nothing" if name == "against_paper" else "empty")
    assert not figure.axes
    said = " ".join(words_of(figure))
    assert any(word in said for word in ("no ", "No ", "Nothing", "fewer"))


def test_what_is_declared_is_what_there_is() -> None:
    assert set(figures()) == set(FIGURES)


def test_the_command_writes_both_files_and_nothing_else(studies: Studies, tmp_path: Path) -> None:
    inputs = given("contenders", studies("small"))
    cfg = json.dumps({"figure": SMALL.model_dump()})
    stem = tmp_path / "out/contenders.v1"
    asked = ["figure", "contenders", "--cfg", cfg, "--out", str(stem)]
    files = [f"--input={key}={path}" for key, (path,) in inputs.items()]
    run = CliRunner().invoke(app, [*asked, *files], catch_exceptions=False)
    assert run.exit_code == 0
    assert {p.name for p in stem.parent.iterdir()} == {"contenders.v1.png", "contenders.v1.svg"}
    wrong = CliRunner().invoke(app, [*asked, "--input=scores"])
    assert "'scores' is not of the form key=path" in str(wrong.exception)


def test_an_unknown_figure_and_a_missing_input_are_told_in_a_sentence() -> None:
    with pytest.raises(UserError, match="no figure 'pie'; there are against_paper"):
        draw_figure("pie", {}, SMALL)
    with pytest.raises(UserError, match="no figure 'parts'"):
        draw_figure("parts", {}, SMALL)
    with pytest.raises(UserError, match=r"--input matching=.* is wanted once, not 0 times"):
        draw_figure("scaling", {}, SMALL)


def test_a_figure_starts_without_what_it_does_not_need() -> None:
    heavy = ("torch", "matplotlib.pyplot", "transformers", "scipy")
    code = (
        "import sys, clipblind.figures.contenders;"
        f" print([module for module in {heavy} if module in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
