"""Checkout: from lines and a key to one order, in three phases, so that it may be cut off anywhere.

1. claim the idempotency key, 2. hold the stock, 3. record order, ledger, finished key and event in one commit;
then the hold becomes a sale. Nothing is undone here: after a lost commit nobody knows whether the order exists,
so only expiry gives stock back. Cut off after 1, the key is taken over when its lock ends; after 2, the units come
back when their hold expires; after 3, expiry turns the hold into a sale.
"""

from __future__ import annotations

from collections.abc import Sequence

from mock_platform.domain import changes
from mock_platform.domain.errors import (
    FINAL,
    ClaimLost,
    HoldGone,
    MalformedRequest,
    Overloaded,
    PriceChanged,
    RequestInProgress,
    UnknownOrder,
    VersionConflict,
)
from mock_platform.domain.idempotency import ORDERING, Claim, Finished, check_key, fingerprint, refusal_of
from mock_platform.domain.order import Line, Order, OrderState, WantedLine, check_wanted, new_order, units_of
from mock_platform.domain.paging import Page
from mock_platform.domain.reservation import WEB
from mock_platform.protocols import CatalogueStore, Clock, NewId, OrderStore, StockStore, Tally

TRIES = 5


class Checkout:
    """A key is locked for longer than a request may take, and stock is held for longer than that."""

    def __init__(
        self,
        *,
        catalogue: CatalogueStore,
        stock: StockStore,
        orders: OrderStore,
        clock: Clock,
        new_id: NewId,
        tally: Tally,
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
        self._lock_s = lock_s
        self._hold_s = hold_s
        self._payment_window_s = payment_window_s

    async def place(
        self, buyer: str, key: str, lines: Sequence[WantedLine], flash_sale: str | None = None
    ) -> tuple[Order, bool]:
        """The order, and whether it was there before (the same key again).

        Refusals, which finish the key: UnknownSku, NotFound (the sale), PriceChanged, SoldOut, SaleNotOpen, SaleClosed,
        LimitPerBuyer. Others: MalformedRequest, RequestInProgress, KeyReused.
        """
        check_key(key)
        check_wanted(lines)
        print_ = fingerprint(ORDERING, (lines, flash_sale))
        for _ in range(TRIES):
            now = self._clock()
            claim = await self._orders.claim(buyer, key, print_, self._new_id("O"), now, self._lock_s)
            if isinstance(claim, Finished):
                return await self._replay(claim), True
            try:
                try:
                    return await self._place(claim, lines, flash_sale, now), False
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

    async def _place(self, claim: Claim, lines: Sequence[WantedLine], flash_sale: str | None, now: float) -> Order:
        priced, limit_per_buyer = await self._price(lines, flash_sale, now)
        order = new_order(
            claim.subject,
            claim.buyer,
            claim.key,
            priced,
            flash_sale=flash_sale,
            at=now,
            payment_window_s=self._payment_window_s,
        )
        await self._stock.hold(order.order, order.buyer, units_of(priced), now + self._hold_s, limit_per_buyer)
        await self._orders.commit(changes.placed(order, claim))
        self._tally.order("placed")
        await self._stock.sell(order.order)
        return order

    async def _price(
        self, lines: Sequence[WantedLine], flash_sale: str | None, now: float
    ) -> tuple[tuple[Line, ...], int | None]:
        """The lines at today's prices, which must be those the buyer was shown, and the sale's limit if it is one."""
        skus = await self._catalogue.skus([line.sku for line in lines])
        if flash_sale is None:
            return tuple(
                [_priced(line, sku.price_fen, sku.merchant, WEB) for line, sku in zip(lines, skus, strict=True)]
            ), None
        sale = await self._catalogue.flash_sale(flash_sale)
        if len(lines) != 1 or lines[0].sku != sale.sku:
            raise MalformedRequest(f"the sale {flash_sale} sells {sale.sku} alone")
        sale.admit(now)
        return (_priced(lines[0], sale.price_fen, skus[0].merchant, sale.place),), sale.limit_per_buyer

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
        """placed -> cancelled; cancelled already: the same order. IllegalTransition once it is paid.

        A payment under way is dealt with when the bank speaks: declined is voided, posted goes back.
        """
        for _ in range(TRIES):
            found = await self.order(buyer, order)
            if found.state is OrderState.CANCELLED:
                return found
            ending = changes.cancelled(found, self._clock())
            try:
                await self._orders.commit(ending)
            except VersionConflict:
                continue
            self._tally.order("cancelled")
            return await self._orders.order(order)
        raise Overloaded("this order is being worked on")


def _priced(wanted: WantedLine, price_fen: int, merchant: str, place: str) -> Line:
    if wanted.unit_price_fen != price_fen:
        raise PriceChanged(f"{wanted.sku} costs {price_fen} fen now, not {wanted.unit_price_fen}")
    return Line(wanted.sku, place, wanted.quantity, price_fen, merchant)
