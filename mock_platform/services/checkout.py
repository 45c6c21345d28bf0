"""Checkout: from lines and a key to one order, in three phases, so that it may be cut off anywhere.

1. claim the idempotency key, 2. hold the stock, 3. record order, ledger, finished key and event in one commit;
then the hold becomes a sale. Nothing is undone here: after a lost commit nobody knows whether the order exists,
so only expiry gives stock back. Cut off after 1, the key is taken over when its lock ends; after 2, the units come
back when their hold expires; after 3, expiry turns the hold into a sale.
"""

from __future__ import annotations

from collections.abc import Mapping

from mock_platform.domain import changes
from mock_platform.domain.errors import (
    FINAL,
    ClaimLost,
    CouponNotApplicable,
    HoldGone,
    Overloaded,
    PriceChanged,
    RequestInProgress,
    UnknownOrder,
    VersionConflict,
)
from mock_platform.domain.idempotency import ORDERING, Claim, Finished, check_key, fingerprint, refusal_of
from mock_platform.domain.order import Order, OrderState, check_wanted, new_order, units_of
from mock_platform.domain.paging import Page
from mock_platform.domain.purchase import Purchase, Terms, way_of
from mock_platform.protocols import CatalogueStore, Clock, NewId, OrderStore, Screen, StockStore, Tally, WayOfSelling

TRIES = 5


class Checkout:
    """A key is locked for longer than a request may take, and stock is held for longer than that.

    `sells` holds a way of selling for every name that `way_of` may give; `screen` may turn a buyer away first.
    """

    def __init__(
        self,
        *,
        catalogue: CatalogueStore,
        stock: StockStore,
        orders: OrderStore,
        clock: Clock,
        new_id: NewId,
        tally: Tally,
        sells: Mapping[str, WayOfSelling],
        screen: Screen | None = None,
        lock_s: float,
        hold_s: float,
        payment_window_s: float,
    ) -> None:
        if not 0 < lock_s < hold_s:
            raise ValueError("an idempotency key is locked for less time than stock is held")
        self._catalogue = catalogue
        self._stock = stock
        self._orders = orders
        self._clock = clock
        self._new_id = new_id
        self._tally = tally
        self._sells = sells
        self._screen = screen
        self._lock_s = lock_s
        self._hold_s = hold_s
        self._payment_window_s = payment_window_s

    async def place(self, key: str, purchase: Purchase) -> tuple[Order, bool]:
        """The order, and whether it was there before (the same key again).

        Refusals, which finish the key: UnknownSku, NotFound (the sale), PriceChanged, SoldOut, LimitPerBuyer, and those
        of the way of selling. Others: MalformedRequest, RequestInProgress, KeyReused.
        """
        check_key(key)
        check_wanted(purchase.lines)
        print_ = fingerprint(ORDERING, purchase.asked)
        for _ in range(TRIES):
            now = self._clock()
            claim = await self._orders.claim(purchase.buyer, key, print_, self._new_id("O"), now, self._lock_s)
            if isinstance(claim, Finished):
                return await self._replay(claim), True
            try:
                try:
                    return await self._place(claim, purchase, now), False
                except FINAL as error:
                    await self._orders.commit(changes.refused(claim, refusal_of(error)))
                    raise
            except (ClaimLost, HoldGone):
                continue  # the key went on without us: see what became of it
        raise RequestInProgress("this key is being worked on")

    async def _replay(self, finished: Finished) -> Order:
        if finished.refusal is not None:
            raise finished.refusal.as_error()
        self._tally.order("replayed")
        return await self._orders.order(finished.subject)

    async def _place(self, claim: Claim, purchase: Purchase, now: float) -> Order:
        if self._screen is not None:
            await self._screen(purchase, claim, now)
        skus = await self._catalogue.skus([line.sku for line in purchase.lines])
        terms = await self._sells[way_of(purchase, skus)].terms(purchase, skus, now)
        order = new_order(
            claim.subject,
            claim.buyer,
            claim.key,
            terms.lines,
            at=now,
            payment_window_s=self._payment_window_s,
            pay_before=terms.pay_before,
            flash_sale=purchase.flash_sale,
            presale=purchase.presale,
            outlet=purchase.outlet,
            coupons=terms.coupons,
            deposit_fen=terms.deposit_fen,
            balance_opens_at=terms.balance_opens_at,
            balance_closes_at=terms.balance_closes_at,
            declared=terms.declared,
            deductions=terms.deductions,
            refundable_until=terms.refundable_until,
        )
        if purchase.payable_fen is not None and purchase.payable_fen != order.payable_fen:
            raise PriceChanged(f"this comes to {order.payable_fen} fen now, not {purchase.payable_fen}")
        if purchase.coupons and not terms.coupons:
            raise CouponNotApplicable("coupons are not taken with this purchase")
        units = units_of(terms.lines)
        await self._stock.hold(order.order, order.buyer, units, now + self._hold_s, terms.limit_per_buyer)
        await self._orders.commit(changes.placed(order, claim))
        self._tally.order("placed")
        await self._stock.sell(order.order)
        return order

    async def quote(self, purchase: Purchase) -> Terms:
        """The terms on which this would be sold now: refused as placing it would be, but for stock. Nothing is kept."""
        check_wanted(purchase.lines)
        skus = await self._catalogue.skus([line.sku for line in purchase.lines])
        return await self._sells[way_of(purchase, skus)].terms(purchase, skus, self._clock())

    async def order(self, buyer: str, order: str) -> Order:
        """The buyer's own order; another's is UnknownOrder, so that ids tell nothing."""
        found = await self._orders.order(order)
        if found.buyer != buyer:
            raise UnknownOrder(f"no order {order}")
        return found

    async def orders_of(self, buyer: str, page: int = 1, per_page: int = 20) -> Page[Order]:
        """The buyer's own orders, the newest first."""
        return await self._orders.orders_of(buyer, page, per_page)

    async def cancel(self, buyer: str, order: str) -> Order:
        """placed or deposited -> cancelled; cancelled already: the same order. IllegalTransition once it is paid.

        A deposit goes back, or is forfeited from `refundable_until` on. A payment under way is dealt with when the
        bank speaks: declined is voided, posted goes back.
        """
        for _ in range(TRIES):
            found = await self.order(buyer, order)
            if found.state is OrderState.CANCELLED:
                return found
            deposit = await self._orders.payment(found.deposited_by) if found.deposited_by else None
            ending = changes.cancelled(found, self._clock(), deposit)
            try:
                await self._orders.commit(ending)
            except VersionConflict:
                continue
            self._tally.order("cancelled")
            if ending.order is not None and ending.order.forfeited_fen:
                self._tally.order("forfeited")
            return await self._orders.order(order)
        raise Overloaded("this order is being worked on")
