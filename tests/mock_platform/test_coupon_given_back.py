"""A coupon on its way back while somebody spends it again: at every moment it is on one order at most, and paid for."""

from __future__ import annotations

import asyncio
from itertools import permutations
from typing import Any

import pytest

from mock_platform.domain.errors import ShopError
from mock_platform.domain.payment import Outcome
from mock_platform.partners.bank import BankBehaviour
from tests.mock_platform.core_world import PAYMENT_WINDOW_S
from tests.mock_platform.interruptions import Suspending, run
from tests.mock_platform.promoted_world import FACE_FEN, PromotedWorld

DEEDS = ("cancel", "word", "expire", "buy again", "refund")


class Spent:
    """An order with a coupon, of which the bank has decided and nobody has heard yet."""

    async def begin(self, word: Outcome) -> None:
        declined = float(word is Outcome.DECLINED)
        self.word = word
        self.world = PromotedWorld(wrap=Suspending, behaviour=BankBehaviour(lost=1.0, declined=declined))
        self.coupon = await self.world.claimed(await self.world.campaign())
        self.order = await self.world.buy(self.coupon)
        self.payment = (await self.world.asked(self.order)).payment
        self.world.clock.advance(PAYMENT_WINDOW_S)
        await self.world.bank.diary.step()

    def deed(self, name: str) -> Any:
        world = self.world
        match name:
            case "cancel":
                return world.checkout.cancel("C1", self.order.order)
            case "word":
                return world.charging.on_callback(self.payment, self.word)
            case "expire":
                return world.expiry.sweep()
            case "refund":
                return world.charging.refund("C1", "r1", self.order.order)
            case _:
                return world.buy(self.coupon, key="k2")

    async def spend_it_in_the_end(self) -> None:
        """Whoever may, and pay: what is still on its way for the orders before must leave this one alone."""
        try:
            await self.world.asked(await self.world.buy(self.coupon, key="k3"), "p3")
        except ShopError:
            return

    async def check(self) -> None:
        snapshot = await self.world.settled_books()
        live = [row["order"] for row in snapshot["orders"] if row["state"] in ("paid", "delivered")]
        used_by = (await self.world.held(self.coupon)).used_by
        assert live == ([] if used_by is None else [used_by])
        assert await self.world.spent_fen() == FACE_FEN * len(live)


async def race(first: str, second: str, word: Outcome, moment: int, *, hangs_up: bool) -> bool:
    """The second deed comes at that moment of the first, whose buyer may hang up then; False if it was over before."""
    spent = Spent()
    await spent.begin(word)
    one = spent.deed(first)
    try:
        for _ in range(moment):
            one.send(None)
    except (StopIteration, ShopError):
        return False
    if hangs_up:
        with pytest.raises(asyncio.CancelledError):
            one.throw(asyncio.CancelledError())
    for work in (spent.deed(second),) if hangs_up else (spent.deed(second), one):
        try:
            run(work)
        except ShopError:
            continue  # a clear no is as good as a yes
    await spent.spend_it_in_the_end()
    await spent.check()
    return True


@pytest.mark.parametrize("hangs_up", [False, True])
@pytest.mark.parametrize("word", [Outcome.POSTED, Outcome.DECLINED])
@pytest.mark.parametrize(("first", "second"), [*permutations(DEEDS, 2)])
async def test_any_two_deeds_at_every_moment(first: str, second: str, word: Outcome, hangs_up: bool) -> None:
    moment = 1
    while await race(first, second, word, moment, hangs_up=hangs_up):
        moment += 1
    assert moment > 2
