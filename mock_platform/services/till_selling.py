"""Till selling: what is bought in an outlet, paid there and taken away, from the shelf that the web sells from too.

In three phases, as checkout: 1. claim the key, 2. hold the units, 3. record the sale in one commit; then the hold
becomes a sale. Cut off anywhere, nothing is undone here: expiry gives back what was held for no sale.
"""

from __future__ import annotations

from mock_platform.domain import changes
from mock_platform.domain.errors import FINAL, ClaimLost, HoldGone, RequestInProgress
from mock_platform.domain.idempotency import ORDERING, Claim, Finished, check_key, fingerprint, refusal_of
from mock_platform.domain.order import Order, WantedLine, check_wanted, units_of
from mock_platform.domain.outlet import Tender, till_of
from mock_platform.domain.purchase import priced
from mock_platform.domain.sku import check_at_home
from mock_platform.domain.till_sale import rung_up, till_sold
from mock_platform.protocols import CatalogueStore, Clock, NewId, OrderStore, StockStore, Tally
from mock_platform.protocols_outlets import OutletStore, TillTally

TRIES = 5


class TillSelling:
    """A key is locked for longer than a request may take, and stock is held for longer than that."""

    def __init__(
        self,
        *,
        outlets: OutletStore,
        catalogue: CatalogueStore,
        stock: StockStore,
        orders: OrderStore,
        clock: Clock,
        new_id: NewId,
        tally: Tally,
        till_tally: TillTally,
        lock_s: float,
        hold_s: float,
    ) -> None:
        if not 0 < lock_s < hold_s:
            raise ValueError("an idempotency key is locked for less time than stock is held")
        self._outlets = outlets
        self._catalogue = catalogue
        self._stock = stock
        self._orders = orders
        self._clock = clock
        self._new_id = new_id
        self._tally = tally
        self._till_tally = till_tally
        self._lock_s = lock_s
        self._hold_s = hold_s

    async def sell(
        self, outlet: str, key: str, lines: tuple[WantedLine, ...], tender: Tender
    ) -> tuple[Order, bool]:  # fmt: skip
        """The sale, an order collected, and whether it was there before (the same key again).

        Refusals, which finish the key: UnknownSku, NotFound (the outlet), PriceChanged, SoldOut, MalformedRequest.
        Others: RequestInProgress, KeyReused.
        """
        check_key(key)
        check_wanted(lines)
        print_ = fingerprint(ORDERING, (outlet, lines, tender.value))
        for _ in range(TRIES):
            now = self._clock()
            claim = await self._orders.claim(till_of(outlet), key, print_, self._new_id("O"), now, self._lock_s)
            if isinstance(claim, Finished):
                if claim.refusal is not None:
                    raise claim.refusal.as_error()
                self._tally.order("replayed")
                return await self._orders.order(claim.subject), True
            try:
                try:
                    return await self._sell(claim, outlet, lines, tender, now), False
                except FINAL as error:
                    await self._orders.commit(changes.refused(claim, refusal_of(error)))
                    raise
            except (ClaimLost, HoldGone):
                continue  # the key went on without us: see what became of it
        raise RequestInProgress("this key is being worked on")

    async def _sell(
        self, claim: Claim, outlet: str, wanted: tuple[WantedLine, ...], tender: Tender, now: float
    ) -> Order:  # fmt: skip
        place = (await self._outlets.outlet(outlet)).place
        skus = await self._catalogue.skus([line.sku for line in wanted])
        for sku in skus:
            check_at_home(sku)
        lines = [priced(line, sku.price_fen, sku.merchant, place) for line, sku in zip(wanted, skus, strict=True)]
        order = rung_up(claim, outlet, tuple(lines), tender, now)
        await self._stock.hold(order.order, order.buyer, units_of(order.lines), now + self._hold_s)
        await self._orders.commit(till_sold(order, claim))
        self._tally.order("placed")
        self._tally.order("paid")
        self._tally.sale(order.payable_fen)
        self._till_tally.till_sale(tender.value, order.payable_fen)
        await self._stock.sell(order.order)
        return order
