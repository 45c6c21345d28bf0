"""The smallest fault for each invariant of data protection and risk, and of what links the books: shelves, instants."""

from __future__ import annotations

from mock_platform.seed import make_seed
from tests.mock_platform.audit.faults_of_buying import added
from tests.mock_platform.audit.faults_of_delivering import made_far_too_early
from tests.mock_platform.audit.festival_books import SIZES
from tests.mock_platform.audit.planting import FAR_S, Books, Plant, Row, at


def phone_in_a_note(b: Books) -> str:
    order = b.web()
    order["note"] = "13912345678"
    return f"snapshot.orders[{b.index('orders', order)}].note"


def name_on_a_waybill(b: Books) -> str:
    parcel = b.one("parcels")
    parcel["waybill"]["name"] = make_seed(11, **SIZES).customers[0].name
    return f"snapshot.parcels[{b.index('parcels', parcel)}].waybill.name"


def whole_address(b: Books) -> str:
    parcel = b.one("parcels")
    parcel["waybill"]["address"] = "北京市海淀区中关村大街1号"
    return parcel["parcel"]


def log_cut_short(b: Books) -> str:
    b.snapshot["access_log"].pop()
    return "access log"


def read_once_gone(b: Books) -> str:
    erased = b.one("erasures")
    b.one("access_log").update(customer=erased["customer"], at=erased["erased_at"] + 0.1)
    return erased["customer"]


def erased_long_ago(b: Books) -> Row:
    return added(b.one("erasures"), "erased_at", -FAR_S)


def on_a_waybill_though_erased(b: Books) -> str:
    parcel = b.one("parcels", lambda row: row["waybill"]["name"] != "*", state="delivered")
    erased_long_ago(b)["customer"] = b.one("orders", order=parcel["order"])["buyer"]
    return parcel["parcel"]


def on_a_waybill_that_arrived(b: Books) -> str:
    name = on_a_waybill_though_erased(b)
    b.one("parcels", parcel=name)["history"][-1][1] -= FAR_S
    return name


def bought_though_erased(b: Books) -> str:
    return b.one("orders", buyer=erased_long_ago(b)["customer"])["order"]


def under_a_destroyed_key(b: Books) -> str:
    return added(b.one("master_keys", state="destroyed"), "data_keys")["key"]


def one_customer_more(b: Books) -> str:
    added(b.one("personal_data"), "customers")
    return "scan"


def rotating_for_ever(b: Books) -> str:
    b.one("personal_data").update(is_rotating=True, rotating_since=0.0)
    return "master keys"


def one_read_more(b: Books) -> str:
    added(b.one("clear_reads", why="support"), "count")
    added(b.one("clear_reads", why="export"), "count", -1)
    return "operator for support"


def read_long_ago(b: Books) -> str:
    return f"row {added(b.snapshot['access_log'][-1], 'at', -FAR_S)['number']}"


def judged(b: Books, outcome: str = "admitted") -> Row:
    return b.one("risk_decisions", outcome=outcome)


def refused_and_sold(b: Books) -> str:
    decision = judged(b)
    decision["outcome"] = "refused"
    return decision["key"]


def never_judged(b: Books) -> str:
    decision = judged(b)
    b.drop("risk_decisions", decision)
    return decision["order"]


def a_farm_let_in(b: Books) -> str:
    b.one("risk_rules", rule="device_accounts")["allowed"] = 0
    return f"device {judged(b)['device']}"


def full_to_bursting(b: Books) -> str:
    memory = b.one("risk_memory")
    memory["entries"] = memory["cap"] + 1
    return memory["rule"]


def one_more_decided(b: Books) -> str:
    added(b.one("risk_terms"), "admitted")
    return "decisions"


def off(b: Books) -> str:
    b.one("risk_terms")["is_on"] = False
    return "screening"


def rule_unheard_of(b: Books) -> str:
    memory = b.one("risk_memory")
    b.drop("risk_memory", memory)
    return memory["rule"]


def milder_than_the_table(b: Books) -> str:
    return added(b.one("risk_rules", rule="device_accounts"), "allowed")["rule"]


def from_nobodys_shelf(b: Books) -> str:
    order = b.web()
    order["lines"][0]["place"] = "the yard"
    return order["order"]


def from_next_door(b: Books) -> str:
    outlet = b.snapshot["outlets"][-1]
    outlet["place"] += "?"
    return outlet["outlet"]


def shelf_gone(b: Books) -> str:
    sku = b.web()["lines"][0]["sku"]
    b.drop("stock", b.one("stock", sku=sku, place="web"))
    return sku


def closed_at_once(b: Books) -> str:
    sale = b.one("flash_sales")
    sale["closes_at"] = sale["opens_at"]
    return b.one("orders", flash_sale=sale["flash_sale"])["order"]


def table_gone(b: Books) -> str:
    del b.snapshot["pickups"]
    return "pickups"


def coupon_twice(b: Books) -> str:
    b.double("coupons", b.one("coupons"))
    return f"coupons {b.one('coupons')['coupon']}"


def held_for_another(b: Books) -> str:
    order = b.web()
    b.of("allocations", order)["buyer"] = "C9999999"
    return order["order"]


def paid_under_an_orders_key(b: Books) -> str:
    order = b.web()
    b.of("payments", order, state="posted")["key"] = order["key"]
    return order["key"]


def of_a_balance_nobody_owes(b: Books) -> str:
    order = b.web()
    b.of("payments", order, state="posted")["instalment"] = "balance"
    return order["order"]


def overfull(b: Books) -> str:
    parcel = b.one("parcels")
    added(parcel["lines"][0], "quantity", 100)
    return parcel["parcel"]


def taken_for_another(b: Books) -> str:
    b.of("bank", b.web())["order"] = b.web("placed")["order"]
    return b.web("placed")["order"]


def one_more_under_way(b: Books) -> str:
    added(b.snapshot["pending"], "payments")
    return "payments"


def tomorrow(b: Books) -> str:
    return added(b.one("coupons"), "claimed_at", FAR_S)["coupon"]


def before_its_coupon(b: Books) -> str:
    return added(b.one("coupons"), "claimed_at", -FAR_S)["coupon"]


def a_second_early(b: Books) -> str:
    return added(b.web(), "placed_at", -1.0)["order"]


def posted_later(b: Books) -> str:
    order = b.web()
    b.of("payments", order, state="posted")["history"][-1][1] += 0.5
    return order["order"]


def fetched_before(b: Books) -> str:
    pickup = b.pickup("collected")
    pickup["history"][-1][1] -= FAR_S
    return pickup["order"]


def drafted_before(b: Books) -> str:
    declaration = b.one("declarations", state="cleared")
    declaration["history"][0][1] -= FAR_S
    return declaration["order"]


def never_paid(b: Books) -> str:
    order = b.web("placed")
    order["placed_at"] = order["history"][0][1] = order["placed_at"] - FAR_S
    return order["order"]


def judged_afterwards(b: Books) -> str:
    decision = judged(b)
    decision["at"] = decision["asked_at"] + 1.0
    return decision["order"]


FAULTS: dict[str, Plant] = {
    "no_personal_data": phone_in_a_note,
    "no_seeded_value_in_the_clear": name_on_a_waybill,
    "waybills_are_masked": whole_address,
    "every_clear_read_is_logged": log_cut_short,
    "the_erased_are_not_read": read_once_gone,
    "the_erased_are_on_no_new_waybill": on_a_waybill_though_erased,
    "the_erased_are_on_no_waybill_that_arrived": on_a_waybill_that_arrived,
    "the_erased_buy_nothing": bought_though_erased,
    "retired_keys_are_empty": under_a_destroyed_key,
    "every_value_is_looked_for": one_customer_more,
    "rotations_end": rotating_for_ever,
    "clear_reads_are_counted_by_reason": one_read_more,
    "access_log_runs_forward": read_long_ago,
    "refused_tries_made_no_order": refused_and_sold,
    "flash_orders_were_admitted": never_judged,
    "decisions_follow_their_rules": lambda b: added(judged(b), "score")["key"],
    "velocity_limits_are_kept": a_farm_let_in,
    "risk_memory_is_bounded": full_to_bursting,
    "decisions_are_counted": one_more_decided,
    "hits_are_counted": lambda b: added(b.one("risk_hits"), "decisions")["rule"],
    "every_rule_is_told_of": rule_unheard_of,
    "rules_are_those_of_the_table": milder_than_the_table,
    "nobody_is_judged_while_screening_is_off": off,
    "lines_take_from_their_own_shelf": from_nobodys_shelf,
    "places_bear_their_names": from_next_door,
    "sales_are_stocked_with_their_allotment": lambda b: at(added(b.one("flash_sales"), "allotment")),
    "listed_goods_have_a_shelf": shelf_gone,
    "flash_orders_keep_the_window": closed_at_once,
    "no_table_is_missing": table_gone,
    "systems_rows_are_there_once": coupon_twice,
    "one_buyer_to_an_order": held_for_another,
    "one_payment_to_a_key": paid_under_an_orders_key,
    "payments_are_of_an_instalment": of_a_balance_nobody_owes,
    "parcels_hold_what_was_bought": overfull,
    "bank_lines_name_their_order": taken_for_another,
    "under_way_is_counted": one_more_under_way,
    "nothing_happened_after_the_books_were_taken": tomorrow,
    "orders_begin_when_they_are_placed": a_second_early,
    "order_and_payment_move_together": posted_later,
    "parcels_are_made_after_payment": lambda b: made_far_too_early(b, b.web()),
    "pickups_run_forward": fetched_before,
    "pickups_wait_equally_long": lambda b: added(b.pickup("waiting"), "collect_before")["order"],
    "declarations_follow_payment": drafted_before,
    "coupons_are_claimed_in_time": before_its_coupon,
    "decisions_come_before_their_order": judged_afterwards,
    "no_unpaid_order_outlives_its_window": never_paid,
}
