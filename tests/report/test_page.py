"""The page needs nothing beside it, escapes what it is given, and lives with missing results."""

import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import polars as pl
from typer.testing import CliRunner

from clipblind.commands.report import app
from clipblind.ground.tables.answers import REPLIES
from clipblind.ground.tables.benchmark import QUESTIONS
from clipblind.report.headline import headline
from clipblind.report.page import render_page, sections_of
from clipblind.report.results import Results
from clipblind.report.sections import SECTIONS
from clipblind.study.settings.study import Study
from tests.report.synthetic import make_seeds

SCRIPT = re.compile(r"<script.*?</script>", re.S)
VOID = {"meta", "link", "img", "br", "hr", "input"}


class _Document(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.pictures: list[dict[str, str | None]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        self.ids += [str(given["id"])] if "id" in given else []
        self.links += [str(given[key]) for key in ("src", "href") if key in given]
        self.pictures += [given] if tag == "img" else []

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_self_contained(study: Study, folder: Path) -> None:
    html = render_page(study, folder)
    document = _Document(html)
    assert document.open == []
    assert len(document.ids) == len(set(document.ids))
    assert all(link.startswith(("data:", "#")) for link in document.links)
    scripts = SCRIPT.findall(html)
    assert len(scripts) == 3 and not any("src=" in script.split(">")[0] for script in scripts)
    rest = SCRIPT.sub("", html)
    assert "url(" not in rest and "@import" not in rest
    assert len(html) < 6_000_000
    for section in sections_of(Results(study, folder)):
        assert section.id in document.ids and f"#{section.id}" in document.links
        assert section.title in html
    assert len(document.pictures) >= 40
    assert all(picture.get("alt") for picture in document.pictures)


def test_texts_from_tables_are_escaped(study: Study, folder: Path, tmp_path: Path) -> None:
    place = Path(shutil.copytree(folder, tmp_path / "study"))
    evil = "<script>alert('&')</script>"
    path = place / "benchmark/questions.parquet"
    frame = QUESTIONS.read(path).with_columns(question=pl.lit(evil), option_a=pl.lit(evil))
    QUESTIONS.write(frame, path)
    for answers in (place / "answers").glob("*.parquet"):
        REPLIES.write(REPLIES.read(answers).with_columns(answer=pl.lit(evil)), answers)
    for verdicts in (place / "verdicts").glob("*.parquet"):
        pl.read_parquet(verdicts).with_columns(verdict=pl.lit("unscored")).write_parquet(verdicts)
    html = render_page(study.model_copy(update={"title": evil}), place)
    data, *code = SCRIPT.findall(html)
    assert evil not in html and "<script" not in SCRIPT.sub("", html)
    assert "alert" in data and not any("alert('" in script for script in code)
    assert "&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;" in html


def test_a_folder_without_results_gives_a_page_that_says_so(study: Study, tmp_path: Path) -> None:
    html = render_page(study, tmp_path)
    document = _Document(html)
    assert document.open == []
    assert {section.id for section in SECTIONS}.intersection(document.ids) == {"manifest"}
    assert "This study has made nothing yet." in html and "<script" not in html


def test_a_page_of_no_mined_pairs_is_made(study: Study, folder: Path, tmp_path: Path) -> None:
    place = Path(shutil.copytree(folder, tmp_path / "study"))
    scores = ("scores/contenders.csv", "scores/benchmarks.csv", "scores/paired.csv")
    for name in (*scores, "pairs/selected.parquet"):
        path = place / name
        read, write = (
            (pl.read_csv, "write_csv")
            if path.suffix == ".csv"
            else (pl.read_parquet, "write_parquet")
        )
        frame = read(path)
        getattr(frame.clear(), write)(path)
    html = render_page(study, place)
    assert "None was chosen." in html


def test_a_damaged_table_is_told_in_a_sentence(study: Study, folder: Path, tmp_path: Path) -> None:
    place = Path(shutil.copytree(folder, tmp_path / "study"))
    (place / "scores/benchmarks.csv").write_text("nonsense\n1\n")
    run = CliRunner().invoke(app, _arguments(study, place, tmp_path / "report.html"))
    assert "benchmarks.csv is no table of" in str(run.exception)
    assert not (tmp_path / "report.html").exists()


def test_the_command_writes_the_page(study: Study, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    run = CliRunner().invoke(app, _arguments(study, folder, out), catch_exceptions=False)
    assert run.exit_code == 0
    assert re.search(r"<title>.+</title>", out.read_text(encoding="utf-8"))


def test_the_same_results_give_the_same_page(study: Study, folder: Path) -> None:
    assert render_page(study, folder) == render_page(study, folder)


def test_a_section_without_its_tables_is_left_out(
    study: Study, folder: Path, tmp_path: Path
) -> None:
    there = [section.id for section in sections_of(Results(study, folder))]
    assert there == [s.id for s in SECTIONS if s.id not in ("seeds", "later", "readers")]
    place = Path(shutil.copytree(folder, tmp_path / "study"))
    (place / "controls/probes.csv").unlink()
    shutil.rmtree(place / "pool")
    left = [section.id for section in sections_of(Results(study, place))]
    assert set(there) - set(left) == {"probes", "pool"}
    document = _Document(render_page(study, place))
    assert "probes" not in document.ids and "#pool" not in document.links


def test_the_first_screen_shows_a_pair_that_the_probes_heir_gets_wrong(
    study: Study, folder: Path
) -> None:
    shown = headline(Results(study, folder))
    assert shown is not None and len(shown["pictures"]) == 2
    answers = {row["name"]: [a["word"] for a in row["answers"]] for row in shown["rows"]}
    assert answers["llava_clip"] != ["right", "right"]
    assert ["right", "right"] in answers.values()
    assert not {"constant", "random", "text_only"} & set(answers)
    assert shown["chance"] == 0.25 and shown["cos_probe"] > shown["cos_reference"]


def test_a_study_over_seeds_is_the_same_page_of_other_sections(
    study: Study, folder: Path, tmp_path: Path
) -> None:
    place = Path(shutil.copytree(folder, tmp_path / "made"))
    make_seeds(place)
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    (place / "seeds").rename(seeds / "seeds")
    html = render_page(study.model_copy(update={"seeds": (0, 1, 2)}), seeds)
    document = _Document(html)
    assert [i for i in document.ids if i in {s.id for s in SECTIONS}] == [
        "short", "seeds", "manifest",
    ]  # fmt: skip
    assert "mean of three seeds" in html and "interval over seeds" in html
    assert "seed_&lt;n&gt;/report.html" in html


def _arguments(study: Study, folder: Path, out: Path) -> list[str]:
    cfg = json.dumps({"study": study.model_dump(mode="json")})
    return ["page", "--cfg", cfg, "--results", str(folder), "--out", str(out)]
