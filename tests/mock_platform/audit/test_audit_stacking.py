"""What the audit excuses of discounts while promotions come and go, whom it asks for none, and whose word it takes."""

from __future__ import annotations

import copy

import pytest

from tests.mock_platform.audit.test_audit_promotions import CLEAN, Snapshot, found, promoted_books


@pytest.fixture
def books() -> Snapshot:
    return copy.deepcopy(CLEAN)


def test_while_a_promotion_is_set_up_orders_may_have_it_or_not(books: Snapshot) -> None:
    """From when the shop began to make it until every request from before has ended."""
    placed_at, within_s = books["orders"][2]["placed_at"], 2.0
    books["marketplace_terms"] = [{"fee_basis_points": 0, "settle_every_s": 1e9, "priced_within_s": within_s}]
    better = {**books["promotions"][1], "promotion": "D0", "percent_off": 11}
    for rule in books["promotions"]:
        rule["set_up_at"] = placed_at - within_s
    books["promotions"].append(better)
    missed = ("best_discounts_are_given", "O3")
    for set_up_at, is_found in ((-within_s, True), (-1.9, False), (0.0, False), (within_s, False), (2.1, False)):
        better["set_up_at"] = placed_at + set_up_at
        assert (missed in found(books)) is is_found, set_up_at
    better["set_up_at"] = placed_at - within_s
    books["promotions"].append({**better, "promotion": "D9", "set_up_at": placed_at + 2.1})
    assert missed in found(books), "one that came later excuses nothing"


@pytest.mark.parametrize("field", ["presale", "flash_sale", "outlet"])
def test_only_what_the_web_sells_and_sends_has_promotions(books: Snapshot, field: str) -> None:
    books["promotions"].append({**books["promotions"][1], "promotion": "D0", "percent_off": 11})
    books["orders"][2][field] = "X1"
    assert ("best_discounts_are_given", "O3") not in found(books)


async def test_a_shop_that_splits_wrongly_is_found_though_it_agrees_with_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The audit that asked the shop's own arithmetic would find nothing."""

    def all_on_the_first(off_fen: int, due_fen: dict[str, int]) -> dict[str, int]:
        shares = dict.fromkeys(due_fen, 0)
        for sku, due in due_fen.items():
            shares[sku] = min(due, off_fen)
            off_fen -= shares[sku]
        return shares

    for module in ("discount_split", "stacking"):
        monkeypatch.setattr(f"mock_platform.domain.{module}.split_fen", all_on_the_first)
    assert ("discounts_are_split_exactly", "O1") in found(await promoted_books())
