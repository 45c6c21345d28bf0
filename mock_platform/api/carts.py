"""/carts/mine: the buyer's cart at today's prices."""

from __future__ import annotations

from typing import Annotated

import msgspec

from mock_platform.api.route import Call, Route
from mock_platform.domain.cart import QUANTITY_MAX
from mock_platform.services.shopping import PricedCart, Shopping


class PutLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    quantity: Annotated[int, msgspec.Meta(ge=1, le=QUANTITY_MAX)]


class Carts:
    def __init__(self, shopping: Shopping) -> None:
        self._shopping = shopping

    async def mine(self, call: Call) -> PricedCart:
        return await self._shopping.cart(call.buyer)

    async def put_line(self, call: Call) -> PricedCart:
        line: PutLine = call.body
        return await self._shopping.put_line(call.buyer, call.path["sku"], line.quantity)

    async def remove_line(self, call: Call) -> PricedCart:
        return await self._shopping.remove_line(call.buyer, call.path["sku"])

    def routes(self) -> tuple[Route, ...]:
        return (
            Route(
                method="GET",
                path="/carts/mine",
                handler=self.mine,
                says="Show the buyer's cart.",
                gives=PricedCart,
            ),
            Route(
                method="PUT",
                path="/carts/mine/lines/{sku}",
                handler=self.put_line,
                says="Put a quantity of one thing into the cart, in place of what was there.",
                gives=PricedCart,
                takes=PutLine,
                refuses=("unknown_sku", "unknown_customer", "customer_erased"),
            ),
            Route(
                method="DELETE",
                path="/carts/mine/lines/{sku}",
                handler=self.remove_line,
                says="Take one thing out of the cart; it may be gone already.",
                gives=PricedCart,
            ),
        )
