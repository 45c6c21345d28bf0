"""The smallest fault for each invariant of cross-border trade, logistics, marketplace and outlets."""

from __future__ import annotations

from mock_platform.domain.customs import year_of
from tests.mock_platform.audit.faults_of_buying import added, in_ledger
from tests.mock_platform.audit.planting import FAR_S, Books, Plant, Row, at


def source_is(b: Books, **changes: float) -> str:
    order = b.from_abroad()
    source = b.of("imported_lines", order)
    for field, what in changes.items():
        added(source, field, what)
    return order["order"]


def line_from_abroad(b: Books, **changes: int) -> Row:
    order = b.from_abroad()
    for field, what in changes.items():
        added(order["lines"][0], field, what)
    return order


def far_too_much_a_year(b: Books) -> str:
    order = line_from_abroad(b, quantity=9_999)
    return f"{order['buyer']} in {year_of(order['placed_at'])}"


def undeclared(b: Books) -> str:
    order = b.from_abroad()
    b.drop("declarations", b.of("declarations", order))
    return order["order"]


def never_declared(b: Books) -> str:
    declaration = b.one("declarations", state="cleared")
    del declaration["history"][1]
    return declaration["order"]


def made_far_too_early(b: Books, order: Row) -> str:
    b.of("parcels", order)["history"][0][1] -= FAR_S
    return order["order"]


def rejected_for_less(b: Books) -> str:
    order = b.from_abroad("refunded")
    added(b.of("bank", order), "refunded_fen", -1)
    return order["order"]


def rejected_yet_at_customs(b: Books) -> str:
    declaration = b.one("declarations", state="rejected")
    declaration["state"] = "declared"
    return declaration["order"]


def parcel_lost(b: Books) -> str:
    order = b.web()
    b.drop("parcels", b.of("parcels", order))
    return order["order"]


def parcel_for_nothing(b: Books) -> str:
    order = b.web("placed")
    b.one("parcels", state="delivered")["order"] = order["order"]
    return order["order"]


def recalled_in_part(b: Books) -> str:
    parcel = b.one("parcels", state="recalled")
    parcel["lines"].append(dict(parcel["lines"][0]))
    return parcel["order"]


def parcel_is(b: Books, **changes: str) -> str:
    parcel = b.one("parcels", state="delivered") | changes
    b.one("parcels", parcel=parcel["parcel"]).update(changes)
    return parcel["parcel"]


def not_delivered(b: Books) -> str:
    parcel = b.of("parcels", b.web())
    parcel["state"] = "in_transit"
    return parcel["order"]


def a_busy_warehouse(b: Books) -> Row:
    sorted_in = [
        row["warehouse"] for row in b.snapshot["parcels"] if any(step == "sorted" for step, _ in row["history"])
    ]
    return b.one("warehouses", warehouse=max(sorted_in, key=sorted_in.count))


def too_slow_for_it(b: Books) -> str:
    warehouse = a_busy_warehouse(b)
    warehouse["sorted_per_s"] = 0.1
    return warehouse["warehouse"]


def passed_over(b: Books) -> str:
    sorted_in = {row["warehouse"] for row in b.snapshot["parcels"] if row["state"] == "delivered"}
    parcel = b.one("parcels", lambda row: row["warehouse"] in sorted_in, state="packed")
    parcel["history"][-1][1] -= FAR_S
    return parcel["parcel"]


def costs_a_fen_more(b: Books) -> str:
    order = b.web()
    added(order["lines"][0], "unit_price_fen")
    return order["order"]


def listed_by_another(b: Books) -> str:
    order = b.web()
    b.one("price_lists", sku=order["lines"][0]["sku"])["merchant"] = "M9999"
    return order["order"]


def shown_to_another(b: Books) -> str:
    view = b.one("merchant_views")
    view["merchant"] = "M9999"
    return view["order"]


def settlement_not_booked(b: Books) -> str:
    order = b.web()
    b.drop("ledger", b.entry(order, "settled"))
    return order["order"]


def settled(b: Books) -> Row:
    return b.one("settlements", lambda row: row["statements"], state="closed")


def stated_less(b: Books) -> str:
    return added(settled(b)["statements"][0], "net_fen", -1)["merchant"]


def open_for_ever(b: Books) -> str:
    batch = settled(b)
    batch["state"] = "open"
    return added(batch, "opened_at", -FAR_S)["settlement"]


def listed_by_a_stranger(b: Books) -> str:
    listed = b.one("price_lists")
    b.drop("merchant_accounts", b.one("merchant_accounts", merchant=listed["merchant"]))
    return listed["sku"]


def declined_after_all(b: Books) -> str:
    account = b.one("merchant_accounts", state="approved")
    account["state"] = "declined"
    return account["merchant"]


def there_before_it_left(b: Books) -> str:
    parcel = b.one("parcels", state="delivered")
    next(step for step in parcel["history"] if step[0] == "arrived")[1] -= FAR_S
    return parcel["parcel"]


def never_handed_in(b: Books) -> str:
    declaration = b.one("declarations", state="cleared")
    declaration["state"] = "drafted"
    return added(declaration, "chased_at", -FAR_S)["order"]


def told_another_value(b: Books) -> str:
    return added(b.one("customs_broker"), "value_fen")["order"]


def never_settled(b: Books) -> str:
    order = b.web()
    order["settlement"] = None
    order["history"][-1][1] -= FAR_S
    return order["order"]


def restocked_by_another(b: Books) -> str:
    restock = b.one("restocks")
    restock["merchant"] = "M9999"
    return restock["restock"]


def prices_turned_round(b: Books) -> str:
    row = b.one("price_lists", lambda row: len(row["prices"]) > 1)
    row["prices"].reverse()
    return row["sku"]


def till_sale(b: Books) -> Row:
    return b.one("orders", lambda row: row["tender"] is not None)


def at_the_till(b: Books, **changes: str) -> str:
    sale = till_sale(b)
    sale.update(changes)
    return sale["order"]


def from_the_web(b: Books) -> str:
    order = till_sale(b)
    order["lines"][0]["place"] = "web"
    return order["order"]


def more_than_stood_there(b: Books) -> str:
    return at(added(till_sale(b)["lines"][0], "quantity", 10**6))


def pickup_is(b: Books, was: str, **changes: str) -> str:
    pickup = b.pickup(was)
    pickup.update(changes)
    return pickup["order"]


def nothing_laid_out(b: Books) -> str:
    pickup = b.pickup("waiting")
    b.drop("pickups", pickup)
    return pickup["order"]


def laid_out_twice(b: Books) -> str:
    b.double("pickups", b.pickup("collected"))
    return b.pickup("collected")["order"]


def expired_and_kept(b: Books) -> str:
    pickup = b.pickup("expired")
    b.of("payments", pickup, state="refunded")["state"] = "posted"
    return pickup["order"]


FAULTS: dict[str, Plant] = {
    "imported_price_follows_its_rate": lambda b: source_is(b, price_minor=1_000),
    "imported_price_is_at_a_given_rate": lambda b: source_is(b, rated_at=1.0),
    "duty_is_exact": lambda b: line_from_abroad(b, duty_fen=1)["order"],
    "order_from_abroad_keeps_its_limit": lambda b: line_from_abroad(b, quantity=99)["order"],
    "buyer_keeps_the_yearly_limit": far_too_much_a_year,
    "duty_account_is_duty_of_live_orders": lambda b: in_ledger(b, b.from_abroad(), "placed", "duty", fen=1),
    "one_declaration_for_each_import": undeclared,
    "declarations_move_legally": never_declared,
    "nothing_leaves_before_clearance": lambda b: made_far_too_early(b, b.from_abroad()),
    "rejected_is_refunded_in_full": rejected_for_less,
    "ended_orders_leave_customs": rejected_yet_at_customs,
    "paid_lines_are_in_one_parcel": parcel_lost,
    "unpaid_orders_have_no_parcel": parcel_for_nothing,
    "recalled_parcels_hold_the_whole_order": recalled_in_part,
    "parcels_leave_the_right_warehouse": lambda b: parcel_is(b, merchant="M9999"),
    "orders_follow_their_parcels": not_delivered,
    "sorting_keeps_to_capacity": too_slow_for_it,
    "queues_lose_no_parcel": lambda b: added(b.one("warehouses"), "backlog")["warehouse"],
    "no_parcel_is_passed_over": passed_over,
    "lines_cost_the_listed_price": costs_a_fen_more,
    "lines_are_sold_by_their_merchant": listed_by_another,
    "restocked_is_what_was_brought": lambda b: at(added(b.one("restocks"), "quantity")),
    "merchants_saw_only_their_own": shown_to_another,
    "settled_once_and_when_delivered": settlement_not_booked,
    "settled_is_sales_less_fees": lambda b: in_ledger(b, b.web(), "settled", "fees", fen=1),
    "payables_are_sales_less_refunds_and_fees": stated_less,
    "delivered_orders_are_settled_in_time": never_settled,
    "only_admitted_merchants_list": listed_by_a_stranger,
    "applications_are_decided_once_and_soon": declined_after_all,
    "batches_are_closed_in_time": open_for_ever,
    "outlet_orders_are_of_no_other_kind": lambda b: at_the_till(b, flash_sale="F1"),
    "line_hauls_take_their_time": there_before_it_left,
    "nothing_is_forgotten_at_customs": never_handed_in,
    "declarations_say_what_customs_said": told_another_value,
    "restocks_are_of_their_merchants_goods": restocked_by_another,
    "price_lists_run_forward": prices_turned_round,
    "till_sales_are_till_money": lambda b: in_ledger(b, till_sale(b), "till_sold", "till/", to="till/D9999"),
    "till_sales_are_done_at_once": lambda b: at_the_till(b, buyer="C0000001"),
    "outlet_orders_take_from_their_shelf": from_the_web,
    "no_unit_leaves_a_shelf_twice": more_than_stood_there,
    "pickups_go_their_way": lambda b: pickup_is(b, "collected", state="expired"),
    "paid_pickups_are_laid_out": nothing_laid_out,
    "collected_once_after_paid": laid_out_twice,
    "collected_in_its_outlet_with_its_code": lambda b: pickup_is(b, "collected", shown="another"),
    "expired_pickups_are_refunded": expired_and_kept,
}
