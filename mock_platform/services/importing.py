"""Importing: goods priced abroad, shown in yuan at the dated rate with their duty, and sold within the limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from mock_platform.domain.currency import ExchangeRate, check_rate
from mock_platform.domain.customs import YEARLY_LIMIT_FEN, at_rate, check_order, check_year, value_fen, year_of
from mock_platform.domain.errors import MalformedRequest, MixedOrigins, PriceChanged
from mock_platform.domain.order import Line, WantedLine
from mock_platform.domain.paging import Page, page_of
from mock_platform.domain.purchase import Purchase, Terms, priced
from mock_platform.domain.reservation import WEB
from mock_platform.domain.sku import Sku
from mock_platform.protocols import CatalogueStore, Clock
from mock_platform.protocols_customs import ImportStore, RateStore

RATES_MAX = 10_000
"""Kept for good, so their number is bounded."""
AHEAD_S_MAX = 366 * 86_400.0


class Importing:
    """`skus`: all that is imported. Their prices follow the rates; `reprice` brings what is shown up to date.

    What is sold is at the rate in force, also in the moment before that.
    """

    def __init__(
        self, *, catalogue: CatalogueStore, rates: RateStore, imports: ImportStore, clock: Clock, skus: Sequence[str]
    ) -> None:
        self._catalogue = catalogue
        self._rates = rates
        self._imports = imports
        self._clock = clock
        self._skus = tuple(skus)

    async def terms(self, purchase: Purchase, skus: Sequence[Sku], now: float) -> Terms:
        """PriceChanged; OrderLimit, YearlyLimit (the commit has the last word on that); MixedOrigins."""
        rates = await self._rates.in_force(self._clock())
        today = [_at_today(sku, rates) for sku in skus]
        if any(fresh is not shown for fresh, shown in zip(today, skus, strict=True)):
            await self.reprice()  # whoever is refused for the old price is to see the new one
        lines = [_line(wanted, sku) for wanted, sku in zip(purchase.lines, today, strict=True)]
        check_order(lines)
        # Asked here so that no units are held for an order that cannot be.
        check_year(await self._imports.spent_fen(purchase.buyer, year_of(now)), value_fen(lines))
        return Terms(tuple(lines), declared=True)

    async def goods(self, page: int = 1, per_page: int = 20) -> Page[Sku]:
        """What is imported, popular things first. MalformedRequest for a page below 1 or per_page outside 1..100."""
        cut = page_of(self._skus, page, per_page)
        return Page(tuple(await self._catalogue.skus(cut.items)), cut.page, cut.pages, cut.total)

    async def allowance(self, buyer: str) -> tuple[int, int, int]:
        """This year, what the buyer's orders sum to, and what is left."""
        year = year_of(self._clock())
        spent_fen = await self._imports.spent_fen(buyer, year)
        return year, spent_fen, YEARLY_LIMIT_FEN - spent_fen

    async def rates(self) -> dict[str, ExchangeRate]:
        """The rates in force, by currency."""
        return await self._rates.in_force(self._clock())

    async def give_rate(self, currency: str, micro_yuan: int, dated_at: float | None) -> ExchangeRate:
        """A new rate from an instant on, or from now; MalformedRequest for one that cannot be meant.

        From then on goods cost what it says, and who was shown the old price is told so. It is never dated back:
        orders were made at the rate that was in force.
        """
        now = self._clock()
        rate = ExchangeRate(currency, micro_yuan, now if dated_at is None else dated_at)
        check_rate(rate)
        if not now <= rate.dated_at <= now + AHEAD_S_MAX:
            raise MalformedRequest("a rate is dated from now on, at most a year ahead")
        if len(await self._rates.rates()) >= RATES_MAX:
            raise MalformedRequest(f"the shop keeps at most {RATES_MAX} rates")
        # Cut off between the two, the background work finds goods at the former rate and does the second.
        await self._rates.put(rate, now)
        await self.reprice()
        return rate

    async def reprice(self) -> int:
        """Put every imported SKU at the rate in force; how many changed. Asked again: none."""
        rates = await self.rates()
        moved = []
        for sku in await self._catalogue.skus(self._skus):
            rate = None if sku.imported is None else rates.get(sku.imported.currency)
            if rate is not None and (today := at_rate(sku, rate)) is not sku:
                moved.append(today)
        if moved:
            await self._catalogue.put_skus(moved)
        return len(moved)


def _at_today(sku: Sku, rates: Mapping[str, ExchangeRate]) -> Sku:
    """What is imported, at the rate in force; PriceChanged where there is none: nobody can say what it costs."""
    if sku.imported is None:
        raise MixedOrigins(f"{sku.sku} is not from abroad")
    rate = rates.get(sku.imported.currency)
    if rate is None:
        raise PriceChanged(f"{sku.sku} has no price now: no rate for {sku.imported.currency} is in force")
    return at_rate(sku, rate)


def _line(wanted: WantedLine, sku: Sku) -> Line:
    """At the price shown or PriceChanged; with the duty on it, and where both came from."""
    line = priced(wanted, sku.price_fen, sku.merchant, WEB)
    duty_fen = 0 if sku.imported is None else line.quantity * sku.imported.duty_fen
    return replace(line, duty_fen=duty_fen, imported=sku.imported)
