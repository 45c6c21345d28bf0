"""What a shop's answers are read into: small frozen values whose types refuse empty ids and negative money."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

Name = Annotated[str, Meta(min_length=1)]
"""An identifier, a title, a token: never empty."""
Fen = Annotated[int, Meta(ge=0)]
Price = Annotated[int, Meta(ge=1)]
Quantity = Annotated[int, Meta(ge=1)]
Count = Annotated[int, Meta(ge=0)]


class Session(Struct, frozen=True, gc=False):
    customer: Name
    token: Name
    expires_at: float


class Sku(Struct, frozen=True, gc=False):
    sku: Name
    title: Name
    category: Name
    merchant: Name
    price_fen: Price


class SkuDetail(Sku, frozen=True, gc=False):
    free: Count
    """Units still to be had when the page was made."""


class SkuPage(Struct, frozen=True, gc=False):
    skus: list[Sku]
    page: Annotated[int, Meta(ge=1)]
    pages: Count
    total: Count


class WantedLine(Struct, frozen=True, gc=False):
    """A line of an order as the buyer asks for it, at the price the buyer was shown."""

    sku: str
    quantity: int
    unit_price_fen: int


class CartLine(Struct, frozen=True, gc=False):
    sku: Name
    title: Name
    quantity: Quantity
    unit_price_fen: Price
    duty_fen: Fen = 0


class Cart(Struct, frozen=True, gc=False):
    lines: list[CartLine]
    total_fen: Fen

    def wanted(self) -> list[WantedLine]:
        """The whole cart as the lines of an order."""
        return [WantedLine(line.sku, line.quantity, line.unit_price_fen) for line in self.lines]


class FlashSale(Struct, frozen=True, gc=False):
    flash_sale: Name
    sku: Name
    title: Name
    price_fen: Price
    opens_at: float
    closes_at: float
    allotment: Count
    limit_per_buyer: Quantity
    state: Literal["upcoming", "open", "closed"]


class FlashSales(Struct, frozen=True, gc=False):
    flash_sales: list[FlashSale]


class OrderLine(Struct, frozen=True, gc=False):
    sku: Name
    quantity: Quantity
    unit_price_fen: Price
    merchant: Name
    discount_fen: Fen = 0
    duty_fen: Fen = 0


class Order(Struct, frozen=True, gc=False):
    order: Name
    buyer: Name
    state: Literal["placed", "deposited", "paid", "shipped", "delivered", "collected", "cancelled", "refunded"]
    payable_fen: Fen
    lines: list[OrderLine]
    flash_sale: Name | None
    placed_at: float
    pay_before: float


class Payment(Struct, frozen=True, gc=False):
    payment: Name
    order: Name
    amount_fen: Fen
    state: Literal["pending", "posted", "voided", "refunding", "refunded"]
    reason: str | None


class Waybill(Struct, frozen=True, gc=False):
    name: Name
    phone: Name
    address: Name


class ParcelLine(Struct, frozen=True, gc=False):
    sku: Name
    quantity: Quantity


class Parcel(Struct, frozen=True, gc=False):
    parcel: Name
    order: Name
    merchant: Name
    state: Name
    carrier: Name
    waybill: Waybill
    lines: list[ParcelLine]


class Parcels(Struct, frozen=True, gc=False):
    shipments: list[Parcel]
