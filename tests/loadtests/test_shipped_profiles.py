"""The profiles we ship read without a mistake or a warning, and are what their first lines promise."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from loadtests.plan.profile_reader import read_profile, shipped_profiles
from mock_platform.settings import Settings

LOADTESTS = Path(__file__).parents[2] / "loadtests"
FESTIVAL_SCENARIOS = set(re.findall(r'^    "(\w+)",$', (LOADTESTS / "locustfile.py").read_text(), re.M))
"""Read, not imported: that would import Locust, which patches sockets."""
FESTIVAL_OPERATIONS = {
    name
    for path in (LOADTESTS / "shop").glob("*.py")
    for name in re.findall(r'Operation\(\s*"((?:GET|POST|PUT|DELETE) [^"]+)"', path.read_text())
}


def test_these_are_shipped() -> None:
    assert set(shipped_profiles()) == {"smoke", "double11", "flash_sale", "soak", "breakpoint", "overload"}


@pytest.mark.parametrize("name", shipped_profiles())
class TestEveryShippedProfile:
    def test_it_reads_without_a_warning_and_is_named_as_its_file(self, name: str) -> None:
        profile = read_profile(name)
        assert profile.warnings == ()
        assert profile.name == name
        assert profile.thresholds

    def test_it_speaks_of_scenarios_and_operations_that_exist(self, name: str) -> None:
        profile = read_profile(name)
        if profile.locustfile is None:
            named = {*profile.scenarios, *(n for own in profile.scenarios_by_phase.values() for n in own)}
            assert named <= FESTIVAL_SCENARIOS
            operations = {threshold.labels.get("operation", "POST /orders") for threshold in profile.thresholds}
            assert operations <= FESTIVAL_OPERATIONS


def test_smoke_is_a_quarter_of_a_minute_and_light() -> None:
    profile = read_profile("smoke")
    assert profile.duration_s == 15
    assert sum(profile.schedule().planned().values()) < 500


def test_double11_is_the_day_in_a_hundred_seconds() -> None:
    profile = read_profile("double11")
    assert profile.duration_s == pytest.approx(100)
    assert profile.peak_rate == 250
    phases = {threshold.labels.get("phase") for threshold in profile.thresholds}
    assert {"countdown", "zero_hour", "first_hour", "presale_balance", "evening"} <= phases
    day, crowd = profile.shaped_day(), profile.crowd()
    assert day is not None
    assert crowd is not None
    assert len(day.spans()) == 7


def test_double11_has_every_scenario_of_the_festival_and_a_promise_for_each_system() -> None:
    profile = read_profile("double11")
    sent = {
        name for phase in profile.schedule().phases for name, weight in profile.weights(phase).items() if weight > 0
    }
    assert sent == FESTIVAL_SCENARIOS - {"PlainFestival"}
    assert sent - set(profile.baskets) == {"WindowShopper"}, "everybody else comes with the orders"
    held = " ".join(threshold.selector for threshold in profile.thresholds)
    for system in (
        "/coupons/claims", "/quotes", "phase=presale_balance", "/imports", "/declarations", "/shipments",
        "/merchants/mine", "/customers/me/exports", "PickupBuyer", "TillClerk", "Scalper", "/flash-sales",
    ):  # fmt: skip
        assert system in held


def test_double11s_warehouses_have_whole_sorters_and_fewer_than_midnight_would_need() -> None:
    """18,000 parcels an hour is what a sorter managed in 2017; seven a warehouse are enough for this midnight."""
    sorter_per_s = 18_000 / 3_600
    mine, by_default = float(read_profile("double11").platform["sorted_per_s"]), Settings().sorted_per_s
    assert mine % sorter_per_s == by_default % sorter_per_s == 0
    assert mine / sorter_per_s == 3 and by_default / sorter_per_s == 7


def test_double11_leaves_what_pays_uncommonly_much_out_where_a_second_is_most_of_an_hour() -> None:
    profile = read_profile("double11")
    for phase in ("overnight", "daytime", "evening"):
        dear = {name for name in profile.weights(phase) if profile.baskets.get(name, 0) > 1.5}
        assert not dear


def test_flash_sale_is_a_storm_on_a_few_items_and_mostly_refused() -> None:
    profile = read_profile("flash_sale")
    assert profile.duration_s == 45
    weights = profile.weights("zero_hour")
    assert weights["FlashSaleHunter"] == weights["Scalper"], "a scalper's three accounts make three to one"
    assert "zero_hour" in profile.schedule().phases, "sales open with it"
    assert any(each.metric == "refusals" and each.op == ">" for each in profile.thresholds)


def test_soak_holds_its_last_minute_to_what_its_first_was_held_to() -> None:
    profile = read_profile("soak")
    assert profile.duration_s == 600
    assert set(profile.weights("middle")) == FESTIVAL_SCENARIOS - {"PlainFestival"}
    held = {
        phase: {
            (each.metric, each.labels.get("operation"), each.expression)
            for each in profile.thresholds
            if each.labels.get("phase") == phase
        }
        for phase in ("first_minute", "last_minute")
    }
    assert held["first_minute"] <= held["last_minute"]
    rates = {stage.to_rate for stage in profile.stages}
    assert rates == {30}
    assert profile.schedule().measured_phases == ("first_minute", "middle", "last_minute")


def test_breakpoint_climbs_without_a_jump_until_a_promise_breaks() -> None:
    profile = read_profile("breakpoint")
    assert all(low.to_rate == high.from_rate for low, high in itertools.pairwise(profile.stages))
    aborting = {each.labels.get("phase") for each in profile.thresholds if each.abort_on_fail}
    assert aborting == {None, *profile.schedule().phases}


def test_overload_doubles_the_peak_until_something_gives() -> None:
    profile = read_profile("overload")
    peaks = [stage.to_rate for stage in profile.stages if stage.phase.startswith("peak_")]
    assert peaks == [50, 100, 200, 400]
    assert any(threshold.abort_on_fail for threshold in profile.thresholds)
    orders_a_second = float(profile.platform["connections"]) / float(profile.platform["commit_s"]) / 7
    assert peaks[0] < orders_a_second < peaks[-1]
