"""Any two deeds on one presale order, the second at every moment of the first: the money and the units are right.

Around the instants that matter: when a deposit stops being refundable, and when the balance closes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from itertools import permutations
from typing import Any

import pytest

from mock_platform.domain.errors import ShopError
from mock_platform.domain.payment import Outcome
from mock_platform.partners.bank import BankBehaviour
from tests.mock_platform.core_world import OPENING
from tests.mock_platform.interruptions import Suspending, cut_off, run
from tests.mock_platform.presale_world import (
    BALANCE_CLOSES_S,
    BALANCE_OPENS_S,
    DEPOSIT_FEN,
    PRICE_FEN,
    REFUNDABLE_S,
    PresaleWorld,
)

Deed = Coroutine[Any, Any, Any]
YES, NO = BankBehaviour(lost=1.0), BankBehaviour(lost=1.0, declined=1.0)
"""Of a bank that calls nobody back."""


class Race:
    """A depositor's order shortly before an instant; what happens there may come in any order."""

    def __init__(self, instant_s: float, refundable_s: float) -> None:
        self.world = PresaleWorld(wrap=Suspending, refundable_until=OPENING + refundable_s)
        self.instant_s = instant_s
        self.balance = ""

    async def begin(self) -> None:
        self.order = await self.world.deposited()
        self.world.at(min(self.instant_s - 0.1, BALANCE_OPENS_S))

    async def have_a_balance_under_way(self, word: BankBehaviour) -> None:
        """The bank has decided, and nobody has heard of it yet."""
        self.world.bank.behaviour = word
        self.balance = (await self.world.due(self.order, "b0")).payment
        await self.world.bank_speaks()

    def deed(self, name: str) -> Deed:
        world, order = self.world, self.order
        match name:
            case "give up":
                return world.checkout.cancel("C1", order.order)
            case "pay":
                return world.charging.pay("C1", "b1", order.order, order.balance_fen, "card")
            case "pay on another device":
                return world.charging.pay("C1", "b2", order.order, order.balance_fen, "wallet")
            case "yes" | "no":
                outcome = Outcome.POSTED if name == "yes" else Outcome.DECLINED
                return world.charging.on_callback(self.balance, outcome)
            case "inquire":
                return world.charging.sweep()
            case "refund":
                return world.charging.refund("C1", "r1", order.order)
            case _:
                return world.expiry.sweep()

    def tick(self) -> None:
        self.world.at(self.instant_s)

    async def check(self) -> None:
        """The buyer has the goods, or the balance back; the deposit is in one place only."""
        await self.world.settled_books()
        order = await self.world.now(self.order)
        deposit, *balances = await self.world.bank.statement()
        assert [each.captures for each in (deposit, *balances)].count(2) == 0
        kept_fen = sum(each.captured_fen - each.refunded_fen for each in (deposit, *balances))
        has_goods = order.state == "delivered"
        assert kept_fen == (PRICE_FEN if has_goods else order.forfeited_fen)
        assert order.forfeited_fen in (0, DEPOSIT_FEN)
        free = await self.world.stock.free("S1", self.world.presale.place)
        assert free == (3 if has_goods else 4)


def finish(deed: Deed) -> None:
    try:
        run(deed)
    except ShopError:
        return  # a clear no is as good as a yes


AROUND = {
    "the last refund": (REFUNDABLE_S, REFUNDABLE_S),
    "the closing": (BALANCE_CLOSES_S, REFUNDABLE_S),
    "the closing, refundable to the end": (BALANCE_CLOSES_S, BALANCE_CLOSES_S),
}
UNDER_WAY = [
    *permutations(("give up", "yes", "expire"), 2),
    ("no", "give up"),
    ("give up", "no"),
    ("inquire", "expire"),
]
UNDER_WAY += [("no", "expire"), ("expire", "no"), ("inquire", "give up"), ("refund", "yes"), ("yes", "refund")]
FRESH = [*permutations(("give up", "pay", "expire"), 2), ("pay", "pay on another device"), ("refund", "pay")]


async def race(begun: Callable[[], Awaitable[Race]], first: str, second: str) -> int:
    """The second comes at every moment of the first, before and after the instant; how many moments there were."""
    for moment in range(1, 100):
        for ticks_first in (True, False):
            racers = await begun()
            one = racers.deed(first)
            try:
                for _ in range(moment):
                    one.send(None)
            except (StopIteration, ShopError):
                return moment
            if ticks_first:
                racers.tick()
            finish(racers.deed(second))
            racers.tick()
            finish(one)
            await racers.check()
            racers = await begun()
            if cut_off(racers.deed(first), moment):  # and whoever asked first hangs up
                racers.tick()
                finish(racers.deed(second))
                await racers.check()
    raise AssertionError("the first never ended")


@pytest.mark.parametrize("around", ["the closing", "the closing, refundable to the end"])
@pytest.mark.parametrize(("first", "second"), UNDER_WAY)
async def test_while_a_balance_is_under_way(around: str, first: str, second: str) -> None:
    async def begun() -> Race:
        racers = Race(*AROUND[around])
        await racers.begin()
        await racers.have_a_balance_under_way(NO if "no" in (first, second) else YES)
        racers.world.at(BALANCE_CLOSES_S - 0.1)
        return racers

    assert await race(begun, first, second) > 1


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize(("first", "second"), FRESH)
async def test_before_any_balance_was_asked_for(around: str, first: str, second: str) -> None:
    async def begun() -> Race:
        racers = Race(*AROUND[around])
        await racers.begin()
        racers.world.at(AROUND[around][0] - 0.1)
        return racers

    assert await race(begun, first, second) > 1
