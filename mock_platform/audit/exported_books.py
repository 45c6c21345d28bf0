"""The books under audit: the snapshot's rows as typed values, and the indexes the rules share.

Only shapes are checked here. A row that contradicts another is a finding; a row that cannot be read is an AuditError.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar

import msgspec

from mock_platform.audit.evidence import Evidence, Scan, scan
from mock_platform.audit.exported_rows import AllocationRow, BankRow, OrderRow, ParcelRow, PaymentRow, Rows
from mock_platform.domain.events import Event, OrderCancelled, OrderPaid, RefundRequested
from mock_platform.domain.payment import Instalment, PaymentState

SCHEMA = 1

R = TypeVar("R")
T = TypeVar("T", bound=msgspec.Struct)

Finding = tuple[str, str]
"""What is wrong (SKU and place, order, key, ...) and the sentence that says so with its figures."""


class AuditError(Exception):
    """A snapshot that cannot be audited; the message is one sentence."""


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
