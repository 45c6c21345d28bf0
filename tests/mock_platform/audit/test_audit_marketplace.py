"""The marketplace's rules: honest books are clean, and each deliberate fault is found and named."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from mock_platform.audit import AuditError, audit
from mock_platform.domain.payout import fee_fen_of

Row = dict[str, Any]
NOW = 1_510_329_600.0
FEE = 200


@pytest.fixture
def market(new_books: Callable[[], Any]) -> Row:
    """O1 and O2 delivered and settled in B1, O3 placed, O4 in a flash sale; S2 of M2 was repriced twice."""
    books = new_books()
    for state in ("delivered", "delivered", "placed"):
        books.order(state, [books.line(), books.line("S2", 1, merchant="M2")])
    sale = books.sale()
    books.order("paid", [books.line(place=f"flash:{sale}")], flash_sale=sale)
    books.restocked["S1", "web"] = 7
    snapshot: Row = books.snapshot()
    for name in ("O1", "O2"):
        _settle(snapshot, name, "B1")
    snapshot["marketplace_terms"] = [{"fee_basis_points": FEE, "settle_every_s": 2.0, "priced_within_s": 5.0}]
    changes = [[0.0, 400], [NOW - 200, 500], [NOW - 50, 600]]
    snapshot["price_lists"] = [
        {"sku": "S1", "merchant": "M1", "prices": [[0.0, 500]], "is_whole": True},
        {"sku": "S2", "merchant": "M2", "prices": changes, "is_whole": True},
        {"sku": "S3", "merchant": "M1", "prices": [[0.0, 500]], "is_whole": True},
    ]
    snapshot["merchant_accounts"] = [
        {"merchant": "M1", "state": "approved", "history": [["approved", NOW - 300]]},
        {"merchant": "M2", "state": "approved", "history": [["applied", NOW - 302], ["approved", NOW - 301]]},
    ]
    common = {"merchant": "M1", "sku": "S1", "place": "web"}
    snapshot["restocks"] = [
        {"restock": "D1", "quantity": 5, "state": "added", **common},
        {"restock": "D2", "quantity": 2, "state": "added", **common},
    ]
    statements = [_statement("M1", 2, 2_000), _statement("M2", 2, 1_000)]
    snapshot["settlements"] = [
        {"settlement": "B1", "opened_at": NOW - 3, "state": "closed", "orders": ["O1", "O2"], "statements": statements}
    ]
    snapshot["merchant_views"] = [{"merchant": "M1", "order": "O1"}, {"merchant": "M2", "order": "O1"}]
    return snapshot


def _settle(snapshot: Row, name: str, settlement: str) -> None:
    order = next(row for row in snapshot["orders"] if row["order"] == name)
    order["settlement"] = settlement
    legs = []
    for line in order["lines"]:
        worth_fen = line["quantity"] * line["unit_price_fen"]
        fee_fen = fee_fen_of(worth_fen, FEE)
        legs += [
            {"account": f"merchant/{line['merchant']}", "amount_fen": worth_fen},
            {"account": f"payout/{line['merchant']}", "amount_fen": fee_fen - worth_fen},
            {"account": "fees", "amount_fen": -fee_fen},
        ]
    snapshot["ledger"].append({"entry": f"{name}:settled", "order": name, "at": NOW, "legs": legs})


def _statement(merchant: str, orders: int, gross_fen: int) -> Row:
    fee_fen = gross_fen * FEE // 10_000
    net_fen = gross_fen - fee_fen
    return {"merchant": merchant, "orders": orders, "gross_fen": gross_fen, "fee_fen": fee_fen, "net_fen": net_fen}


def _batch(settlement: str, state: str, opened_at: float = NOW - 4) -> Row:
    return {"settlement": settlement, "opened_at": opened_at, "state": state, "orders": [], "statements": []}


def _order(books: Row, name: str) -> Row:
    row: Row = next(row for row in books["orders"] if row["order"] == name)
    return row


def _placed_when_it_cost_600(books: Row) -> None:
    _order(books, "O3")["placed_at"] = NOW - 10


def _placed_before_it_was_listed(books: Row) -> None:
    books["price_lists"][1]["prices"] = [[NOW - 20, 500]]


def _never_listed(books: Row) -> None:
    del books["price_lists"][2], books["price_lists"][1]


def _flash_sale_at_another_price(books: Row) -> None:
    books["flash_sales"][0]["price_fen"] = 450


def _sold_by_another(books: Row) -> None:
    books["price_lists"][0]["merchant"] = "M2"


def _restock_added_twice(books: Row) -> None:
    books["stock"][0]["restocked"] += 5
    books["stock"][0]["free"] += 5


def _restock_not_added(books: Row) -> None:
    books["restocks"].append({**books["restocks"][0], "restock": "D3"})


def _shown_another_s(books: Row) -> None:
    books["merchant_views"].append({"merchant": "M3", "order": "O2"})


def _settled_unpaid(books: Row) -> None:
    _settle(books, "O3", "B1")
    books["settlements"][0]["orders"].append("O3")


def _settled_twice(books: Row) -> None:
    books["settlements"].append({**_batch("B2", "closed"), "orders": ["O2"]})


def _entry_twice(books: Row) -> None:
    _settle(books, "O2", "B1")


def _entry_lost(books: Row) -> None:
    books["ledger"].pop()


def _mark_lost(books: Row) -> None:
    _order(books, "O1")["settlement"] = None


def _fee_too_high(books: Row) -> None:
    legs = books["ledger"][-1]["legs"]
    legs[1]["amount_fen"] += 1
    legs[2]["amount_fen"] -= 1


def _statement_too_low(books: Row) -> None:
    books["settlements"][0]["statements"][1]["net_fen"] -= 1


def _statement_lost(books: Row) -> None:
    del books["settlements"][0]["statements"][0]


def _statement_counts_wrong(books: Row) -> None:
    books["settlements"][0]["statements"][0]["orders"] = 3


def _statements_in_another_batch(books: Row) -> None:
    books["settlements"].append({**_batch("B2", "closed"), "statements": [books["settlements"][0]["statements"].pop()]})


def _batch_left_open(books: Row) -> None:
    books["settlements"].append(_batch("B2", "open", NOW - 60))


def _forgotten_behind_a_batch_left_open(books: Row) -> None:
    _forgotten(books)
    _batch_left_open(books)


def _forgotten(books: Row) -> None:
    books["ledger"] = [row for row in books["ledger"] if row["entry"] != "O2:settled"]
    _order(books, "O2")["settlement"] = None
    books["settlements"][0]["orders"].remove("O2")
    books["settlements"][0]["statements"] = [_statement("M1", 1, 1_000), _statement("M2", 1, 500)]


def _ghost_settled(books: Row) -> None:
    books["settlements"][0]["orders"].append("O99")


FAULTS: list[tuple[Callable[[Row], None], str, str]] = [
    (_placed_when_it_cost_600, "lines_cost_the_listed_price", "O3"),
    (_placed_before_it_was_listed, "lines_cost_the_listed_price", "O1"),
    (_never_listed, "lines_cost_the_listed_price", "O1"),
    (_never_listed, "lines_are_sold_by_their_merchant", "O1"),
    (_flash_sale_at_another_price, "lines_cost_the_listed_price", "O4"),
    (_sold_by_another, "lines_are_sold_by_their_merchant", "O4"),
    (_restock_added_twice, "restocked_is_what_was_brought", "S1 at web"),
    (_restock_not_added, "restocked_is_what_was_brought", "S1 at web"),
    (_shown_another_s, "merchants_saw_only_their_own", "O2"),
    (_settled_unpaid, "settled_once_and_when_delivered", "O3"),
    (_settled_twice, "settled_once_and_when_delivered", "O2"),
    (_entry_twice, "settled_once_and_when_delivered", "O2"),
    (_entry_lost, "settled_once_and_when_delivered", "O2"),
    (_mark_lost, "settled_once_and_when_delivered", "O1"),
    (_ghost_settled, "settled_once_and_when_delivered", "O99"),
    (_fee_too_high, "settled_is_sales_less_fees", "O2"),
    (_entry_lost, "settled_is_sales_less_fees", "O2"),
    (_statement_too_low, "payables_are_sales_less_refunds_and_fees", "M2"),
    (_statement_lost, "payables_are_sales_less_refunds_and_fees", "M1"),
    (_statement_counts_wrong, "payables_are_sales_less_refunds_and_fees", "M1"),
    (_statements_in_another_batch, "payables_are_sales_less_refunds_and_fees", "M2"),
    (_batch_left_open, "batches_are_closed_in_time", "B2"),
    (_forgotten_behind_a_batch_left_open, "delivered_orders_are_settled_in_time", "O2"),
    (_forgotten, "delivered_orders_are_settled_in_time", "O2"),
]


def test_an_honest_marketplace_is_clean(market: Row) -> None:
    assert audit(market).violations == ()
    figures = next(report.figures for report in audit(market).systems if report.system == "marketplace")
    assert figures == {
        "merchants_admitted": 1,
        "skus_listed": 0,
        "price_changes": 2,
        "restocked_units": 7,
        "orders_shown_to_merchants": 2,
        "settlement_batches": 1,
        "settled_orders": 2,
        "merchants_payable_yuan": 29.4,
        "platform_fees_yuan": 0.6,
    }


@pytest.mark.parametrize(("fault", "invariant", "subject"), FAULTS, ids=lambda value: getattr(value, "__name__", None))
def test_a_fault_is_found_and_named(market: Row, fault: Callable[[Row], None], invariant: str, subject: str) -> None:
    fault(market)
    found = {(each.invariant, each.subject): each.message for each in audit(market).violations}
    assert (invariant, subject) in found, found
    assert found[invariant, subject].endswith(".")
    assert subject.split()[0] in found[invariant, subject]


def test_what_is_half_way_done_is_excused(market: Row) -> None:
    asked = {**market["restocks"][0], "restock": "D3", "quantity": 3, "state": "asked"}
    for there_already in (0, 3):
        books = deepcopy(market)
        books["restocks"].append(asked)
        books["stock"][0]["restocked"] += there_already
        books["stock"][0]["free"] += there_already
        assert audit(books).violations == ()
    _forgotten(market)
    _settle(market, "O2", "B2")
    market["settlements"].append(_batch("B2", "open"))
    assert audit(market).violations == ()
    _order(market, "O2")["settlement"] = None
    market["ledger"].pop()
    assert audit(market).violations == ()


def test_a_price_that_changed_while_it_was_read_may_be_either(market: Row) -> None:
    _order(market, "O3")["placed_at"] = NOW - 53
    for price_fen in (500, 600):
        market["price_lists"][1]["prices"] = [[0.0, price_fen], [NOW - 50, 1100 - price_fen]]
        found = {each.subject for each in audit(market).violations if each.invariant == "lines_cost_the_listed_price"}
        assert "O3" not in found


def test_what_a_price_list_has_forgotten_is_not_held_against_an_order(market: Row) -> None:
    market["price_lists"][1] |= {"prices": [[NOW - 20, 900]], "is_whole": False}
    assert audit(market).violations == ()


def test_a_shop_without_a_marketplace_has_nothing_to_answer_for(new_books: Callable[[], Any]) -> None:
    books = new_books()
    books.order("delivered")
    assert audit(books.snapshot()).violations == ()


def test_tables_that_cannot_be_read_are_a_sentence(market: Row) -> None:
    market["settlements"][0]["orders"] = 7
    with pytest.raises(AuditError, match="settlements"):
        audit(market)
