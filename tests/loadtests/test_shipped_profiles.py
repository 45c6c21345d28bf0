"""The profiles we ship read without a mistake or a warning, and are what their first lines promise."""

from __future__ import annotations

import pytest

from loadtests.plan.profile_reader import read_profile, shipped_profiles

FESTIVAL_SCENARIOS = {"WindowShopper", "CartLoadedBuyer", "FlashSaleHunter", "ImpatientBuyer"}
FESTIVAL_OPERATIONS = {
    "POST /customers/sessions", "GET /skus", "GET /skus?q=", "GET /skus/{sku}", "GET /carts/mine",
    "PUT /carts/mine/lines/{sku}", "GET /flash-sales", "POST /orders", "POST /payments", "GET /payments/{payment}",
}  # fmt: skip


def test_these_are_shipped() -> None:
    assert set(shipped_profiles()) >= {"smoke", "double11", "overload"}


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
    assert profile.weights("zero_hour")["CartLoadedBuyer"] > profile.weights("countdown")["CartLoadedBuyer"]
    day = profile.shaped_day()
    assert day is not None
    assert len(day.spans()) == 7


def test_overload_doubles_the_peak_until_something_gives() -> None:
    profile = read_profile("overload")
    peaks = [stage.to_rate for stage in profile.stages if stage.phase.startswith("peak_")]
    assert peaks == [50, 100, 200, 400]
    assert any(threshold.abort_on_fail for threshold in profile.thresholds)
    orders_a_second = float(profile.platform["connections"]) / float(profile.platform["commit_s"]) / 6
    assert peaks[0] < orders_a_second < peaks[-1]
