"""The calibration on the command line, and a whole Double 11 held to it: what was published, each phase, every mark."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest

from loadtests.judgement.calibration import PUBLISHED
from loadtests.shapes.gmv_marks import gmv_marks
from tests.system.harness import zerohour

pytestmark = pytest.mark.system


def test_the_published_figures_are_printed_beside_the_profiles() -> None:
    shown = zerohour("profiles", "show", "double11").stdout.splitlines()
    rows = {line.split("  ")[0]: line for line in shown}
    assert "Double 11 2012" in rows["views a payment"]
    assert "20.0 %" in rows["visitors who buy"]
    assert "200 yuan" in rows["an order"]
    assert "90.0 %" in rows["money from phones"]
    assert "against 16" in rows["views a buy, ordinarily"]


def test_a_profile_without_curves_shows_no_calibration() -> None:
    assert "published" not in zerohour("profiles", "show", "smoke").stdout


def test_what_is_no_run_is_refused_in_a_sentence(tmp_path: Path) -> None:
    shown = zerohour("profiles", "show", "double11", "--run", str(tmp_path))
    assert shown.code == 2
    assert "is not a run directory" in shown.stderr


def test_the_mix_of_each_phase_is_shown_and_when_balances_open() -> None:
    shown = zerohour("profiles", "show", "double11", "--set", "presale.opens=00:30").stdout
    assert "balances of the presale: 00:30:00 - 01:30:00, 3.3 % of the day's money" in shown
    rows = {line.split()[0]: line.split() for line in shown.partition("phase by phase")[2].splitlines() if line.strip()}
    assert rows["zero_hour"][1] == "profile"
    assert rows["zero_hour"][-1] == "11.4%", "published"
    assert rows["presale_balance"][-1] == "-", "at 00:30 nothing was published"


@pytest.mark.calm
def test_a_whole_double11_passes_is_calibrated_and_its_money_follows_the_marks(tmp_path: Path) -> None:
    """At even arrivals: all that was published and is followed, the mix of each phase, the money at every mark."""
    began_at = time.time()
    run = zerohour("rehearse", "double11", "--set", "run.arrivals=even", out=tmp_path / "run")
    assert run.verdict["verdict"] == "PASS", run.stdout
    audited = json.loads((run.directory / "audit.json").read_bytes())
    logistics = next(row["figures"] for row in audited["systems"] if row["system"] == "logistics")
    assert logistics["longest_wait_for_sorter_s"] > 5.0, "midnight outruns the sorters"
    assert logistics["backlog_peak_to_a_tenth_s"] != "not yet", "and they catch up before the day is over"
    assert "festival day" in run.stdout
    about = json.loads((run.directory / "run.json").read_text())
    assert about["started_at"] - began_at < 5.0
    planned = {"views": 4.0, "phone_share": 0.9, "bot_accounts": 3}
    assert planned.items() <= about["habits"].items(), "what the crowd is held to, for who reads the record"

    buyers = {json.loads(line).get("scenario") for line in (run.directory / "journal.jsonl").read_text().splitlines()}
    assert "CartLoadedBuyer" in buyers
    assert "WindowShopper" not in buyers, "four of five only look, and never order"

    shown = zerohour("profiles", "show", "double11", "--run", str(run.directory)).stdout
    calibration, rest = shown.split("What a visitor does, phase by phase")
    assert "✗" not in shown, shown
    assert calibration.count("✓") == sum(high is not None for *_, high, _ in PUBLISHED), shown
    off = [float(found) for found in re.findall(r"([+-]\d+\.\d\d) % of the day", rest)]
    assert len(off) == len(gmv_marks(2017)), shown
    assert max(map(abs, off)) < 2.0, shown

    report = (run.directory / "report.html").read_text()
    sections = set(re.findall(r'<article class="" id="system-([a-z-]+)"', report))
    assert sections >= {"storefront", *(row["system"].replace(" ", "-") for row in audited["systems"])}, sections
    drawn = set(re.findall(r'id="chart-system-([a-z-]+)"', report))
    assert drawn >= {"checkout", "flash-sale", "payment", "presale", "promotions", "logistics", "outlets", "risk"}
    assert 'id="calibration-table"' in report
