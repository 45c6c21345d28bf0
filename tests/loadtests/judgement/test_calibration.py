"""The calibration: every published figure beside the profile's, and bounds that tell a good crowd from a wrong one."""

from __future__ import annotations

import math
from typing import Any

import pytest

from loadtests.judgement.calibration import Figure, Habits, calibration
from loadtests.judgement.day_sums import DaySums
from loadtests.plan.profile import Profile
from loadtests.plan.profile_reader import read_profile
from loadtests.record.books import Account
from loadtests.record.histogram import Histogram
from loadtests.record.second import BusinessOfSecond, RequestsOfSecond, Second
from loadtests.shapes.double11_2017_crowd import LOOKERS_PER_BUYER, at, money

HABITS = Habits(
    views=4.0, searches=1.5, cart_share=0.06, basket_fen=20_000, phone_share=0.9, bot_accounts=3, think_s=0.5
)
NOT_FOLLOWED = {"views a buy, ordinarily", "views an order, busiest", "searches an order, busiest"}
BASE = 1_000
"""So many buyers a second stand for the day's mean."""


@pytest.fixture(scope="module")
def profile() -> Profile:
    return read_profile("double11", ["run.arrivals=even"])


def model_run(
    profile: Profile, *, views: float = 16.0, basket_fen: float = 20_000
) -> tuple[DaySums, list[dict[str, Any]]]:
    """Seconds of a run in which the crowd does just what the curves say."""
    day = profile.shaped_day()
    assert day is not None
    sums = DaySums(day)
    for s in range(round(profile.duration_s)):
        # Ten looks at the curves, as their steps do not end with the run's seconds.
        days = [day.day_s(s + (i + 0.5) / 10) for i in range(10)]
        browsing, ordering, paying = (
            sum(getattr(at(d), c) for d in days) / 10 for c in ("browsing", "ordering", "paying")
        )
        gmv = 0.0 if days[0] < 0 else sum(money(d) for d in days) / 10
        counts = {
            ("GET /skus/{sku}", "WindowShopper"): views * browsing,
            ("GET /skus?q=", "WindowShopper"): 5.9 * browsing,
            ("PUT /carts/mine/lines/{sku}", "WindowShopper"): browsing,
            ("POST /customers/sessions", "WindowShopper"): LOOKERS_PER_BUYER * browsing,
            ("POST /customers/sessions", "CartLoadedBuyer"): ordering,
            ("POST /customers/sessions", "ParcelTracker"): 2.0,
        }
        rows = [RequestsOfSecond(o, w, "x", "ok", seen(n), seen(n)) for (o, w), n in counts.items()]
        business = BusinessOfSecond(round(BASE * ordering), round(BASE * paying), round(BASE * gmv * basket_fen))
        sums.add(Second(s, {"x": Account()}, rows, {}, {"x": business}))
    hot = [
        {"at": 11.0, "step": "order", "state": "trying", "key": f"{who}{i}", "scenario": who}
        for who, tries in (("Scalper", 300), ("FlashSaleHunter", 100))
        for i in range(tries)
    ]
    paid = [
        {
            "at": 20.0,
            "step": "pay",
            "state": "paid",
            "payment": i,
            "amount_fen": 100,
            "client": "web" if i % 10 == 0 else "phone",
        }
        for i in range(1_000)
    ]
    return sums, [*hot, *paid, *paid]


def seen(times: float) -> Any:
    made = Histogram()
    made.record(0.001)
    delta = made.delta()
    delta.buckets[1] = math.ceil(BASE * times)
    return delta


def rows(figures: list[Figure]) -> dict[str, Figure]:
    return {figure.what: figure for figure in figures}


def test_the_profile_plans_what_was_published(profile: Profile) -> None:
    for figure in calibration(profile, HABITS):
        assert figure.source
        assert figure.realised is None
        assert figure.holds is None
        if figure.planned is not None and "not followed" not in figure.note and "busiest" not in figure.what:
            assert figure.planned == pytest.approx(figure.published, rel=0.05, abs=0.001), figure


def test_a_crowd_that_keeps_to_the_curves_is_calibrated(profile: Profile) -> None:
    figures = rows(calibration(profile, HABITS, *model_run(profile)))
    assert {what for what, figure in figures.items() if figure.holds is None} == NOT_FOLLOWED
    for what in NOT_FOLLOWED - {"views a buy, ordinarily"}:
        assert figures[what].realised == pytest.approx(figures[what].planned, rel=0.15), what
    assert {what for what, figure in figures.items() if figure.holds is False} == set()
    assert figures["money from phones"].realised == pytest.approx(0.9)
    assert figures["scalpers' tries to people's"].realised == pytest.approx(3)
    assert figures["visitors who buy"].realised == pytest.approx(0.2, rel=0.05), "who comes again is no new visitor"
    assert figures["GMV, furthest from a mark"].realised == pytest.approx(0, abs=0.005)


def test_a_crowd_that_looks_too_much_or_spends_too_little_is_found(profile: Profile) -> None:
    figures = rows(calibration(profile, HABITS, *model_run(profile, views=44.6, basket_fen=9_000)))
    wrong = {what for what, figure in figures.items() if figure.holds is False}
    assert wrong == {"views a payment", "views a cart event", "an order"}


def test_a_run_without_a_purchase_says_nothing_rather_than_zero(profile: Profile) -> None:
    day = profile.shaped_day()
    assert day is not None
    figures = rows(calibration(profile, HABITS, DaySums(day), []))
    assert {figure.realised for figure in figures.values()} == {None}


def test_a_crowd_without_curves_has_no_calibration() -> None:
    with pytest.raises(ValueError, match="only a profile with baskets"):
        calibration(read_profile("smoke"), HABITS)


def test_whoever_moves_the_balances_is_not_held_to_the_marks_of_2017() -> None:
    moved = read_profile("double11", ["run.arrivals=even", "presale.opens=00:30", "presale.share_of_money=10%"])
    figures = rows(calibration(moved, HABITS, *model_run(moved)))
    assert figures["GMV, furthest from a mark"].holds is None
    assert figures["GMV, furthest from a mark"].planned == pytest.approx(0.039, abs=0.01)
    assert figures["visitors who buy"].holds


def test_arrivals_by_chance_are_not_held_to_the_marks() -> None:
    by_chance = read_profile("double11")
    figures = rows(calibration(by_chance, HABITS, *model_run(by_chance)))
    assert figures["GMV, furthest from a mark"].holds is None
    assert figures["views a payment"].holds
