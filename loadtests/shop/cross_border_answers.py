"""What the shop says of goods from abroad, and what it promises with it: price and duty to be worked out by anybody.

The duty shown is held against the tariff shown, with fractions, so that the shop's integers are checked and not copied:
within the limits (consumption + VAT) / (1 - consumption) x 70 %, beyond them duty and both taxes in full.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated, Literal

from msgspec import Meta, Struct

from loadtests.shop.answers import Count, Fen, Name, Order, OrderLine, Price, Quantity, Sku, WantedLine
from loadtests.shop.promises import Broken, sum_fen

MINOR_DIGITS = {"USD": 2, "EUR": 2, "GBP": 2, "AUD": 2, "JPY": 0, "KRW": 0}
WAYS = ("drafted", "declared", "cleared"), ("drafted", "declared", "rejected"), ("drafted", "declared", "withdrawn")
WAYS_ALL = (*WAYS, ("drafted", "withdrawn"))
"""How a declaration may go; a beginning of one of them is what may be seen on the way."""


class Tariff(Struct, frozen=True, gc=False):
    heading: Name
    vat_bp: Count
    consumption_bp: Annotated[int, Meta(ge=0, lt=10_000)]
    duty_bp: Count


class Tariffs(Struct, frozen=True, gc=False):
    tariffs: list[Tariff]
    general: Tariff
    reduced_share_bp: Count
    order_limit_fen: Price
    yearly_limit_fen: Price

    def duty_fen(self, price_fen: int, heading: str) -> int:
        """On one unit at that price."""
        tariff = next((each for each in self.tariffs if each.heading == heading), self.general)
        vat, consumption = Fraction(tariff.vat_bp, 10_000), Fraction(tariff.consumption_bp, 10_000)
        duty, taxes = Fraction(tariff.duty_bp, 10_000), (consumption + vat) / (1 - consumption)
        if price_fen <= self.order_limit_fen:
            return round(price_fen * taxes * Fraction(self.reduced_share_bp, 10_000))
        return round(price_fen * (duty + (1 + duty) * taxes))


class Imported(Struct, frozen=True, gc=False):
    origin: Name
    currency: Literal["USD", "EUR", "GBP", "AUD", "JPY", "KRW"]
    price_minor: Price
    rate_micro_yuan: Price
    rated_at: float
    heading: Name
    duty_fen: Fen

    @property
    def price_fen(self) -> int:
        """What the price abroad comes to at the rate shown."""
        fen = Fraction(self.price_minor, 10 ** MINOR_DIGITS[self.currency]) * Fraction(self.rate_micro_yuan, 10_000)
        return max(1, round(fen))


class ImportedSku(Sku, frozen=True, gc=False, kw_only=True):
    imported: Imported


class ImportedSkuDetail(ImportedSku, frozen=True, gc=False, kw_only=True):
    free: Count


class ImportedPage(Struct, frozen=True, gc=False):
    skus: list[ImportedSku]
    page: Quantity
    pages: Count
    total: Count


class ImportedLine(OrderLine, frozen=True, gc=False, kw_only=True):
    imported: Imported
    duty_fen: Fen = 0


class ImportedOrder(Order, frozen=True, gc=False, kw_only=True):
    lines: list[ImportedLine]  # type: ignore[assignment]
    duty_fen: Fen = 0


class Allowance(Struct, frozen=True, gc=False):
    year: int
    spent_fen: Fen
    left_fen: int


class Declaration(Struct, frozen=True, gc=False):
    declaration: Name
    order: Name
    value_fen: Fen
    duty_fen: Fen
    state: Literal["drafted", "declared", "cleared", "rejected", "withdrawn"]
    reason: str | None
    history: list[tuple[str, float]]


class Declarations(Struct, frozen=True, gc=False):
    declarations: list[Declaration]


def broken_goods(sku: ImportedSku, tariffs: Tariffs) -> Broken | None:
    """Price and duty as shown are those that rate and tariff give."""
    if sku.price_fen != sku.imported.price_fen:
        told = f"{sku.sku} at {sku.price_fen} fen, its rate makes it {sku.imported.price_fen}"
        return Broken("an imported price is not the price abroad at its rate", told)
    due_fen = tariffs.duty_fen(sku.price_fen, sku.imported.heading)
    if sku.imported.duty_fen != due_fen:
        told = f"{sku.imported.duty_fen} on {sku.sku} at {sku.price_fen} fen, the tariff says {due_fen}"
        return Broken("the duty shown is not the tariff's", told)
    return None


def broken_imports(page: ImportedPage, number: int, tariffs: Tariffs) -> Broken | None:
    if page.page != number:
        return Broken("this is another page", f"asked for {number}, got {page.page}")
    return next((broken for sku in page.skus if (broken := broken_goods(sku, tariffs))), None)


def broken_imported_order(
    order: ImportedOrder, buyer: str, wanted: Sequence[WantedLine], duty_fen: int, tariffs: Tariffs, *, replayed: bool
) -> Broken | None:
    """These goods at the prices shown, with the duty shown, within the limits; all of it is what is paid."""
    asked = sorted((line.sku, line.quantity, line.unit_price_fen) for line in wanted)
    if order.buyer != buyer:
        return Broken("the order is another buyer's", f"{buyer} ordered, {order.order} is {order.buyer}'s")
    if sorted((line.sku, line.quantity, line.unit_price_fen) for line in order.lines) != asked:
        return Broken("the order's lines are not those asked for", order.order)
    if order.duty_fen != duty_fen or sum(line.duty_fen for line in order.lines) != duty_fen:
        return Broken("the order's duty is not the one shown", f"{order.order}: {order.duty_fen} for {duty_fen} fen")
    if order.payable_fen != sum_fen(wanted) + duty_fen:
        return Broken("the order asks for another sum", f"{order.payable_fen} for {sum_fen(wanted)} and {duty_fen} fen")
    if any(line.imported.price_fen != line.unit_price_fen for line in order.lines):
        return Broken("the order's rate is not the one of its price", order.order)
    if sum_fen(wanted) > tariffs.order_limit_fen and sum(line.quantity for line in wanted) > 1:
        return Broken("an order beyond the limit was taken", f"{order.order}: {sum_fen(wanted)} fen")
    if order.state != "placed" and not replayed:
        return Broken("a new order is not placed", f"{order.order} is {order.state}")
    return None


def broken_declarations(answer: Declarations, order: ImportedOrder, seen: Sequence[tuple[str, float]]) -> Broken | None:
    """At most one, over the order's goods and duty, further than before and by the way that declarations go."""
    if len(answer.declarations) > 1:
        return Broken("an order is declared twice", order.order)
    if not answer.declarations:
        return Broken("a declaration is gone", order.order) if seen else None
    found = answer.declarations[0]
    if found.order != order.order or (found.value_fen, found.duty_fen) != (sum_fen(order.lines), order.duty_fen):
        return Broken("a declaration is not over this order", f"{found.declaration} of {order.order}")
    states = tuple(state for state, _ in found.history)
    if not any(way[: len(states)] == states for way in WAYS_ALL) or states[-1:] != (found.state,):
        return Broken("a declaration went another way than they go", f"{found.declaration}: {', '.join(states)}")
    if list(found.history[: len(seen)]) != list(seen):
        return Broken("a declaration went back, or its past has changed", found.declaration)
    return None
