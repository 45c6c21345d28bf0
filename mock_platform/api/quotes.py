"""/quotes: what an order would come to, line by line. One with its `payable_fen` is at that price or not at all."""

from __future__ import annotations

from typing import Annotated

import msgspec

from mock_platform.api.orders import COUPONS_MAX, LineAsked, Name
from mock_platform.api.route import Call, Route
from mock_platform.domain.cart import LINES_MAX
from mock_platform.domain.discount_split import Kind
from mock_platform.domain.purchase import Purchase, Terms
from mock_platform.services.checkout import Checkout


class AskQuote(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    lines: Annotated[tuple[LineAsked, ...], msgspec.Meta(min_length=1, max_length=LINES_MAX)]
    flash_sale: Name | None = None
    presale: Name | None = None
    outlet: Name | None = None
    coupons: Annotated[tuple[Name, ...], msgspec.Meta(max_length=COUPONS_MAX)] = ()


class QuotedLine(msgspec.Struct, frozen=True, gc=False):
    sku: str
    quantity: int
    unit_price_fen: int
    discount_fen: int
    duty_fen: int
    payable_fen: int


class QuotedDiscount(msgspec.Struct, frozen=True, gc=False):
    """A promotion or a coupon, what it takes off, and the SKUs over which that is split."""

    source: str
    kind: Kind
    off_fen: int
    skus: tuple[str, ...]


class Quote(msgspec.Struct, frozen=True, gc=False):
    lines: tuple[QuotedLine, ...]
    discounts: tuple[QuotedDiscount, ...]
    """In the order in which they are taken off, each worked out on what the last one left."""
    discount_fen: int
    payable_fen: int
    deposit_fen: int


def view(terms: Terms) -> Quote:
    lines = tuple(
        QuotedLine(line.sku, line.quantity, line.unit_price_fen, line.discount_fen, line.duty_fen, line.total_fen)
        for line in terms.lines
    )
    discounts = tuple(QuotedDiscount(each.source, each.kind, each.off_fen, each.skus) for each in terms.deductions)
    return Quote(
        lines,
        discounts,
        sum(line.discount_fen for line in lines),
        sum(line.payable_fen for line in lines),
        terms.deposit_fen,
    )


class Quotes:
    def __init__(self, checkout: Checkout) -> None:
        self._checkout = checkout

    async def quote(self, call: Call) -> Quote:
        asked: AskQuote = call.body
        wish = Purchase(call.buyer, asked.lines, asked.flash_sale, asked.presale, asked.outlet, asked.coupons)
        return view(await self._checkout.quote(wish))

    def routes(self) -> tuple[Route, ...]:
        return (
            Route(
                method="POST",
                path="/quotes",
                handler=self.quote,
                says="Work out what an order would cost now; nothing is kept, nothing is set aside.",
                gives=Quote,
                takes=AskQuote,
                refuses=(
                    *("unknown_sku", "not_found", "price_changed", "sale_not_open", "sale_closed"),
                    *("mixed_origins", "order_limit", "yearly_limit"),
                    *("unknown_coupon", "coupon_used", "coupon_not_applicable", "budget_spent"),
                ),
            ),
        )
