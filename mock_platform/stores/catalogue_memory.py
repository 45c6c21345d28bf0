"""The catalogue in memory: SKUs, merchants and flash sales, found by id, by category and by words of the title."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from msgspec.structs import replace

from mock_platform.domain.errors import NotFound, UnknownSku
from mock_platform.domain.flash_sale import FlashSale
from mock_platform.domain.merchant import Merchant
from mock_platform.domain.paging import Page, check_page, page_of
from mock_platform.domain.price_list import PriceList
from mock_platform.domain.sku import Sku

SEARCHES_KEPT = 512
_WORDS = re.compile(r"[a-z0-9]+|[^\W_a-z0-9]+")


class MemoryCatalogue:
    """Titles are indexed by their Latin words and by pairs of neighbouring characters of other scripts.

    The rarest of a search's pairs and words gives the candidates, so a search costs what its rarest word costs; answers
    to recent searches are kept: a new price moves nothing in them, a new SKU joins those that it answers.
    """

    def __init__(self) -> None:
        self._skus: dict[str, Sku] = {}
        self._by_category: dict[str, dict[str, None]] = {}
        self._by_token: dict[str, dict[str, None]] = {}
        self._searches: dict[tuple[str, str], tuple[str, ...]] = {}
        self._merchants: dict[str, Merchant] = {}
        self._sales: dict[str, FlashSale] = {}
        self._listed: dict[str, dict[str, None]] = {}
        """SKUs by merchant, the first put first."""
        self._repriced: dict[str, PriceList] = {}
        """Of those that did not always cost what they cost now."""

    async def put_skus(self, skus: Iterable[Sku]) -> None:
        for sku in skus:
            old = self._skus.get(sku.sku)
            self._skus[sku.sku] = sku
            if old is not None and (old.title, old.category, old.merchant) == (sku.title, sku.category, sku.merchant):
                continue  # a new price moves nothing
            if old is not None:
                self._unindex(old)
                self._searches.clear()
            self._index(sku)
            self._join_searches(sku)

    async def list_sku(self, sku: Sku, at: float) -> Sku:
        if sku.sku not in self._skus:
            self._repriced[sku.sku] = PriceList(sku.sku, sku.merchant, ((at, sku.price_fen),))
            await self.put_skus((sku,))
        return self._skus[sku.sku]

    async def reprice(self, sku: str, price_fen: int, at: float) -> Sku:
        old = await self.sku(sku)
        self._repriced[sku] = self._price_list(old).repriced(price_fen, at)
        self._skus[sku] = replace(old, price_fen=price_fen)
        return self._skus[sku]

    async def price_list(self, sku: str) -> PriceList:
        return self._price_list(await self.sku(sku))

    async def price_lists(self) -> list[PriceList]:
        return [self._price_list(sku) for sku in self._skus.values()]

    def _price_list(self, sku: Sku) -> PriceList:
        known = self._repriced.get(sku.sku)
        return PriceList(sku.sku, sku.merchant, ((0.0, sku.price_fen),)) if known is None else known

    async def skus_of(self, merchant: str, page: int, per_page: int) -> Page[Sku]:
        cut = page_of(list(self._listed.get(merchant, ())), page, per_page)
        return Page(tuple(self._skus[sku] for sku in cut.items), cut.page, cut.pages, cut.total)

    def _index(self, sku: Sku) -> None:
        self._by_category.setdefault(sku.category, {})[sku.sku] = None
        self._listed.setdefault(sku.merchant, {})[sku.sku] = None
        for token in _tokens(sku.title):
            self._by_token.setdefault(token, {})[sku.sku] = None

    def _join_searches(self, sku: Sku) -> None:
        """Answers that are kept stay right without looking for them again: the newest SKU comes last in each."""
        tokens, title = _tokens(sku.title), sku.title.lower()
        for (text, category), found in self._searches.items():
            if category not in ("", sku.category):
                continue
            wanted = _wanted(text)
            if (text and not wanted) or not wanted <= tokens:
                continue
            if all(phrase in title for phrase in _phrases(text)):
                self._searches[text, category] = (*found, sku.sku)

    def _unindex(self, sku: Sku) -> None:
        del self._by_category[sku.category][sku.sku]
        del self._listed[sku.merchant][sku.sku]
        for token in _tokens(sku.title):
            del self._by_token[token][sku.sku]

    async def put_merchants(self, merchants: Iterable[Merchant]) -> None:
        self._merchants.update((merchant.merchant, merchant) for merchant in merchants)

    async def put_flash_sale(self, sale: FlashSale) -> None:
        self._sales[sale.flash_sale] = sale

    async def sku(self, sku: str) -> Sku:
        found = self._skus.get(sku)
        if found is None:
            raise UnknownSku(f"no SKU {sku}")
        return found

    async def skus(self, skus: Sequence[str]) -> list[Sku]:
        try:
            return [self._skus[sku] for sku in skus]
        except KeyError as missing:
            raise UnknownSku(f"no SKU {missing.args[0]}") from None

    async def search(self, text: str, category: str, page: int, per_page: int) -> Page[Sku]:
        check_page(page, per_page)
        found = self._found(" ".join(text.lower().split()), category)
        cut = page_of(found, page, per_page)
        return Page(tuple(self._skus[sku] for sku in cut.items), cut.page, cut.pages, cut.total)

    def _found(self, text: str, category: str) -> tuple[str, ...]:
        found = self._searches.get((text, category))
        if found is None:
            if len(self._searches) >= SEARCHES_KEPT:
                del self._searches[next(iter(self._searches))]
            found = self._searches[text, category] = self._matching(text, category)
        return found

    def _matching(self, text: str, category: str) -> tuple[str, ...]:
        tokens = _wanted(text)
        if text and not tokens:
            return ()
        candidates = [self._by_token.get(token, {}) for token in tokens]
        if category:
            candidates.append(self._by_category.get(category, {}))
        if not candidates:
            return tuple(self._skus)
        # Latin words match whole; of other scripts the pairs might stand apart, so the title is read.
        phrases = _phrases(text)
        return tuple(
            sku
            for sku in min(candidates, key=len)
            if all(sku in others for others in candidates)
            and all(phrase in self._skus[sku].title.lower() for phrase in phrases)
        )

    async def merchant(self, merchant: str) -> Merchant:
        found = self._merchants.get(merchant)
        if found is None:
            raise NotFound(f"no merchant {merchant}")
        return found

    async def merchants(self, page: int, per_page: int) -> Page[Merchant]:
        return page_of(list(self._merchants.values()), page, per_page)

    async def flash_sale(self, flash_sale: str) -> FlashSale:
        found = self._sales.get(flash_sale)
        if found is None:
            raise NotFound(f"no flash sale {flash_sale}")
        return found

    async def flash_sales(self) -> list[FlashSale]:
        return list(self._sales.values())

    async def categories(self) -> list[str]:
        return [category for category, skus in self._by_category.items() if skus]


@lru_cache(maxsize=SEARCHES_KEPT)
def _wanted(text: str) -> frozenset[str]:
    """The tokens of a search; kept, since each new SKU is held against those of every search that is kept.

    With 500 searches kept and 10,000 SKUs a listing takes 0.11 ms (1.1 without this cache); to forget the searches and
    look for all of them again took 36 ms.
    """
    return frozenset(_tokens(text, asked=True))


def _phrases(text: str) -> list[str]:
    return [word for word in text.split() if not word.isascii()]


def _tokens(text: str, *, asked: bool = False) -> set[str]:
    """Latin words whole; of other scripts every pair of neighbours, and in titles every character too."""
    tokens: set[str] = set()
    for word in _WORDS.findall(text.lower()):
        if word.isascii() or len(word) == 1:
            tokens.add(word)
            continue
        tokens.update(word[at : at + 2] for at in range(len(word) - 1))
        if not asked:
            tokens.update(word)
    return tokens
