from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from lxml import html
from msgspec.structs import replace

from loadtests.record.second import Second
from loadtests.reports.html_report import embedded, render
from loadtests.reports.material import Material
from tests.loadtests.reports.made_runs import HOSTILE, MAKERS, WORDS, failing, made_run, second_of

MOST_BYTES = 6_000_000


def page(directory: Path) -> html.HtmlElement:
    return html.document_fromstring(render(Material.of(directory)).decode())


def text_of(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


@pytest.mark.parametrize("kind", MAKERS)
def test_the_verdict_stands_first_then_why(runs: Mapping[str, Path], kind: str) -> None:
    written = render(Material.of(runs[kind]))
    assert len(written) < MOST_BYTES
    document = html.document_fromstring(written.decode())
    assert document.xpath("//h1/text()") == [WORDS[kind]]
    sections = document.xpath("//main/section/@id")
    assert sections[0] == "why"
    assert {"arrivals", "time", "thresholds", "operations", "audit", "validity", "run"} <= set(sections)
    assert ("systems" in sections) == (kind not in ("partial", "nothing", "own_shop"))


def test_a_missed_threshold_says_by_how_much_and_since_when(runs: Mapping[str, Path]) -> None:
    said = text_of(page(runs["fail"]).get_element_by_id("why"))
    assert re.search(
        r"response\{phase=zero_hour\} p\(95\) < 500ms was missed: 1\.\d+ s against a limit of 500 ms", said
    )
    assert "first at 10 s of the run" in said


def test_a_violation_is_told_with_its_figures_and_its_system_is_marked(runs: Mapping[str, Path]) -> None:
    document = page(runs["broken"])
    assert "S0000001 sold 501 units of 500 <b>& one</b>" in text_of(document.get_element_by_id("why"))
    sore = [text_of(article.find("h3")) for article in document.xpath("//article[@class='sore']")]
    assert sore == ["checkout", "buyers' journals"]


def test_an_invalid_run_says_so_and_what_to_change(runs: Mapping[str, Path]) -> None:
    said = text_of(page(runs["invalid"]))
    assert "proves nothing about the shop" in said
    assert "add workers or lower the rate" in said


def test_a_run_that_was_cut_off_says_so(runs: Mapping[str, Path]) -> None:
    said = text_of(page(runs["partial"]).xpath("//header")[0])
    assert "partial" in said
    assert "ended early, after 13 s" in said


def test_a_run_without_data_says_why(runs: Mapping[str, Path]) -> None:
    assert "nothing was tested" in text_of(page(runs["no_data"]).get_element_by_id("why"))


def test_a_shop_of_ones_own_without_audit_says_that_nobody_audited(runs: Mapping[str, Path]) -> None:
    document = page(runs["own_shop"])
    assert "nobody audited the books" in text_of(document.xpath("//header")[0])
    assert "the target is not the mock platform" in text_of(document.get_element_by_id("audit"))


def test_a_hostile_name_is_shown_and_is_no_tag(runs: Mapping[str, Path]) -> None:
    written = render(Material.of(runs["pass"])).decode()
    assert "<script>alert(1)" not in written
    document = html.document_fromstring(written)
    assert len(document.xpath("//script")) == 3
    assert " ".join(HOSTILE.split()) in text_of(document.get_element_by_id("operations"))


def test_data_in_the_page_cannot_end_its_script() -> None:
    assert embedded({"name": "</script><!--&"}) == r'{"name":"\u003c/script\u003e\u003c!--\u0026"}'


def test_nothing_is_loaded_from_anywhere(runs: Mapping[str, Path]) -> None:
    document = page(runs["pass"])
    loaded = document.xpath("//@src | //link/@href")
    assert loaded == ["data:,"]
    assert "default-src 'none'" in document.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    for script in document.xpath("//script")[1:]:
        assert "<!--" not in script.text


def test_the_figures_of_a_system_are_words_with_units(runs: Mapping[str, Path]) -> None:
    rows = page(runs["pass"]).get_element_by_id("systems").xpath(".//dl/div")
    figures = {text_of(row.find("dt")): text_of(row.find("dd")) for row in rows}
    assert figures["backlog peak"] == "3,034 parcels"
    assert figures["delivered"] == "99.8 %"
    assert figures["median wait"] == "10.21 s"
    assert figures["orders tried"] == "500"


def test_a_system_says_what_became_of_it_and_who_stressed_it_when(runs: Mapping[str, Path]) -> None:
    section = page(runs["pass"]).get_element_by_id("system-logistics")
    said = text_of(section)
    assert "8,452 parcels, 99.8 % of them delivered; a backlog of up to 3,034." in said
    assert "Asked 72 times, by Buyer (72); hardest in countdown, 3 /s with a p95 of" in said
    assert "parcels to sort: 3,034 at most, at 2.5 s in countdown; parcels made: 3,042" in said
    (table,) = section.xpath(".//table[contains(@class, 'who')]")
    assert [text_of(cell) for cell in table.xpath(".//thead//th")][1:] == [
        "countdown",
        "zero_hour",
        "evening",
        "requests",
    ]
    assert [text_of(cell) for cell in table.xpath(".//tbody/tr[1]/*")] == ["Buyer", "18", "36", "18", "72"]


def test_a_thousand_operations_stay_a_page(tmp_path: Path) -> None:
    template = second_of(0, "zero_hour", 1).requests[0]

    def numbered(second: Second) -> None:
        names = (f"GET /orders/{second.second * 100 + number}" for number in range(100))
        second.requests += [replace(template, operation=name) for name in names]

    written = render(Material.of(made_run(tmp_path / "run", change=numbered)))
    assert len(written) < MOST_BYTES
    assert "more rows are in verdict.json" in written.decode()


def test_why_requests_failed_is_a_table_and_absent_where_none_did(runs: Mapping[str, Path], tmp_path: Path) -> None:
    (table,) = page(made_run(tmp_path / "run", change=failing)).xpath("//table[@id='failure-table']")
    assert [text_of(cell) for cell in table.xpath(".//tbody/tr[1]/*")] == ["POST /orders", "48", "status 500"]
    assert text_of(table.xpath(".//tbody/tr[2]/td[2]")[0]) == " ".join(HOSTILE.split())
    assert not page(runs["pass"]).xpath("//table[@id='failure-table']")
