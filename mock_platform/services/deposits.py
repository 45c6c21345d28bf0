"""Deposits: setting up presales, listing them, and the way they sell: for a deposit now and the balance later."""

from __future__ import annotations

from collections.abc import Sequence

from mock_platform.domain.errors import KeyReused, MalformedRequest, NotFound
from mock_platform.domain.idempotency import check_key, named_by
from mock_platform.domain.presale import Presale, check_presale
from mock_platform.domain.purchase import Purchase, Terms, priced
from mock_platform.domain.reservation import Units
from mock_platform.domain.sku import Sku, check_at_home
from mock_platform.protocols import CatalogueStore, NewId, PresaleStore, StockStore

PRESALES_MAX = 1_000


class Deposits:
    """A deposit is paid within `payment_window_s` of the order, as an order is anywhere in the shop."""

    def __init__(
        self,
        *,
        presales: PresaleStore,
        catalogue: CatalogueStore,
        stock: StockStore,
        new_id: NewId,
        payment_window_s: float,
    ) -> None:
        self._presales = presales
        self._catalogue = catalogue
        self._stock = stock
        self._new_id = new_id
        self._payment_window_s = payment_window_s

    async def create(
        self,
        *,
        sku: str,
        price_fen: int,
        deposit_fen: int,
        allotment: int,
        limit_per_buyer: int,
        deposit_opens_at: float,
        deposit_closes_at: float,
        balance_opens_at: float,
        balance_closes_at: float,
        refundable_until: float,
        key: str = "",
    ) -> tuple[Presale, bool]:
        """The presale, and whether this key, if there is one, had set it up before.

        UnknownSku; KeyReused; MalformedRequest for a presale whose parts contradict each other, or one too many.

        The allotment is stock apart, as a flash sale's is: what the web sells is not touched.
        """
        if key:
            check_key(key)
        presale = Presale(
            named_by(key, "A") if key else self._new_id("A"),
            sku,
            price_fen,
            deposit_fen,
            allotment,
            limit_per_buyer,
            deposit_opens_at,
            deposit_closes_at,
            balance_opens_at,
            balance_closes_at,
            refundable_until,
        )
        check_presale(presale)
        if await self._is_known(presale):
            return presale, True
        if len(await self._presales.presales()) >= PRESALES_MAX:
            raise MalformedRequest(f"the shop keeps at most {PRESALES_MAX} presales")
        check_at_home(await self._catalogue.sku(sku))
        # Units before the presale: cut off between the two, there are units nobody asks for, not a presale with none.
        await self._stock.put([Units(sku, presale.place, allotment)])
        await self._presales.put_presale(presale)
        await self._is_known(presale)  # of two at once under one key, the first is there
        return presale, False

    async def _is_known(self, wanted: Presale) -> bool:
        """KeyReused if there is another of this id. Only a key can name one that is there."""
        try:
            known = await self._presales.presale(wanted.presale)
        except NotFound:
            return False
        if known != wanted:
            raise KeyReused("this key was used for another presale")
        return True

    async def terms(self, purchase: Purchase, skus: Sequence[Sku], now: float) -> Terms:
        """NotFound; MalformedRequest unless it is the presale's SKU alone; SaleNotOpen, SaleClosed, PriceChanged.

        A deposit asked for in time may be paid a little after deposits have closed, as long as the balance can follow.
        """
        presale = await self._presales.presale(purchase.presale or "")
        if len(purchase.lines) != 1 or purchase.lines[0].sku != presale.sku:
            raise MalformedRequest(f"the presale {presale.presale} sells {presale.sku} alone")
        presale.admit(now)
        line = priced(purchase.lines[0], presale.price_fen, skus[0].merchant, presale.place)
        return Terms(
            (line,),
            presale.limit_per_buyer,
            deposit_fen=line.quantity * presale.deposit_fen,
            pay_before=min(now + self._payment_window_s, presale.balance_closes_at),
            balance_opens_at=presale.balance_opens_at,
            balance_closes_at=presale.balance_closes_at,
            refundable_until=presale.refundable_until,
        )

    async def presales(self) -> list[tuple[Presale, str]]:
        """Every presale with its SKU's title. `presale.state(now)` says which window is open."""
        presales = await self._presales.presales()
        skus = await self._catalogue.skus([presale.sku for presale in presales])
        return [(presale, sku.title) for presale, sku in zip(presales, skus, strict=True)]
