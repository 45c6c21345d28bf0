"""Shopping: browsing, searching, looking at things, and the cart. Nothing here takes stock."""

from __future__ import annotations

import msgspec

from mock_platform.domain.cart import Cart
from mock_platform.domain.customer import Customer
from mock_platform.domain.merchant import Merchant
from mock_platform.domain.paging import Page
from mock_platform.domain.sku import Sku
from mock_platform.protocols import CartStore, CatalogueStore, CustomerStore, StockStore


class PricedLine(msgspec.Struct, frozen=True, gc=False):
    sku: str
    title: str
    quantity: int
    unit_price_fen: int


class PricedCart(msgspec.Struct, frozen=True, gc=False):
    lines: tuple[PricedLine, ...]
    total_fen: int


class Shopping:
    def __init__(
        self, *, catalogue: CatalogueStore, stock: StockStore, carts: CartStore, customers: CustomerStore
    ) -> None: ...

    async def search(self, text: str = "", category: str = "", page: int = 1, per_page: int = 20) -> Page[Sku]: ...

    async def detail(self, sku: str) -> tuple[Sku, int]:
        """The SKU and its units free at the web. UnknownSku."""

    async def merchants(self, page: int = 1, per_page: int = 20) -> Page[Merchant]: ...

    async def merchant(self, merchant: str) -> Merchant: ...

    async def cart(self, buyer: str) -> PricedCart: ...

    async def put_line(self, buyer: str, sku: str, quantity: int) -> PricedCart:
        """UnknownSku; MalformedRequest for a quantity outside 1..99."""

    async def remove_line(self, buyer: str, sku: str) -> PricedCart: ...

    async def customer(self, customer: str) -> Customer:
        """UnknownCustomer. Plain personal data: mask before it leaves (domain/personal_data.py)."""
