"""What can be explored is what the tables say."""

import base64
import json
import shutil
import zlib
from pathlib import Path

import polars as pl

from clipblind.ground.tables.answers import REPLIES, VERDICTS
from clipblind.ground.tables.scores import PATTERN_SCORES
from clipblind.report.explore import pairs as every_pair
from clipblind.report.explore import scripts, shares
from clipblind.report.results import Results
from clipblind.study.settings.study import Study


def _shown(study: Study, folder: Path) -> dict:
    return json.loads(_scripts(study, folder)["data"])


def _scripts(study: Study, folder: Path) -> dict:
    results = Results(study, folder)
    return scripts(every_pair(results), shares(results))


def test_both_right_in_the_chart_is_the_pair_accuracy_of_the_table(
    study: Study, folder: Path
) -> None:
    pairs = _shown(study, folder)["pairs"]
    results = Results(study, folder)
    for name, right in pairs["right"].items():
        row = results.score(name)
        assert row is not None and len(right) == row["pairs"]
        assert right.count(2) == round(row["pair_accuracy"] * row["pairs"])
    cosines = dict(results.table("pairs").select("pair_id", "cos_probe").iter_rows())
    assert all(abs(cosines[row["pair"]] - row["x"]) < 1e-4 for row in pairs["rows"])


def test_every_pair_has_both_its_pictures(study: Study, folder: Path) -> None:
    pairs = _shown(study, folder)["pairs"]
    known = json.loads(zlib.decompress(base64.b64decode(pairs["pictures"])))
    for row in pairs["rows"]:
        for image in row["images"]:
            drawing, words = known[image]
            assert drawing.startswith("<svg") and words.startswith("A ")


def test_shares_are_those_of_the_tables(study: Study, folder: Path) -> None:
    rows = _shown(study, folder)["scores"]["rows"]
    shown = {(r["benchmark"], r["pattern"], r["contender"]): r["share"] for r in rows}
    frame = PATTERN_SCORES.read(folder / "scores/patterns.csv").filter(pl.col("pairs") > 0)
    for row in frame.iter_rows(named=True):
        key = row["benchmark"], row["pattern"], row["contender"]
        assert shown[key] == row["pair_accuracy"]
    assert {row["chance"] for row in rows} == {0.25}


def test_an_unscored_answer_is_shown_in_its_words(
    study: Study, folder: Path, tmp_path: Path
) -> None:
    place = Path(shutil.copytree(folder, tmp_path / "study"))
    answers, verdicts = place / "answers/random.parquet", place / "verdicts/random.parquet"
    said = REPLIES.read(answers).with_columns(answer=pl.lit("a </script><b>guess"))
    REPLIES.write(said, answers)
    lost = VERDICTS.read(verdicts).with_columns(verdict=pl.lit("unscored"))
    VERDICTS.write(lost, verdicts)
    pairs = _shown(study, place)["pairs"]
    assert {choice for pair in pairs["said"]["random"] for choice in pair} == {
        "?a </script><b>guess"
    }
    assert set(pairs["right"]["random"]) == {0}
    assert "<" not in _scripts(study, place)["data"]


def test_where_nothing_can_be_explored_there_is_no_script(study: Study, tmp_path: Path) -> None:
    assert _scripts(study, tmp_path) == {}
