"""Who answers real questions: sentences follow their tables, and the sheet can be filtered."""

import io
import os
import shutil
from pathlib import Path

import polars as pl
import pytest
from PIL import Image

from clipblind.benchmark import labels
from clipblind.benchmark.thumbnails import SIDE, make_thumbnails
from clipblind.grading.calibration import calibrate, consistency, costs
from clipblind.grading.choices import choose
from clipblind.grading.paired import compare_contenders
from clipblind.grading.scores import score
from clipblind.grading.verdicts import grade
from clipblind.ground.tables.answers import CHOICES, COSTS, JUDGED, REPLIES, VERDICTS
from clipblind.ground.tables.benchmark import BENCHMARKS, PAIR_PATTERNS, QUESTIONS
from clipblind.ground.tables.pool import LISTED, THUMBNAILS
from clipblind.ground.tables.scores import BENCHMARK_SCORES, CALIBRATION, CONSISTENCY, PAIRED
from clipblind.report import answers
from clipblind.report.page import render_page
from clipblind.report.results import Results
from clipblind.report.sections.contenders import says as contenders_says
from clipblind.report.sheet import sheet
from clipblind.study.settings.study import Study

STUDY = Study.model_validate(
    {
        "name": "real",
        "title": "Asked",
        "seed": 0,
        "benchmark": {"mmvp": {"kind": "mmvp", "path": "there"}},
        "prompt": {"official": {"version": "1", "text": "{question} {options}"}},
        "contender": {
            "good": {
                "kind": "recorded",
                "answers": "a.csv",
                "source": "x",
                "label": "Good <model>",
            },
            "flat": {"kind": "constant"},
        },
    }
)
FOUND = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
OTHER = {"a": "b", "b": "a"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """150 pairs in MMVP's place; `good` errs at pair 1 and mumbles at pair 2, `flat` says (a)."""
    with pytest.MonkeyPatch.context() as patched:
        # which is known by what it asks, and these are invented
        patched.setattr(labels, "asks_as_mmvp", lambda _: True)
        return _asked(tmp_path_factory.mktemp("answers"))


def _asked(place: Path) -> Path:
    rows = [
        (f"mmvp/{i:03d}", f"mmvp/{i - (i + 1) % 2:03d}-{i + i % 2:03d}", "mmvp", "",
         f"mmvp/{i:03d}", "Is the <door> open?", "Yes", "No", "ba"[i % 2])
        for i in range(1, 301)
    ]  # fmt: skip
    questions = pl.DataFrame(rows, schema=dict(QUESTIONS.columns), orient="row")
    QUESTIONS.write(questions, place / "benchmark/questions.parquet")
    patterns = {
        "pair_id": ["mmvp/001-002"], "pattern": ["state"], "votes": [3], "agreement": [1.0],
        "by": ["judge"],
    }  # fmt: skip
    PAIR_PATTERNS.write(pl.DataFrame(patterns), place / "benchmark/patterns.csv")
    _thumbnails(place, questions)
    graded, kept = {}, []
    for name, said in (("good", _good(questions)), ("flat", _flat(questions))):
        graded[name] = _grade(place, name, questions, said)
        agreement = calibrate(name, questions, said, _judged(said))
        chosen = CHOICES.read(place / f"choices/{name}.parquet")
        kept.append((agreement, consistency(name, chosen), costs(name, said)))
    for table, path, frames in zip(
        (CALIBRATION, CONSISTENCY, COSTS),
        ("calibration", "consistency", "costs"),
        zip(*kept, strict=True),
        strict=True,
    ):
        table.write(pl.concat(frames), place / f"scores/{path}.csv")
    scored = [
        score(frame, ["benchmark"]).with_columns(contender=pl.lit(name))
        for name, frame in graded.items()
    ]
    BENCHMARK_SCORES.write(pl.concat(scored), place / "scores/benchmarks.csv")
    PAIRED.write(compare_contenders(graded), place / "scores/paired.csv")
    row = {"of": "mmvp", "kind": "mmvp", "pairs": 150, "questions": 300}
    chances = {"": 0.25, "_corrected": 0.25, "_circular": 0.0625, "_official": 0.25}
    rows = [
        {**row, "benchmark": f"mmvp{end}", "chance": chance, "chance_question": chance**0.5}
        for end, chance in chances.items()
    ]
    BENCHMARKS.write(pl.DataFrame(rows), place / "tables/benchmarks.csv")
    return place


def _thumbnails(place, questions):
    rows = []
    for image_id in questions["image_id"]:
        path = place / f"{image_id[5:]}.png"
        Image.new("RGB", (300, 200), (int(image_id[5:]) % 256, 90, 160)).save(path)
        rows.append((image_id, "mmvp", str(path), "", -1, path.stat().st_size, ""))
    listed = pl.DataFrame(rows, schema=dict(LISTED.columns), orient="row")
    THUMBNAILS.write(make_thumbnails(listed), place / "benchmark/thumbnails.parquet")


def _replies(rows):
    counts = {"tokens_in": 40, "tokens_out": 5, "cost_usd": 0.01}
    whole = [{**row, "fault": "", **counts} for row in rows]
    return pl.DataFrame(whole, schema=dict(REPLIES.columns))


def _good(questions):
    rows = []
    for question, label in questions.select("question_id", "answer").iter_rows():
        text = f"({label})"
        if question == "mmvp/001":
            text = f"({OTHER[label]})"
        if question == "mmvp/003":
            text = "<script>alert(1)</script> Hm."
        other = f"({OTHER[label]})"
        rows += [
            {"question_id": question, "order": "ab", "answer": text},
            {"question_id": question, "order": "ba", "answer": other},
        ]
    return _replies(rows)


def _flat(questions):
    ids = questions["question_id"]
    return _replies([{"question_id": i, "order": "ab", "answer": "(a)"} for i in ids])


def _judged(said):
    rows = [
        {"question_id": question, "order": "ab", "judge": "official", "said": "yes",
         "choice": None, "verdict": "correct", "reason": ""}
        for question in said.filter(pl.col("order") == "ab")["question_id"]
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=dict(JUDGED.columns))


def _grade(place, name, questions, said):
    judged = _judged(said)
    chosen = choose(questions, said, judged)
    graded = grade(questions, chosen, judged)
    REPLIES.write(said, place / f"answers/{name}.parquet")
    CHOICES.write(chosen, place / f"choices/{name}.parquet")
    VERDICTS.write(graded, place / f"verdicts/{name}.parquet")
    return graded


@pytest.fixture(scope="module")
def page(folder) -> str:
    return render_page(STUDY, folder)


@pytest.fixture
def results(folder) -> Results:
    return Results(STUDY, folder)


def test_scores_name_the_best_and_what_other_labels_change(results):
    assert answers.scores(results) == [
        "Good <model> gets most pairs right: 148 of 150 pairs (98.7 %, 95 % interval 95.3 to"
        " 99.6).",
        "Below guessing: flat.",
        "The corrected labels change these scores, in points: Good <model> \u22121.3.",
        "Unscored questions count as not right, and no denominator is smaller for them:"
        " Good <model> 1 of 300.",
    ]
    (official,) = [said for said in answers.official(results) if said.startswith("Good")]
    assert official.startswith("Good <model>: by the paper’s judge 150 of 150 pairs")
    assert "by ours 98.7 %" in official


def test_consistency_costs_and_patterns_are_told(results):
    (kept,) = [said for said in answers.consistency(results) if said.startswith("Good")]
    assert kept.startswith("Good <model> keeps its choice in 298 of 300 questions")
    assert "over both orders it gets 148 of 150 pairs" in kept
    assert answers.costs(results)[0] == (
        "Good <model>: 600 answers, 24,000 tokens read, 3,000 written, 6.00 dollars."
    )
    assert answers.patterns(results)[0] == (
        "Pairs with a visual pattern: 1 of 1, from a judge’s votes."
    )
    assert answers.paired(results)[0].startswith("Of 1 comparison over the same pairs, 1 show")


def test_readers_of_answers_stand_in_a_table_with_kappa_where_it_is_defined(results, page):
    good, flat = answers.calibration(results)
    assert good["label"] == "Good <model>"
    assert good["readers"] == "the parser and the paper’s judge"
    assert (good["both_decided"], good["agree"]) == (299, 298) and good["defined"]
    assert flat["label"] == "flat" and "the parser and the paper’s judge" in page


def test_nothing_printed_is_set_beside_models_that_the_paper_has_not(results, page):
    said = contenders_says(results)
    assert said["figure4"] == said["figure4_said"] == []
    assert "Beside the paper’s Figure 4" not in page


def test_the_table_has_a_column_for_each_way_of_counting(results):
    said = contenders_says(results)
    columns = ["mmvp", "mmvp_corrected", "mmvp_circular", "mmvp_official"]
    assert [name for name, _ in said["columns"]] == columns
    assert [row["label"] for row in said["rows"]] == ["Good <model>", "flat"]
    assert said["rows"][1]["cells"][2] is None
    assert [cell["side"] for cell in said["rows"][0]["cells"]] == ["above"] * 4


def test_the_sheet_has_every_pair_with_images_answers_and_verdicts(results):
    whole = sheet(results)
    assert len(whole.cards) == 150 and whole.left_out == 0
    assert whole.contenders == [("c0", "Good <model>"), ("c1", "flat")]
    first, second = whole.cards[:2]
    assert first["pattern"] == "state"
    assert [side["image"][:23] for side in first["sides"]] == ["data:image/jpeg;base64,"] * 2
    assert {"c0-incorrect", "c0-correct", "c1-correct", "any-incorrect"} <= set(first["had"])
    assert "c0-unscored" in second["had"]
    (good, exchanged, flat) = first["sides"][0]["said"]
    assert (good["word"], good["choice"], good["by"]) == ("wrong", "b", "parser")
    assert (exchanged["order"], exchanged["word"]) == ("options exchanged", "")
    assert flat["word"] == "right"
    assert [(m["right"], m["of"]) for m in first["marks"]] == [(1, 2), (1, 2)]


def test_a_sheet_of_too_many_pairs_says_how_many_are_left_out(results):
    short = sheet(results, most=20)
    assert len(short.cards) == 20 and short.left_out == 130


def test_strangers_texts_reach_the_page_as_text(page):
    assert "<script>alert" not in page and "<door>" not in page and "<model>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; Hm." in page
    assert "Is the &lt;door&gt; open?" in page


def test_the_page_of_300_questions_is_small_enough(folder, page):
    assert len(page) < 4_000_000
    small = THUMBNAILS.read(folder / "benchmark/thumbnails.parquet")["jpeg"]
    assert max(Image.open(io.BytesIO(jpeg)).size[0] for jpeg in small) == SIDE


def test_the_first_screen_shows_a_question_and_who_answers_it(page):
    first = page.partition("<main")[0]
    assert "Is the &lt;door&gt; open?" in first and "98.7\N{NO-BREAK SPACE}%" in first
    assert "data:image/jpeg;base64," in first and "cosine</dt>" not in first


@pytest.mark.skipif(FOUND is None, reason="no browser is installed")
def test_pairs_are_filtered_by_contender_and_verdict_without_a_script(page, tmp_path):
    playwright = pytest.importorskip("playwright.sync_api", reason="the test needs Playwright")
    place = tmp_path / "page.html"
    place.write_text(page, encoding="utf-8")
    with playwright.sync_playwright() as started:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = started.chromium.launch(executable_path=FOUND, args=arguments)
        tab = browser.new_context(java_script_enabled=False).new_page()
        tab.goto(place.as_uri())

        def shown(who, what):
            tab.select_option("#sheet-who", who)
            tab.select_option("#sheet-what", what)
            return tab.locator(".sheet > details:visible").count()

        found = {
            (who, what): shown(who, what)
            for who, what in (
                ("any", ""), ("c0", "incorrect"), ("c0", "unscored"), ("c1", "incorrect"),
                ("c1", "unscored"), ("any", "unscored"),
            )
        }  # fmt: skip
        tab.select_option("#sheet-what", "incorrect")
        tab.select_option("#sheet-who", "c0")
        tab.locator(".sheet > details:visible summary").first.click()
        opened = tab.locator(".sheet > details[open]").inner_text()
        browser.close()
    assert found == {
        **{("any", ""): 150, ("c0", "incorrect"): 1, ("c0", "unscored"): 1},
        **{("c1", "incorrect"): 150, ("c1", "unscored"): 0, ("any", "unscored"): 1},
    }
    assert "(b) by parser" in opened
