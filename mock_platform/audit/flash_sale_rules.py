"""Flash sales: no more units than were set apart, and of them no more for one buyer than allowed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from mock_platform.audit.course_steps import flash_sales
from mock_platform.audit.exported_books import Books, Finding


def flash_sale_keeps_its_allotment(books: Books) -> Iterator[Finding]:
    sold = {(row.sku, row.place): row.sold for row in books.rows.stock}
    for sale in books.rows.flash_sales:
        units = sold.get((sale.sku, sale.place), 0)
        if units > sale.allotment:
            yield (
                f"{sale.sku} at {sale.place}",
                f"Flash sale {sale.flash_sale} sold {units} of SKU {sale.sku}, its allotment is {sale.allotment}.",
            )


def flash_sale_keeps_its_limit(books: Books) -> Iterator[Finding]:
    """No buyer's live orders hold more units of a flash sale than its limit per buyer."""
    limits = {sale.flash_sale: sale.limit_per_buyer for sale in books.rows.flash_sales}
    bought: defaultdict[tuple[str, str], int] = defaultdict(int)
    orders: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for order in books.rows.orders:
        if order.flash_sale is not None and order.is_live:
            bought[order.flash_sale, order.buyer] += sum(line.quantity for line in order.lines)
            orders[order.flash_sale, order.buyer].append(order.order)
    for (flash_sale, buyer), units in bought.items():
        limit = limits.get(flash_sale, 0)  # of a sale that does not exist, nobody may have any
        if units > limit:
            named = ", ".join(sorted(orders[flash_sale, buyer]))
            yield (
                f"{flash_sale} for {buyer}",
                f"Buyer {buyer} has {units} units of flash sale {flash_sale}, the limit is {limit}: orders {named}.",
            )


RULES = (flash_sale_keeps_its_allotment, flash_sale_keeps_its_limit)


def figures(books: Books) -> dict[str, float | str]:
    """How many of the scarce units went, and how soon after the doors opened the last one was gone.

    A sale is sold out when live orders have all of its units; an order that ended gave its units back.
    """
    sold: defaultdict[str, int] = defaultdict(int)
    last_at: defaultdict[str, float] = defaultdict(float)
    for order in books.rows.orders:
        if order.flash_sale is not None and order.is_live:
            sold[order.flash_sale] += sum(line.quantity for line in order.lines)
            last_at[order.flash_sale] = max(last_at[order.flash_sale], order.placed_at)
    sales = flash_sales(books)
    gone_s = sorted(
        max(0.0, last_at[row.flash_sale] - row.opens_at) for row in sales if 0 < row.allotment <= sold[row.flash_sale]
    )
    return {
        "flash_sales": len(sales),
        "allotted_units": sum(row.allotment for row in sales),
        "sold_units": sum(sold[row.flash_sale] for row in sales),
        "sold_out_sales": len(gone_s),
        "first_sold_out_after_s": round(gone_s[0], 2) if gone_s else "none",
        "last_sold_out_after_s": round(gone_s[-1], 2) if gone_s else "none",
    }
