"""The report in a real browser: wide and narrow, light and dark, by pointer, finger and keys."""

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest

from clipblind.report.page import render_page, sections_of
from clipblind.report.results import Results
from clipblind.study.settings.study import Study

playwright = pytest.importorskip("playwright.sync_api", reason="the browser tests need Playwright")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="they need axe")

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FOUND = next(filter(None, map(shutil.which, BROWSERS)), None)
pytestmark = pytest.mark.skipif(FOUND is None, reason=f"no browser: none of {', '.join(BROWSERS)}")

VIEWS = [(w, s) for w in (1280, 390) for s in ("light", "dark")]
POINTS = "#explore-pairs .points_marks path"
DOTS = "#explore-scores .points_marks path"

AGAIN = """() => {
    document.querySelectorAll("details").forEach(d => { d.open = false; });
    for (const box of document.querySelectorAll(".explore select")) {
        box.selectedIndex = 0;
        box.dispatchEvent(new Event("change"));
    }
    scrollTo(0, 0);
    document.activeElement.blur();
    // a click beside every mark lets go of the pair that was held; the steps lead to the first
    const chart = document.querySelector("#explore-pairs .chart");
    const step = document.querySelector("#explore-pairs [data-step='1']");
    const place = document.querySelector("#explore-pairs .place");
    const count = Number(place.textContent.split(" ").at(-1));
    for (let i = 0; i < count && !place.textContent.startsWith("pair 1 "); i++) step.click();
    chart.dispatchEvent(new MouseEvent("click", { clientX: -999, clientY: -999 }));
}"""
"""Everything that a test may have chosen, opened or held, as it was."""

RINGED = """([x, y]) => {
    const marks = [...document.querySelectorAll("#explore-pairs svg .mark-symbol")].at(-1);
    const ring = marks.querySelector("path").getBoundingClientRect();
    const [across, down] = [ring.x + ring.width / 2 - x, ring.y + ring.height / 2 - y];
    return Math.hypot(across, down) < 8;
}"""
"""Whether the ring of the picked pair is around a place of the window."""


@dataclass
class Opened:
    """The report, open in a tab, and all that went wrong in it."""

    page: "playwright.Page"
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def text(self, selector: str) -> str:
        return self.page.locator(selector).inner_text()

    def said(self) -> str:
        return self.text("#explore-pairs .said")

    def right(self) -> list[int]:
        found = self.page.locator("#explore-pairs [data-right]")
        return [int(text) for text in found.all_inner_texts()]


@pytest.fixture(scope="module")
def browser() -> Iterator["playwright.Browser"]:
    with playwright.sync_playwright() as started:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        opened = started.chromium.launch(executable_path=FOUND, args=arguments)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def report(study: Study, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("report") / "report.html"
    place.write_text(render_page(study, folder), encoding="utf-8")
    return place


def _open(browser: "playwright.Browser", report: Path, width: int, **options: object) -> Opened:
    size = {"width": width, "height": 900}
    context = browser.new_context(viewport=size, has_touch=width < 600, **options)
    context.set_default_timeout(120_000)  # a loaded machine is slow, not wrong
    context.set_offline(True)
    context.route("**/*", lambda route: route.abort())
    context.route(re.compile("^(file|data):"), lambda route: route.continue_())
    opened = Opened(context.new_page())
    opened.page.on("pageerror", lambda error: opened.errors.append(str(error)))
    opened.page.on("request", lambda request: opened.requests.append(request.url))
    opened.page.on(
        "console",
        lambda said: said.type in ("error", "warning") and opened.errors.append(said.text),
    )
    opened.page.goto(report.as_uri())
    if options.get("java_script_enabled", True):
        opened.page.wait_for_selector(POINTS, state="attached")
        opened.page.wait_for_selector(DOTS, state="attached")
        opened.page.wait_for_selector("#explore-pairs .said h4")
    return opened


@pytest.fixture(scope="module")
def wide(browser: "playwright.Browser", report: Path) -> Iterator[Opened]:
    found = _open(browser, report, 1280)
    yield found
    found.page.context.close()


@pytest.fixture(scope="module")
def narrow(browser: "playwright.Browser", report: Path) -> Iterator[Opened]:
    found = _open(browser, report, 390)
    yield found
    found.page.context.close()


@pytest.fixture
def desktop(wide: Opened) -> Opened:
    return _as_opened(wide)


@pytest.fixture
def phone(narrow: Opened) -> Opened:
    return _as_opened(narrow)


@pytest.fixture(params=VIEWS, ids=lambda view: f"{view[0]}-{view[1]}")
def opened(request: pytest.FixtureRequest, wide: Opened, narrow: Opened) -> Opened:
    width, scheme = request.param
    return _as_opened(wide if width > 600 else narrow, scheme)


def _as_opened(found: Opened, scheme: str = "light") -> Opened:
    """The page as it was when it was opened, without the seconds that opening takes."""
    page = found.page
    page.emulate_media(media="screen", color_scheme=scheme)
    page.evaluate(AGAIN)
    page.mouse.move(0, 0)
    playwright.expect(page.locator("#explore-pairs .place")).to_have_text(re.compile("pair 1 of"))
    return found


def test_the_page_asks_for_nothing_reports_no_error_and_fits_its_window(opened: Opened) -> None:
    page = opened.page
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    for choice in page.locator("#explore-pairs select, #explore-scores select").all():
        choice.select_option(index=1)
    page.wait_for_timeout(100)
    assert opened.errors == []
    assert [url for url in opened.requests if not url.startswith(("file:", "data:"))] == []
    wide, window = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= window
    for chart in page.locator(".chart > svg").all():
        box, around = chart.bounding_box(), chart.locator("..").bounding_box()
        assert box and around and box["width"] <= around["width"] + 1


def test_axe_finds_nothing_serious_or_critical(opened: Opened) -> None:
    # of the sheet's pairs, which are alike, a few: axe takes a minute for all of them
    opened.page.evaluate(
        "document.querySelectorAll('details:not(.sheet details:nth-of-type(n + 4))')"
        ".forEach(d => d.open = true)"
    )
    found = axe.Axe().run(opened.page).response["violations"]
    bad = [
        (rule["id"], [node["target"] for node in rule["nodes"]][:5])
        for rule in found
        if rule["impact"] in ("serious", "critical")
    ]
    assert bad == []


def test_headings_go_down_one_level_at_a_time(desktop: Opened, study: Study, folder: Path) -> None:
    script = "[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(h => Number(h.tagName[1]))"
    levels = desktop.page.evaluate(script)
    assert levels[0] == 1 and levels.count(1) == 1
    assert levels.count(2) == len(sections_of(Results(study, folder)))
    assert all(below - above <= 1 for above, below in pairwise(levels))


def test_every_mark_is_drawn_and_the_counts_add_up(desktop: Opened) -> None:
    marks = desktop.page.locator(POINTS).count()
    assert marks > 5
    assert sum(desktop.right()) == marks
    assert desktop.page.locator(DOTS).count() > 3
    rows = desktop.page.locator("#explore-pairs tbody tr").count()
    assert rows == marks


def test_another_contender_is_shown_with_its_answers(desktop: Opened) -> None:
    before, right = desktop.said(), desktop.right()
    choice = desktop.page.locator("#pairs-contender")
    marks = desktop.page.locator(POINTS)
    fills = marks.evaluate_all("all => all.map(p => p.getAttribute('fill'))")
    choice.select_option("llava_reference")
    label = choice.evaluate("box => box.selectedOptions[0].textContent")
    playwright.expect(desktop.page.locator(".sides")).to_contain_text(label)
    assert desktop.said() != before
    assert desktop.right() != right and sum(desktop.right()) == sum(right)
    desktop.page.wait_for_function(
        "was => JSON.stringify([...document.querySelectorAll('#explore-pairs .points_marks path')]"
        ".map(p => p.getAttribute('fill'))) !== JSON.stringify(was)",
        arg=fills,
    )


def test_a_pattern_leaves_only_its_pairs(desktop: Opened) -> None:
    choice = desktop.page.locator("#pairs-pattern")
    choice.select_option(index=1)
    said = choice.evaluate("box => box.selectedOptions[0].textContent")
    pattern, count = re.fullmatch(r"(.+) \((\d+)\)", said).groups()  # type: ignore[union-attr]
    playwright.expect(desktop.page.locator(POINTS)).to_have_count(int(count))
    assert sum(desktop.right()) == int(count)
    assert desktop.said().startswith(pattern)
    assert desktop.text("#explore-pairs .place") == f"pair 1 of {count}"


def test_shares_follow_the_choice_of_pairs_and_pattern(desktop: Opened) -> None:
    def shares() -> list[str]:
        return desktop.page.locator("#explore-scores tbody td:nth-child(3)").all_text_contents()

    mined = shares()
    desktop.page.locator("#scores-benchmark").select_option("twins")
    desktop.page.locator("#scores-pattern").select_option("orientation")
    assert "twin pairs about orientation" in desktop.text("#explore-scores .status")
    assert shares() != mined
    drawn = desktop.page.locator("#explore-scores svg")
    playwright.expect(drawn).to_contain_text(shares()[0].replace("\N{NO-BREAK SPACE}", " "))


def test_a_tap_shows_the_pair_under_the_finger(phone: Opened) -> None:
    page, seen = phone.page, set()
    page.locator("#explore-pairs .chart").scroll_into_view_if_needed()
    for index in (3, 9):
        box = page.locator(POINTS).nth(index).bounding_box()
        assert box
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.touchscreen.tap(x, y)
        page.wait_for_function(RINGED, arg=[x, y])
        seen.add(phone.text("#explore-pairs .place"))
        pictures = page.locator("#explore-pairs .said img")
        assert pictures.count() == 2
        assert all(pictures.evaluate_all("all => all.map(i => i.alt && i.naturalWidth > 0)"))
    assert len(seen) == 2


def test_a_pointer_shows_what_it_is_over_and_a_click_holds_it(desktop: Opened) -> None:
    page = desktop.page
    page.locator("#explore-pairs .chart").scroll_into_view_if_needed()
    boxes = [page.locator(POINTS).nth(index).bounding_box() for index in (4, 12)]
    centres = [(b["x"] + b["width"] / 2, b["y"] + b["height"] / 2) for b in boxes if b]
    for centre in centres:
        page.mouse.move(*centre)
        page.wait_for_function(RINGED, arg=centre)
    held = desktop.said()
    page.mouse.click(*centres[1])
    page.mouse.move(*centres[0])
    page.wait_for_timeout(100)
    assert desktop.said() == held


def test_keys_and_buttons_go_from_pair_to_pair(desktop: Opened) -> None:
    place = "#explore-pairs .place"
    count = desktop.page.locator(POINTS).count()
    desktop.page.locator("#explore-pairs .chart").focus()
    desktop.page.keyboard.press("ArrowRight")
    assert desktop.text(place) == f"pair 2 of {count}"
    for _ in range(2):
        desktop.page.get_by_role("button", name="Previous").click()
    assert desktop.text(place) == f"pair {count} of {count}"


def test_colours_follow_a_switch_of_the_scheme(desktop: Opened) -> None:
    script = "path => getComputedStyle(path).fill"
    mark = desktop.page.locator(POINTS).first
    light = mark.evaluate(script)
    assert light.startswith("rgb")
    desktop.page.emulate_media(color_scheme="dark")
    assert mark.evaluate(script) not in (light, "rgb(0, 0, 0)")


def test_print_has_every_section_and_nothing_to_click(
    desktop: Opened, study: Study, folder: Path
) -> None:
    page = desktop.page
    page.emulate_media(media="print", color_scheme="dark")
    for section in sections_of(Results(study, folder)):
        assert page.locator(f"h2#{section.id}").is_visible()
    for hidden in ("nav", "#explore-pairs", "#explore-scores"):
        assert not page.locator(hidden).is_visible()
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == "rgb(255, 255, 255)"
    printed = page.pdf(format="A4", outline=True, tagged=True)
    assert printed.startswith(b"%PDF") and printed.count(b"/Type /Page\n") >= 8


def test_without_scripts_the_page_says_what_is_missing(
    browser: "playwright.Browser", report: Path
) -> None:
    opened = _open(browser, report, 1280, java_script_enabled=False)
    assert not opened.page.locator("#explore-pairs").is_visible()
    assert not opened.page.locator("#explore-scores").is_visible()
    for told in opened.page.locator(".interactive .missing").all():
        assert told.is_visible() and "JavaScript" in told.inner_text()
    assert opened.page.get_by_role("img").count() > 20
    opened.page.context.close()
