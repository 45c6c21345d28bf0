"""Merchandising: a merchant's own goods listed, repriced and restocked while the festival runs.

A buyer pays the price shown or is refused: checkout reads the price that is in force and compares. Everything done
under a key is safe to do twice, so a request that was cut off is finished by asking again; a restock that nobody asks
about again is finished by `sweep`.
"""

from __future__ import annotations

import logging

from mock_platform.domain.errors import IllegalTransition, ListingLimit, UnknownSku
from mock_platform.domain.idempotency import check_key, fingerprint
from mock_platform.domain.money import positive_fen
from mock_platform.domain.paging import Page
from mock_platform.domain.price_list import PriceList
from mock_platform.domain.reservation import WEB, Units
from mock_platform.domain.restock import Restock, RestockState, check_delivery
from mock_platform.domain.sku import Sku, check_sku
from mock_platform.protocols import Clock, NewId, StockStore
from mock_platform.protocols_marketplace import MerchantsCatalogue, MerchantStore

log = logging.getLogger(__name__)

LISTING, RESTOCKING = "list", "restock"
SKUS_MAX = 10_000
"""SKUs of one merchant."""
SWEPT_MAX = 500


class Merchandising:
    """`finish_after_s`: a restock not added after so long was cut off; longer than a request may take."""

    def __init__(
        self,
        *,
        catalogue: MerchantsCatalogue,
        stock: StockStore,
        merchants: MerchantStore,
        clock: Clock,
        new_id: NewId,
        finish_after_s: float,
    ) -> None:
        self._catalogue = catalogue
        self._stock = stock
        self._merchants = merchants
        self._clock = clock
        self._new_id = new_id
        self._finish_after_s = finish_after_s
        self.listed = self.repriced = self.restocked_units = 0
        """What was done, for metrics; what was cut off may be missing."""

    async def goods(self, merchant: str, page: int, per_page: int) -> tuple[Page[Sku], list[int]]:
        """The merchant's own SKUs, and how many units of each are free."""
        found = await self._catalogue.skus_of(merchant, page, per_page)
        return found, [await self._stock.free(sku.sku, WEB) for sku in found.items]

    async def price_list(self, merchant: str, sku: str) -> PriceList:
        """What one of the merchant's own SKUs cost when. UnknownSku for another's."""
        await self._own(merchant, sku)
        return await self._catalogue.price_list(sku)

    async def list_sku(
        self, merchant: str, key: str, *, title: str, category: str, price_fen: int, units: int
    ) -> tuple[Sku, bool]:
        """A new SKU on sale, and whether this key listed it before. MalformedRequest, ListingLimit, KeyReused."""
        check_key(key)
        check_sku(title, category)
        positive_fen(price_fen, "a price")
        check_delivery(units)
        body = (title, category, price_fen, units)
        if (await self._catalogue.skus_of(merchant, 1, 1)).total >= SKUS_MAX:
            raise ListingLimit(f"a merchant lists at most {SKUS_MAX} SKUs")
        id_, replayed = await self._merchants.subject(merchant, key, fingerprint(LISTING, body), self._new_id("S"))
        # Units before the SKU: cut off between the two, there are units nobody asks for, not a SKU without any.
        await self._stock.put([Units(id_, WEB, units)])
        sku = await self._catalogue.list_sku(Sku(id_, title, category, merchant, price_fen), self._clock())
        self.listed += not replayed
        return sku, replayed

    async def reprice(self, merchant: str, sku: str, price_fen: int) -> PriceList:
        """The price list with this price in force from now on. UnknownSku for another's; MalformedRequest.

        IllegalTransition for goods from abroad: their price follows the rate of their currency.
        """
        positive_fen(price_fen, "a price")
        if (await self._own(merchant, sku)).imported is not None:
            raise IllegalTransition(f"{sku} comes from abroad: its price follows its currency's rate")
        await self._catalogue.reprice(sku, price_fen, self._clock())
        self.repriced += 1
        return await self._catalogue.price_list(sku)

    async def restock(self, merchant: str, key: str, sku: str, quantity: int) -> tuple[Restock, int, bool]:
        """The restock, the units free then, and whether this key brought them before. UnknownSku, KeyReused."""
        check_key(key)
        check_delivery(quantity)
        await self._own(merchant, sku)
        print_ = fingerprint(RESTOCKING, (sku, quantity))
        id_, replayed = await self._merchants.subject(merchant, key, print_, self._new_id("D"))
        restock = await self._merchants.ask_restock(Restock(id_, merchant, sku, WEB, quantity, self._clock()))
        restock = await self._add(restock)
        return restock, await self._stock.free(sku, WEB), replayed

    async def _add(self, restock: Restock) -> Restock:
        if restock.state is RestockState.ADDED:
            return restock
        await self._stock.restock(restock.sku, restock.place, restock.quantity, restock.restock)
        self.restocked_units += restock.quantity
        return await self._merchants.restock_added(restock.restock)

    async def sweep(self) -> int:
        """Finish restocks that were cut off half-way; how many."""
        finished = 0
        for restock in await self._merchants.restocks_asked(self._clock() - self._finish_after_s, SWEPT_MAX):
            try:
                await self._add(restock)
                finished += 1
            except Exception as error:
                log.warning("restock %s could not be finished: %r", restock.restock, error)  # the next sweep tries
        return finished

    async def _own(self, merchant: str, sku: str) -> Sku:
        found = await self._catalogue.sku(sku)
        if found.merchant != merchant:
            raise UnknownSku(f"no SKU {sku} of yours")  # as if there were none: ids tell nothing
        return found
