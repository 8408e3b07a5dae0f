"""This run minus the paper's Table 1: counted, written, and hollow where outside."""

import polars as pl

from clipblind.ground.patterns import AVERAGE, NINE
from clipblind.ground.tables.matching import AGAINST_TABLE1
from tests.figures.made_up.looks import words_of


def test_differences_from_the_paper_are_counted_and_written(studies, drawn):
    words = words_of(drawn("against_paper", "ten"))
    beside = AGAINST_TABLE1.read(studies("ten")["table1"][0])
    averages = beside.filter(pattern=AVERAGE)
    cells = beside.filter(pl.col("pattern") != AVERAGE)
    said = " ".join(words)
    assert f"for {averages['inside'].sum()} of 10 models" in said
    assert f"and {cells['inside'].sum()} of 90 cells do" in said
    for pattern in NINE:
        inside = cells.filter(pattern=pattern)["inside"].sum()
        assert f"{inside} of 10" in words
    for difference in averages["difference"]:
        points = f"{100 * difference:+.1f}".replace("-", "\N{MINUS SIGN}")
        assert points.replace("+0.0", "0.0").replace("\N{MINUS SIGN}0.0", "0.0") in words


def test_a_cell_outside_our_interval_is_hollow(studies, drawn):
    figure = drawn("against_paper", "ten")
    cells = AGAINST_TABLE1.read(studies("ten")["table1"][0]).filter(pl.col("pattern") != AVERAGE)
    panel = [axes for axes in figure.axes if axes.axison][-1]
    dots = [line for line in panel.lines if line.get_marker() == "o"]
    hollow = [d for d in dots if d.get_markerfacecolor() != d.get_color()]
    outside = len(cells) - cells["inside"].sum()
    assert (len(dots), len(hollow)) == (90, outside) and outside > 0


def test_models_that_the_paper_has_not_are_left_out(drawn):
    assert "for 10 of 10 models" in " ".join(words_of(drawn("against_paper", "all")))
    figure = drawn("against_paper", "later")
    assert not figure.axes and "Table 1" in " ".join(words_of(figure))
