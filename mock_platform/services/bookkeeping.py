"""Bookkeeping: the platform's books at one instant, for the audit and for those who wait until nothing moves."""

from __future__ import annotations

import gc
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from mock_platform.domain.books import OrderBooks, StockBooks
from mock_platform.domain.events import Event
from mock_platform.domain.flash_sale import FlashSale
from mock_platform.domain.idempotency import KeyRecord
from mock_platform.domain.order import Order
from mock_platform.domain.payment import StatementLine
from mock_platform.domain.shipment import Parcel
from mock_platform.protocols import Bank, CatalogueStore, Clock, OrderStore, StockStore

SCHEMA = 1

Tables = Callable[[], Awaitable[Mapping[str, list[dict[str, Any]]]]]
Moving = Callable[[], Awaitable[Mapping[str, int]]]


class Bookkeeping:
    """`grace_s`: how much longer than it should something may take to settle before the audit calls it stuck.

    `tables` are the rows of the shop's other systems, `moving` what still moves in them.
    """

    def __init__(
        self,
        *,
        stock: StockStore,
        orders: OrderStore,
        catalogue: CatalogueStore,
        bank: Bank,
        clock: Clock,
        boot: str,
        hold_s: float,
        payment_window_s: float,
        grace_s: float,
        tables: Sequence[Tables] = (),
        moving: Sequence[Moving] = (),
    ) -> None:
        self._stock = stock
        self._orders = orders
        self._catalogue = catalogue
        self._bank = bank
        self._clock = clock
        self._boot = boot
        self._tables = tuple(tables)
        self._moving = tuple(moving)
        self._settings = {"hold_s": hold_s, "payment_window_s": payment_window_s, "grace_s": grace_s}

    async def snapshot(self) -> dict[str, Any]:
        """The books as plain data, ready for JSON. With the memory engines nothing suspends: it is one instant."""
        stock = await self._stock.books()
        orders = await self._orders.books()
        sales = await self._catalogue.flash_sales()
        statement = await self._bank.statement()
        counts = await self._counts()
        others = [await rows() for rows in self._tables]
        with _no_collections():
            return {
                "schema": SCHEMA,
                "taken_at": self._clock(),
                "boot": self._boot,
                "settings": dict(self._settings),
                **_stock_rows(stock),
                "flash_sales": [_sale_row(sale) for sale in sales],
                **_order_rows(orders),
                "bank": [_statement_row(line) for line in statement],
                **{name: rows for tables in others for name, rows in tables.items()},
                "pending": {"events": _event_rows(orders.events), **counts},
            }

    async def pending(self) -> dict[str, int]:
        """`events`, `payments` and `holds` that still move. Cheap."""
        return {"events": (await self._orders.under_way()).events, **await self._counts()}

    async def moving(self) -> dict[str, int]:
        """What still moves in the shop's other systems, by kind. Cheap."""
        return {kind: count for moving in self._moving for kind, count in (await moving()).items()}

    async def _counts(self) -> dict[str, int]:
        moving = await self._orders.under_way()
        return {"payments": moving.payments, "holds": await self._stock.held_orders()}


@contextmanager
def _no_collections() -> Iterator[None]:
    """A million small rows and no garbage among them: looking for some took twice as long as making them."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _stock_rows(books: StockBooks) -> dict[str, Any]:
    return {
        "stock": [
            {
                "sku": shelf.sku,
                "place": shelf.place,
                "initial": shelf.initial,
                "restocked": shelf.restocked,
                "free": shelf.free,
                "held": shelf.held,
                "sold": shelf.sold,
            }
            for shelf in books.shelves
        ],
        "allocations": [
            {
                "order": hold.order,
                "buyer": hold.buyer,
                "sku": units.sku,
                "place": units.place,
                "quantity": units.quantity,
                "state": hold.state.value,
                "expires_at": hold.expires_at,
            }
            for hold in books.holds
            for units in hold.units
        ],
    }


def _order_rows(books: OrderBooks) -> dict[str, Any]:
    return {
        "orders": [_order_row(order) for order in books.orders],
        "payments": [
            {
                "payment": payment.payment,
                "order": payment.order,
                "buyer": payment.buyer,
                "key": payment.key,
                "amount_fen": payment.amount_fen,
                "instalment": payment.instalment.value,
                "state": payment.state.value,
                "history": _history(payment.history),
            }
            for payment in books.payments
        ],
        "parcels": [_parcel_row(parcel) for parcel in books.parcels],
        "ledger": [
            {
                "entry": entry.entry,
                "order": entry.order,
                "at": entry.at,
                "legs": [{"account": leg.account, "amount_fen": leg.amount_fen} for leg in entry.legs],
            }
            for entry in books.entries
        ],
        "keys": [_key_row(key) for key in books.keys],
    }


def _order_row(order: Order) -> dict[str, Any]:
    return {
        "order": order.order,
        "buyer": order.buyer,
        "key": order.key,
        "state": order.state.value,
        "payable_fen": order.payable_fen,
        "flash_sale": order.flash_sale,
        "presale": order.presale,
        "outlet": order.outlet,
        "coupons": list(order.coupons),
        "deposit_fen": order.deposit_fen,
        "balance_closes_at": order.balance_closes_at,
        "refundable_until": order.refundable_until,
        "declared": order.declared,
        "settlement": order.settlement,
        "tender": order.tender,
        "placed_at": order.placed_at,
        "lines": [
            {
                "sku": line.sku,
                "place": line.place,
                "quantity": line.quantity,
                "unit_price_fen": line.unit_price_fen,
                "merchant": line.merchant,
                "discount_fen": line.discount_fen,
                "subsidy_fen": line.subsidy_fen,
                "duty_fen": line.duty_fen,
            }
            for line in order.lines
        ],
        "history": _history(order.history),
    }


def _parcel_row(parcel: Parcel) -> dict[str, Any]:
    waybill = parcel.waybill
    return {
        "parcel": parcel.parcel,
        "order": parcel.order,
        "merchant": parcel.merchant,
        "warehouse": parcel.warehouse,
        "city": parcel.city,
        "waybill": {"name": waybill.name, "phone": waybill.phone, "address": waybill.address},
        "state": parcel.state.value,
        "lines": [{"sku": line.sku, "quantity": line.quantity} for line in parcel.lines],
        "history": _history(parcel.history),
    }


def _sale_row(sale: FlashSale) -> dict[str, Any]:
    return {
        "flash_sale": sale.flash_sale,
        "sku": sale.sku,
        "place": sale.place,
        "price_fen": sale.price_fen,
        "allotment": sale.allotment,
        "limit_per_buyer": sale.limit_per_buyer,
        "opens_at": sale.opens_at,
        "closes_at": sale.closes_at,
    }


def _statement_row(line: StatementLine) -> dict[str, Any]:
    return {
        "payment": line.payment,
        "order": line.order,
        "captures": line.captures,
        "captured_fen": line.captured_fen,
        "refunded_fen": line.refunded_fen,
    }


def _key_row(key: KeyRecord) -> dict[str, Any]:
    return {
        "key": key.key,
        "buyer": key.buyer,
        "state": "finished" if key.is_finished else "claimed",
        "order": key.subject,
        "refusal": key.refusal.code if key.refusal else None,
    }


def _event_rows(events: Sequence[Event]) -> list[dict[str, str]]:
    return [{"event": event.event, "kind": event.kind, "order": event.order} for event in events]


def _history(history: Sequence[tuple[str, float]]) -> list[list[str | float]]:
    return [[state, at] for state, at in history]
