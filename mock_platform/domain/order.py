"""An order: what was bought at which price, and the only ways it may go.

placed --> paid --> shipped --> delivered
   |  |     ^ |----> refunded
   |  |     | `----> collected    picked up in an outlet, or bought at its till
   |  |     |
   |  `--> deposited              a presale: the deposit is paid, the balance is not
   |        |
   `--------`--> cancelled
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from mock_platform.domain.cart import LINES_MAX, check_quantity
from mock_platform.domain.discount_split import Deduction
from mock_platform.domain.errors import IllegalTransition, MalformedRequest
from mock_platform.domain.imported import Imported
from mock_platform.domain.money import positive_fen
from mock_platform.domain.reservation import Units


class OrderState(StrEnum):
    PLACED = "placed"
    DEPOSITED = "deposited"
    PAID = "paid"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    COLLECTED = "collected"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"


PLACED = OrderState.PLACED
"""Under a name of its own for hot paths: up to Python 3.11, looking into an enumeration takes as long as a call."""
MOVES: dict[OrderState, frozenset[OrderState]] = {
    OrderState.PLACED: frozenset({OrderState.PAID, OrderState.DEPOSITED, OrderState.CANCELLED}),
    OrderState.DEPOSITED: frozenset({OrderState.PAID, OrderState.CANCELLED}),
    OrderState.PAID: frozenset({OrderState.SHIPPED, OrderState.COLLECTED, OrderState.REFUNDED}),
    OrderState.SHIPPED: frozenset({OrderState.DELIVERED}),
    OrderState.DELIVERED: frozenset(),
    OrderState.COLLECTED: frozenset(),
    OrderState.CANCELLED: frozenset(),
    OrderState.REFUNDED: frozenset(),
}
FULFILLED = frozenset({OrderState.DELIVERED, OrderState.COLLECTED})
"""The buyer has the goods: nothing is refunded any more, and the merchants get their due."""
LIVE = FULFILLED | {OrderState.PLACED, OrderState.DEPOSITED, OrderState.PAID, OrderState.SHIPPED}
"""Orders whose units are sold; the others' units are free again."""


class WantedLine(msgspec.Struct, frozen=True, gc=False):
    """A line as the buyer asks for it, with the price they were shown."""

    sku: str
    quantity: int
    unit_price_fen: int


class Line(msgspec.Struct, frozen=True, gc=False):
    sku: str
    place: str
    quantity: int
    unit_price_fen: int
    merchant: str
    discount_fen: int = 0
    """All discounts on the line together."""
    subsidy_fen: int = 0
    """The part of the discount that the platform pays, so that the merchant still gets it."""
    duty_fen: int = 0
    imported: Imported | None = None
    """What the price was made from, for goods from abroad."""

    @property
    def total_fen(self) -> int:
        """What the buyer pays for the line."""
        return self.quantity * self.unit_price_fen - self.discount_fen + self.duty_fen

    @property
    def merchant_fen(self) -> int:
        """What the line is worth to its merchant, before fees."""
        return self.quantity * self.unit_price_fen - self.discount_fen + self.subsidy_fen


class Order(msgspec.Struct, frozen=True, gc=False):
    """Payments and parcels hang on their order: they change only together with it, so its version guards them all."""

    order: str
    buyer: str
    key: str
    lines: tuple[Line, ...]
    payable_fen: int
    flash_sale: str | None
    placed_at: float
    pay_before: float
    state: OrderState
    history: tuple[tuple[str, float], ...]
    payment: str | None = None
    """The one payment under way or done; a declined one cancels the order, so there is never a second.

    Of a presale: the deposit's, then none until the buyer pays the balance; a declined balance may be tried again.
    """
    presale: str | None = None
    outlet: str | None = None
    coupons: tuple[str, ...] = ()
    deposit_fen: int = 0
    balance_opens_at: float | None = None
    balance_closes_at: float | None = None
    refundable_until: float | None = None
    """Who gives a presale up before then gets the deposit back; from then on it is forfeited."""
    declared: bool = False
    """Whether customs must clear the goods before they leave."""
    deductions: tuple[Deduction, ...] = ()
    """The discounts it got, in the order in which they were taken off; the lines tell how they were split."""
    settlement: str | None = None
    """The batch in which its merchants were given their due; None: not yet."""
    deposited_by: str | None = None
    """The payment of the deposit, once it is posted."""
    tender: str | None = None
    """How it was paid at an outlet's till, cash or card; None: through the bank, as all that is bought online."""
    version: int = 0
    """Which commit this was read from; 0: not stored yet. The store counts it up."""

    def moved(self, to: OrderState, at: float) -> Order:
        """The order in its next state; IllegalTransition if the table says no."""
        if to not in MOVES[self.state]:
            raise IllegalTransition(f"order {self.order} is {self.state.value}, it cannot become {to.value}")
        return replace(self, state=to, history=(*self.history, (to.value, at)))

    @property
    def is_live(self) -> bool:
        return self.state in LIVE

    @property
    def balance_fen(self) -> int:
        """What is paid last: all of it where there is no deposit."""
        return self.payable_fen - self.deposit_fen

    @property
    def due_fen(self) -> int:
        """What the next payment is over; 0: there is nothing to pay any more."""
        if self.state is PLACED:
            return self.deposit_fen or self.payable_fen
        return self.balance_fen if self.state is OrderState.DEPOSITED else 0

    @property
    def forfeited_fen(self) -> int:
        """The deposit of a buyer who gave up too late."""
        gave_up = self.state is OrderState.CANCELLED and self.deposited_by is not None
        return 0 if not gave_up or self.is_refundable(self.history[-1][1]) else self.deposit_fen

    def is_refundable(self, at: float) -> bool:
        return self.refundable_until is not None and at < self.refundable_until

    def is_balance_closed(self, at: float) -> bool:
        return self.balance_closes_at is not None and at >= self.balance_closes_at

    def awaits_bank_only(self, at: float) -> bool:
        """Whether the balance was asked for in time and has closed since: then the bank alone decides."""
        return self.state is OrderState.DEPOSITED and self.payment is not None and self.is_balance_closed(at)

    @property
    def payments(self) -> tuple[str, ...]:
        """The payment of the deposit and the last one, as far as there are any."""
        return tuple(payment for payment in (self.deposited_by, self.payment) if payment is not None)

    def merchant_totals_fen(self) -> dict[str, int]:
        totals: dict[str, int] = {}
        for line in self.lines:
            totals[line.merchant] = totals.get(line.merchant, 0) + line.merchant_fen
        return totals

    @property
    def subsidy_fen(self) -> int:
        return sum([line.subsidy_fen for line in self.lines])

    @property
    def duty_fen(self) -> int:
        return sum([line.duty_fen for line in self.lines])


def units_of(lines: Sequence[Line]) -> tuple[Units, ...]:
    return tuple([Units(line.sku, line.place, line.quantity) for line in lines])


def new_order(
    order: str,
    buyer: str,
    key: str,
    lines: tuple[Line, ...],
    *,
    at: float,
    payment_window_s: float,
    pay_before: float | None = None,
    flash_sale: str | None = None,
    presale: str | None = None,
    outlet: str | None = None,
    coupons: tuple[str, ...] = (),
    deposit_fen: int = 0,
    balance_opens_at: float | None = None,
    balance_closes_at: float | None = None,
    refundable_until: float | None = None,
    declared: bool = False,
    deductions: tuple[Deduction, ...] = (),
) -> Order:
    """An order as it is placed: to be paid before that instant, or within the window."""
    payable_fen = 0
    for line in lines:
        payable_fen += line.quantity * line.unit_price_fen - line.discount_fen + line.duty_fen
    return Order(
        order,
        buyer,
        key,
        lines,
        payable_fen,
        flash_sale,
        at,
        at + payment_window_s if pay_before is None else pay_before,
        PLACED,
        (("placed", at),),
        None,
        presale,
        outlet,
        coupons,
        deposit_fen,
        balance_opens_at,
        balance_closes_at,
        refundable_until,
        declared,
        deductions,
    )


def check_wanted(lines: Sequence[WantedLine]) -> None:
    """MalformedRequest unless there are 1..50 lines, each SKU once, each 1..99 units at a positive price.

    Nor may they come to more than money goes: nobody could pay such an order, and its units would wait for nothing.
    """
    if not 1 <= len(lines) <= LINES_MAX:
        raise MalformedRequest(f"an order has between 1 and {LINES_MAX} lines")
    if len(lines) > 1 and len({line.sku for line in lines}) < len(lines):
        raise MalformedRequest("an order names each SKU once")
    sum_fen = 0
    for line in lines:
        check_quantity(line.quantity)
        sum_fen += line.quantity * positive_fen(line.unit_price_fen, "a unit price")
    positive_fen(sum_fen, "what an order comes to")
