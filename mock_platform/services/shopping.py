"""Shopping: browsing, searching, looking at things, and the cart. Nothing here takes stock."""

from __future__ import annotations

import msgspec

from mock_platform.domain.cart import Cart
from mock_platform.domain.merchant import Merchant
from mock_platform.domain.paging import Page
from mock_platform.domain.reservation import WEB
from mock_platform.domain.sealing import SealedCustomer
from mock_platform.domain.sku import Sku
from mock_platform.protocols import CartStore, CatalogueStore, CustomerStore, StockStore

SEARCH_LENGTH_MAX = 100
"""Of a longer text the rest is not looked at."""


class PricedLine(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    sku: str
    title: str
    quantity: int
    unit_price_fen: int
    duty_fen: int = 0
    """Of goods from abroad: what is due on the whole line, on top of its price."""


class PricedCart(msgspec.Struct, frozen=True, gc=False):
    lines: tuple[PricedLine, ...]
    total_fen: int
    """Duty included, discounts not: POST /quotes tells those."""


class Shopping:
    def __init__(
        self, *, catalogue: CatalogueStore, stock: StockStore, carts: CartStore, customers: CustomerStore
    ) -> None:
        self._catalogue = catalogue
        self._stock = stock
        self._carts = carts
        self._customers = customers

    async def search(self, text: str = "", category: str = "", page: int = 1, per_page: int = 20) -> Page[Sku]:
        """Popular things first. MalformedRequest for a page below 1 or per_page outside 1..100."""
        return await self._catalogue.search(text[:SEARCH_LENGTH_MAX], category, page, per_page)

    async def detail(self, sku: str) -> tuple[Sku, int]:
        """The SKU and its units free at the web. UnknownSku."""
        found = await self._catalogue.sku(sku)
        return found, await self._stock.free(sku, WEB)

    async def merchants(self, page: int = 1, per_page: int = 20) -> Page[Merchant]:
        return await self._catalogue.merchants(page, per_page)

    async def merchant(self, merchant: str) -> Merchant:
        """Or NotFound."""
        return await self._catalogue.merchant(merchant)

    async def cart(self, buyer: str) -> PricedCart:
        return await self._priced(await self._carts.cart(buyer))

    async def put_line(self, buyer: str, sku: str, quantity: int) -> PricedCart:
        """UnknownSku; CustomerErased; MalformedRequest for a quantity outside 1..99 or too many lines."""
        await self._catalogue.sku(sku)
        await self._customers.record(buyer)  # whoever was forgotten leaves nothing behind any more
        return await self._priced(await self._carts.put_line(buyer, sku, quantity))

    async def remove_line(self, buyer: str, sku: str) -> PricedCart:
        """The cart without it; it need not have been there."""
        return await self._priced(await self._carts.remove_line(buyer, sku))

    async def customer(self, customer: str) -> SealedCustomer:
        """Or UnknownCustomer, CustomerErased. What is `shown` of them is masked; the rest is sealed."""
        return await self._customers.record(customer)

    async def _priced(self, cart: Cart) -> PricedCart:
        """At today's prices: a cart remembers what and how many, not what it cost when it was put in."""
        skus = await self._catalogue.skus([line.sku for line in cart.lines])
        lines = tuple(
            PricedLine(
                line.sku,
                sku.title,
                line.quantity,
                sku.price_fen,
                0 if sku.imported is None else line.quantity * sku.imported.duty_fen,
            )
            for line, sku in zip(cart.lines, skus, strict=True)
        )
        return PricedCart(lines, sum(line.quantity * line.unit_price_fen + line.duty_fen for line in lines))
