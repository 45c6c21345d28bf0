"""Storms over a presale: depositors, quitters, the bank and the sweeps all at once, cut off and failed anywhere."""

from __future__ import annotations

from random import Random

import pytest

from mock_platform.domain.order import WantedLine
from tests.mock_platform.core_world import BUYERS, OPENING
from tests.mock_platform.interruptions import Suspending, run
from tests.mock_platform.presale_world import BALANCE_CLOSES_S, PRICE_FEN, PresaleWorld
from tests.mock_platform.storm import ROUGH, UNDER_WAY_MAX, Leaky, Storm, Work

STEPS = 2_000


class PresaleStorm(Storm):
    world: PresaleWorld

    def __init__(self, seed: int) -> None:
        self.drops = None
        self.world = PresaleWorld(
            wrap=lambda inner: Suspending(Leaky(inner, self)),
            behaviour=ROUGH,
            seed=seed,
            allotment=12,
            limit_per_buyer=6,
        )
        self.under_way: list[Work] = []

    def place(self, rng: Random) -> None:
        wish = (WantedLine("S1", rng.randint(1, 2), PRICE_FEN),)
        key, buyer = f"k{rng.randrange(40)}", rng.choice(BUYERS)
        self.begin(self.world.place(buyer, key, wish, presale=self.world.presale.presale))

    def deal_with_an_order(self, rng: Random, act: str) -> None:
        orders = self.orders()
        if not orders:
            return
        owner, order = rng.choice(orders)
        if act == "pay":
            due_fen = run(self.world.orders.order(order)).due_fen or 1
            key = f"p{order}{rng.randrange(9)}"
            self.begin(self.world.charging.pay(owner, key, order, due_fen, "card"))
        elif act == "refund":
            self.begin(self.world.charging.refund(owner, f"r{order}", order))
        else:
            self.begin(self.world.checkout.cancel(owner, order))

    def step(self, rng: Random) -> None:
        kinds = ["place", "pay", "refund", "cancel", "go on", "cut", "drop", "time", "background"]
        match rng.choices(kinds, [5, 16, 1, 1, 60, 2, 3, 10, 14])[0]:
            case "place":
                self.place(rng)
            case ("pay" | "refund" | "cancel") as act:
                self.deal_with_an_order(rng, act)
            case "go on":
                self.go_on(rng.randrange(UNDER_WAY_MAX), rng.randrange(1, 10))
            case "cut":
                self.cut_off(rng.randrange(UNDER_WAY_MAX))
            case "drop":
                self.drops = rng.choice(["before", "after"])
            case "time":
                self.world.clock.advance(rng.choice([0.1, 0.5, 2.0]))
                self.partners_act()
            case "background":
                self.deliver_events()
                self.begin(rng.choice([self.world.expiry, self.world.charging, self.world.fulfilment]).sweep())


@pytest.mark.parametrize("seed", range(8))
def test_a_storm_passes_over_a_presale_and_the_books_are_right(seed: int) -> None:
    """Long enough to see every window; a failure names its seed."""
    rng = Random(seed)
    storm = PresaleStorm(seed)
    for step in range(STEPS):
        storm.step(rng)
        if step % 30 == 0:
            storm.drops = None
            storm.check()
    assert storm.world.clock() > OPENING + BALANCE_CLOSES_S * 0.7
    made = run(storm.world.bookkeeping.snapshot())
    steps = {state for order in made["orders"] for state, _ in order["history"]}
    assert "deposited" in steps, "a storm in which little happens proves little"
    storm.end()
