"""A bank we pretend to call: it decides after a while, calls back late, twice or never, and keeps its own statement."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from random import Random

import msgspec

from mock_platform.domain.errors import UnknownPayment
from mock_platform.domain.payment import Outcome, StatementLine
from mock_platform.partners.diary import Diary
from mock_platform.protocols import Clock, OnOutcome

REASONS = ("insufficient_funds", "card_expired", "limit_exceeded")


class BankBehaviour(msgspec.Struct, frozen=True):
    """Rates are shares of 1. The time to decide is lognormal around its median."""

    latency_s: float = 0.2
    latency_sigma: float = 0.5
    declined: float = 0.0
    late: float = 0.0
    late_s: float = 2.0
    """A late callback comes up to this much later than the decision."""
    lost: float = 0.0
    doubled: float = 0.0


@dataclass(slots=True)
class _Charge:
    payment: str
    order: str
    amount_fen: int
    outcome: Outcome | None = None
    reason: str | None = None
    captures: int = 0
    captured_fen: int = 0
    refunded_fen: int = 0


class SimulatedBank:
    """Set `on_outcome` before the first charge; assign to `behaviour` while it runs to change its ways.

    `deliveries` says how often a callback arrives that would have arrived so many times: faults come in there.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        rng: Random,
        behaviour: BankBehaviour | None = None,
        deliveries: Callable[[int], int] = lambda planned: planned,
    ) -> None:
        self._clock = clock
        self._rng = rng
        self.behaviour = behaviour or BankBehaviour()
        self._deliveries = deliveries
        self.on_outcome: OnOutcome | None = None
        self.diary = Diary(clock)
        self._charges: dict[str, _Charge] = {}

    async def charge(self, payment: str, order: str, amount_fen: int, method: str) -> None:
        known = self._charges.get(payment)
        if known is not None:
            if (known.order, known.amount_fen) != (order, amount_fen):
                raise ValueError(f"payment {payment} was asked for with another order or amount")
            return
        charge = self._charges[payment] = _Charge(payment, order, amount_fen)
        self.diary.note(self._clock() + self._decides_after_s(), partial(self._decide, charge))

    def _decides_after_s(self) -> float:
        if self.behaviour.latency_s <= 0:
            return 0.0
        return self._rng.lognormvariate(math.log(self.behaviour.latency_s), self.behaviour.latency_sigma)

    async def _decide(self, charge: _Charge) -> None:
        ways = self.behaviour
        if self._rng.random() < ways.declined:
            charge.outcome, charge.reason = Outcome.DECLINED, self._rng.choice(REASONS)
        else:
            charge.outcome = Outcome.POSTED
            charge.captures += 1
            charge.captured_fen += charge.amount_fen
        planned = 0 if self._rng.random() < ways.lost else 2 if self._rng.random() < ways.doubled else 1
        late_s = self._rng.random() * ways.late_s if self._rng.random() < ways.late else 0.0
        for _ in range(self._deliveries(planned)):
            self.diary.note(self._clock() + late_s, partial(self._call_back, charge))

    async def _call_back(self, charge: _Charge) -> None:
        if self.on_outcome is None or charge.outcome is None:
            raise RuntimeError("a bank needs somebody to call")
        await self.on_outcome(charge.payment, charge.outcome, charge.reason)

    async def inquire(self, payment: str) -> Outcome | None:
        return self._known(payment).outcome

    async def refund(self, payment: str) -> None:
        charge = self._known(payment)
        charge.refunded_fen = charge.captured_fen

    def _known(self, payment: str) -> _Charge:
        charge = self._charges.get(payment)
        if charge is None:
            raise UnknownPayment(f"the bank knows no payment {payment}")
        return charge

    async def statement(self) -> list[StatementLine]:
        return [
            StatementLine(each.payment, each.order, each.captures, each.captured_fen, each.refunded_fen)
            for each in self._charges.values()
        ]

    async def run(self) -> None:
        """Decide and call back until cancelled. What is lost then, the platform asks about."""
        await self.diary.run()
