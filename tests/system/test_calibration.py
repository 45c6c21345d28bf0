"""The calibration on the command line, and a whole Double 11 held to it (only when asked: it takes 100 s of quiet)."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from loadtests.judgement.calibration import Habits, calibration
from loadtests.judgement.day_sums import DaySums
from loadtests.plan.profile import Profile
from loadtests.record.run_record import read_run
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


@pytest.mark.skipif(
    "ZEROHOUR_LONG_TESTS" not in os.environ, reason="a whole rehearsal; set ZEROHOUR_LONG_TESTS to have it"
)
def test_a_whole_double11_is_calibrated_and_its_money_follows_the_marks(tmp_path: Path) -> None:
    run = zerohour("rehearse", "double11", "--set", "run.arrivals=even", out=tmp_path / "run")
    assert run.verdict["verdict"] == "PASS", run.stdout
    audited = json.loads((run.directory / "audit.json").read_bytes())
    logistics = next(row["figures"] for row in audited["systems"] if row["system"] == "logistics")
    assert logistics["longest_wait_for_sorter_s"] > 5.0, "midnight outruns the sorters"
    assert logistics["backlog_peak_to_a_tenth_s"] != "not yet", "and they catch up before the day is over"
    record = read_run(run.directory)
    profile = Profile.from_json(record.run["profile"])
    day = profile.shaped_day()
    assert day is not None
    sums = DaySums(day).add_all(record.seconds)
    habits = Habits(views=4.0, searches=1.5, cart_share=0.06, basket_fen=20_000, phone_share=0.9, bot_accounts=3)
    figures = calibration(profile, habits, sums, record.journal)
    assert {figure.what: figure.realised for figure in figures if figure.holds is False} == {}
    assert sum(figure.holds is True for figure in figures) == len(figures) - 1
