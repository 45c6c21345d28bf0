"""/orders: checkout, looking at one's orders, cancelling and asking for the money back. POST /orders is a hot path."""

from __future__ import annotations

from typing import Annotated

import msgspec
from aiohttp.hdrs import AUTHORIZATION

from mock_platform.api.listing import PageAsked
from mock_platform.api.route import Answer, Call, Route
from mock_platform.api.sessions import Sessions
from mock_platform.domain.cart import LINES_MAX, QUANTITY_MAX
from mock_platform.domain.imported import Imported
from mock_platform.domain.money import FEN_MAX
from mock_platform.domain.order import Order, OrderState, WantedLine
from mock_platform.domain.purchase import Purchase
from mock_platform.services.charging import Charging
from mock_platform.services.checkout import Checkout

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
COUPONS_MAX = 10
DEVICE = "X-Device-Id"
DEVICE_LENGTH_MAX = 100
REPLAYED = {"Idempotency-Replayed": "true"}


class LineAsked(WantedLine, frozen=True, gc=False, forbid_unknown_fields=True):
    """A line as the buyer asks for it, with the price they were shown."""

    sku: Annotated[str, msgspec.Meta(min_length=1, max_length=40, examples=["S0000001"])]
    quantity: Annotated[int, msgspec.Meta(ge=1, le=QUANTITY_MAX)]
    unit_price_fen: Annotated[int, msgspec.Meta(gt=0, lt=FEN_MAX)]


class PlaceOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    lines: Annotated[tuple[LineAsked, ...], msgspec.Meta(min_length=1, max_length=LINES_MAX)]
    flash_sale: Name | None = None
    presale: Name | None = None
    outlet: Name | None = None
    """Where it will be picked up; none: it is sent."""
    coupons: Annotated[tuple[Name, ...], msgspec.Meta(max_length=COUPONS_MAX)] = ()
    payable_fen: Annotated[int, msgspec.Meta(gt=0, lt=FEN_MAX)] | None = None
    """What the buyer was quoted, and will not pay another sum; none: whatever it comes to."""


class OrderedLine(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    sku: str
    quantity: int
    unit_price_fen: int
    merchant: str
    discount_fen: int = 0
    duty_fen: int = 0
    imported: Imported | None = None
    """Of goods from abroad: the price there and the rate it was turned into yuan at."""


class OrderView(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """An order as its buyer sees it; what does not concern it is left out."""

    order: str
    buyer: str
    state: OrderState
    payable_fen: int
    lines: tuple[OrderedLine, ...]
    flash_sale: str | None
    placed_at: float
    pay_before: float
    presale: str | None = None
    outlet: str | None = None
    coupons: tuple[str, ...] = ()
    deposit_fen: int = 0
    balance_opens_at: float | None = None
    balance_closes_at: float | None = None
    duty_fen: int = 0
    """Part of what is paid, for customs."""
    due_fen: int = 0
    """What the next payment is over: all of it, a deposit, or the balance."""
    forfeited_fen: int = 0
    """A deposit that is lost, since the order was given up too late."""


class OrderPage(msgspec.Struct, frozen=True):
    orders: tuple[OrderView, ...]
    page: int
    pages: int
    total: int


def view(order: Order) -> OrderView:
    lines = tuple(
        [
            OrderedLine(
                line.sku,
                line.quantity,
                line.unit_price_fen,
                line.merchant,
                line.discount_fen,
                line.duty_fen,
                line.imported,
            )
            for line in order.lines
        ]
    )
    return OrderView(
        order.order,
        order.buyer,
        order.state,
        order.payable_fen,
        lines,
        order.flash_sale,
        order.placed_at,
        order.pay_before,
        order.presale,
        order.outlet,
        order.coupons,
        order.deposit_fen,
        order.balance_opens_at,
        order.balance_closes_at,
        order.duty_fen if order.declared else 0,
        order.due_fen,
        order.forfeited_fen if order.deposit_fen else 0,
    )


class Orders:
    def __init__(self, checkout: Checkout, charging: Charging, sessions: Sessions) -> None:
        self._checkout = checkout
        self._charging = charging
        self._sessions = sessions

    async def place(self, call: Call) -> object:
        asked: PlaceOrder = call.body
        headers = call.request.headers
        device, session_at = headers.get(DEVICE, "")[:DEVICE_LENGTH_MAX], None
        if asked.flash_sale is not None:
            session_at = self._sessions.started_at(headers.get(AUTHORIZATION))
        purchase = Purchase(
            call.buyer,
            asked.lines,
            asked.flash_sale,
            asked.presale,
            asked.outlet,
            asked.coupons,
            device,
            session_at,
            asked.payable_fen,
        )
        order, replayed = await self._checkout.place(call.key, purchase)
        return Answer(view(order), REPLAYED) if replayed else view(order)

    async def list(self, call: Call) -> OrderPage:
        asked: PageAsked = call.query
        found = await self._checkout.orders_of(call.buyer, asked.page, asked.per_page)
        return OrderPage(tuple(view(order) for order in found.items), found.page, found.pages, found.total)

    async def show(self, call: Call) -> OrderView:
        return view(await self._checkout.order(call.buyer, call.path["order"]))

    async def cancel(self, call: Call) -> OrderView:
        return view(await self._checkout.cancel(call.buyer, call.path["order"]))

    async def refund(self, call: Call) -> object:
        order, replayed = await self._charging.refund(call.buyer, call.key, call.path["order"])
        return Answer(view(order), REPLAYED) if replayed else view(order)

    def routes(self) -> tuple[Route, ...]:
        return (
            Route(
                method="POST",
                path="/orders",
                handler=self.place,
                says="Place an order, at the prices the buyer was shown or not at all.",
                gives=OrderView,
                status=201,
                takes=PlaceOrder,
                keyed=True,
                refuses=(
                    *("unknown_sku", "not_found", "price_changed", "sold_out"),
                    *("mixed_origins", "order_limit", "yearly_limit", "customer_erased"),
                    *("sale_not_open", "sale_closed", "limit_per_buyer", "risk_rejected", "slow_down"),
                    *("unknown_coupon", "coupon_used", "coupon_not_applicable", "budget_spent"),
                ),
            ),
            Route(
                method="GET",
                path="/orders",
                handler=self.list,
                says="List the buyer's own orders, newest first.",
                gives=OrderPage,
                query=PageAsked,
            ),
            Route(
                method="GET",
                path="/orders/{order}",
                handler=self.show,
                says="Show one of the buyer's own orders.",
                gives=OrderView,
                refuses=("unknown_order",),
            ),
            Route(
                method="POST",
                path="/orders/{order}/cancellations",
                handler=self.cancel,
                says="Cancel an order that is not paid, once however often asked; in time, a deposit goes back.",
                gives=OrderView,
                refuses=("unknown_order", "illegal_transition"),
            ),
            Route(
                method="POST",
                path="/orders/{order}/refunds",
                handler=self.refund,
                says="Ask for the money back for an order that is paid and not yet shipped.",
                gives=OrderView,
                status=202,
                keyed=True,
                refuses=("unknown_order", "illegal_transition"),
            ),
        )
