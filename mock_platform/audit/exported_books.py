"""The books under audit: the snapshot's rows as typed values, and the indexes the rules share.

Only shapes are checked here. A row that contradicts another is a finding; a row that cannot be read is an AuditError.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from functools import cached_property
from typing import Any, Literal, TypeVar

import msgspec

from mock_platform.audit.evidence import Evidence, Scan, scan
from mock_platform.domain.events import Event, OrderCancelled, OrderPaid, RefundRequested
from mock_platform.domain.order import LIVE, OrderState
from mock_platform.domain.payment import Instalment, PaymentState

SCHEMA = 1

R = TypeVar("R")
T = TypeVar("T", bound=msgspec.Struct)

Finding = tuple[str, str]
"""What is wrong (SKU and place, order, key, ...) and the sentence that says so with its figures."""

History = list[tuple[str, float]]


class AuditError(Exception):
    """A snapshot that cannot be audited; the message is one sentence."""


class Row(msgspec.Struct, frozen=True, gc=False):
    """Fields an audit does not know are none of its business, but for personal data: see `privacy_rules`."""


class StockRow(Row, frozen=True, gc=False):
    sku: str
    place: str
    initial: int
    restocked: int
    free: int
    held: int
    sold: int

    @property
    def supply(self) -> int:
        return self.initial + self.restocked


class AllocationRow(Row, frozen=True, gc=False):
    order: str
    buyer: str
    sku: str
    place: str
    quantity: int
    state: Literal["held", "sold"]
    expires_at: float


class FlashSaleRow(Row, frozen=True, gc=False):
    flash_sale: str
    sku: str
    place: str
    allotment: int
    limit_per_buyer: int


class LineRow(Row, frozen=True, gc=False):
    sku: str
    place: str
    quantity: int
    unit_price_fen: int
    merchant: str
    discount_fen: int = 0
    subsidy_fen: int = 0
    duty_fen: int = 0

    @property
    def total_fen(self) -> int:
        """What the buyer pays for the line."""
        return self.quantity * self.unit_price_fen - self.discount_fen + self.duty_fen

    @property
    def merchant_fen(self) -> int:
        """What the line is worth to its merchant, before fees."""
        return self.quantity * self.unit_price_fen - self.discount_fen + self.subsidy_fen


class OrderRow(Row, frozen=True, gc=False):
    order: str
    buyer: str
    key: str
    state: str
    payable_fen: int
    flash_sale: str | None
    placed_at: float
    lines: list[LineRow]
    history: History
    presale: str | None = None
    outlet: str | None = None
    coupons: list[str] = []
    deposit_fen: int = 0
    balance_closes_at: float | None = None
    refundable_until: float | None = None
    declared: bool = False
    settlement: str | None = None

    @property
    def is_live(self) -> bool:
        return self.state in LIVE

    @property
    def is_given_up(self) -> bool:
        """Whether a deposit was paid, and then no balance."""
        return self.state == OrderState.CANCELLED and any(step == OrderState.DEPOSITED for step, _ in self.history)

    @property
    def is_forfeited(self) -> bool:
        """Whether it was given up too late to have the deposit back."""
        return self.is_given_up and (self.refundable_until is None or self.history[-1][1] >= self.refundable_until)


class PaymentRow(Row, frozen=True, gc=False):
    payment: str
    order: str
    buyer: str
    key: str
    amount_fen: int
    state: str
    history: History
    instalment: str = Instalment.WHOLE


class BankRow(Row, frozen=True, gc=False):
    payment: str
    order: str
    captures: int
    captured_fen: int
    refunded_fen: int


class ParcelLineRow(Row, frozen=True, gc=False):
    sku: str
    quantity: int


class ParcelRow(Row, frozen=True, gc=False):
    parcel: str
    order: str
    merchant: str
    state: str
    lines: list[ParcelLineRow]
    history: History


class LegRow(Row, frozen=True, gc=False):
    account: str
    amount_fen: int


class EntryRow(Row, frozen=True, gc=False):
    entry: str
    order: str
    legs: list[LegRow]


class KeyRow(Row, frozen=True, gc=False):
    key: str
    buyer: str
    state: Literal["claimed", "finished"]
    order: str | None
    refusal: Any


class EventRow(Row, frozen=True, gc=False):
    event: str
    kind: str
    order: str


class PendingRows(Row, frozen=True, gc=False):
    events: list[EventRow]
    payments: int
    holds: int


class SettingsRow(Row, frozen=True, gc=False):
    grace_s: float


class Rows(msgspec.Struct, frozen=True):
    """A snapshot as the audit reads it."""

    schema: int
    taken_at: float
    settings: SettingsRow
    stock: list[StockRow]
    allocations: list[AllocationRow]
    flash_sales: list[FlashSaleRow]
    orders: list[OrderRow]
    payments: list[PaymentRow]
    bank: list[BankRow]
    parcels: list[ParcelRow]
    ledger: list[EntryRow]
    keys: list[KeyRow]
    pending: PendingRows


class Books:
    """One snapshot's rows and the indexes over them. Raises AuditError if the snapshot cannot be read."""

    def __init__(self, snapshot: dict[str, Any], evidence: Evidence | None = None) -> None:
        schema = snapshot.get("schema") if isinstance(snapshot, dict) else None
        if schema is not None and schema != SCHEMA:
            raise AuditError(f"The snapshot cannot be audited: its schema is {schema!r}, this audit reads {SCHEMA}.")
        try:
            self.rows = msgspec.convert(snapshot, Rows)
        except msgspec.ValidationError as error:
            raise AuditError(f"The snapshot cannot be audited: {error}.") from error
        self.snapshot = snapshot
        self.evidence = evidence
        self._tables: dict[tuple[str, type], list[Any]] = {}

    def table(self, name: str, row: type[T]) -> list[T]:
        """A table that one system of the shop adds to the snapshot; AuditError if it cannot be read."""
        if (name, row) not in self._tables:
            try:
                self._tables[name, row] = msgspec.convert(self.snapshot.get(name, []), list[row])  # type: ignore[valid-type]
            except msgspec.ValidationError as error:
                raise AuditError(f"The snapshot's {name} cannot be audited: {error}.") from error
        return self._tables[name, row]

    @cached_property
    def scan(self) -> Scan:
        """Where a customer's data stands in the clear, as far as there is evidence."""
        return scan(self.snapshot, self.evidence)

    @cached_property
    def orders(self) -> dict[str, OrderRow]:
        return {order.order: order for order in self.rows.orders}

    @cached_property
    def allocations_by_order(self) -> dict[str, list[AllocationRow]]:
        return _grouped(self.rows.allocations, lambda allocation: allocation.order)

    @cached_property
    def payments(self) -> dict[str, PaymentRow]:
        return {payment.payment: payment for payment in self.rows.payments}

    def instalment(self, payment: str) -> str:
        """What of its order's price a payment is over."""
        known = self.payments.get(payment)
        return Instalment.WHOLE if known is None else known.instalment

    @cached_property
    def payments_by_order(self) -> dict[str, list[PaymentRow]]:
        return _grouped(self.rows.payments, lambda payment: payment.order)

    @cached_property
    def bank(self) -> dict[str, BankRow]:
        return {row.payment: row for row in self.rows.bank}

    @cached_property
    def bank_by_order(self) -> dict[str, list[BankRow]]:
        return _grouped(self.rows.bank, lambda row: row.order)

    @cached_property
    def parcels_by_order(self) -> dict[str, list[ParcelRow]]:
        return _grouped(self.rows.parcels, lambda parcel: parcel.order)

    @cached_property
    def balances_fen(self) -> dict[tuple[str, str], int]:
        """What the ledger entries of each (order, account) sum to."""
        balances: defaultdict[tuple[str, str], int] = defaultdict(int)
        for entry in self.rows.ledger:
            for leg in entry.legs:
                balances[entry.order, leg.account] += leg.amount_fen
        return dict(balances)

    @cached_property
    def _pending(self) -> frozenset[tuple[str, str]]:
        return frozenset((event.kind, event.order) for event in self.rows.pending.events)

    def awaits(self, order: str, *events: type[Event]) -> bool:
        """Whether one of these events of the order is still to be acted on."""
        return any((event.kind, order) in self._pending for event in events)

    def awaits_parcels(self, order: str) -> bool:
        return self.awaits(order, OrderPaid)

    def awaits_stock(self, order: str) -> bool:
        """Whether the units of an ended order are still on their way back."""
        return self.awaits(order, OrderCancelled, RefundRequested)

    def awaits_refund(self, order: str) -> bool:
        """Whether the bank was asked for the order's money back, or will be."""
        return self.awaits(order, RefundRequested) and any(
            payment.state == PaymentState.REFUNDING for payment in self.payments_by_order.get(order, ())
        )

    def awaits_bank(self, order: str) -> bool:
        """Whether the bank's word on a payment of the order has yet to be heard."""
        return self.rows.pending.payments > 0 and any(
            payment.state == PaymentState.PENDING for payment in self.payments_by_order.get(order, ())
        )

    def is_overdue(self, allocation: AllocationRow) -> bool:
        """Whether expiry should have settled this hold by now: sold it if there is an order, else released it."""
        return allocation.state == "held" and allocation.expires_at + self.rows.settings.grace_s < self.rows.taken_at


def _grouped(rows: list[R], order_of: Callable[[R], str]) -> dict[str, list[R]]:
    groups: defaultdict[str, list[R]] = defaultdict(list)
    for row in rows:
        groups[order_of(row)].append(row)
    return dict(groups)
