"""Opens reports in a real Chromium: everything is drawn, nothing is asked of any network, nobody complains."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from loadtests.reports.reporting import write_reports
from tests.loadtests.reports.made_runs import HOSTILE, WORDS

pytestmark = pytest.mark.xdist_group("report-in-browser")

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-dev-shm-usage", "--no-first-run",
]  # fmt: skip
CHARTS = ("arrivals", "response", "failures", "cpu", "lag", "shoppers")
WIDTHS = {"desk": (1280, 900), "phone": (390, 844)}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    path = shutil.which("chromium")
    if path is None:
        missing = "chromium is not installed (apt-get install chromium)"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def reports(runs: Mapping[str, Path]) -> Mapping[str, Path]:
    return {kind: write_reports(directory, ["html"])[0] for kind, directory in runs.items()}


class Reader:
    """A page of the browser that remembers what went wrong on it."""

    def __init__(self, browser: Any, width: str = "desk", scheme: str = "light") -> None:
        wide, high = WIDTHS[width]
        self.page = browser.new_page(viewport={"width": wide, "height": high}, color_scheme=scheme)
        self.page.emulate_media(reduced_motion="reduce", color_scheme=scheme)
        self.complaints: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._asked)

    def _asked(self, request: Any) -> None:
        if not request.url.startswith(("file:", "data:")):
            self.complaints.append(f"asked for {request.url}")

    def open(self, report: Path) -> Any:
        self.page.goto(report.as_uri())
        return self.page

    def line_count(self, chart: str) -> int:
        return int(self.page.locator(f"#chart-{chart} .scatterlayer .trace").count())


@pytest.mark.parametrize(
    ("kind", "width", "scheme"),
    [
        ("pass", "desk", "light"),
        ("fail", "phone", "light"),
        ("invalid", "desk", "dark"),
        ("broken", "phone", "dark"),
        ("partial", "desk", "light"),
        ("nothing", "phone", "dark"),
        ("own_shop", "desk", "dark"),
        ("day", "phone", "light"),
    ],
)
def test_a_report_opens_without_complaint_and_asks_nobody(
    chromium: Any, reports: Mapping[str, Path], kind: str, width: str, scheme: str
) -> None:
    reader = Reader(chromium, width, scheme)
    page = reader.open(reports[kind])
    assert page.locator("h1").inner_text() == WORDS[kind]
    assert page.locator("h1").is_visible()
    for chart in CHARTS:
        assert page.locator(f"#chart-{chart} svg.main-svg").first.is_visible(), chart
        assert kind == "nothing" or reader.line_count(chart) >= 1, chart
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page is wider than its window"
    assert reader.complaints == []
    page.close()


def test_an_operation_is_chosen_by_keyboard_and_its_own_lines_are_drawn(
    chromium: Any, reports: Mapping[str, Path]
) -> None:
    reader = Reader(chromium)
    page = reader.open(reports["fail"])
    shown = "JSON.stringify(document.getElementById('chart-response').data.map(line => line.y))"
    before = page.evaluate(shown)
    page.locator("#operation").focus()
    page.keyboard.press("ArrowDown")
    assert page.locator("#operation").input_value() == "GET /skus/{sku}"
    assert page.evaluate(shown) != before
    assert page.locator("#operation option").all_inner_texts()[-1].startswith("GET /<script>")
    page.locator("#logarithmic").check()
    assert page.evaluate("document.getElementById('chart-response').layout.yaxis.type") == "log"
    assert reader.complaints == []
    page.close()


def test_a_table_sorts_by_keyboard_and_by_value_not_by_its_words(chromium: Any, reports: Mapping[str, Path]) -> None:
    reader = Reader(chromium)
    page = reader.open(reports["pass"])
    requests = page.locator("#operation-table thead button").nth(2)
    requests.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    assert page.locator("#operation-table thead th").nth(2).get_attribute("aria-sort") == "ascending"
    column = page.locator("#operation-table tbody tr:visible td:nth-child(3)").all_inner_texts()
    counts = [int(text.replace(",", "")) for text in column]
    assert counts == sorted(counts) and len(counts) == 4
    page.locator("#phase").select_option("zero_hour")
    phases = page.locator("#operation-table tbody tr:visible td:nth-child(2)").all_inner_texts()
    assert set(phases) == {"zero_hour"}
    page.close()


def test_faults_and_phases_are_bands_and_a_hostile_name_stays_text(chromium: Any, reports: Mapping[str, Path]) -> None:
    reader = Reader(chromium)
    page = reader.open(reports["fail"])
    said = " ".join(page.locator("#chart-arrivals .annotation").all_text_contents())
    assert "zero hour" in said and "fault: latency" in said
    assert page.locator("#chart-arrivals .shapelayer path").count() >= 3
    page.locator("#operation").select_option(HOSTILE)
    assert reader.line_count("response") == 4
    assert reader.complaints == []
    page.close()


def test_a_systems_course_and_the_days_money_are_drawn(chromium: Any, reports: Mapping[str, Path]) -> None:
    reader = Reader(chromium)
    page = reader.open(reports["day"])
    assert reader.line_count("system-logistics") == 2
    backlog = page.evaluate("document.getElementById('chart-system-logistics').data[0].y")
    assert max(backlog) == 3034
    clocks = page.locator("#chart-money .xtick").all_text_contents()
    assert clocks[0] == "00:01" and clocks[-1] == "24:00"
    assert reader.line_count("money") == 2
    page.locator("#systems .chips a", has_text="logistics").click()
    assert page.locator("#system-logistics h3").is_visible()
    assert reader.complaints == []
    page.close()


def test_it_prints(chromium: Any, reports: Mapping[str, Path], tmp_path: Path) -> None:
    reader = Reader(chromium, scheme="dark")
    page = reader.open(reports["fail"])
    page.pdf(path=tmp_path / "report.pdf", format="A4")
    assert (tmp_path / "report.pdf").read_bytes()[:5] == b"%PDF-"
    paper = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(paper)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate(paper) != dark, "ink is dear: paper is light"
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(paper) == dark
    assert reader.complaints == []
    page.close()


def test_without_javascript_all_but_the_charts_is_there(chromium: Any, reports: Mapping[str, Path]) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(reports["broken"].as_uri())
    assert page.locator("h1").inner_text() == "BROKEN"
    assert page.locator("noscript p").is_visible()
    assert page.locator("#operation-table tbody tr").count() >= 4
    context.close()
