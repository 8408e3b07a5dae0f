"""No number is written by hand: change the tables, and every sentence with a number changes."""

import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from clipblind.ground.errors import UserError
from clipblind.ground.tables.pool import DUPLICATES
from clipblind.report import docs
from clipblind.report.conclusions import Conclusion
from clipblind.report.findings import Finding
from clipblind.report.page import sections_of
from clipblind.report.results import Results
from clipblind.study.compose import compose
from clipblind.study.settings.study import Study
from tests.report.synthetic import make_seeds

ROOT = Path(__file__).parents[2]
# what the configuration says: how many factors there are, what guessing gives
OF_THE_DESIGN = ("A scene is a choice of", "A pair counts only if")
# a share, a difference, a p value: what only a table can know
MEASURED = re.compile(r"\d(\.\d+)? %|\d points|p [<=] 0\.\d|r = ")


def _shift(frame: pl.DataFrame, by: float = 0.5) -> pl.DataFrame:
    """Every number another one, every share still a share, every verdict turned over."""
    shifted = [
        (1 - pl.col(name)).alias(name)
        if name in ("p", "p_holm")
        else (pl.col(name) * by + 0.031).alias(name)
        if kind.is_float()
        else (pl.col(name) + 3).alias(name)
        for name, kind in frame.schema.items()
        if kind.is_numeric() and name not in ("nuisance", "seed", "layer")
    ]
    shifted += [~pl.col(name) for name, kind in frame.schema.items() if kind == pl.Boolean]
    return frame.with_columns(shifted)


def _other_numbers(folder: Path) -> Path:
    for path in folder.rglob("*.csv"):
        if path.name != "made.csv" and "benchmark" not in path.parts:
            # not all by the same, or what one table says beside another would stay
            by = 0.97 if path.name == "probes.csv" else 0.5
            shifted = _shift(pl.read_csv(path), by)
            if path.parts[-2:] == ("matching", "scores.csv"):  # ranks, too
                shifted = shifted.with_columns(pl.col("params_m").reverse())
            shifted.write_csv(path)
    for path in folder.glob("pairs/*.json"):
        found = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps(_other(found)), encoding="utf-8")
    repeats = {"image_id": ["a"], "first": ["b"], "kind": ["near"], "bits": [2]}
    frame = pl.DataFrame(repeats, schema=dict(DUPLICATES.columns))
    DUPLICATES.write(frame, folder / "pool/duplicates.parquet")
    fewer = ("pool/scenes/*.parquet", "pool/images.parquet", "benchmark/questions.parquet")
    for path in (path for pattern in fewer for path in folder.glob(pattern)):
        frame = pl.read_parquet(path)
        frame.head(len(frame) - 4).write_parquet(path)
    return folder


def _other(value: object) -> object:
    if isinstance(value, dict):
        return {key: _other(inner) for key, inner in value.items()}
    return (
        value + 3 if isinstance(value, int) else value * 0.9 if isinstance(value, float) else value
    )


def _said(study: Study, folder: Path) -> dict[str, list[str]]:
    """The sentences of every section of the page."""
    results = Results(study, folder)
    return {one.id: list(_texts(one.says(results))) for one in sections_of(results)[:-1]}


def _texts(said: Mapping[str, Any]) -> Iterator[str]:
    for value in said.values():
        for item in value if isinstance(value, list) else ():
            if isinstance(item, str):
                yield item
            elif isinstance(item, Conclusion):
                yield item.sentence
            elif isinstance(item, Finding):
                yield item.evidence
            elif isinstance(item, tuple) and isinstance(item[-1], list):
                yield from item[-1]


def _sentences(study: Study, folder: Path) -> list[str]:
    said = [sentence for part in _said(study, folder).values() for sentence in part]
    # labels and names may hold digits of their own
    return [s for s in said if re.search(r"\d", re.sub(r"“.*?”|clip_\w+", "", s))]


def test_no_sentence_with_a_number_outlives_a_change_of_the_tables(
    study: Study, folder: Path, tmp_path: Path
) -> None:
    before = _sentences(study, folder)
    assert len(before) > 40
    changed = _other_numbers(Path(shutil.copytree(folder, tmp_path / "study")))
    after = set(_sentences(study, changed))
    kept = [s for s in before if s in after and not s.startswith(OF_THE_DESIGN)]
    assert kept == []


def test_one_table_changes_the_sentences_that_are_about_it(
    study: Study, folder: Path, tmp_path: Path
) -> None:
    place = Path(shutil.copytree(folder, tmp_path / "study"))
    path = place / "controls/probes.csv"
    _shift(pl.read_csv(path)).write_csv(path)
    before, after = (_said(study, where) for where in (folder, place))
    differ = {key for key in before if before[key] != after[key]}
    assert differ == {"probes", "short"}


@pytest.fixture
def seeds(study: Study, folder: Path, tmp_path: Path) -> Results:
    place = Path(shutil.copytree(folder, tmp_path / "study"))
    make_seeds(place)
    return Results(study.model_copy(update={"seeds": (0, 1, 2)}), place)


@pytest.mark.parametrize("section", docs.OF_SEEDS)
def test_sentences_over_seeds_follow_their_tables(seeds: Results, section: str) -> None:
    write: Callable[[Results], list[str]] = docs.OF_SEEDS[section]
    before = [line for line in write(seeds) if MEASURED.search(line)]
    _other_numbers(seeds.folder)
    after = set(write(Results(seeds.study, seeds.folder)))
    assert not after.intersection(before)


def test_a_page_is_filled_between_its_marks_and_nowhere_else(
    study: Study, folder: Path, tmp_path: Path
) -> None:
    shutil.copytree(folder, tmp_path / "world")
    page = "before\n<!-- results: world captions -->\nstale text\n<!-- end -->\nafter\n"
    filled = docs.fill(page, ROOT / "conf", tmp_path)
    assert filled.startswith("before\n<!-- results: world captions -->\n- clip_told")
    assert filled.endswith("<!-- end -->\nafter\n") and "stale text" not in filled
    assert docs.fill(filled, ROOT / "conf", tmp_path) == filled
    _other_numbers(tmp_path / "world")
    assert docs.fill(filled, ROOT / "conf", tmp_path) != filled


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("<!-- results: world captions -->\nno end\n", "mark is damaged"),
        ("<!-- results: world nothing -->\n<!-- end -->\n", "no section of world"),
        ("<!-- results: worlds short -->\n<!-- end -->\n", "no study"),
        ("<!-- results: world_full short -->\n<!-- end -->\n", "run the study world_full first"),
    ],
)
def test_a_wrong_mark_is_one_sentence(page: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=said) as caught:
        docs.fill(page, ROOT / "conf", tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("page", ["README.md", "docs/world.md"])
def test_pages_say_what_the_committed_results_say(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert docs.fill(text, ROOT / "conf", ROOT / "results") == text, "run `make docs`"


# what others printed and what is graded anew have tests of their own
OF_OTHERS = {"docs/answers.md", "docs/printed.md", "docs/replays.md"}
PAGES = ["README.md", "CONTRIBUTING.md", *(f"docs/{p.name}" for p in ROOT.glob("docs/*.md"))]


@pytest.mark.parametrize("page", sorted(set(PAGES) - OF_OTHERS))
def test_no_measured_number_is_written_by_hand(page: str) -> None:
    text = docs.BLOCK.sub("", (ROOT / page).read_text(encoding="utf-8"))
    by_hand = [line for line in text.splitlines() if MEASURED.search(line)]
    # the level of intervals and of tests is a choice, not a result
    assert [line for line in by_hand if not re.search(r"95 % (bootstrap )?interval", line)] == []


def test_every_study_that_ships_is_known_to_the_docs() -> None:
    for name in ("world", "world_seeds"):
        assert compose(ROOT / "conf", name).name == name
