"""Steps: instants at which something in the books began, ended or was done, each with how much it changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mock_platform.audit.customs_books import declarations
from mock_platform.audit.exported_books import Books
from mock_platform.audit.exported_rows import History, ParcelRow, Row
from mock_platform.audit.marketplace_rules import PriceListRow
from mock_platform.audit.pickup_rules import PickupRow
from mock_platform.audit.promotion_rules import CouponRow
from mock_platform.audit.risk_rules import ADMITTED, DecisionRow, is_bot
from mock_platform.domain.declaration import DeclarationState
from mock_platform.domain.order import OrderState
from mock_platform.domain.payment import PaymentState
from mock_platform.domain.pickup import PickupState
from mock_platform.domain.shipment import BACKLOG, HANDED_OVER, ParcelState

Step = tuple[float, int]


class OpenedRow(Row, frozen=True, gc=False):
    """A flash sale, as far as its beginning is concerned."""

    flash_sale: str
    allotment: int
    opens_at: float = 0.0


def flash_sales(books: Books) -> list[OpenedRow]:
    return books.table("flash_sales", OpenedRow)


def awaiting_payment(books: Books) -> Iterator[Step]:
    """Placed, and neither paid (a deposit will do) nor ended."""
    return _stays((order.history for order in books.rows.orders), {OrderState.PLACED})


def flash_units_left(books: Books) -> Iterator[Step]:
    """Of all flash sales together; what an order that ended gives back is left again."""
    opened = {sale.flash_sale: sale.opens_at for sale in flash_sales(books)}
    for sale in flash_sales(books):
        yield sale.opens_at, sale.allotment
    for order in books.rows.orders:
        if order.flash_sale in opened:
            units = sum(line.quantity for line in order.lines)
            yield max(order.placed_at, opened[order.flash_sale]), -units
            if order.history and not order.is_live:
                yield order.history[-1][1], units


def with_the_bank(books: Books) -> Iterator[Step]:
    """Asked for, and not yet answered."""
    return _stays((payment.history for payment in books.rows.payments), {PaymentState.PENDING})


def deposits(books: Books) -> Iterator[Step]:
    return _reached((order.history for order in books.rows.orders), OrderState.DEPOSITED)


def balances(books: Books) -> Iterator[Step]:
    paid = (order.history for order in books.rows.orders if order.presale is not None)
    return _reached(paid, OrderState.PAID)


def coupons_claimed(books: Books) -> Iterator[Step]:
    return ((coupon.claimed_at, 1) for coupon in books.table("coupons", CouponRow))


def coupons_used(books: Books) -> Iterator[Step]:
    return ((order.placed_at, len(order.coupons)) for order in books.rows.orders if order.coupons)


def at_customs(books: Books) -> Iterator[Step]:
    """Declared, and not yet cleared, rejected or withdrawn."""
    return _stays((row.history for row in declarations(books)), {DeclarationState.DECLARED})


def to_sort(books: Books) -> Iterator[Step]:
    return _stays((parcel.history for parcel in _parcels(books)), BACKLOG)


def on_their_way(books: Books) -> Iterator[Step]:
    """With the carrier."""
    return _stays((parcel.history for parcel in _parcels(books)), HANDED_OVER - {ParcelState.DELIVERED})


def price_changes(books: Books) -> Iterator[Step]:
    return ((at, 1) for row in books.table("price_lists", PriceListRow) for at, _ in row.prices[1:])


def delivered(books: Books) -> Iterator[Step]:
    """From then on an order's merchants are owed their share."""
    for order in books.rows.orders:
        reached = (at for step, at in order.history if step in (OrderState.DELIVERED, OrderState.COLLECTED))
        yield from ((at, 1) for at in list(reached)[:1])


def waiting_in_outlets(books: Books) -> Iterator[Step]:
    return _stays((pickup.history for pickup in books.table("pickups", PickupRow)), {PickupState.WAITING})


def till_sales(books: Books) -> Iterator[Step]:
    return ((order.placed_at, 1) for order in books.rows.orders if order.tender is not None)


def bots_stopped(books: Books) -> Iterator[Step]:
    return _tries(books, bots=True, let_in=False)


def bots_let_in(books: Books) -> Iterator[Step]:
    return _tries(books, bots=True, let_in=True)


def people_stopped(books: Books) -> Iterator[Step]:
    return _tries(books, bots=False, let_in=False)


def people_let_in(books: Books) -> Iterator[Step]:
    return _tries(books, bots=False, let_in=True)


def _tries(books: Books, *, bots: bool, let_in: bool) -> Iterator[Step]:
    for row in books.table("risk_decisions", DecisionRow):
        if is_bot(row.key) is bots and (row.outcome == ADMITTED) is let_in:
            yield row.at, 1


def _parcels(books: Books) -> list[ParcelRow]:
    return books.rows.parcels


def _reached(histories: Iterable[History], state: str) -> Iterator[Step]:
    return ((at, 1) for history in histories for step, at in history if step == state)


def _stays(histories: Iterable[History], states: Iterable[str]) -> Iterator[Step]:
    """One more when a history enters these states, one less when it leaves them."""
    among = {str(state) for state in states}
    for history in histories:
        inside = False
        for state, at in history:
            if (state in among) is not inside:
                inside = not inside
                yield at, 1 if inside else -1
