"""An order as one of its merchants may see it: that merchant's own lines, and a buyer whom nobody could name."""

from __future__ import annotations

import msgspec

from mock_platform.domain.order import Order, OrderState

SHOWN = 2
"""Characters of a buyer's id at either end: enough to tell a regular, too few to tell who it is."""


class SoldLine(msgspec.Struct, frozen=True, gc=False):
    sku: str
    quantity: int
    unit_price_fen: int
    discount_fen: int
    due_fen: int
    """What the merchant gets for the line, before fees."""


class MerchantSale(msgspec.Struct, frozen=True, gc=False):
    order: str
    buyer: str
    """Masked."""
    state: OrderState
    placed_at: float
    lines: tuple[SoldLine, ...]
    due_fen: int
    settlement: str | None
    """The batch that settled it; None: not settled yet."""


def masked_buyer(buyer: str) -> str:
    """'C0000123' -> 'C0****23'; a short id is hidden whole."""
    if len(buyer) < 3 * SHOWN:
        return "*" * len(buyer)
    return f"{buyer[:SHOWN]}{'*' * (len(buyer) - 2 * SHOWN)}{buyer[-SHOWN:]}"


def sale_of(order: Order, merchant: str) -> MerchantSale:
    """The merchant's part of an order. Without a line of theirs there is nothing in it."""
    lines = tuple(
        SoldLine(line.sku, line.quantity, line.unit_price_fen, line.discount_fen, line.merchant_fen)
        for line in order.lines
        if line.merchant == merchant
    )
    due_fen = sum(line.due_fen for line in lines)
    return MerchantSale(
        order.order, masked_buyer(order.buyer), order.state, order.placed_at, lines, due_fen, order.settlement
    )
