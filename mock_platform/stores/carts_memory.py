"""Carts in memory, one per buyer."""

from __future__ import annotations

from collections.abc import Iterable

from mock_platform.domain.cart import Cart

EMPTY = Cart()


class MemoryCarts:
    def __init__(self) -> None:
        self._carts: dict[str, Cart] = {}

    async def cart(self, buyer: str) -> Cart:
        return self._carts.get(buyer, EMPTY)

    async def put_line(self, buyer: str, sku: str, quantity: int) -> Cart:
        cart = self._carts[buyer] = self._carts.get(buyer, EMPTY).with_line(sku, quantity)
        return cart

    async def remove_line(self, buyer: str, sku: str) -> Cart:
        cart = self._carts.get(buyer, EMPTY).without(sku)
        if cart.lines:
            self._carts[buyer] = cart
        else:
            self._carts.pop(buyer, None)
        return cart

    async def fill(self, carts: Iterable[tuple[str, Cart]]) -> None:
        self._carts.update(carts)
