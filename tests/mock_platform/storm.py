"""A storm: a world in which everything is under way at once, as coroutines that suspend at every call of a store or a
partner. Whoever drives it decides which goes on by one step, which is cut off and which call fails.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from random import Random
from typing import Any

import pytest

from mock_platform.audit import audit
from mock_platform.domain.errors import ShopError
from mock_platform.partners.bank import BankBehaviour
from tests.mock_platform.core_world import HOLD_S, LEASE_S, LOCK_S, PAYMENT_WINDOW_S, World, assert_clean
from tests.mock_platform.interruptions import LineDropped, Suspending, run

Work = Coroutine[Any, Any, Any]

UNDER_WAY_MAX = 12
ROUGH = BankBehaviour(declined=0.2, lost=0.2, doubled=0.2, late=0.3, late_s=20.0)
WEATHER = {"go on": 60, "cut": 2, "drop": 3, "time": 8, "background": 12}
"""And how often each comes, beside what people do."""
JUMPS_S = [0.1, 1.0, LEASE_S, LOCK_S, HOLD_S, PAYMENT_WINDOW_S]


class Leaky:
    """Loses calls at the storm's bidding, before or after they took effect."""

    def __init__(self, inner: Any, storm: Storm) -> None:
        self._inner, self._storm = inner, storm

    def __getattr__(self, name: str) -> Any:
        inner, storm = getattr(self._inner, name), self._storm
        if not asyncio.iscoroutinefunction(inner):
            return inner

        async def call(*args: Any, **kwargs: Any) -> Any:
            storm.drop("before")
            answer = await inner(*args, **kwargs)
            storm.drop("after")
            return answer

        return call


class Storm:
    """A world, and all that is under way in it."""

    def __init__(self, seed: int = 1) -> None:
        self.drops: str | None = None
        self.world = World(wrap=lambda inner: Suspending(Leaky(inner, self)), behaviour=ROUGH, seed=seed)
        self.sale = run(self.world.sale(allotment=4, limit_per_buyer=2)).flash_sale
        self.under_way: list[Work] = []

    def drop(self, when: str) -> None:
        if self.drops == when:
            self.drops = None
            raise LineDropped(when)

    def begin(self, work: Work) -> None:
        self.under_way.append(work)
        while len(self.under_way) > UNDER_WAY_MAX:
            self.go_on(0)

    def go_on(self, which: int, steps: int = 1) -> None:
        if not self.under_way:
            return
        work = self.under_way.pop(which % len(self.under_way))
        try:
            for _ in range(steps):
                work.send(None)
        except (StopIteration, ShopError, LineDropped):
            return
        # A Setback would be a bug: no caller may ever see one.
        self.under_way.append(work)

    def cut_off(self, which: int) -> None:
        if self.under_way:
            work = self.under_way.pop(which % len(self.under_way))
            with pytest.raises(asyncio.CancelledError):
                work.throw(asyncio.CancelledError())

    def orders(self) -> list[tuple[str, str]]:
        return [(order.buyer, order.order) for order in run(self.world.orders.books()).orders]

    def deliver_events(self) -> None:
        async def deliver() -> None:
            for event in await self.world.outbox._orders.take_events(self.world.clock(), 2, LEASE_S):
                for handle in self.world.handlers.get(type(event), ()):
                    await handle(event)
                await self.world.outbox._orders.acknowledge([event.event])

        self.begin(deliver())

    def partners_act(self) -> None:
        for partner in (self.world.bank, self.world.carrier):
            for act in partner.diary.due():
                # What a partner does by itself is not for us to cut off; its calls to us, which suspend, are.
                self.under_way.append(act())  # type: ignore[arg-type]
                self.go_on(-1)

    def deal_with(self, owner: str, order: str, act: str, key: str) -> None:
        if act == "pay":
            fen = run(self.world.orders.order(order)).payable_fen
            self.begin(self.world.charging.pay(owner, f"p{key}{order}", order, fen, "card"))
        elif act == "refund":
            self.begin(self.world.charging.refund(owner, f"r{key}{order}", order))
        else:
            self.begin(self.world.checkout.cancel(owner, order))

    def blow(self, weather: str, rng: Random) -> None:
        """One of WEATHER: something goes on, is cut off or loses its next call, or time passes."""
        match weather:
            case "go on":
                self.go_on(rng.randrange(UNDER_WAY_MAX), rng.randrange(1, 10))
            case "cut":
                self.cut_off(rng.randrange(UNDER_WAY_MAX))
            case "drop":
                self.drops = rng.choice(["before", "after"])
            case "time":
                self.world.clock.advance(rng.choice(JUMPS_S[:3]) if rng.random() < 0.9 else rng.choice(JUMPS_S))
                self.partners_act()
            case "background":
                self.deliver_events()
                self.begin(rng.choice([self.world.expiry, self.world.charging, self.world.fulfilment]).sweep())

    def check(self) -> None:
        """At any moment, with everything half done. Only that sweeps come on time is no promise of a storm."""
        snapshot = run(self.world.bookkeeping.snapshot())
        snapshot["settings"]["grace_s"] = 1e9
        assert audit(snapshot).violations == ()

    def end(self) -> None:
        """Half of what is under way is cut off, the rest ends; then everything comes to rest."""
        for which in range(len(self.under_way) // 2):
            self.cut_off(which)
        while self.under_way:
            self.go_on(0, steps=100)
        self.drops = None
        assert_clean(asyncio.run(self.world.settled_books()))
