"""What is recomputed from the printed tables, and that it follows the tables."""

from pathlib import Path

import polars as pl
import pytest

from clipblind.printed.check_patterns import check_correlations, pairs_implied
from clipblind.printed.checks import check
from clipblind.printed.lines import is_share_of, prints_as
from clipblind.printed.tables import PRINTED

TABLE1 = "mmvp_vlm_table1"
FIGURE6 = "pattern_scores_fig6"


@pytest.fixture(scope="module")
def printed():
    return {name: one.frame() for name, one in PRINTED.items()}


def altered(tables, name, key, value, column, cell):
    """All tables, one cell of one of them changed."""
    changed = pl.when(pl.col(key) == value).then(pl.lit(cell)).otherwise(pl.col(column))
    return {**tables, name: tables[name].with_columns(changed.alias(column))}


def said(tables, about, start):
    """The line of a table that starts so."""
    (line,) = (x for x in check(tables) if x.about == about and x.text.startswith(start))
    return line


def test_table_1_adds_up_to_whole_pairs(printed):
    lines = [line for line in check(printed) if line.about == "Table 1"]
    totals = [int(line.text.split("; ")[1].split(" of 135")[0]) for line in lines]
    assert totals == [26, 27, 51, 50, 53, 47, 32, 34, 31, 45]
    assert all(line.fits and "all cells are counts of 15" in line.text for line in lines)


def test_one_cell_of_the_later_rows_is_no_count_of_15(printed):
    lines = [line for line in check(printed) if line.about == "GenHancer's Table 1"]
    (wrong,) = (line for line in lines if not line.fits)
    assert len(lines) == 12 and "SigLIP-224 GenHancer: Text 13.0 is no count" in wrong.text


@pytest.mark.parametrize(
    ("column", "cell", "wanted"),
    [
        ("Text", 7.0, "Text 7.0 is no count of 15 (1 are 6.7); 43 of 135 pairs are 31.9, not 33.3"),
        ("Text", 26.7, "all cells are counts of 15; 46 of 135 pairs are 34.1, not 33.3"),
        ("average", 33.4, "45 of 135 pairs are 33.3, not 33.4"),
    ],
)
def test_an_altered_cell_of_table_1_is_told(printed, column, cell, wanted):
    tables = altered(printed, TABLE1, "params_M", 5044.9, column, cell)
    line = said(tables, "Table 1", "EVA02")
    assert wanted in line.text and not line.fits


def test_figure_6_has_the_mean_of_three_rows_of_table_1_for_clip(printed):
    line = said(printed, "Figure 6", "the CLIP column")
    assert line.fits and "of 1,023 sets" in line.text
    three = ("OpenAI ViT-L-14 224", "OpenAI ViT-L-14 336", "EVA01 ViT-g-14 224")
    assert f"mean of {' + '.join(three)} (" in line.text
    for name, key, value in ((FIGURE6, "pattern", "Text"), (TABLE1, "params_M", 1136.4)):
        column = "CLIP" if name == FIGURE6 else "Text"
        line = said(altered(printed, name, key, value, column, 20.0), "Figure 6", "the CLIP column")
        assert not line.fits and "the mean of none" in line.text


@pytest.mark.parametrize(
    ("system", "r", "fits"),
    [
        ("LLaVA-1.5", 0.870, True),
        ("Gemini", 0.721, True),
        ("GPT-4V", 0.308, True),
        ("InstructBLIP", 0.606, False),
    ],
)
def test_figure_6_correlates_as_printed_but_for_instructblip(printed, system, r, fits):
    line = said(printed, "Figure 6", f"{system}: r with")
    assert f"r with CLIP is {r:.3f}" in line.text and line.fits is fits
    other = said(
        altered(printed, FIGURE6, "pattern", "Color", system, 0.0), "Figure 6", f"{system}: r with"
    )
    assert other.fits is False and other.text != line.text


def test_one_pair_more_in_one_cell_gives_what_is_printed_for_instructblip(printed):
    """Four of thirteen pairs on Color instead of three; no other single cell can."""
    fitting = set()
    for pattern in printed[FIGURE6]["pattern"]:
        for tenths in range(1001):
            tables = altered(printed, FIGURE6, "pattern", pattern, "InstructBLIP", tenths / 10)
            line = next(x for x in check_correlations(tables) if "InstructBLIP" in x.text)
            if line.fits:
                fitting.add((pattern, tenths / 10))
    assert ("Color", 30.8) in fitting and {pattern for pattern, _ in fitting} == {"Color"}


def test_bard_is_not_in_figure_6(printed):
    line = said(printed, "Figure 6", "Bard")
    assert line.fits is None and "0.79 can't be recomputed" in line.text


def test_patterns_of_figure_6_have_150_pairs_but_not_figure_4s_right_ones(printed):
    lines = {x.text.split(":")[0]: x for x in check(printed) if "shares" in x.text}
    undivided = {name for name, line in lines.items() if line.fits}
    assert undivided == {*("Color", "State", "Quantity", "Positional", "Text", "Orientation")}
    assert "42 does for some, 43 for the others" in lines["Presence"].text
    assert said(printed, "Figure 6", "the patterns have 148 to 151").fits
    assert said(printed, "Figure 6", "Gemini: its right pairs add up to 61; Figure 4 has 61").fits
    for system, here, there in (
        ("InstructBLIP", 28, 25),
        ("LLaVA-1.5", 41, 37),
        ("GPT-4V", 61, 58),
    ):
        line = said(printed, "Figure 6", f"{system}: its right pairs")
        assert f"add up to {here}; Figure 4 has {there}" in line.text and not line.fits


def test_right_pairs_follow_figure_6(printed):
    tables = altered(printed, FIGURE6, "pattern", "Text", "Gemini", 75.0)
    assert "add up to 62" in said(tables, "Figure 6", "Gemini: its right").text
    impossible = altered(printed, FIGURE6, "pattern", "Text", "Gemini", 0.1)
    assert not said(impossible, "Figure 6", "Text: no one number of pairs").fits
    assert not any("right pairs" in line.text for line in check(impossible))


@pytest.mark.parametrize(
    ("shares", "pairs"),
    [
        ([50.0, 75.0], (4,)),
        ([33.3, 0.0], (3,)),
        ([33.3, 50.0], (2, 3)),
        ([27.3, 16.7], (11, 12)),
        ([0.1], ()),
    ],
)
def test_the_fewest_pairs_that_give_shares(shares, pairs):
    assert pairs_implied(shares) == pairs


def test_scores_that_are_no_count_of_150_pairs(printed):
    wrong = {
        (line.about, line.text.split(" is no count of 150")[0].rsplit(" ", 1)[1])
        for line in check(printed)
        if "is no count of 150" in line.text
    }
    assert wrong == {
        ("Figure 4", "19.0"),
        ("GPT-4V's ablations", "40.3"),
        *(("Table 2, by SSL ratio", x) for x in ("5.5", "7.9", "15.0", "16.5", "13.4")),
        ("Table 3", "5.5"),
    }


def test_scores_come_with_intervals_and_with_what_is_beside_them(printed):
    # Wilson's interval at 40 % of 150 is 32.5 to 48.0
    tables = altered(printed, "mllm_fig4", "model", "Gemini", "pair_accuracy", 40.0)
    line = said(tables, "Figure 4", "Gemini")
    assert line.fits and "60 of 150 pairs; 95 % interval 32.5 to 48.0" in line.text
    bard = said(printed, "Figure 4", "Bard")
    assert "(28 are 18.7, 29 are 19.3), but 57 of 300" in bard.text and not bard.fits
    assert "of 300" not in said(printed, "Table 2, by SSL ratio", "0.875").text


def test_people_are_scored_by_questions_and_chance_by_nothing(printed):
    line = said(printed, "Figure 4", "Human")
    assert line.fits is None and "share of questions" in line.text
    assert not any(line.text.startswith("Random") for line in check(printed))


def test_scores_printed_twice_are_the_same(printed):
    lines = [line for line in check(printed) if line.about == "Printed twice"]
    assert len(lines) == 5 and all(line.fits for line in lines)
    tables = altered(printed, "mllm_fig4", "model", "LLaVA-1.5", "pair_accuracy", 24.0)
    changed = [line for line in check(tables) if line.about == "Printed twice" and not line.fits]
    assert [line.text for line in changed] == [
        "Figure 4, LLaVA-1.5 has 24.0; Table 3, LLaVA-1.5 336 has 24.7"
    ]


def test_rounding_goes_by_half_a_last_digit():
    assert prints_as(2 / 15, 13.3) and not prints_as(2 / 15, 13.4)
    assert prints_as(0.125, 12.5) and prints_as(0.1555, 15.6) and prints_as(0.1555, 15.5)
    assert not prints_as(7 / 45, 15.57, digits=2) and prints_as(7 / 45, 15.56, digits=2)
    assert is_share_of(40.7, 150) and not is_share_of(40.3, 150)


def test_the_page_lists_exactly_what_does_not_fit(printed):
    page = (Path(__file__).parents[2] / "docs/printed.md").read_text(encoding="utf-8")
    listed = [
        line[2:] for line in page.split("## What does not fit")[1].splitlines() if line[:2] == "- "
    ]
    assert listed == [f"{x.about}: {x.text}" for x in check(printed) if x.fits is False]


def test_the_page_names_every_table_with_its_source():
    page = (Path(__file__).parents[2] / "docs/printed.md").read_text(encoding="utf-8")
    for one in PRINTED.values():
        assert f"| `{one.name}` | {one.title} | {one.source} |" in page


def test_without_tables_the_packages_own_are_checked(printed):
    assert check() == check(printed)
