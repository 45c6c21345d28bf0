"""The faults in force now: bounded in number and time, asked on every request whether they strike.

Two plans on one route nest, the older outside. Clock and chance are passed in.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from aiohttp import web

from mock_platform.faults.plan import CallbackFault, FaultPlan, Moment, Proceed, RequestFault

ACTIVE_MAX = 32


class TooManyFaults(Exception):
    """More plans at once than anybody could tell apart."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A plan in force."""

    fault: str
    plan: FaultPlan
    expires_at: float

    @property
    def kind(self) -> str:
        return str(self.plan.__struct_config__.tag)


class Injector:
    """Holds the plans in force. `active` is cheap and may be true a little too long, never false too early."""

    def __init__(
        self,
        *,
        clock: Callable[[], float],
        rng: random.Random,
        on_hurt: Callable[[str], None] = lambda kind: None,
    ) -> None:
        self._clock = clock
        self._rng = rng
        self._on_hurt = on_hurt
        self._faults: dict[str, Fault] = {}
        self._added = 0

    @property
    def active(self) -> bool:
        return bool(self._faults)

    def add(self, plan: FaultPlan) -> Fault:
        if len(self.current()) >= ACTIVE_MAX:
            raise TooManyFaults(f"{ACTIVE_MAX} faults are in force already; remove one or wait.")
        self._added += 1
        fault = Fault(f"F{self._added:04d}", plan, self._clock() + plan.lasts_s)
        self._faults[fault.fault] = fault
        return fault

    def remove(self, fault: str) -> bool:
        """Whether it was in force."""
        self.current()
        return self._faults.pop(fault, None) is not None

    def current(self) -> list[Fault]:
        """The plans in force, oldest first; forgets the expired."""
        now_at = self._clock()
        for fault in [each for each in self._faults.values() if each.expires_at <= now_at]:
            del self._faults[fault.fault]
        return list(self._faults.values())

    async def around(self, proceed: Proceed, request: web.Request) -> web.StreamResponse:
        """The answer to a request through every fault that strikes it."""
        for fault in reversed(self.current()):
            plan = fault.plan
            if isinstance(plan, RequestFault) and self._strikes(fault, request.path):
                moment = Moment(request, self._rng, max(0.0, fault.expires_at - self._clock()))
                proceed = partial(plan.hurt, proceed, moment)
        return await proceed()

    def deliveries(self, route: str, planned: int = 1) -> int:
        """How often a partner's callback arrives now, if it would have arrived `planned` times."""
        if not self._faults:
            return planned
        for fault in self.current():
            if isinstance(fault.plan, CallbackFault) and self._strikes(fault, route):
                planned = fault.plan.deliveries(planned)
        return planned

    def _strikes(self, fault: Fault, path: str) -> bool:
        if not path.startswith(fault.plan.route):
            return False
        if fault.plan.share < 1.0 and self._rng.random() >= fault.plan.share:
            return False
        self._on_hurt(fault.kind)
        return True
