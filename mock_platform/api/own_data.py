"""/customers/me/exports and /customers/me/erasures: a customer takes their own data along, or has it forgotten."""

from __future__ import annotations

import msgspec

from mock_platform.api.route import Answer, Call, Route
from mock_platform.domain.order import Order
from mock_platform.services.data_protection import ORDERS_SHOWN, DataProtection

REPLAYED = {"Idempotency-Replayed": "true"}


class OrderSummary(msgspec.Struct, frozen=True):
    order: str
    state: str
    payable_fen: int
    placed_at: float


class ExportView(msgspec.Struct, frozen=True):
    """The caller's own data, in the clear."""

    export: str
    made_at: float
    customer: str
    name: str
    phone: str
    city: str
    address: str
    orders: tuple[OrderSummary, ...]
    orders_total: int

    def __repr__(self) -> str:
        return f"ExportView({self.export})"


class ErasureView(msgspec.Struct, frozen=True):
    erasure: str
    customer: str
    erased_at: float


def _summary(order: Order) -> OrderSummary:
    return OrderSummary(order.order, order.state.value, order.payable_fen, order.placed_at)


class OwnData:
    def __init__(self, protection: DataProtection) -> None:
        self._protection = protection

    async def export(self, call: Call) -> Answer:
        made, replayed = await self._protection.export(call.buyer, call.key)
        clear = made.customer
        orders = tuple(_summary(order) for order in made.orders)
        body = ExportView(
            made.export,
            made.made_at,
            clear.customer,
            clear.name,
            clear.phone,
            clear.city,
            clear.address,
            orders,
            made.orders_total,
        )
        # Nothing on the way may keep a copy of it.
        return Answer(body, {"Cache-Control": "no-store", **(REPLAYED if replayed else {})})

    async def erase(self, call: Call) -> Answer:
        erased, replayed = await self._protection.erase(call.buyer, call.key)
        return Answer(ErasureView(erased.erasure, erased.customer, erased.erased_at), REPLAYED if replayed else {})

    def routes(self) -> tuple[Route, ...]:
        return (
            Route(
                method="POST",
                path="/customers/me/exports",
                handler=self.export,
                says=f"Give the caller's own data in the clear, with their latest {ORDERS_SHOWN} orders; it is logged.",
                gives=ExportView,
                status=201,
                keyed=True,
                refuses=("unknown_customer", "customer_erased", "too_many_exports"),
            ),
            Route(
                method="POST",
                path="/customers/me/erasures",
                handler=self.erase,
                says="Forget the caller's name, phone, address and cart for good; orders stay without them.",
                gives=ErasureView,
                status=201,
                keyed=True,
                refuses=("unknown_customer", "customer_erased"),
            ),
        )
