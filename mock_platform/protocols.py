"""The seams of the platform: what services may rely on, whoever stands behind them. `app.py` chooses the concrete ones.

Every method may suspend, be cancelled, or fail before or after it took effect, unless it says otherwise.
Instants are epoch seconds. The errors named are those of domain/errors.py.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Protocol

from mock_platform.domain.books import OrderBooks, StockBooks, UnderWay
from mock_platform.domain.cart import Cart
from mock_platform.domain.changes import Changes
from mock_platform.domain.customer import Customer
from mock_platform.domain.events import Event
from mock_platform.domain.flash_sale import FlashSale
from mock_platform.domain.idempotency import Claim, Finished
from mock_platform.domain.merchant import Merchant
from mock_platform.domain.order import Order
from mock_platform.domain.paging import Page
from mock_platform.domain.payment import Outcome, Payment, StatementLine
from mock_platform.domain.presale import Presale
from mock_platform.domain.purchase import Purchase, Terms
from mock_platform.domain.reservation import Hold, StockTotals, Units
from mock_platform.domain.sealing import SealedCustomer
from mock_platform.domain.shipment import Parcel, ParcelState, Waiting, Waybill
from mock_platform.domain.sku import Sku

Clock = Callable[[], float]
"""Now, in epoch seconds; never runs backwards."""

NewId = Callable[[str], str]
"""A fresh id that begins with the given letter: 'O' orders, 'P' payments, 'R' refunds, 'F' flash sales."""


class Tally(Protocol):
    """Counts for metrics. Never raises, never suspends."""

    def order(self, outcome: str) -> None:
        """placed, replayed, paid, shipped, delivered, cancelled, expired or refunded."""

    def payment(self, outcome: str) -> None:
        """asked, posted, voided, refunded or repeated_callback."""

    def sale(self, amount_fen: int) -> None:
        """An order was paid: GMV. Once per order."""

    def parcel(self, state: str) -> None:
        """created, picked, packed, sorted, in_transit, arrived, delivered or recalled."""


class WayOfSelling(Protocol):
    """Turns a purchase into the terms of an order, and changes nothing: what it took is spent by the order's commit."""

    async def terms(self, purchase: Purchase, skus: Sequence[Sku], now: float) -> Terms:
        """`skus` are those of the purchase's lines, in their order. What it raises finishes the key."""


Screen = Callable[[Purchase, Claim, float], Awaitable[None]]
"""Says nothing, or refuses this buyer this purchase at that instant. A claim taken over is screened again."""


class CatalogueStore(Protocol):
    """SKUs, merchants and flash sales: read often, written seldom. Lists come in the order things were first put."""

    async def put_skus(self, skus: Iterable[Sku]) -> None:
        """Add or replace. The first put decides the place in lists: popular ones first."""

    async def put_merchants(self, merchants: Iterable[Merchant]) -> None: ...

    async def put_flash_sale(self, sale: FlashSale) -> None: ...

    async def sku(self, sku: str) -> Sku:
        """Or UnknownSku."""

    async def skus(self, skus: Sequence[str]) -> list[Sku]:
        """All of them, in the order asked for; UnknownSku names the first that is missing."""

    async def search(self, text: str, category: str, page: int, per_page: int) -> Page[Sku]:
        """SKUs in that category whose title contains every word of `text`; '' means any."""

    async def merchant(self, merchant: str) -> Merchant:
        """Or NotFound."""

    async def merchants(self, page: int, per_page: int) -> Page[Merchant]: ...

    async def flash_sale(self, flash_sale: str) -> FlashSale:
        """Or NotFound."""

    async def flash_sales(self) -> list[FlashSale]: ...

    async def categories(self) -> list[str]: ...


class PresaleStore(Protocol):
    """Presale campaigns, in the order they were first put."""

    async def put_presale(self, presale: Presale) -> None:
        """Add it. Asked again for one that is there: no change."""

    async def presale(self, presale: str) -> Presale:
        """Or NotFound."""

    async def presales(self) -> list[Presale]: ...


class CustomerStore(Protocol):
    """Customers, sealed: personal data goes in in the clear and never comes out so (see protocols_personal_data.py)."""

    async def put_customers(self, customers: Iterable[Customer]) -> None: ...

    async def record(self, customer: str) -> SealedCustomer:
        """Or UnknownCustomer, CustomerErased."""

    async def waybill(self, customer: str) -> Waybill:
        """What may be shown, masked; of somebody erased, nothing. UnknownCustomer."""

    async def city(self, customer: str) -> str:
        """Where they live; of somebody erased, ''. UnknownCustomer."""

    async def count(self) -> int: ...


class CartStore(Protocol):
    async def cart(self, buyer: str) -> Cart:
        """Empty if there is none."""

    async def put_line(self, buyer: str, sku: str, quantity: int) -> Cart:
        """Set one line's quantity, atomically; the cart as it is then."""

    async def remove_line(self, buyer: str, sku: str) -> Cart: ...

    async def fill(self, carts: Iterable[tuple[str, Cart]]) -> None:
        """Replace whole carts; for seeding."""


class StockStore(Protocol):
    """Units per (SKU, place): initial + restocked = free + held + sold, and none is ever negative."""

    async def put(self, units: Iterable[Units]) -> None:
        """The initial units of places that are new; asked again for a place that exists: no change."""

    async def restock(self, sku: str, place: str, quantity: int, restock: str = "") -> None:
        """Add free units; asked again with one restock's id: added once. UnknownSku if there is no such place."""

    async def free(self, sku: str, place: str) -> int:
        """Units free to sell; 0 if there is no such place."""

    async def hold(
        self, order: str, buyer: str, units: Sequence[Units], expires_at: float, limit_per_buyer: int | None = None
    ) -> None:
        """Hold all lines or none. Asked again for one order: still one hold, kept until the later instant.

        LimitPerBuyer if the buyer would have more than that many units held and sold in a place; SoldOut if a line has
        too few free units. HoldGone if the order's units were given back: that is for good, so that a request that
        lost its way cannot take units for an order nobody will look after.
        """

    async def sell(self, order: str) -> None:
        """The order's hold becomes a sale. Asked again, or with nothing held: no change."""

    async def give_back(self, order: str) -> None:
        """Held or sold, the order's units are free again and the order can never hold any. Asked again: no change."""

    async def expired(self, now: float, limit: int) -> list[Hold]:
        """Up to `limit` holds past their expiry, oldest first. Looking changes nothing."""

    async def totals(self) -> StockTotals: ...

    async def held_orders(self) -> int:
        """How many orders have a hold that is not a sale yet."""

    async def books(self) -> StockBooks:
        """Everything at one instant. The memory engine does not suspend."""


class OrderStore(Protocol):
    """Orders, payments, parcels, ledger, idempotency keys and outbox, in one transaction.

    Read an order before what hangs on it: then its version tells whether any of that has changed since.
    """

    async def claim(
        self, buyer: str, key: str, fingerprint: str, subject: str, now: float, lock_s: float
    ) -> Claim | Finished:
        """Make the key ours for `lock_s`, or tell what became of it.

        A fresh key takes `subject` as the id of what will be made. A key whose lock is over is taken over with the
        subject it had, and its former owner can no longer finish it. RequestInProgress while somebody else has it;
        KeyReused if it was used with another fingerprint.
        """

    async def abandon(self, order: str) -> bool:
        """Make sure that no order of this id will ever be made: its claim is dead, the key may be claimed afresh.

        False, and no change, if the order exists. Asked again: the same answer.
        """

    async def commit(self, changes: Changes) -> None:
        """All of it or nothing. Any error but these: nobody knows, look again.

        ClaimLost: the key is no longer that claim's to finish. Else VersionConflict: the order is no longer at the
        version it was read at. In that order: whoever lost the key may find the order made by the one who took it.
        Else, of a new order: UnknownCoupon, CouponUsed or BudgetSpent, for its coupons are used by this commit, and
        free again by the one that ends it. Of a coupon that is claimed: SoldOut or LimitPerBuyer.
        """

    async def order(self, order: str) -> Order:
        """Or UnknownOrder."""

    async def orders_of(self, buyer: str, page: int, per_page: int) -> Page[Order]:
        """The newest first."""

    async def payment(self, payment: str) -> Payment:
        """Or UnknownPayment."""

    async def parcels_of(self, order: str) -> tuple[Parcel, ...]: ...

    async def parcel(self, parcel: str) -> Parcel:
        """Or NotFound."""

    async def unpaid(self, before: float, limit: int) -> list[Order]:
        """Orders placed or deposited whose `pay_before` is at or before that instant, oldest first.

        Not those whose balance was asked for in time and is still with the bank.
        """

    async def pending_payments(self, before: float, limit: int) -> list[Payment]:
        """Payments still pending that were asked for at or before that instant, oldest first."""

    async def parcels_under_way(self, before: float, limit: int) -> list[Parcel]:
        """Parcels the carrier has, or is to collect, that last moved at or before that instant, longest ago first."""

    async def parcels_waiting(self, warehouse: str, state: ParcelState, before: float, limit: int) -> list[Waiting]:
        """Up to `limit` parcels of a warehouse that came to this state at or before that instant, oldest first.

        The state is one of those before the sorter. A parcel comes with its order as both are at one instant, so the
        order's version guards the parcel. Parcels that are not due yet may count towards `limit`.
        """

    async def commit_each(self, changes: Sequence[Changes]) -> list[bool]:
        """Changes of different orders in one transaction; whether each was made. False: its order has moved on."""

    async def backlogs(self) -> Mapping[str, int]:
        """By warehouse, parcels neither sorted nor recalled; a warehouse that never had any may be missing. Cheap."""

    async def take_events(self, now: float, limit: int, lease_s: float) -> list[Event]:
        """Events due, oldest first; each is not given again before `lease_s` is over."""

    async def acknowledge(self, events: Sequence[str]) -> None:
        """Their handlers succeeded: never given again."""

    async def postpone(self, event: str, until: float) -> None:
        """Give it again at that instant."""

    async def under_way(self) -> UnderWay:
        """Events not acknowledged, payments pending or refunding. Cheap."""

    async def books(self) -> OrderBooks:
        """Everything at one instant. The memory engine does not suspend."""


class Bank(Protocol):
    """Moves money. It may answer late, twice or never; whatever is asked twice with one payment id is done once."""

    async def charge(self, payment: str, order: str, amount_fen: int, method: str) -> None:
        """Ask for money; the outcome comes as a callback, later. An error or no answer: ask `inquire`, or ask again."""

    async def inquire(self, payment: str) -> Outcome | None:
        """The outcome, or None while there is none. UnknownPayment if the bank was never asked."""

    async def refund(self, payment: str) -> None:
        """Pay back what was captured; returns when it is done."""

    async def statement(self) -> list[StatementLine]:
        """The bank's own books. The simulated bank does not suspend."""


class Carrier(Protocol):
    """Collects parcels, hauls them to the buyer's city and delivers them. Booked twice is booked once."""

    @property
    def name(self) -> str: ...

    async def book(self, parcel: str, road_km: int) -> None:
        """Have it collected, hauled so far, and delivered, each told by a callback. Booked again: a lost one comes."""


OnOutcome = Callable[[str, Outcome, str | None], Awaitable[None]]
"""The bank's callback: payment, outcome, reason. Harmless however often it comes."""
OnCollected = Callable[[str], Awaitable[bool]]
"""The carrier is at the door for this parcel: may it have it? Asked again: the same answer."""
OnArrived = Callable[[str], Awaitable[None]]
OnDelivered = Callable[[str], Awaitable[None]]
