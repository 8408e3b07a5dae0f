"""What the page says beside Figure 4 follows the table, caveats included."""

import polars as pl
import pytest

from clipblind.ground.tables.scores import AGAINST_FIGURE4
from clipblind.report.figure4 import beside_figure4, figure4_said
from clipblind.report.results import Results
from clipblind.study.settings.contenders import Baseline
from clipblind.study.settings.study import Study

LABELS = {"llava": "LLaVA-1.5 13B", "bard": "Bard, by hand"}
STUDY = Study(
    name="s",
    title="s",
    seed=0,
    prompt={"official": {"version": "1", "text": "{question} {options}"}},
    contender={name: Baseline(kind="constant", label=label) for name, label in LABELS.items()},
)
INSIDE = {"llava": ("LLaVA-1.5", "pairs", 0.253, 0.247, True)}
ALL = {
    **INSIDE,
    "people": ("Human", "questions", 0.9, 0.957, False),
    "bard": ("Bard", "pairs", 0.2, 0.19, True),
    "blip": ("InstructBLIP", "pairs", 0.5, 0.167, False),
}


@pytest.fixture
def results(tmp_path):
    """How to have results with these rows beside Figure 4."""

    def of(against):
        rows = [
            {
                **{"contender": name, "row": row, "of": counted, "cases": 150, "inside": inside},
                **{"accuracy": ours, "low": ours - 0.05, "high": ours + 0.05},
                **{"paper": paper, "difference": ours - paper},
            }
            for name, (row, counted, ours, paper, inside) in against.items()
        ]
        frame = pl.DataFrame(rows, schema=dict(AGAINST_FIGURE4.columns))
        AGAINST_FIGURE4.write(frame, tmp_path / "scores/against_figure4.csv")
        return Results(STUDY, tmp_path)

    return of


def test_agreement_is_counted_and_the_furthest_named(results):
    assert figure4_said(results(ALL))[0] == (
        "The paper’s figure lies within our 95 % interval for 2 of 4 contenders; furthest off is"
        " blip, 50.0 % here (95 % interval 45.0 to 55.0) and 16.7 % there."
    )
    assert figure4_said(results(INSIDE))[0].startswith(
        "The paper’s figure lies within our 95 % interval for 1 of 1 contender; furthest off is"
        " LLaVA-1.5 13B, 25.3 % here"
    )


def test_rows_come_in_the_order_of_figure_4(results):
    order = [row["label"] for row in beside_figure4(results(ALL))]
    assert order == ["people", "LLaVA-1.5 13B", "Bard, by hand", "blip"]


def test_caveats_are_those_of_the_systems_that_are_compared(results):
    said = " ".join(figure4_said(results(ALL)))
    assert "The paper’s 95.7 % of people is the mean share of right questions" in said
    assert "No whole number of 150 pairs gives 19.0 % (Bard)" in said
    assert "Which size of InstructBLIP the paper asked is not known here." in said
    assert "Figure 4’s Bard of the paper’s time is another model than any of today." in said
    few = " ".join(figure4_said(results(INSIDE)))
    assert "volunteers" not in few and "whole number" not in few and "size" not in few


def test_systems_of_figure_4_that_nobody_asked_are_named_without_guessing(results):
    said = " ".join(figure4_said(results(INSIDE)))
    assert "this study did not ask Human (95.7 %), Gemini (40.7 %), GPT-4V (38.7 %)" in said
    assert "Random" not in said
    assert "Gemini, GPT-4V, Bard and Bing Chat of the paper’s time can’t be asked any more" in said


def test_without_tables_nothing_is_said(tmp_path):
    results = Results(STUDY, tmp_path)
    assert beside_figure4(results) == figure4_said(results) == []
