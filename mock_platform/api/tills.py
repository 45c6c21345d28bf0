"""/outlets/{outlet}/sales: the till, which sells from the shelf that the web sells from too."""

from __future__ import annotations

from typing import Annotated

import msgspec

from mock_platform.api.clerk_sessions import own_outlet
from mock_platform.api.orders import REPLAYED, LineAsked
from mock_platform.api.route import Answer, Call, Route
from mock_platform.domain.cart import LINES_MAX
from mock_platform.domain.order import Order
from mock_platform.domain.outlet import Tender
from mock_platform.services.till_selling import TillSelling


class RingUp(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    lines: Annotated[tuple[LineAsked, ...], msgspec.Meta(min_length=1, max_length=LINES_MAX)]
    tender: Tender


class ReceiptLine(msgspec.Struct, frozen=True):
    sku: str
    quantity: int
    unit_price_fen: int


class Receipt(msgspec.Struct, frozen=True):
    """Paid and taken away."""

    order: str
    outlet: str
    lines: tuple[ReceiptLine, ...]
    paid_fen: int
    tender: str
    sold_at: float


class Tills:
    def __init__(self, till_selling: TillSelling) -> None:
        self._till_selling = till_selling

    async def sell(self, call: Call) -> object:
        asked: RingUp = call.body
        order, replayed = await self._till_selling.sell(own_outlet(call), call.key, asked.lines, asked.tender)
        return Answer(_receipt(order), REPLAYED) if replayed else _receipt(order)

    def routes(self) -> tuple[Route, ...]:
        return (
            Route(
                method="POST",
                path="/outlets/{outlet}/sales",
                handler=self.sell,
                says="Sell at the outlet's till, paid at once, at the prices on the shelf or not at all.",
                gives=Receipt,
                status=201,
                audience="clerks",
                takes=RingUp,
                keyed=True,
                refuses=("forbidden", "unknown_sku", "not_found", "price_changed", "sold_out"),
            ),
        )


def _receipt(order: Order) -> Receipt:
    lines = tuple(ReceiptLine(line.sku, line.quantity, line.unit_price_fen) for line in order.lines)
    return Receipt(order.order, order.outlet or "", lines, order.payable_fen, order.tender or "", order.placed_at)
