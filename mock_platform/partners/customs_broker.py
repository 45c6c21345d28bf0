"""A customs broker we pretend to call: customs decide after a while; its word comes late, twice or never.

It keeps books of its own, so that nobody can say customs cleared what they did not.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from random import Random

import msgspec

from mock_platform.domain.declaration import BrokerEntry, Verdict
from mock_platform.domain.errors import NotFound
from mock_platform.partners.diary import Diary
from mock_platform.protocols import Clock
from mock_platform.protocols_customs import OnVerdict

REASONS = ("identity_mismatch", "prohibited_goods", "value_in_doubt")


class CustomsBehaviour(msgspec.Struct, frozen=True):
    """Rates are shares of 1. The time to decide is lognormal around its median."""

    latency_s: float = 0.5
    latency_sigma: float = 0.5
    rejected: float = 0.0
    late: float = 0.0
    late_s: float = 3.0
    """A late callback comes up to this much later than the verdict."""
    lost: float = 0.0
    doubled: float = 0.0


@dataclass(slots=True)
class _Case:
    order: str
    value_fen: int
    duty_fen: int
    verdict: Verdict | None = None
    reason: str | None = None
    decided_at: float | None = None
    withdrawn: bool = False


class SimulatedBroker:
    """Set `on_verdict` before the first declaration; assign to `behaviour` while it runs to change its ways.

    `deliveries` says how often a callback arrives that would have arrived so many times: faults come in there.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        rng: Random,
        behaviour: CustomsBehaviour | None = None,
        deliveries: Callable[[int], int] = lambda planned: planned,
    ) -> None:
        self._clock = clock
        self._rng = rng
        self.behaviour = behaviour or CustomsBehaviour()
        self._deliveries = deliveries
        self.on_verdict: OnVerdict | None = None
        self.diary = Diary(clock)
        self._cases: dict[str, _Case] = {}

    async def declare(self, declaration: str, order: str, value_fen: int, duty_fen: int) -> None:
        known = self._cases.get(declaration)
        if known is not None:
            if (known.order, known.value_fen, known.duty_fen) != (order, value_fen, duty_fen):
                raise ValueError(f"declaration {declaration} was handed in with another order, value or duty")
            return
        case = self._cases[declaration] = _Case(order, value_fen, duty_fen)
        latency_s, sigma = self.behaviour.latency_s, self.behaviour.latency_sigma
        after_s = self._rng.lognormvariate(math.log(latency_s), sigma) if latency_s > 0 else 0.0
        self.diary.note(self._clock() + after_s, partial(self._decide, case))

    async def withdraw(self, declaration: str) -> None:
        case = self._cases.get(declaration)
        if case is not None and case.verdict is None:
            case.withdrawn = True

    async def _decide(self, case: _Case) -> None:
        if case.withdrawn:
            return
        behaviour, rng = self.behaviour, self._rng
        rejected = rng.random() < behaviour.rejected
        case.verdict = Verdict.REJECTED if rejected else Verdict.CLEARED
        case.reason = rng.choice(REASONS) if rejected else None
        case.decided_at = self._clock()
        late_s = rng.uniform(0.0, behaviour.late_s) if rng.random() < behaviour.late else 0.0
        planned = 0 if rng.random() < behaviour.lost else 2 if rng.random() < behaviour.doubled else 1
        for _ in range(self._deliveries(planned)):
            self.diary.note(self._clock() + late_s, partial(self._call_back, case))

    async def _call_back(self, case: _Case) -> None:
        if self.on_verdict is None or case.verdict is None:
            raise RuntimeError("a broker needs somebody to call")
        await self.on_verdict(case.order, case.verdict, case.reason)

    async def inquire(self, declaration: str) -> tuple[Verdict, str | None] | None:
        case = self._cases.get(declaration)
        if case is None:
            raise NotFound(f"the broker knows no declaration {declaration}")
        return None if case.verdict is None else (case.verdict, case.reason)

    async def entries(self) -> list[BrokerEntry]:
        return [
            BrokerEntry(
                declaration,
                case.order,
                case.value_fen,
                case.duty_fen,
                case.verdict,
                case.decided_at,
                case.withdrawn,
            )
            for declaration, case in self._cases.items()
        ]

    async def run(self) -> None:
        """Decide and call back until cancelled. What is lost then, the platform asks about."""
        await self.diary.run()
