"""The mix of each phase: what the profile plans for it, what a run's seconds did, and what strays."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.judgement.calibration import Habits
from loadtests.judgement.phase_mix import (
    Mix,
    _part,
    planned_mix,
    published_money,
    realised_mix,
    strays,
)
from loadtests.plan.profile import Profile
from loadtests.plan.profile_reader import read_profile
from loadtests.record.books import Account
from loadtests.record.histogram import Histogram
from loadtests.record.second import BusinessOfSecond, RequestsOfSecond, Second

HABITS = Habits(
    views=4.0, searches=1.5, cart_share=0.06, basket_fen=20_000, phone_share=0.9, bot_accounts=3, think_s=0.5
)


@pytest.fixture(scope="module")
def profile() -> Profile:
    return read_profile("double11", ["run.arrivals=even"])


def requests(operation: str, scenario: str, phase: str, times: int) -> RequestsOfSecond:
    seen = Histogram()
    for _ in range(times):
        seen.record(0.001)
    return RequestsOfSecond(operation, scenario, phase, "ok", seen.delta(), seen.delta())


def test_over_all_phases_the_plan_is_the_days(profile: Profile) -> None:
    plan = planned_mix(profile, HABITS)
    assert list(plan) == list(profile.schedule().phases)
    lookers = sum(stage.area * (1 - (stage.buyers or 0) - (stage.depositors or 0)) for stage in profile.stages)
    assert sum(mix.views for mix in plan.values()) == pytest.approx(4.0 * lookers, rel=0.02), (
        "the last leave at closing"
    )
    assert sum(mix.money for mix in plan.values()) == pytest.approx(1, abs=1e-3)
    for mix in plan.values():
        assert mix.searches == pytest.approx(1.5 / 4.0 * mix.views)
        assert mix.carts == pytest.approx(0.06 * mix.views)


def test_each_phase_is_its_own(profile: Profile) -> None:
    plan = planned_mix(profile, HABITS)
    per_visitor = {phase: mix.a_visitor("payments") for phase, mix in plan.items()}
    assert per_visitor["zero_hour"] == max(per_visitor.values()), "carts are full already"
    assert per_visitor["evening"] == pytest.approx(0.13, abs=0.01), "they only look"
    eve = plan["countdown"]
    assert eve.orders == eve.payments == pytest.approx(126, rel=0.02), "deposits"
    hump = plan["presale_balance"]
    assert hump.payments > 1.3 * hump.orders, "balances are of orders of the eve"
    for phase in ("first_hour", "overnight", "daytime", "evening"):
        assert plan[phase].payments == pytest.approx(plan[phase].orders)


def test_who_looks_goes_on_looking_in_the_next_phase(profile: Profile) -> None:
    """Few come at 02:00 sharp; but those who came before are still there, and look."""
    plan, brief = planned_mix(profile, HABITS), planned_mix(profile, Habits(4.0, 1.5, 0.06, 20_000, 0.9, 3, 0.001))
    assert plan["overnight"].views > 1.5 * brief["overnight"].views
    assert plan["countdown"].views < 0.8 * brief["countdown"].views


@given(st.floats(0, 10), st.floats(0.1, 10), st.floats(0.01, 5))
def test_the_parts_of_a_visit_are_the_whole(from_s: float, lasts_s: float, dwell_s: float) -> None:
    came_s = (from_s, from_s + lasts_s)
    bounds = [0.0, 2.0, 7.5, 11.0, 1e6]
    parts = [_part(came_s, (a, b), dwell_s) for a, b in pairwise(bounds)]
    assert sum(parts) == pytest.approx(1, abs=1e-6)
    assert all(part >= -1e-9 for part in parts)


def test_a_run_is_counted_where_it_happened(profile: Profile) -> None:
    rows = [
        requests("GET /skus/{sku}", "WindowShopper", "daytime", 7),
        requests("GET /skus/{sku}", "FlashSaleHunter", "daytime", 1),
        requests("GET /skus?q=", "WindowShopper", "evening", 2),
        requests("PUT /carts/mine/lines/{sku}", "CartLoadedBuyer", "daytime", 3),
        requests("POST /customers/sessions", "CartLoadedBuyer", "daytime", 4),
        requests("POST /customers/sessions", "ParcelTracker", "daytime", 5),
    ]
    done = {"daytime": BusinessOfSecond(3, 2, 400), "countdown": BusinessOfSecond(1, 1, 999)}
    mix = realised_mix(profile, [Second(80, {"daytime": Account()}, rows, {}, done)])
    day, eve = mix["daytime"], mix["countdown"]
    assert (day.views, day.carts, day.visitors, day.orders, day.payments) == (8, 3, 4, 3, 2)
    assert day.a_visitor("views") == 2
    assert mix["evening"].searches == 2
    assert (day.money, eve.money) == (1.0, 0.0), "the eve stands outside the day"
    assert eve.a_visitor("orders") is None


def test_the_plan_keeps_to_the_money_published_for_a_phase(profile: Profile) -> None:
    published, plan = published_money(profile), planned_mix(profile, HABITS)
    assert set(published) == {"zero_hour", "first_hour", "presale_balance"}
    for phase, share in published.items():
        assert plan[phase].money == pytest.approx(share, abs=0.003)
    moved = published_money(read_profile("double11", ["presale.opens=00:30"]))
    assert set(moved) == {"zero_hour"}, "at 00:30 nothing was published"


def test_what_strays_is_named() -> None:
    plan = Mix(visitors=1000, views=2000, searches=0, carts=100, orders=400, payments=400, money=0.1)
    near = Mix(visitors=1200, views=1700, searches=0, carts=140, orders=330, payments=460, money=0.9)
    assert strays(plan, near) == [], "money is held to the marks"
    assert strays(plan, Mix(1000, 2600, 1, 10, 250, 400, 0.1)) == ["views", "searches", "carts", "orders"]


def test_a_crowd_without_curves_has_no_plan() -> None:
    with pytest.raises(ValueError, match="only a profile with baskets"):
        planned_mix(read_profile("smoke"), HABITS)
