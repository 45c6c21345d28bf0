"""Shelves: every unit stands in a place that is somebody's, and each way of selling takes from its own alone."""

from __future__ import annotations

from collections.abc import Iterator

from mock_platform.audit.exported_books import Books, Finding
from mock_platform.audit.exported_rows import Row
from mock_platform.domain.outlet import outlet_place
from mock_platform.domain.reservation import WEB, flash_place, presale_place

SHOP = "the web shop"


class WindowRow(Row, frozen=True, gc=False):
    """A flash sale and when it is open."""

    flash_sale: str
    opens_at: float
    closes_at: float


class SaleRow(Row, frozen=True, gc=False):
    """Goods set apart, for a flash sale or a presale: one SKU in a place of its own."""

    sku: str
    place: str
    allotment: int
    flash_sale: str | None = None
    presale: str | None = None

    @property
    def name(self) -> str:
        return f"flash sale {self.flash_sale}" if self.flash_sale is not None else f"presale {self.presale}"

    @property
    def own_place(self) -> str:
        return flash_place(self.flash_sale) if self.flash_sale is not None else presale_place(self.presale or "")


class OutletPlaceRow(Row, frozen=True, gc=False):
    outlet: str
    place: str


class ListedRow(Row, frozen=True, gc=False):
    sku: str


def lines_take_from_their_own_shelf(books: Books) -> Iterator[Finding]:
    """A sale's orders take its one SKU from its place, all others from the web's; outlets have a rule of their own."""
    flash = {row.flash_sale: row for row in _flash(books)}
    presales = {row.presale: row for row in _presales(books)}
    for order in books.rows.orders:
        if order.outlet is not None:
            continue
        if order.flash_sale is not None:
            sale = flash.get(order.flash_sale)
        else:
            sale = presales.get(order.presale) if order.presale is not None else None
        if sale is None and (order.flash_sale is not None or order.presale is not None):
            continue  # of a sale that does not exist, as other rules say
        place, seller = (WEB, SHOP) if sale is None else (sale.place, sale.name)
        for line in order.lines:
            if line.place != place or (sale is not None and line.sku != sale.sku):
                what = f"SKU {line.sku} from {line.place}"
                yield order.order, f"Order {order.order} takes {what}, {seller} sells {_sells(sale)} from {place}."


def places_bear_their_names(books: Books) -> Iterator[Finding]:
    """A sale's units and an outlet's stand where its name says, so no two of them can sell each other's."""
    for sale in (*_flash(books), *_presales(books)):
        if sale.place != sale.own_place:
            yield f"{sale.sku} at {sale.place}", f"The {sale.name} sells from {sale.place}, not from {sale.own_place}."
    for outlet in books.table("outlets", OutletPlaceRow):
        if outlet.place != outlet_place(outlet.outlet):
            own = outlet_place(outlet.outlet)
            yield outlet.outlet, f"Outlet {outlet.outlet} sells from {outlet.place}, not from {own}."


def sales_are_stocked_with_their_allotment(books: Books) -> Iterator[Finding]:
    """What a sale has set apart is there from the beginning, and nothing is added."""
    shelves = {(row.sku, row.place): row for row in books.rows.stock}
    for sale in (*_flash(books), *_presales(books)):
        shelf = shelves.get((sale.sku, sale.place))
        stocked, added = (0, 0) if shelf is None else (shelf.initial, shelf.restocked)
        if (stocked, added) != (sale.allotment, 0):
            yield (
                f"{sale.sku} at {sale.place}",
                f"The {sale.name} has {stocked} and {added} restocked units of SKU {sale.sku} at {sale.place}, its "
                f"allotment is {sale.allotment}.",
            )


def listed_goods_have_a_shelf(books: Books) -> Iterator[Finding]:
    """Units come before the listing: whatever is listed stands in the web's stock, if only with none left.

    Not the other way round: a listing or a sale cut off half-way leaves units that nobody asks for.
    """
    shelved = {row.sku for row in books.rows.stock if row.place == WEB}
    for row in books.table("price_lists", ListedRow):
        if row.sku not in shelved:
            yield row.sku, f"SKU {row.sku} is listed, and stands nowhere on the web's shelves."


def flash_orders_keep_the_window(books: Books) -> Iterator[Finding]:
    """Nobody buys of a flash sale before it opens or once it has closed."""
    windows = {row.flash_sale: row for row in books.table("flash_sales", WindowRow)}
    for order in books.rows.orders:
        window = windows.get(order.flash_sale) if order.flash_sale is not None else None
        if window is not None and not window.opens_at <= order.placed_at < window.closes_at:
            late_s = order.placed_at - window.opens_at
            yield (
                order.order,
                f"Order {order.order} was placed {late_s:.3f} s after flash sale {order.flash_sale} opened, it was "
                f"open for {window.closes_at - window.opens_at:.3f} s.",
            )


RULES = (
    lines_take_from_their_own_shelf,
    places_bear_their_names,
    sales_are_stocked_with_their_allotment,
    listed_goods_have_a_shelf,
    flash_orders_keep_the_window,
)


def _flash(books: Books) -> list[SaleRow]:
    return books.table("flash_sales", SaleRow)


def _presales(books: Books) -> list[SaleRow]:
    return books.table("presales", SaleRow)


def _sells(sale: SaleRow | None) -> str:
    return "all it lists" if sale is None else f"SKU {sale.sku}"
