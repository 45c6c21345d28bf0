"""A cart: which SKUs a buyer means to have, and how many of each."""

from __future__ import annotations

import msgspec

from mock_platform.domain.errors import MalformedRequest

QUANTITY_MAX = 99
LINES_MAX = 50


class CartLine(msgspec.Struct, frozen=True, gc=False):
    sku: str
    quantity: int


class Cart(msgspec.Struct, frozen=True, gc=False):
    lines: tuple[CartLine, ...] = ()

    def with_line(self, sku: str, quantity: int) -> Cart:
        """Set the quantity of one SKU, where it stood before or at the end."""
        check_quantity(quantity)
        line = CartLine(sku, quantity)
        if any(old.sku == sku for old in self.lines):
            return Cart(tuple(line if old.sku == sku else old for old in self.lines))
        if len(self.lines) >= LINES_MAX:
            raise MalformedRequest(f"a cart has at most {LINES_MAX} lines")
        return Cart((*self.lines, line))

    def without(self, sku: str) -> Cart:
        """Removing what is not there is no error: asked twice, the same cart."""
        return Cart(tuple(line for line in self.lines if line.sku != sku))


def check_quantity(quantity: int) -> None:
    if not 1 <= quantity <= QUANTITY_MAX:
        raise MalformedRequest(f"a quantity is between 1 and {QUANTITY_MAX}")
