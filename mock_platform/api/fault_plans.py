"""/fault-plans: hurting the shop on purpose, for a while."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from mock_platform.api.route import Call, Route
from mock_platform.domain.errors import MalformedRequest, NotFound
from mock_platform.faults.injector import Fault, Injector, TooManyFaults
from mock_platform.faults.registry import ANY_PLAN, FaultPlanError, parameters, read_plan


class FaultView(msgspec.Struct, frozen=True):
    fault: str
    kind: str
    route: str
    expires_at: float
    parameters: dict[str, Any]


class FaultList(msgspec.Struct, frozen=True):
    faults: tuple[FaultView, ...]


def view(fault: Fault) -> FaultView:
    return FaultView(fault.fault, fault.kind, fault.plan.route, fault.expires_at, parameters(fault.plan))


class FaultPlans:
    def __init__(self, injector: Injector, hurtable_paths: Sequence[str]) -> None:
        """`hurtable_paths` are route templates; a plan for a place that no request passes is refused."""
        self._injector = injector
        self._hurtable_paths = hurtable_paths

    async def add(self, call: Call) -> FaultView:
        try:
            plan = read_plan(call.body)
            if not plan.strikes_any(self._hurtable_paths):
                raise MalformedRequest(f"{plan.route!r} is no place where this kind of fault could strike.")
            return view(self._injector.add(plan))
        except (FaultPlanError, TooManyFaults) as mistake:
            raise MalformedRequest(str(mistake)) from mistake

    async def list(self, call: Call) -> FaultList:
        return FaultList(tuple(view(fault) for fault in self._injector.current()))

    async def remove(self, call: Call) -> FaultList:
        fault = call.path["fault"]
        if not self._injector.remove(fault):
            raise NotFound(f"The fault {fault[:40]} is not in force.")
        return await self.list(call)

    def routes(self) -> tuple[Route, ...]:
        return (
            Route(
                method="POST",
                path="/fault-plans",
                handler=self.add,
                says="Hurt the requests or callbacks of a route for a while.",
                gives=FaultView,
                status=201,
                audience="operators",
                takes=dict[str, Any],
                takes_described_as=ANY_PLAN,
                hurtable=False,
            ),
            Route(
                method="GET",
                path="/fault-plans",
                handler=self.list,
                says="List the faults in force.",
                gives=FaultList,
                audience="operators",
                hurtable=False,
            ),
            Route(
                method="DELETE",
                path="/fault-plans/{fault}",
                handler=self.remove,
                says="Lift a fault before its time; the others stay.",
                gives=FaultList,
                audience="operators",
                refuses=("not_found",),
                hurtable=False,
            ),
        )
