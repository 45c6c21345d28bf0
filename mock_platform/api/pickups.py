"""/orders/{order}/pickup and /outlets/{outlet}/pickups: the buyer's code, and the clerk who takes it for the goods."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from mock_platform.api.clerk_sessions import own_outlet
from mock_platform.api.orders import REPLAYED
from mock_platform.api.route import Answer, Call, Route
from mock_platform.domain.order import Order
from mock_platform.domain.pickup import Pickup, PickupState
from mock_platform.services.picking_up import PickingUp

CODE_LENGTH_MAX = 40

Standing = Literal["not_ready", "waiting", "collected", "expired", "withdrawn"]
STANDINGS: dict[PickupState, Standing] = {
    PickupState.WAITING: "waiting",
    PickupState.COLLECTED: "collected",
    PickupState.EXPIRED: "expired",
    PickupState.WITHDRAWN: "withdrawn",
}


class PickupView(msgspec.Struct, frozen=True):
    """The buyer's own pick-up."""

    order: str
    outlet: str
    state: Standing
    """Not ready: not paid yet, or not laid out yet."""
    code: str | None
    """To be shown in the outlet; there while the goods wait, and to nobody but the buyer."""
    collect_before: float | None


class HandOver(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    code: Annotated[str, msgspec.Meta(min_length=1, max_length=CODE_LENGTH_MAX)]


class GoodsLine(msgspec.Struct, frozen=True):
    sku: str
    quantity: int


class HandedOver(msgspec.Struct, frozen=True):
    """What the clerk gives out. Who the buyer is the clerk need not know: the code is enough."""

    order: str
    outlet: str
    state: str
    lines: tuple[GoodsLine, ...]
    collected_at: float


class Pickups:
    def __init__(self, picking_up: PickingUp) -> None:
        self._picking_up = picking_up

    async def show(self, call: Call) -> PickupView:
        order, pickup, code = await self._picking_up.standing(call.buyer, call.path["order"])
        outlet = order.outlet or ""
        if pickup is None:
            return PickupView(order.order, outlet, "not_ready", None, None)
        return PickupView(order.order, outlet, STANDINGS[pickup.state], code, pickup.collect_before)

    async def hand_over(self, call: Call) -> object:
        asked: HandOver = call.body
        outlet = own_outlet(call)
        order, pickup, replayed = await self._picking_up.hand_over(outlet, call.key, asked.code)
        return Answer(_view(order, pickup), REPLAYED) if replayed else _view(order, pickup)

    def routes(self) -> tuple[Route, ...]:
        return (
            Route(
                method="GET",
                path="/orders/{order}/pickup",
                handler=self.show,
                says="Show the buyer how far an order to be picked up has come, and its code while it waits.",
                gives=PickupView,
                refuses=("unknown_order", "not_found"),
            ),
            Route(
                method="POST",
                path="/outlets/{outlet}/pickups",
                handler=self.hand_over,
                says="Give the goods to whoever brought this code: once, and in the outlet where they wait.",
                gives=HandedOver,
                status=201,
                audience="clerks",
                takes=HandOver,
                keyed=True,
                refuses=("forbidden", "unknown_code", "illegal_transition", "too_many_codes"),
            ),
        )


def _view(order: Order, pickup: Pickup) -> HandedOver:
    lines = tuple(GoodsLine(line.sku, line.quantity) for line in order.lines)
    return HandedOver(order.order, pickup.outlet, pickup.state.value, lines, pickup.history[-1][1])
