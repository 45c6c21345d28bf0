"""/merchants/mine/skus: a merchant's own goods, listed, repriced and restocked. Nothing here reaches another's."""

from __future__ import annotations

from typing import Annotated

import msgspec

from mock_platform.api.listing import PageAsked
from mock_platform.api.orders import REPLAYED
from mock_platform.api.route import Answer, Call, Route
from mock_platform.domain.money import FEN_MAX
from mock_platform.domain.price_list import PriceList
from mock_platform.domain.restock import QUANTITY_MAX, RestockState
from mock_platform.domain.sku import CATEGORY_LENGTH_MAX, TITLE_LENGTH_MAX, Sku
from mock_platform.services.merchandising import Merchandising

Price = Annotated[int, msgspec.Meta(gt=0, lt=FEN_MAX)]
Quantity = Annotated[int, msgspec.Meta(ge=1, le=QUANTITY_MAX)]


class ListSku(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    title: Annotated[str, msgspec.Meta(min_length=1, max_length=TITLE_LENGTH_MAX)]
    category: Annotated[str, msgspec.Meta(min_length=1, max_length=CATEGORY_LENGTH_MAX)]
    price_fen: Price
    units: Quantity


class OwnSku(msgspec.Struct, frozen=True, gc=False):
    sku: str
    merchant: str
    title: str
    category: str
    price_fen: int
    free: int


class OwnSkuPage(msgspec.Struct, frozen=True):
    skus: tuple[OwnSku, ...]
    page: int
    pages: int
    total: int


class SetPrice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    price_fen: Price


class PriceView(msgspec.Struct, frozen=True, gc=False):
    sku: str
    price_fen: int
    from_at: float
    """In force since; the same price and another instant means that it was changed and changed back."""
    changes: int
    """How often the price has changed, as far as is remembered."""


class AddUnits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    quantity: Quantity


class RestockView(msgspec.Struct, frozen=True, gc=False):
    restock: str
    sku: str
    quantity: int
    state: RestockState
    free: int


class MerchantSkus:
    def __init__(self, merchandising: Merchandising) -> None:
        self._merchandising = merchandising

    async def list(self, call: Call) -> OwnSkuPage:
        asked: PageAsked = call.query
        found, free = await self._merchandising.goods(call.buyer, asked.page, asked.per_page)
        skus = tuple(_own(sku, units) for sku, units in zip(found.items, free, strict=True))
        return OwnSkuPage(skus, found.page, found.pages, found.total)

    async def create(self, call: Call) -> object:
        asked: ListSku = call.body
        wanted = msgspec.structs.asdict(asked)
        sku, replayed = await self._merchandising.list_sku(call.buyer, call.key, **wanted)
        return Answer(_own(sku, asked.units), REPLAYED) if replayed else _own(sku, asked.units)

    async def price(self, call: Call) -> PriceView:
        return _price(await self._merchandising.price_list(call.buyer, call.path["sku"]))

    async def reprice(self, call: Call) -> PriceView:
        asked: SetPrice = call.body
        return _price(await self._merchandising.reprice(call.buyer, call.path["sku"], asked.price_fen))

    async def restock(self, call: Call) -> object:
        asked: AddUnits = call.body
        done, free, replayed = await self._merchandising.restock(call.buyer, call.key, call.path["sku"], asked.quantity)
        view = RestockView(done.restock, done.sku, done.quantity, done.state, free)
        return Answer(view, REPLAYED) if replayed else view

    def routes(self) -> tuple[Route, ...]:
        return (
            Route(
                method="GET",
                path="/merchants/mine/skus",
                handler=self.list,
                says="List the merchant's own SKUs with the units free of each.",
                gives=OwnSkuPage,
                audience="merchants",
                query=PageAsked,
            ),
            Route(
                method="POST",
                path="/merchants/mine/skus",
                handler=self.create,
                says="Put a new SKU on sale, with its first units.",
                gives=OwnSku,
                status=201,
                audience="merchants",
                takes=ListSku,
                keyed=True,
                refuses=("listing_limit",),
            ),
            Route(
                method="GET",
                path="/merchants/mine/skus/{sku}/price",
                handler=self.price,
                says="Show the price of one of the merchant's own SKUs, and since when it is in force.",
                gives=PriceView,
                audience="merchants",
                refuses=("unknown_sku",),
            ),
            Route(
                method="PUT",
                path="/merchants/mine/skus/{sku}/price",
                handler=self.reprice,
                says="Set a new price, in force at once: who was shown another is told so at checkout.",
                gives=PriceView,
                audience="merchants",
                takes=SetPrice,
                refuses=("unknown_sku", "illegal_transition"),
            ),
            Route(
                method="POST",
                path="/merchants/mine/skus/{sku}/restocks",
                handler=self.restock,
                says="Add units to the shop's ordinary stock; asked again with the same key, they are added once.",
                gives=RestockView,
                status=201,
                audience="merchants",
                takes=AddUnits,
                keyed=True,
                refuses=("unknown_sku",),
            ),
        )


def _own(sku: Sku, free: int) -> OwnSku:
    return OwnSku(sku.sku, sku.merchant, sku.title, sku.category, sku.price_fen, free)


def _price(prices: PriceList) -> PriceView:
    from_at, price_fen = prices.prices[-1]
    return PriceView(prices.sku, price_fen, from_at, len(prices.prices) - 1)
