"""What a shopper may ask of the mock platform, as a table: each operation's status, answer and refusals.

An operation's name is its Locust name, and so the `operation` of every histogram, threshold and metric.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from msgspec import Struct
from msgspec.json import Decoder

from loadtests.shop.answers import Cart, FlashSales, Order, Parcels, Payment, Session, SkuDetail, SkuPage

T = TypeVar("T")

REFUSAL_STATUS: Mapping[str, frozenset[int]] = {
    "sold_out": frozenset({409}),
    "price_changed": frozenset({409}),
    "sale_not_open": frozenset({409}),
    "sale_closed": frozenset({409}),
    "limit_per_buyer": frozenset({409}),
    "balance_not_open": frozenset({409}),
    "balance_closed": frozenset({409}),
    "already_paid": frozenset({409}),
    "mixed_origins": frozenset({409}),
    "order_limit": frozenset({409}),
    "yearly_limit": frozenset({409}),
    "request_in_progress": frozenset({409}),
    "illegal_transition": frozenset({409}),
    "coupon_used": frozenset({409}),
    "coupon_not_applicable": frozenset({409}),
    "budget_spent": frozenset({409}),
    "not_admitted": frozenset({409}),
    "listing_limit": frozenset({409}),
    "risk_rejected": frozenset({403}),
    "slow_down": frozenset({429}),
    "unknown_code": frozenset({404}),
    "customer_erased": frozenset({410}),
    "too_many_exports": frozenset({429}),
    "too_many_codes": frozenset({429}),
    "overloaded": frozenset({429, 503}),
    "rate_limited": frozenset({429}),
}
"""A refusal counts only with its own status: a shop that says `sold_out` with a 500 is broken."""

HUNG_UP = "hung_up"
"""Not the shop's word but the buyer's own: walked away from an open request on purpose."""

BUSY = frozenset({"overloaded", "rate_limited"})
"""The shop defends itself: any operation may be refused so."""

COME_AGAIN = BUSY | {"request_in_progress", HUNG_UP}
"""Says nothing lasting: the same request with the same key is worth another try."""


@dataclass(frozen=True, slots=True)
class Operation(Generic[T]):
    """One row of the table. `method` follows from the name."""

    name: str
    status: int
    decoder: Decoder[T]
    refusals: frozenset[str] = BUSY
    method: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "method", self.name.split()[0])


class ErrorDetail(Struct, frozen=True, gc=False):
    code: str
    message: str = ""


class ErrorAnswer(Struct, frozen=True, gc=False):
    error: ErrorDetail


ERROR = Decoder(ErrorAnswer)

SIGN_IN = Operation("POST /customers/sessions", 201, Decoder(Session))
BROWSE = Operation("GET /skus", 200, Decoder(SkuPage))
SEARCH = Operation("GET /skus?q=", 200, Decoder(SkuPage))
VIEW = Operation("GET /skus/{sku}", 200, Decoder(SkuDetail))
OPEN_CART = Operation("GET /carts/mine", 200, Decoder(Cart))
ADD_TO_CART = Operation("PUT /carts/mine/lines/{sku}", 200, Decoder(Cart))
FLASH_SALES = Operation("GET /flash-sales", 200, Decoder(FlashSales))
ORDER = Operation(
    "POST /orders",
    201,
    Decoder(Order),
    BUSY
    | {
        "sold_out",
        "price_changed",
        "sale_not_open",
        "sale_closed",
        "limit_per_buyer",
        "risk_rejected",
        "slow_down",
        "request_in_progress",
    },
)
PAY = Operation("POST /payments", 202, Decoder(Payment), BUSY | {"request_in_progress"})
PAY_LATE = Operation("POST /payments", 202, Decoder(Payment), PAY.refusals | {"illegal_transition"})
"""After `pay_before` the order may be gone, and the shop may say so."""
PAYMENT = Operation("GET /payments/{payment}", 200, Decoder(Payment))
MY_ORDER = Operation("GET /orders/{order}", 200, Decoder(Order))
TRACK = Operation("GET /shipments", 200, Decoder(Parcels))
