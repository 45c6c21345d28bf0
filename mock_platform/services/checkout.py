"""Checkout: from lines and a key to one order, in three phases, so that it may be cut off anywhere.

1. claim the idempotency key, 2. hold the stock, 3. record order, ledger, finished key and event in one commit;
then the hold becomes a sale. Nothing is undone here: after a lost commit nobody knows whether the order exists,
so only expiry gives stock back. A hang-up after 1 leaves a key that is taken over when its lock ends; after 2, units that
come back when their hold expires; after 3, an order whose hold expiry turns into a sale.
"""

from __future__ import annotations

from collections.abc import Sequence

from mock_platform.domain import changes
from mock_platform.domain.errors import (
    ClaimLost,
    HoldGone,
    MalformedRequest,
    Overloaded,
    PriceChanged,
    RequestInProgress,
    ShopError,
    UnknownOrder,
    VersionConflict,
)
from mock_platform.domain.flash_sale import FlashSale
from mock_platform.domain.idempotency import Claim, check_key, fingerprint, refusal_of
from mock_platform.domain.order import Line, Order, WantedLine, check_wanted, new_order, units_of
from mock_platform.domain.paging import Page
from mock_platform.domain.reservation import WEB
from mock_platform.protocols import CatalogueStore, Clock, NewId, OrderStore, StockStore, Tally

TRIES = 4


class Checkout:
    """`lock_s` is longer than a request may take and shorter than `hold_s`: see settings."""

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
        self.catalogue = catalogue
        self.stock = stock
        self.orders = orders
        self.clock = clock
        self.new_id = new_id
        self.tally = tally
        self.lock_s = lock_s
        self.hold_s = hold_s
        self.payment_window_s = payment_window_s

    async def place(
        self, buyer: str, key: str, lines: Sequence[WantedLine], flash_sale: str | None = None
    ) -> tuple[Order, bool]:
        """The order, and whether it was there before (the same key again).

        Refusals, which finish the key and are replayed: UnknownSku, NotFound (flash sale), PriceChanged, SoldOut, SaleNotOpen,
        SaleClosed, LimitPerBuyer. Others: MalformedRequest, RequestInProgress, KeyReused, Overloaded.
        """
        check_key(key)
        check_wanted(lines)
        print_ = fingerprint("order", lines, flash_sale)
        for _ in range(TRIES):
            now = self.clock()
            claim = await self.orders.claim(buyer, key, print_, self.new_id("O"), now, self.lock_s)
            if not isinstance(claim, Claim):
                if claim.refusal is not None:
                    raise claim.refusal.as_error()
                self.tally.order("replayed")
                return await self.orders.order(claim.subject), True
            try:
                return await self._place(claim, lines, flash_sale, now), False
            except (ClaimLost, HoldGone):
                continue  # the key went on without us: see what became of it
            except ShopError as error:
                self.tally.order(error.code)
                try:
                    await self.orders.commit(changes.refused(claim, refusal_of(error)))
                except ClaimLost:
                    continue
                raise
        raise RequestInProgress("this key is being worked on")

    async def _place(self, claim: Claim, lines: Sequence[WantedLine], flash_sale: str | None, now: float) -> Order:
        priced, limit = await self._price(lines, flash_sale, now)
        order = new_order(
            claim.subject,
            claim.buyer,
            claim.key,
            priced,
            flash_sale=flash_sale,
            at=now,
            payment_window_s=self.payment_window_s,
        )
        await self.stock.hold(order.order, order.buyer, units_of(priced), now + self.hold_s, limit)
        await self.orders.commit(changes.placed(order, claim))
        self.tally.order("placed")
        await self.stock.sell(order.order)
        return order

    async def _price(
        self, lines: Sequence[WantedLine], flash_sale: str | None, now: float
    ) -> tuple[tuple[Line, ...], int | None]:
        skus = await self.catalogue.skus([line.sku for line in lines])
        sale: FlashSale | None = None
        place = WEB
        if flash_sale is not None:
            sale = await self.catalogue.flash_sale(flash_sale)
            if len(lines) != 1 or lines[0].sku != sale.sku:
                raise MalformedRequest(f"the sale {flash_sale} sells {sale.sku} alone")
            sale.admit(now)
            place = sale.place
        priced: list[Line] = []
        for wanted, sku in zip(lines, skus, strict=True):
            price_fen = sku.price_fen if sale is None else sale.price_fen
            if wanted.unit_price_fen != price_fen:
                raise PriceChanged(f"{sku.sku} costs {price_fen} fen now, not {wanted.unit_price_fen}")
            priced.append(Line(sku.sku, place, wanted.quantity, price_fen, sku.merchant))
        return tuple(priced), None if sale is None else sale.limit_per_buyer

    async def order(self, buyer: str, order: str) -> Order:
        """The buyer's own order; another's is UnknownOrder, so that ids tell nothing."""
        found = await self.orders.order(order)
        if found.buyer != buyer:
            raise UnknownOrder(f"no order {order}")
        return found

    async def orders_of(self, buyer: str, page: int = 1, per_page: int = 20) -> Page[Order]:
        return await self.orders.orders_of(buyer, page, per_page)

    async def cancel(self, buyer: str, order: str) -> Order:
        """placed -> cancelled; cancelled already: the same order. IllegalTransition once it is paid."""
        for _ in range(TRIES):
            found = await self.order(buyer, order)
            if found.state == "cancelled":
                return found
            ended = changes.cancelled(found, self.clock())
            try:
                await self.orders.commit(ended)
            except VersionConflict:
                continue
            self.tally.order("cancelled")
            assert ended.order is not None
            return ended.order
        raise Overloaded(f"order {order} is being worked on")
