from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from loadtests.shop import promises
from loadtests.shop.answers import (
    Cart,
    CartLine,
    FlashSale,
    FlashSales,
    Order,
    OrderLine,
    Parcel,
    ParcelLine,
    Parcels,
    Payment,
    Session,
    Sku,
    SkuDetail,
    SkuPage,
    WantedLine,
    Waybill,
)
from loadtests.shop.promises import Broken

NOW = 1000.0
WANTED = [WantedLine("S1", 2, 150), WantedLine("S2", 1, 99)]
LINES = [OrderLine("S1", 2, 150, "M1"), OrderLine("S2", 1, 99, "M2")]
ORDER = Order("O1", "C1", "placed", 399, LINES, None, placed_at=NOW, pay_before=NOW + 60)
PAYMENT = Payment("P1", "O1", 399, "pending", None)
CART = Cart([CartLine("S1", "tea", 2, 150), CartLine("S2", "pot", 1, 99)], 399)
SKUS = [Sku(f"S{number}", "tea", "drinks", "M1", 150) for number in range(1, 6)]
PAGE = SkuPage(SKUS[:2], page=1, pages=3, total=5)
SALE = FlashSale("F1", "S1", "tea", 75, NOW, NOW + 60, 500, 1, "open")
WAYBILL = Waybill("王*", "138****1234", "杭州市***")
PARCEL = Parcel("B1", "O1", "M1", "created", "zto", WAYBILL, [ParcelLine("S1", 2)])


def order(told: Order, *, replayed: bool = False, flash_sale: str | None = None) -> Broken | None:
    return promises.broken_order(told, "C1", WANTED, flash_sale, replayed=replayed, told_fen=399)


KEPT: dict[str, Callable[[], Broken | None]] = {
    "a session": lambda: promises.broken_session(Session("C1", "t", NOW + 1), "C1", NOW),
    "a first page": lambda: promises.broken_page(PAGE, 1, 2, "drinks"),
    "a last page": lambda: promises.broken_page(SkuPage(SKUS[4:], 3, 3, 5), 3, 2),
    "a page beyond the last": lambda: promises.broken_page(SkuPage([], 4, 3, 5), 4, 2),
    "found": lambda: promises.broken_search(SkuPage(SKUS, 1, 1, 5), "Tea", 20, known=True),
    "nothing found": lambda: promises.broken_page(SkuPage([], 1, 0, 0), 1, 20),
    "a detail": lambda: promises.broken_detail(SkuDetail("S1", "tea", "drinks", "M1", 150, 3), "S1"),
    "a cart": lambda: promises.broken_cart(CART),
    "a cart with duty": lambda: promises.broken_cart(Cart([CartLine("I1", "wine", 2, 150, 41)], 341)),
    "an empty cart": lambda: promises.broken_cart(Cart([], 0)),
    "an addition": lambda: promises.broken_addition(CART, "S1", 2),
    "flash sales": lambda: promises.broken_sales(FlashSales([SALE, replace(SALE, flash_sale="F2")])),
    "an order": lambda: order(ORDER),
    "an order with its lines in another order": lambda: order(replace(ORDER, lines=LINES[::-1])),
    "a replayed order that was paid meanwhile": lambda: order(replace(ORDER, state="paid"), replayed=True),
    "a flash order": lambda: order(replace(ORDER, flash_sale="F1"), flash_sale="F1"),
    "a copy": lambda: promises.broken_copy(replace(ORDER, state="shipped"), ORDER, paid=True),
    "a payment": lambda: promises.broken_payment(PAYMENT, ORDER, replayed=False),
    "a payment the bank decided at once": lambda: promises.broken_payment(
        replace(PAYMENT, state="voided"), ORDER, replayed=False
    ),
    "a payment's progress": lambda: promises.broken_progress(replace(PAYMENT, state="posted"), PAYMENT),
    "parcels": lambda: promises.broken_parcels(Parcels([PARCEL]), ORDER),
    "no parcels yet": lambda: promises.broken_parcels(Parcels([]), ORDER),
}

BROKEN: dict[str, tuple[Callable[[], Broken | None], str]] = {
    "somebody else's session": (
        lambda: promises.broken_session(Session("C2", "t", NOW + 1), "C1", NOW),
        "the session is another customer's",
    ),
    "a stale session": (
        lambda: promises.broken_session(Session("C1", "t", NOW), "C1", NOW),
        "the new session has expired already",
    ),
    "another page": (lambda: promises.broken_page(PAGE, 2, 2), "this is another page"),
    "too few pages": (lambda: promises.broken_page(replace(PAGE, pages=2), 1, 2), "the pages don't match the total"),
    "a page with a gap": (lambda: promises.broken_page(replace(PAGE, skus=SKUS[:1]), 1, 2), "the page is not full"),
    "a page too full": (lambda: promises.broken_page(replace(PAGE, skus=SKUS[:3]), 1, 2), "the page is not full"),
    "a SKU twice": (
        lambda: promises.broken_page(replace(PAGE, skus=[SKUS[0], SKUS[0]]), 1, 2),
        "a SKU is on the page twice",
    ),
    "another category": (lambda: promises.broken_page(PAGE, 1, 2, "shoes"), "a SKU is of another category"),
    "nothing found for a known word": (
        lambda: promises.broken_search(SkuPage([], 1, 0, 0), "tea", 20, known=True),
        "nothing was found for a word of a title",
    ),
    "found something else": (
        lambda: promises.broken_search(SkuPage(SKUS, 1, 1, 5), "tea pot", 20),
        "a SKU was found that lacks a word",
    ),
    "another detail": (
        lambda: promises.broken_detail(SkuDetail("S2", "tea", "drinks", "M1", 150, 3), "S1"),
        "this is another SKU",
    ),
    "a cart's duty": (
        lambda: promises.broken_cart(Cart([CartLine("I1", "wine", 2, 150, 41)], 300)),
        "the cart's total is not its sum",
    ),
    "a cart's total": (lambda: promises.broken_cart(replace(CART, total_fen=398)), "the cart's total is not its sum"),
    "a cart's line twice": (
        lambda: promises.broken_cart(Cart([CART.lines[1]] * 2, 198)),
        "a SKU is in the cart twice",
    ),
    "a lost addition": (
        lambda: promises.broken_addition(CART, "S3", 1),
        "the cart does not hold what was put in",
    ),
    "an addition of another number": (
        lambda: promises.broken_addition(CART, "S1", 1),
        "the cart does not hold what was put in",
    ),
    "a sale twice": (lambda: promises.broken_sales(FlashSales([SALE, SALE])), "a flash sale is listed twice"),
    "a sale without a window": (
        lambda: promises.broken_sales(FlashSales([replace(SALE, closes_at=NOW)])),
        "a flash sale closes before it opens",
    ),
    "another's order": (lambda: order(replace(ORDER, buyer="C2")), "the order is another buyer's"),
    "an order outside the sale": (lambda: order(ORDER, flash_sale="F1"), "the order is not of this flash sale"),
    "a line lost": (
        lambda: order(replace(ORDER, lines=LINES[:1])),
        "the order's lines are not those asked for",
    ),
    "another price": (
        lambda: order(replace(ORDER, lines=[replace(LINES[0], unit_price_fen=151), LINES[1]])),
        "the order's lines are not those asked for",
    ),
    "another sum": (lambda: order(replace(ORDER, payable_fen=398)), "the order asks for another sum"),
    "cancelled at birth": (lambda: order(replace(ORDER, state="cancelled")), "a new order is not placed"),
    "no time to pay": (
        lambda: order(replace(ORDER, pay_before=NOW)),
        "the order had to be paid before it was placed",
    ),
    "another order": (
        lambda: promises.broken_copy(replace(ORDER, order="O2"), ORDER, paid=False),
        "this is another order",
    ),
    "a copy that costs more": (
        lambda: promises.broken_copy(replace(ORDER, payable_fen=400), ORDER, paid=False),
        "the order has changed its buyer or its sum",
    ),
    "a copy with other lines": (
        lambda: promises.broken_copy(replace(ORDER, lines=LINES[:1]), ORDER, paid=False),
        "the order's lines have changed",
    ),
    "paid and forgotten": (lambda: promises.broken_copy(ORDER, ORDER, paid=True), "a paid order is not paid"),
    "another order's payment": (
        lambda: promises.broken_payment(replace(PAYMENT, order="O2"), ORDER, replayed=False),
        "the payment is for another order",
    ),
    "another payment sum": (
        lambda: promises.broken_payment(replace(PAYMENT, amount_fen=1), ORDER, replayed=False),
        "the payment is of another sum",
    ),
    "refunded at birth": (
        lambda: promises.broken_payment(replace(PAYMENT, state="refunded"), ORDER, replayed=False),
        "a new payment is refunded already",
    ),
    "another payment": (
        lambda: promises.broken_progress(replace(PAYMENT, payment="P2"), PAYMENT),
        "this is another payment",
    ),
    "a payment that changed": (
        lambda: promises.broken_progress(replace(PAYMENT, amount_fen=1), PAYMENT),
        "the payment has changed its order or its sum",
    ),
    "another's parcel": (
        lambda: promises.broken_parcels(Parcels([replace(PARCEL, order="O2")]), ORDER),
        "a parcel is of another order",
    ),
    "a plain phone number": (
        lambda: promises.broken_parcels(
            Parcels([replace(PARCEL, waybill=replace(WAYBILL, phone="+8613812341234"))]), ORDER
        ),
        "a waybill shows the whole phone number",
    ),
    "sent twice": (
        lambda: promises.broken_parcels(Parcels([PARCEL, replace(PARCEL, parcel="B2")]), ORDER),
        "more is in parcels than was bought",
    ),
}


@pytest.mark.parametrize("name", KEPT)
def test_a_kept_promise_is_no_complaint(name: str) -> None:
    assert KEPT[name]() is None


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_promise_is_named(name: str) -> None:
    check, promise = BROKEN[name]
    broken = check()
    assert broken is not None
    assert broken.promise == promise


def test_the_sentence_holds_no_figures_so_that_locust_keeps_one_line_for_it() -> None:
    for check, promise in BROKEN.values():
        assert not any(character.isdigit() for character in promise)
        broken = check()
        assert broken is not None
        assert broken.detail
