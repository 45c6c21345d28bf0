"""The report of a run whose crowd has curves holds it to what was published; other runs say nothing of the day."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from lxml import html

from loadtests.judgement.day_sums import DaySums
from loadtests.judgement.phase_mix import realised_mix
from loadtests.record.run_record import RunRecordError, read_run
from loadtests.reports.html_report import render
from loadtests.reports.material import Material
from loadtests.reports.reporting import write_reports
from loadtests.reports.summary_report import render as render_summary
from loadtests.shapes.gmv_marks import gmv_marks
from tests.loadtests.reports.made_runs import made_day


def rows_of(directory: Path, table: str) -> list[list[str]]:
    page = html.document_fromstring(render(Material.of(directory)).decode())
    return [
        [" ".join(cell.text_content().split()) for cell in row]
        for row in page.get_element_by_id(table).xpath(".//tbody/tr")
    ]


def test_each_mark_stands_beside_the_runs_own_share(runs: Mapping[str, Path]) -> None:
    """Each second of the made run takes money by its rate, which is not how the day went."""
    rows = {row[0]: row for row in rows_of(runs["day"], "marks-table")}
    assert len(rows) == len(gmv_marks(2017))
    assert rows["01:00:00"][1] == "34.0 %"
    crowd = Material.of(runs["day"]).crowd
    assert crowd is not None
    run = read_run(runs["day"])
    day = Material.of(runs["day"]).profile.shaped_day()
    assert day is not None
    paid = DaySums(day).add_all(run.seconds)
    for mark in crowd.marks:
        assert mark.realised == pytest.approx(paid.gmv_share(mark.day_s))
        share, off = (f"{100 * mark.realised:.1f} %", f"{100 * (mark.realised - mark.share):+.2f}")
        assert rows[mark.clock][2:] == [share, off]
    shares = [share for _, share in crowd.curve]
    assert shares == sorted(shares) and shares[-1] == pytest.approx(1.0)


def test_published_planned_and_seen_stand_in_one_row(runs: Mapping[str, Path]) -> None:
    rows = {row[0]: row for row in rows_of(runs["day"], "calibration-table")}
    assert rows["views a payment"][1:3] == ["16", "16"]
    assert rows["an order"][1:3] == ["200 yuan", "200 yuan"]
    # Of 297 yuan a payment at every rate: 9,900 fen a visit, and a third of them pays.
    assert rows["an order"][3].startswith("3") and rows["an order"][4] == "no"


def test_each_phase_has_what_was_planned_for_it_and_what_was_done(runs: Mapping[str, Path]) -> None:
    """The made run's visitors never search: that is marked wherever it was planned."""
    rows = rows_of(runs["day"], "mix-table")
    run, profile = read_run(runs["day"]), Material.of(runs["day"]).profile
    done = realised_mix(profile, run.seconds)
    assert [row[0] for row in rows[::2]] == list(done)
    assert [row[0] for row in rows[1::2]] == ["this run"] * len(done)
    crowd = Material.of(runs["day"]).crowd
    assert crowd is not None
    for row, seen in zip(crowd.phases, rows[1::2], strict=True):
        assert row.realised == done[row.phase]
        assert ("searches" in row.strays) == seen[3].endswith("✗")
        assert seen[-1] == f"{100 * row.realised.money:.1f} %"
    assert sum("searches" in row.strays for row in crowd.phases) > len(crowd.phases) / 2
    assert "published: 11.4 %" in next(row for row in rows if row[0] == "zero_hour")[-1]


def test_a_run_that_does_not_say_what_it_planned_is_held_to_what_was_published_all_the_same(tmp_path: Path) -> None:
    directory = made_day(tmp_path / "run", described={"habits": {"views": "many"}})
    rows = {row[0]: row for row in rows_of(directory, "calibration-table")}
    assert rows["an order"][1:3] == ["200 yuan", ""]
    assert all(row[1] == "this run" and "✗" not in "".join(row) for row in rows_of(directory, "mix-table"))


def test_the_summary_and_the_json_tell_it_too(runs: Mapping[str, Path]) -> None:
    assert "| 01\\:00\\:00 | 34.0% |" in render_summary(Material.of(runs["day"])).decode()
    content = json.loads(write_reports(runs["day"], ["json"])[0].read_text())["crowd"]
    assert [mark["clock"] for mark in content["marks"]][-1] == "24:00:00"
    assert [row["phase"] for row in content["phases"]][:2] == ["countdown", "zero_hour"]
    assert {figure["what"] for figure in content["figures"]} >= {"views a payment", "money from phones"}


def test_a_crowd_without_curves_and_a_day_cut_short_say_nothing(runs: Mapping[str, Path], tmp_path: Path) -> None:
    assert Material.of(runs["pass"]).crowd is None
    assert Material.of(made_day(tmp_path / "run", seconds=13, audit=None, ended=None)).crowd is None
    assert "crowd" not in html.document_fromstring(render(Material.of(runs["pass"])).decode()).xpath("//section/@id")


def test_a_damaged_journal_costs_its_figures_and_no_more(tmp_path: Path) -> None:
    directory = made_day(tmp_path / "run")
    (directory / "journal.jsonl").write_bytes(b'{"step":"pay"\n{"step":"pay"}\n')
    with pytest.raises(RunRecordError):
        _ = Material.of(directory).run.journal
    assert Material.of(directory).crowd is not None
