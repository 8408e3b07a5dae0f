"""`clipblind printed` as a person calls it."""

import io

import polars as pl
import pytest
import typer
from typer.testing import CliRunner

from clipblind.commands.printed import printed
from clipblind.ground.errors import UserError
from clipblind.printed.tables import PRINTED

app = typer.Typer()
app.command()(printed)


def run(*arguments, width=80):
    result = CliRunner(env={"COLUMNS": str(width)}).invoke(
        app, list(arguments), catch_exceptions=False
    )
    assert result.exit_code == 0
    return result.stdout


def test_it_lists_every_table_with_its_source():
    printed = run(width=200)
    for one in PRINTED.values():
        (line,) = (x for x in printed.splitlines() if x.startswith(f"{one.name} "))
        assert one.title in line and one.source in line


@pytest.mark.parametrize("name", PRINTED)
@pytest.mark.parametrize("width", [40, 80, 100])
def test_a_table_fits_the_page_and_loses_no_figure(name, width):
    printed = run(name, width=width)
    assert max(map(len, printed.splitlines())) <= max(width, 80)
    assert "…" not in printed
    words = printed.split()
    for column in PRINTED[name].frame().select(pl.selectors.numeric()).get_columns():
        assert {str(cell) for cell in column} <= set(words)
    assert "Source:" in printed and "Units:" in printed


@pytest.mark.parametrize("name", PRINTED)
def test_csv_is_the_table_itself(name):
    one = PRINTED[name]
    read = pl.read_csv(io.StringIO(run(name, "--csv")), schema_overrides=dict(one.columns))
    assert read.equals(one.frame())


def test_the_check_says_what_fits_and_what_does_not_and_ends_well():
    printed = run("--check", width=160)
    assert "differs InstructBLIP: r with CLIP is 0.606; the paper prints 0.71" in printed
    assert "fits    LLaVA-1.5: r with CLIP is 0.870" in printed
    assert "unknown Bard" in printed
    lines = [line.split()[0] for line in printed.splitlines() if line.startswith(" ")]
    counts = [lines.count(said) for said in ("fits", "differs", "unknown")]
    assert f"{counts[0]} fit, {counts[1]} differ, {counts[2]} can't be recomputed" in printed


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["mllm_fig5"], "No table is called mllm_fig5; there are mmvp_vlm_table1, "),
        (["mllm_fig4", "--check"], "leave out the table's name"),
        (["--check", "--csv"], "leave out"),
        (["--csv"], "name one"),
    ],
)
def test_a_mistake_is_one_sentence(arguments, wanted):
    with pytest.raises(UserError, match=wanted):
        CliRunner().invoke(app, arguments, catch_exceptions=False)
