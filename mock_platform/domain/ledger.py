"""The double-entry ledger: every entry's legs sum to zero, or it cannot be built.

placed      receivable/<order> +payable     merchant/<merchant> -its lines     promotions +subsidy     duty -duty
deposited   bank +deposit                   receivable/<order> -deposit
paid        bank +balance                   receivable/<order> -balance      all, where there is no deposit
cancelled   placed, reversed
forfeited   receivable/<order> -balance     and the rest of placed, reversed   forfeits/<merchant> -deposit
refunded    bank -payable                   and the rest of placed, reversed: of a paid order
returned    bank -balance                   receivable/<order> +balance      what came too late, or in instalments;
                                                                             and deposit_returned likewise
till_sold   till/<outlet> +payable          merchant/<merchant> -its lines
settled     merchant/<merchant> +gross          payout/<merchant> -net            fees -fee
            forfeits/<merchant> +deposit        payout/<merchant> -deposit        of one that was given up too late
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from mock_platform.domain.order import Order
from mock_platform.domain.payout import Share

BANK = "bank"
PROMOTIONS = "promotions"
"""What the platform pays of discounts."""
DUTY = "duty"
"""What is collected for customs."""
FORFEITS = "forfeits/"
"""Deposits of buyers who gave up too late, by merchant."""
FEES = "fees"
"""What the platform keeps of its merchants' sales."""


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


def payout(merchant: str) -> str:
    """What is ready to be paid to a merchant."""
    return f"payout/{merchant}"


def _owed(order: Order, sign: int) -> list[Leg]:
    """The legs against what the buyer pays: to merchants and customs, less what the platform adds."""
    owed_fen: dict[str, int] = {}
    subsidy_fen = duty_fen = 0
    for line in order.lines:  # once for all three sums: every order passes here
        owed_fen[line.merchant] = owed_fen.get(line.merchant, 0) + line.merchant_fen
        subsidy_fen += line.subsidy_fen
        duty_fen += line.duty_fen
    legs = [Leg(f"merchant/{merchant}", sign * fen) for merchant, fen in owed_fen.items()]
    if subsidy_fen:
        legs.append(Leg(PROMOTIONS, -sign * subsidy_fen))
    if duty_fen:
        legs.append(Leg(DUTY, sign * duty_fen))
    return legs


def placed(order: Order, at: float) -> Entry:
    legs = (Leg(receivable(order.order), order.payable_fen), *_owed(order, -1))
    return Entry(f"{order.order}:placed", order.order, at, legs)


def deposited(order: Order, at: float) -> Entry:
    legs = (Leg(BANK, order.deposit_fen), Leg(receivable(order.order), -order.deposit_fen))
    return Entry(f"{order.order}:deposited", order.order, at, legs)


def paid(order: Order, at: float) -> Entry:
    balance_fen = order.balance_fen
    legs = (Leg(BANK, balance_fen), Leg(receivable(order.order), -balance_fen))
    return Entry(f"{order.order}:paid", order.order, at, legs)


def cancelled(order: Order, at: float) -> Entry:
    legs = (Leg(receivable(order.order), -order.payable_fen), *_owed(order, +1))
    return Entry(f"{order.order}:cancelled", order.order, at, legs)


def forfeited(order: Order, at: float) -> Entry:
    """The deposit stays with the merchant, but it is no sale."""
    kept = Leg(f"{FORFEITS}{order.lines[0].merchant}", -order.deposit_fen)
    legs = (Leg(receivable(order.order), -order.balance_fen), *_owed(order, +1), kept)
    return Entry(f"{order.order}:forfeited", order.order, at, legs)


def refunded(order: Order, at: float) -> Entry:
    legs = (Leg(BANK, -order.payable_fen), *_owed(order, +1))
    return Entry(f"{order.order}:refunded", order.order, at, legs)


def returned(order: Order, at: float) -> Entry:
    balance_fen = order.balance_fen
    legs = (Leg(BANK, -balance_fen), Leg(receivable(order.order), balance_fen))
    return Entry(f"{order.order}:returned", order.order, at, legs)


def deposit_returned(order: Order, at: float) -> Entry:
    legs = (Leg(BANK, -order.deposit_fen), Leg(receivable(order.order), order.deposit_fen))
    return Entry(f"{order.order}:deposit_returned", order.order, at, legs)


def till_sold(order: Order, till: str, at: float) -> Entry:
    """Paid as it is bought: the money is in the outlet's till, not at the bank."""
    return Entry(f"{order.order}:till_sold", order.order, at, (Leg(till, order.payable_fen), *_owed(order, -1)))


def settled(order: Order, shares: Sequence[Share], at: float) -> Entry:
    """What was owed to the merchants of a delivered order is theirs, less the fee; or what a buyer forfeited."""
    owed = FORFEITS if order.forfeited_fen else "merchant/"
    legs = [Leg(f"{owed}{share.merchant}", share.gross_fen) for share in shares]
    legs += [Leg(payout(share.merchant), -share.net_fen) for share in shares]
    if not order.forfeited_fen:
        legs.append(Leg(FEES, -sum([share.fee_fen for share in shares])))
    return Entry(f"{order.order}:settled", order.order, at, tuple(legs))
