"""Which scenario an arrival is: weights that hold exactly, buyers by the curves, and the money that comes of it all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import pytest
from locust import User, task

from loadtests.crowd.scenario_choice import FESTIVAL_LOCUSTFILE, picker, user_classes
from loadtests.plan.arrivals import Stage
from loadtests.plan.profile import Profile
from loadtests.plan.profile_reader import read_profile
from loadtests.scenarios.buyer import BASKET_STRIDE
from loadtests.scenarios.cart_loaded_buyer import CartLoadedBuyer
from loadtests.shapes.double11_2017_crowd import LEAD_S
from loadtests.shapes.gmv_marks import gmv_marks


class Walker(User):
    @task
    def walk(self) -> None:
        """Nothing that takes long."""


FROM_THE_CART = ("CartLoadedBuyer", "ImpatientBuyer", "CouponHunter", "PrivacyRequester")
"""They settle how much of their cart to buy; what the others spend is as their goods are."""
CLASSES = dict.fromkeys(("Looker", "Buyer", "Haggler"), Walker)
WEIGHTS = {"Looker": 1.0, "Buyer": 6.0, "Haggler": 3.0}


def shares(profile: Profile, from_s: float = 0.0, to_s: float = 1e9) -> Mapping[str, float]:
    pick = picker(profile, CLASSES)
    drawn = Counter(pick(arrival) for arrival in profile.schedule().stripe(0, 1) if from_s <= arrival.due_s < to_s)
    return {name: n / drawn.total() for name, n in drawn.items()}


@pytest.mark.parametrize(("arrivals", "within"), [("even", 0.002), ("poisson", 0.03)])
def test_explicit_weights_hold_in_every_phase(arrivals: str, within: float) -> None:
    stages = (Stage("a", 10, 200, 200), Stage("b", 10, 200, 200))
    profile = Profile("p", stages, arrivals=arrivals, scenarios=WEIGHTS, scenarios_by_phase={"b": {"Buyer": 1.0}})  # type: ignore[arg-type]
    assert shares(profile, 0, 10) == pytest.approx({"Looker": 0.1, "Buyer": 0.6, "Haggler": 0.3}, abs=within)
    assert shares(profile, 10, 20) == {"Buyer": 1.0}


def test_any_hundred_even_arrivals_are_mixed_by_their_weights() -> None:
    profile = Profile("p", (Stage("a", 10, 200, 200),), arrivals="even", scenarios=WEIGHTS)
    for begins_s in (0.0, 3.3, 9.4):
        mixed = shares(profile, begins_s, begins_s + 0.5)
        assert mixed == pytest.approx({"Looker": 0.1, "Buyer": 0.6, "Haggler": 0.3}, abs=0.021)


def test_where_the_curves_say_how_many_buy_weights_hold_among_them() -> None:
    stages = (Stage("a", 20, 200, 200, buyers=0.3), Stage("a", 20, 200, 200, buyers=0.0))
    profile = Profile("p", stages, arrivals="even", scenarios=WEIGHTS, baskets={"Buyer": 1.0, "Haggler": 0.1})
    assert shares(profile, 0, 20) == pytest.approx({"Looker": 0.7, "Buyer": 0.2, "Haggler": 0.1}, abs=0.002)
    assert shares(profile, 20, 40) == {"Looker": 1.0}


@pytest.mark.parametrize("seed", [1, 11, 2017])
def test_a_bigger_and_earlier_hump_sends_more_depositors_and_earlier(seed: int) -> None:
    """Those who come on the eve pay for those who come back, of whom nobody comes before balances open."""

    def depositors(*overrides: str) -> list[float]:
        profile = read_profile("double11", ["run.arrivals=even", *overrides], seed=seed)
        pick = picker(profile, user_classes(FESTIVAL_LOCUSTFILE))
        return [arrival.due_s for arrival in profile.schedule().stripe(0, 1) if pick(arrival) == "PresaleBuyer"]

    as_it_is, moved = depositors(), depositors("presale.opens=00:30", "presale.share_of_money=10%")
    eve, back = [s for s in as_it_is if s < 10], [s for s in as_it_is if s >= 10]
    moved_eve, moved_back = [s for s in moved if s < 10], [s for s in moved if s >= 10]
    assert 55 <= min(back) < 55.5
    assert max(back) < 67
    assert len(eve) == pytest.approx(1.3 * len(back), rel=0.05)
    assert len(moved_eve) == pytest.approx(1.3 * len(moved_back), rel=0.05)
    assert len(moved_back) / len(back) == pytest.approx(10 / 3.3, rel=0.1)
    when = read_profile("double11", ["presale.opens=00:30"]).shaped_day()
    assert when is not None
    assert 1800 <= when.day_s(min(moved_back)) < 2000
    assert when.day_s(max(moved_back)) < 5400


def test_of_stages_the_table_says_how_many_come_with_a_balance() -> None:
    stages = (Stage("a", 10, 200, 200), Stage("a", 10, 200, 200, depositors=0.4), Stage("a", 10, 200, 200))
    weights = {"Looker": 3.0, "Buyer": 1.0, "PresaleBuyer": 1.0}
    profile = Profile("p", stages, arrivals="even", scenarios=weights)
    classes = dict.fromkeys((*CLASSES, "PresaleBuyer"), Walker)

    def shares_in(from_s: float, to_s: float) -> Mapping[str, float]:
        pick = picker(profile, classes)
        drawn = Counter(pick(a) for a in profile.schedule().stripe(0, 1) if from_s <= a.due_s < to_s)
        return {name: n / drawn.total() for name, n in drawn.items()}

    by_weight = {"Looker": 0.6, "Buyer": 0.2, "PresaleBuyer": 0.2}
    assert shares_in(0, 10) == pytest.approx(by_weight, abs=0.002)
    assert shares_in(10, 20) == pytest.approx({"Looker": 0.45, "Buyer": 0.15, "PresaleBuyer": 0.4}, abs=0.002)
    assert shares_in(20, 30) == pytest.approx(by_weight, abs=0.002)


@pytest.mark.parametrize("seed", [1, 5, 11, 2017])
def test_the_money_of_double11_follows_the_marks_of_2017(seed: int) -> None:
    """The schedule, the choice of scenarios and the baskets, without a shop: each buyer pays what is planned, in time.

    What a real run adds is in tests/system/test_calibration.py.
    """
    profile = read_profile("double11", ["run.arrivals=even"], seed=seed)
    crowd, day = profile.crowd(), profile.shaped_day()
    assert crowd is not None
    assert day is not None
    pick = picker(profile, user_classes(FESTIVAL_LOCUSTFILE))
    paid: list[tuple[float, float]] = []
    spenders = 0
    for arrival in profile.schedule().stripe(0, 1):
        scenario = pick(arrival)
        baskets = {**profile.baskets, **profile.baskets_by_phase.get(arrival.phase, {})}.get(scenario, 0.0)
        waits_for_midnight = arrival.due_s < crowd.midnight_s
        if waits_for_midnight and scenario in ("PresaleBuyer", "PrivacyRequester"):
            continue
        ordered_s = max(arrival.due_s, crowd.midnight_s + 0.9) if waits_for_midnight else arrival.due_s
        paid_s = ordered_s + LEAD_S + crowd.pay_lag_s(ordered_s)
        spent = baskets * (1.0 if scenario == "PresaleBuyer" else crowd.basket(ordered_s))
        if scenario in FROM_THE_CART:
            spenders += 1
            spent *= CartLoadedBuyer.thrift_of(spenders * BASKET_STRIDE)
        paid.append((paid_s, spent))

    def squeezed(run_s: float) -> float:
        return day.day_s(run_s + 0.01) - day.day_s(run_s - 0.01)

    weighed = [(day.day_s(at_s), spent * squeezed(at_s)) for at_s, spent in paid if at_s < crowd.duration_s]
    total = sum(worth for _, worth in weighed)
    for mark in gmv_marks(2017):
        share = sum(worth for day_s, worth in weighed if day_s <= mark.day_s) / total
        assert share == pytest.approx(mark.share, abs=0.02), mark
