"""Storms over coupons: claims, orders, payments and cancellations at once, cut off and lost anywhere; then calm."""

from __future__ import annotations

import asyncio
from random import Random

import pytest

from tests.mock_platform.core_world import BUYERS, lines
from tests.mock_platform.interruptions import Suspending, run
from tests.mock_platform.promoted_world import FACE_FEN, PromotedWorld
from tests.mock_platform.storm import ROUGH, WEATHER, Leaky, Storm

WANTED = [lines(S1=1), lines(S1=2, S2=1), lines(S1=1, S2=3)]
ACTS = {"claim": 3, "place": 9, "pay": 8, "refund": 2, "cancel": 3} | WEATHER


class CouponStorm(Storm):
    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.promoted = PromotedWorld(wrap=lambda inner: Suspending(Leaky(inner, self)), behaviour=ROUGH, seed=seed)
        self.world = self.promoted
        run(self.promoted.across(2_000, 100))
        self.campaigns = [
            run(self.promoted.campaign(limit_per_buyer=2, coupons=5, budget_fen=3 * FACE_FEN)),
            run(self.promoted.campaign(merchant="M1", face_fen=100, limit_per_buyer=3)),
        ]

    def check(self) -> None:
        drops, self.drops = self.drops, None  # looking at the books is no call to lose
        super().check()
        self.drops = drops

    def coupons(self) -> list[tuple[str, str]]:
        return [(held.coupon.buyer, held.coupon.coupon) for held in run(self.promoted.coupons.all_coupons())]


@pytest.mark.parametrize("seed", range(10))
def test_a_storm_over_coupons_passes_and_the_books_are_right(seed: int) -> None:
    """A failure names its seed."""
    rng = Random(seed)
    storm = CouponStorm(seed)
    world = storm.promoted
    most_used = 0
    for step in range(500):
        match rng.choices([*ACTS], [*ACTS.values()])[0]:
            case "claim":
                work = world.couponing.claim(rng.choice(BUYERS), f"c{rng.randrange(20)}", rng.choice(storm.campaigns))
                storm.begin(work)
            case "place":
                if coupons := storm.coupons():
                    buyer, coupon = rng.choice(coupons)
                    key, wanted = f"k{rng.randrange(40)}", rng.choice(WANTED)
                    storm.begin(world.place(buyer, f"{key}-{coupon}", wanted, coupons=(coupon,)))
            case ("pay" | "refund" | "cancel") as act:
                if orders := storm.orders():
                    storm.deal_with(*rng.choice(orders[-4:]), act, "")
            case weather:
                storm.blow(weather, rng)
        most_used = max(most_used, world.coupons.used)
        if step % 10 == 0:
            storm.check()
    storm.drops = None
    made = asyncio.run(world.bookkeeping.snapshot())
    storm.end()
    assert most_used > 0 and world.coupons.given_back > 0, "a storm in which little happens proves little"
    assert len(made["orders"]) > 5
