"""The double-entry ledger: every entry's legs sum to zero, or it cannot be built.

placed      receivable/<order> +payable     merchant/<merchant> -its lines     promotions +subsidy     duty -duty
paid        bank +payable                   receivable/<order> -payable
cancelled   placed, reversed
refunded    bank -payable                   and the rest of placed, reversed: of a paid order
returned    bank -payable                   receivable/<order> +payable       money that came too late
"""

from __future__ import annotations

import msgspec

from mock_platform.domain.order import Order

BANK = "bank"
PROMOTIONS = "promotions"
"""What the platform pays of discounts."""
DUTY = "duty"
"""What is collected for customs."""


class Leg(msgspec.Struct, frozen=True, gc=False):
    account: str
    amount_fen: int


class Entry(msgspec.Struct, frozen=True, gc=False):
    entry: str
    order: str
    at: float
    legs: tuple[Leg, ...]

    def __post_init__(self) -> None:
        balance_fen = 0
        for leg in self.legs:
            balance_fen += leg.amount_fen
        if balance_fen or not self.legs:
            raise ValueError(f"entry {self.entry} is off by {balance_fen} fen")


def receivable(order: str) -> str:
    return f"receivable/{order}"


def _owed(order: Order, sign: int) -> list[Leg]:
    """The legs against what the buyer pays: to merchants and customs, less what the platform adds."""
    legs = [Leg(f"merchant/{merchant}", sign * fen) for merchant, fen in order.merchant_totals_fen().items()]
    if subsidy_fen := order.subsidy_fen:
        legs.append(Leg(PROMOTIONS, -sign * subsidy_fen))
    if duty_fen := order.duty_fen:
        legs.append(Leg(DUTY, sign * duty_fen))
    return legs


def placed(order: Order, at: float) -> Entry:
    legs = (Leg(receivable(order.order), order.payable_fen), *_owed(order, -1))
    return Entry(f"{order.order}:placed", order.order, at, legs)


def paid(order: Order, at: float) -> Entry:
    legs = (Leg(BANK, order.payable_fen), Leg(receivable(order.order), -order.payable_fen))
    return Entry(f"{order.order}:paid", order.order, at, legs)


def cancelled(order: Order, at: float) -> Entry:
    legs = (Leg(receivable(order.order), -order.payable_fen), *_owed(order, +1))
    return Entry(f"{order.order}:cancelled", order.order, at, legs)


def refunded(order: Order, at: float) -> Entry:
    legs = (Leg(BANK, -order.payable_fen), *_owed(order, +1))
    return Entry(f"{order.order}:refunded", order.order, at, legs)


def returned(order: Order, at: float) -> Entry:
    legs = (Leg(BANK, -order.payable_fen), Leg(receivable(order.order), order.payable_fen))
    return Entry(f"{order.order}:returned", order.order, at, legs)
