"""A fault plan: what hurts, where and for how long. The parts of this folder are its kinds; see README.md."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Annotated

import msgspec
from aiohttp import web

LASTS_S_MAX = 3_600.0
BANK_ROUTE = "/payments"
CARRIER_ROUTE = "/shipments"
CUSTOMS_ROUTE = "/declarations"
"""Partners have no route of their own, so their callbacks go by that of what they are about."""

Proceed = Callable[[], Awaitable[web.StreamResponse]]
"""What a hurt request would have done: the rest of the way in, down to the handler and back."""


@dataclass(frozen=True, slots=True)
class Moment:
    """The circumstances of one hurt request."""

    request: web.Request
    rng: random.Random
    left_s: float
    """Until the plan expires."""


class FaultPlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """Where a fault strikes, how long and how often; each kind adds its own parameters, all with a default."""

    route: Annotated[str, msgspec.Meta(pattern="^/", max_length=100, description="prefix of the path")] = "/"
    lasts_s: Annotated[float, msgspec.Meta(gt=0.0, le=LASTS_S_MAX)] = 30.0
    share: Annotated[float, msgspec.Meta(gt=0.0, le=1.0, description="of the requests or callbacks")] = 1.0

    def strikes_any(self, templates: Iterable[str]) -> bool:
        """Whether a path of one of these route templates could begin with `route`."""
        for template in templates:
            fixed, brace, _ = template.partition("{")
            if fixed.startswith(self.route) or (brace and self.route.startswith(fixed)):
                return True
        return False


class RequestFault(FaultPlan, frozen=True, kw_only=True):
    """A fault on a request's way through the shop."""

    async def hurt(self, proceed: Proceed, moment: Moment) -> web.StreamResponse:
        """Answer in place of `proceed`, calling it or not: same shape outside as inside."""
        raise NotImplementedError


class CallbackFault(FaultPlan, frozen=True, kw_only=True):
    """A fault on a partner's call back to the shop: the bank's by `/payments`, the carrier's, customs'."""

    def strikes_any(self, templates: Iterable[str]) -> bool:
        return any(route.startswith(self.route) for route in (BANK_ROUTE, CARRIER_ROUTE, CUSTOMS_ROUTE))

    def deliveries(self, planned: int) -> int:
        """How often a callback arrives that would have arrived `planned` times."""
        raise NotImplementedError
