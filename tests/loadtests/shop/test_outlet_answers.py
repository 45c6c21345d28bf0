"""What an outlet's answers must hold: each lie is a broken promise, and the honest answer is none."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from loadtests.shop.answers import OrderLine, WantedLine
from loadtests.shop.outlet_answers import (
    GoodsLine,
    HandedOver,
    Outlet,
    OutletOrder,
    Outlets,
    Pickup,
    Receipt,
    ReceiptLine,
    Shelf,
    ShelfLine,
    broken_hand_over,
    broken_outlets,
    broken_pickup,
    broken_receipt,
    broken_reservation,
    broken_shelf,
)

WANTED = [WantedLine("S1", 2, 500)]
ORDER = OutletOrder("O1", "C1", "placed", 1_000, [OrderLine("S1", 2, 500, "M1")], None, 0.0, 60.0, "D1")
PICKUP = Pickup("O1", "D1", "waiting", "0123456789", 90.0)
GIVEN = HandedOver("O1", "D1", "collected", [GoodsLine("S1", 2)])
RECEIPT = Receipt("O1", "D1", [ReceiptLine("S1", 2, 500)], 1_000, "cash")
LISTED = Outlets([Outlet("D1", "店", "杭州市")], 1)
SHELF = Shelf("D1", [ShelfLine("S1", "tea", 500, 0)], 1)


def promise(answer: Any) -> str | None:
    if isinstance(answer, OutletOrder):
        broken = broken_reservation(answer, "C1", "D1", WANTED, replayed=False)
    elif isinstance(answer, Pickup):
        broken = broken_pickup(answer, ORDER, "D1", "0123456789")
    elif isinstance(answer, HandedOver):
        broken = broken_hand_over(answer, ORDER, "D1")
    elif isinstance(answer, Receipt):
        broken = broken_receipt(answer, "D1", WANTED, "cash")
    elif isinstance(answer, Outlets):
        broken = broken_outlets(answer, "杭州市", 20)
    else:
        broken = broken_shelf(answer, "D1", 20)
    return None if broken is None else broken.promise


@pytest.mark.parametrize("answer", [ORDER, PICKUP, GIVEN, RECEIPT, LISTED, SHELF])
def test_the_honest_answer_breaks_no_promise(answer: Any) -> None:
    assert promise(answer) is None


@pytest.mark.parametrize(
    ("answer", "change", "says"),
    [
        (ORDER, {"outlet": "D2"}, "the order is for another outlet"),
        (ORDER, {"payable_fen": 900}, "the order asks for another sum"),
        (PICKUP, {"order": "O2"}, "this is another pick-up"),
        (PICKUP, {"outlet": "D2"}, "this is another pick-up"),
        (PICKUP, {"code": None}, "a code is there for goods that don't wait, or none for those that do"),
        (PICKUP, {"state": "expired"}, "a code is there for goods that don't wait, or none for those that do"),
        (PICKUP, {"code": "1234"}, "a pick-up code is easily guessed"),
        (PICKUP, {"code": "9876543210"}, "a pick-up has changed its code"),
        (GIVEN, {"order": "O2"}, "somebody else's goods were handed over"),
        (GIVEN, {"outlet": "D2"}, "somebody else's goods were handed over"),
        (GIVEN, {"state": "waiting"}, "goods handed over are not collected"),
        (GIVEN, {"lines": [GoodsLine("S1", 1)]}, "the goods are not those that were bought"),
        (RECEIPT, {"tender": "card"}, "the receipt is another till's"),
        (RECEIPT, {"lines": [ReceiptLine("S1", 1, 500)]}, "the receipt is not for what was bought"),
        (RECEIPT, {"paid_fen": 999}, "the receipt is not the sum of its lines"),
        (LISTED, {"outlets": [Outlet("D1", "店", "上海市")]}, "an outlet is in another city"),
        (LISTED, {"total": 2}, "the page is not full"),
        (SHELF, {"outlet": "D2"}, "this is another outlet's shelf"),
        (SHELF, {"total": 2}, "the page is not full"),
    ],
)
def test_a_lie_is_a_broken_promise(answer: Any, change: dict[str, Any], says: str) -> None:
    assert promise(replace(answer, **change)) == says
