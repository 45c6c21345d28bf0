"""The exported books' rows as typed values: what an audit reads of each table that every shop has."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from mock_platform.domain.order import LIVE, OrderState
from mock_platform.domain.payment import Instalment

History = list[tuple[str, float]]


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
    tender: str | None = None

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
