"""Our scores on MMVP-VLM beside the paper's Table 1."""

import json
import re
import sys

import polars as pl
import pytest

from clipblind.ground.errors import UserError
from clipblind.ground.tables.matching import AGAINST_TABLE1, MATCH_SCORES
from clipblind.matching.scores import score_matches
from clipblind.matching.table1 import against_table1
from clipblind.printed import PATTERNS, table1

OPENAI, SIGLIP = "OpenAI ViT-L-14 224", "SigLIP ViT-SO-14 224"


def scores_of(encoder, right, other=0, benchmark="mmvp_vlm"):
    """Of 15 pairs a pattern, so many right in the official direction and in the other."""
    rows = [
        (benchmark, f"{p.name}/{n}", p.name, n < right[p.name], n < other)
        for p in PATTERNS
        for n in range(15)
    ]
    columns = ("benchmark", "pair_id", "pattern", "text_to_image", "image_to_text")
    return score_matches(encoder, 224, 1.0, pl.DataFrame(rows, schema=columns, orient="row"))


def printed(row):
    """Right pairs of 15 by pattern, as Table 1 prints them."""
    rows = table1().filter(pl.col("row") == row, pl.col("pattern") != "average")
    return {
        pattern: round(15 * share) for pattern, share in rows["pattern", "accuracy"].iter_rows()
    }


def test_what_the_paper_has_differs_by_its_rounding_alone_and_lies_inside():
    scores = pl.concat([scores_of("a", printed(OPENAI)), scores_of("b", printed(SIGLIP))])
    table = against_table1(scores, {"a": OPENAI, "b": SIGLIP})
    assert table.schema == pl.Schema(AGAINST_TABLE1.columns)
    assert len(table) == 20 and table["difference"].abs().max() < 0.00051
    assert table["inside"].all()
    assert table["row"].unique(maintain_order=True).to_list() == [OPENAI, SIGLIP]
    patterns = [*(p.name for p in PATTERNS), "average"]
    assert table["pattern"].to_list() == patterns * 2


def test_only_the_official_direction_counts():
    table = against_table1(scores_of("a", printed(OPENAI), other=15), {"a": OPENAI})
    assert table["accuracy"].max() < 0.6


def test_a_difference_is_ours_minus_the_papers_with_our_interval_around_ours():
    table = against_table1(scores_of("a", {p.name: 15 for p in PATTERNS}), {"a": OPENAI})
    average = table.row(by_predicate=pl.col("pattern") == "average", named=True)
    assert (average["pairs"], average["accuracy"], average["paper"]) == (135, 1.0, 0.193)
    assert average["difference"] == pytest.approx(0.807)
    assert average["low"] > 0.9 and not average["inside"]


def test_only_mmvp_vlm_stands_beside_it():
    both = [scores_of("a", printed(OPENAI)), scores_of("a", printed(SIGLIP), benchmark="own")]
    assert len(against_table1(pl.concat(both), {"a": OPENAI})) == 10
    assert against_table1(both[1], {"a": OPENAI}).is_empty()


def test_encoders_without_a_row_are_left_out():
    scores = pl.concat([scores_of("a", printed(OPENAI)), scores_of("b", printed(SIGLIP))])
    assert against_table1(scores, {"a": "", "b": SIGLIP})["encoder"].unique().to_list() == ["b"]
    assert against_table1(scores, {"a": "", "b": ""}).is_empty()


def test_a_row_that_table_1_lacks_is_refused():
    with pytest.raises(UserError, match=r"encoder\.a\.row='OpenAI L' is no row .* there are"):
        against_table1(scores_of("a", printed(OPENAI)), {"a": "OpenAI L"})


def test_the_command_writes_the_table_and_says_its_mistakes(tmp_path, monkeypatch, capsys):
    from clipblind.cli import app

    monkeypatch.chdir(tmp_path)
    MATCH_SCORES.write(scores_of("a", printed(OPENAI)), tmp_path / "scores.csv")
    for row, status in ((OPENAI, 0), ("nobody", 1)):
        cfg = json.dumps({"rows": {"a": row}})
        options = ["--cfg", cfg, "--scores", "scores.csv", "--out", "out.csv"]
        monkeypatch.setattr(sys, "argv", ["clipblind", "matching", "against-table1", *options])
        with pytest.raises(SystemExit) as ended:
            app()
        assert ended.value.code == status
    assert re.fullmatch(r"clipblind: encoder\.a\.row='nobody' [^\n]*\.\n", capsys.readouterr().err)
    assert len(AGAINST_TABLE1.read(tmp_path / "out.csv")) == 10
