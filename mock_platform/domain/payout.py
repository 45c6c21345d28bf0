"""What a merchant gets: sales delivered, less the platform's fee, and deposits forfeited, settled in batches.

Delivered, not paid: nothing is refunded once it has been shipped, so what is settled is never refunded. A fee is worked
out once for each order line, on what the line is worth to its merchant, and rounded to the fen, half to even. A deposit
that was forfeited is no sale: it is the merchant's whole.

A batch is open while orders are marked with it, and closed for good with one statement for each merchant.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from mock_platform.domain.order import Order
from mock_platform.domain.rounding import half_even

BASIS_POINTS = 10_000
"""A fee of so many basis points is all of it."""


class Share(msgspec.Struct, frozen=True, gc=False):
    """One merchant's part of one order."""

    merchant: str
    gross_fen: int
    fee_fen: int

    @property
    def net_fen(self) -> int:
        return self.gross_fen - self.fee_fen


class BatchState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class Statement(msgspec.Struct, frozen=True, gc=False):
    """What one batch brings one merchant."""

    settlement: str
    merchant: str
    orders: int
    gross_fen: int
    fee_fen: int
    net_fen: int
    closed_at: float


class Batch(msgspec.Struct, frozen=True, gc=False):
    settlement: str
    opened_at: float
    state: BatchState = BatchState.OPEN
    orders: tuple[str, ...] = ()
    statements: tuple[Statement, ...] = ()


def fee_fen_of(worth_fen: int, fee_basis_points: int) -> int:
    """The platform's fee for a line that is worth so much to its merchant."""
    return half_even(worth_fen * fee_basis_points, BASIS_POINTS)


def shares_of(order: Order, fee_basis_points: int) -> tuple[Share, ...]:
    """Each merchant's part of an order, in the order of its lines; of one that was given up too late, the deposit."""
    if forfeited_fen := order.forfeited_fen:
        return (Share(order.lines[0].merchant, forfeited_fen, 0),)
    gross: dict[str, int] = {}
    fees: dict[str, int] = {}
    for line in order.lines:
        gross[line.merchant] = gross.get(line.merchant, 0) + line.merchant_fen
        fees[line.merchant] = fees.get(line.merchant, 0) + fee_fen_of(line.merchant_fen, fee_basis_points)
    return tuple(Share(merchant, gross_fen, fees[merchant]) for merchant, gross_fen in gross.items())


def closed(batch: Batch, orders: Iterable[Order], fee_basis_points: int, at: float) -> Batch:
    """The batch with these orders, those marked with it, and each merchant's statement by name."""
    names: list[str] = []
    sums: dict[str, list[int]] = {}
    for order in orders:
        names.append(order.order)
        for share in shares_of(order, fee_basis_points):
            total = sums.setdefault(share.merchant, [0, 0, 0])
            total[0] += 1
            total[1] += share.gross_fen
            total[2] += share.fee_fen
    statements = tuple(
        Statement(batch.settlement, merchant, count, gross_fen, fee_fen, gross_fen - fee_fen, at)
        for merchant, (count, gross_fen, fee_fen) in sorted(sums.items())
    )
    return Batch(batch.settlement, batch.opened_at, BatchState.CLOSED, tuple(names), statements)
